"""Plugins with one fault each: the scaffold's, with a line that its author could have got wrong.

The scaffold's CRM connector leaves fields, owners and tasks to its author, and its provider the options
of a link; full_crm and full_provider add them. Its action acts in the CRM alone; a copy of
actions_webhook acts elsewhere.
"""

import importlib
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import plugins
from core.cli.scaffold import write
from core.plugin_host.kinds import Kind
from core.testing.conformance import SUITES, Driver, Result

IDS = {
    Kind.PAYMENT_PROVIDER: "acme_provider",
    Kind.CRM_CONNECTOR: "acme_crm",
    Kind.ACTION: "acme_action",
}
FULL = {
    Kind.PAYMENT_PROVIDER: Path(__file__).with_name("full_provider"),
    Kind.CRM_CONNECTOR: Path(__file__).with_name("full_crm"),
}
#: An action that acts elsewhere than in the CRM, with a secret in its configuration.
OUTSIDE = Path(plugins.__path__[0]) / "actions_webhook"
_FULL_ONLY = (
    "provider.options.",
    "provider.permissions",
    "provider.account_url",
    "provider.webhook.listed",
    "provider.webhook.moved",
    "provider.webhook.renewed",
    "provider.link_url",
    "crm.fields.",
    "crm.field.",
    "crm.owner.",
    "crm.user.",
    "crm.task.",
    "crm.oauth.",
    "action.outside.",
    "action.config.secrets",
    "action.secrets.",
    "action.preview.secrets",
)


@dataclass(frozen=True, slots=True)
class Fault:
    """``new`` instead of ``old`` in a file; ``check`` is what has to find it."""

    check: str
    file: str
    old: str
    new: str

    def __str__(self) -> str:
        return f"{self.check}: {self.new.strip()[:60]}"

    @property
    def full(self) -> bool:
        """Whether it takes a plugin that does more than the scaffold's."""
        return self.check.startswith(_FULL_ONLY)

    def put_into(self, folder: Path) -> None:
        file = folder / self.file
        text = file.read_text()
        assert text.count(self.old) == 1, f"{self.file} has to hold this once: {self.old}"
        file.write_text(text.replace(self.old, self.new))


@contextmanager
def written(
    kind: Kind, into: Path, fault: Fault | None = None, *, full: bool = False
) -> Iterator[Driver]:
    """A new plugin of the scaffold, with a fault, and its driver; nothing of it stays loaded.

    ``full`` is for one that offers everything, and for an action that acts elsewhere.
    """
    if full and kind is Kind.ACTION:
        folder = _outside(into / IDS[kind])
    else:
        folder = write(kind, IDS[kind], into, distribution=False)
    if full and kind in FULL:
        shutil.copytree(FULL[kind], folder, dirs_exist_ok=True)
    if fault:
        fault.put_into(folder)
    name = f"{plugins.__name__}.{IDS[kind]}"
    plugins.__path__.append(str(into))
    importlib.invalidate_caches()
    try:
        file, driver = _DRIVERS[kind] if full else ("driver", "AcmeDriver")
        yield getattr(importlib.import_module(f"{name}.{file}"), driver)()
    finally:
        plugins.__path__.remove(str(into))
        for loaded in [one for one in sys.modules if one == name or one.startswith(f"{name}.")]:
            del sys.modules[loaded]
        vars(plugins).pop(IDS[kind], None)


_DRIVERS = {
    Kind.PAYMENT_PROVIDER: ("full_driver", "FullDriver"),
    Kind.CRM_CONNECTOR: ("full_driver", "FullDriver"),
    Kind.ACTION: ("driver", "WebhookDriver"),
}


def _outside(folder: Path) -> Path:
    shutil.copytree(OUTSIDE, folder, ignore=shutil.ignore_patterns("tests", "__pycache__"))
    for file in folder.rglob("*.py"):
        file.write_text(file.read_text().replace(OUTSIDE.name, folder.name))
    return folder


def check(driver: Driver, id: str) -> Result:
    """What one check finds."""
    suite = SUITES[driver.kind]
    [wanted] = [check for check in suite.checks if check.id == id]
    with suite.opened(driver) as made:
        return made(wanted)


PROVIDERS = (
    Fault("provider.link_url", "full_provider.py", "https://dashboard.acme", "http://dashboard.acme"),
    Fault("provider.link_url", "full_provider.py", "links/{ref}", "links"),
    Fault(
        "provider.link_url",
        "full_provider.py",
        "links/{ref}",
        "links/{ref}?key={ctx.settings.secret_key.get_secret_value()}",
    ),
    Fault("provider.load", "provider.py", "    event_types = webhook.EVENT_TYPES\n", ""),
    Fault("provider.load", "provider.py", "    @hookimpl\n    def create_link", "    def create_link"),
    Fault("provider.settings.secret", "settings.py", "return value", "return value.get_secret_value()"),
    Fault("provider.settings.labels", "settings.py", 'label="Secret key"', 'label=""'),
    Fault(
        "provider.credentials.good", "mapping.py", 'external_id=raw["id"],', "external_id=str(object()),"
    ),
    Fault(
        "provider.credentials.wrong", "client.py", "status == requests.codes.unauthorized", "status == 0"
    ),
    Fault("provider.credentials.wrong", "client.py", '        field="secret_key",\n', ""),
    Fault(
        "provider.credentials.revoked",
        "client.py",
        "status == requests.codes.unauthorized",
        "status == 0",
    ),
    Fault("provider.credentials.other", "mapping.py", 'external_id=raw["id"]', 'external_id="acme"'),
    Fault("provider.account", "mapping.py", 'mode="live" if raw["live"] else "test"', 'mode="live"'),
    Fault("provider.account", "mapping.py", 'currency=raw["currency"],\n', 'currency="XXX",\n'),
    Fault(
        "provider.event_types", "webhook.py", 'EVENT_TYPES = ("payment.paid", ', "EVENT_TYPES = () and ("
    ),
    Fault("provider.link.made", "mapping.py", 'url=raw["url"])\n', 'url=raw["url"] + "x")\n'),
    Fault("provider.link.metadata", "provider.py", ", mapping.LINK_ID: request.link_id}", "}"),
    Fault("provider.link.metadata", "provider.py", "{**request.metadata, mapping", "{mapping"),
    Fault("provider.link.two", "client.py", "self._key = ctx.idempotency_key", 'self._key = "acme"'),
    Fault("provider.link.same_key", "client.py", "self._key = ctx.idempotency_key", "self._key = None"),
    Fault(
        "provider.link.lost_reply", "client.py", "self._key = ctx.idempotency_key", "self._key = None"
    ),
    Fault(
        "provider.link.refused",
        "provider.py",
        'raise Rejected("quantity_out_of_range", "The quantity is at least 1. No link was made.")',
        'raise ValueError("quantity")',
    ),
    Fault(
        "provider.link.return_url",
        "provider.py",
        '"return_url": request.return_url',
        '"return_url": None',
    ),
    Fault(
        "provider.link.deactivated", "provider.py", 'write("links", ref, "close")', 'read("links", ref)'
    ),
    Fault(
        "provider.link.deactivated_twice",
        "provider.py",
        'return mapping.status(Api(ctx).write("links", ref, "close"))',
        'api = Api(ctx)\n        if not api.read("links", ref)["open"]:\n'
        '            raise Rejected("closed", "It is closed already.")\n'
        '        return mapping.status(api.write("links", ref, "close"))',
    ),
    Fault("provider.link.deactivated_foreign", "client.py", "return NotFound(", "return NotSent("),
    Fault(
        "provider.link.found",
        "provider.py",
        'if raw["reference"] == link_id), None)',
        'if raw["reference"] == link_id and raw["id"].endswith("x")), None)',
    ),
    Fault(
        "provider.link.not_found",
        "provider.py",
        "return next((mapping.link(raw) for raw in found",
        'if not found:\n            return Link(ref="x", url="x")\n'
        "        return next((mapping.link(raw) for raw in found",
    ),
    Fault(
        "provider.link.product",
        "provider.py",
        "if (request.product_ref, request.unit_price) != (unit.ref, unit.price):",
        "if False:",
    ),
    Fault(
        "provider.money.currencies", "mapping.py", '"EUR", "GBP", "INR", "JPY"', '"EUR", "GBP", "INR"'
    ),
    Fault(
        "provider.money.no_decimals",
        "mapping.py",
        "return money.minor\n",
        "return int(money.amount * 100)\n",
    ),
    Fault(
        "provider.money.two_decimals", "mapping.py", "return money.minor\n", "return int(money.amount)\n"
    ),
    Fault(
        "provider.money.three_decimals",
        "mapping.py",
        "return money.minor\n",
        "return int(money.amount * 100)\n",
    ),
    Fault(
        "provider.money.two_decimals",
        "mapping.py",
        "return Money(amount, currency)",
        "return Money.of(str(amount / 1000), currency)",
    ),
    Fault("provider.status.open", "mapping.py", 'if raw["open"] else', 'if not raw["open"] else'),
    Fault(
        "provider.status.open",
        "mapping.py",
        'ref=raw["id"],\n        url=raw["url"],',
        'ref="x",\n        url="x",',
    ),
    Fault("provider.status.paid", "mapping.py", '"paid": PaymentState.SUCCEEDED, ', ""),
    Fault(
        "provider.status.stable",
        "mapping.py",
        "datetime.fromtimestamp(seconds, UTC)",
        "datetime.fromtimestamp(seconds)",
    ),
    Fault(
        "provider.status.declined",
        "mapping.py",
        '"declined": PaymentState.FAILED',
        '"declined": PaymentState.SUCCEEDED',
    ),
    Fault("provider.status.unknown", "client.py", "return NotFound(", "return NotSent("),
    Fault("provider.status.foreign", "client.py", "return NotFound(", "return NotSent("),
    Fault(
        "provider.refund.partial",
        "mapping.py",
        'money=from_wire(raw["amount"], raw["currency"]),',
        'money=from_wire(raw["amount"] - sum(one["amount"] for one in raw["refunds"]), "INR"),',
    ),
    Fault(
        "provider.refund.repeated",
        "mapping.py",
        'in raw["refunds"]),\n        disputes',
        'in raw["refunds"][:1]),\n        disputes',
    ),
    Fault(
        "provider.refund.whole",
        "mapping.py",
        'state=_PAYMENTS.get(raw["status"], PaymentState.PENDING)',
        'state=PaymentState.FAILED if raw["refunds"] else PaymentState.SUCCEEDED',
    ),
    Fault("provider.refund.told", "webhook.py", '"refund.done", ', ""),
    Fault("provider.dispute.told", "mapping.py", 'for one in raw["disputes"])', "for one in ())"),
    Fault(
        "provider.webhook.paid",
        "webhook.py",
        'link_ref=_name(data.get("link")) if known else None,\n'
        '        link_id=_name(data.get("reference")) if known else None,',
        "link_ref=None,",
    ),
    Fault(
        "provider.webhook.missing",
        "webhook.py",
        'delivery.headers.get(HEADER, "")',
        "delivery.headers[HEADER]",
    ),
    Fault("provider.webhook.missing", "webhook.py", "    verify(delivery)\n", ""),
    Fault("provider.webhook.malformed", "webhook.py", "if not found:", "if False:"),
    Fault(
        "provider.webhook.forged",
        "webhook.py",
        "if not any(hmac.compare_digest(one, signature) for one in expected):",
        "if False:",
    ),
    Fault(
        "provider.webhook.altered",
        "webhook.py",
        '+ b"." + delivery.body',
        '+ b"." + delivery.body.strip()',
    ),
    Fault(
        "provider.webhook.no_secret",
        "webhook.py",
        "[secret.strip() for secret in delivery.secrets if secret.strip()]",
        "delivery.secrets",
    ),
    Fault("provider.webhook.stale", "webhook.py", "if abs(age) > TOLERANCE:", "if age < -TOLERANCE:"),
    Fault("provider.webhook.future", "webhook.py", "if abs(age) > TOLERANCE:", "if age > TOLERANCE:"),
    Fault("provider.webhook.rolled", "webhook.py", "for key in secrets]", "for key in secrets[:1]]"),
    Fault("provider.webhook.non_ascii", "webhook.py", "v1=([0-9a-f]{64})", "v1=(.{64})"),
    Fault(
        "provider.webhook.not_json",
        "webhook.py",
        "except (ValueError, RecursionError):",
        "except ZeroDivisionError:",
    ),
    Fault("provider.webhook.not_an_event", "webhook.py", "if not is_event(event):", "if not event:"),
    Fault(
        "provider.webhook.unknown_type",
        "webhook.py",
        "ignored=None if known else",
        "ignored=None if True else",
    ),
    Fault(
        "provider.webhook.types", "provider.py", "webhook.EVENT_TYPES\n\n", "webhook.EVENT_TYPES[1:]\n\n"
    ),
    Fault(
        "provider.webhook.foreign",
        "webhook.py",
        '_name(data.get("reference")) if known else None',
        '_name(data.get("reference")) or "lnk_01JD3ZS5V7"',
    ),
    Fault(
        "provider.webhook.stable_id", "webhook.py", 'event_id=event["id"],', "event_id=str(object()),"
    ),
    Fault(
        "provider.webhook.stable_id", "webhook.py", 'event_id=event["id"],', 'event_id=event["type"],'
    ),
    Fault(
        "provider.webhook.pure",
        "provider.py",
        "return [webhook.parse(delivery)]",
        'Api(ctx).read("account")\n        return [webhook.parse(delivery)]',
    ),
    Fault("provider.webhook.ensured", "provider.py", 'if found["url"] == url:', "if False:"),
    Fault(
        "provider.webhook.listed",
        "full_provider.py",
        'ref=one["id"], url=one["url"]) for one in listed',
        'ref=one["id"], url=one["url"], events=("payment.paid",)) for one in listed',
    ),
    Fault("provider.webhook.listed", "full_provider.py", "for one in listed]", "for one in listed[1:]]"),
    Fault(
        "provider.webhook.moved",
        "full_provider.py",
        'if found["id"] == ref or _path(found["url"]) == _path(url):',
        'if found["url"] == url:',
    ),
    Fault(
        "provider.webhook.moved",
        "full_provider.py",
        '                api.write("webhooks", found["id"], body={"url": url})\n',
        "",
    ),
    Fault(
        "provider.webhook.renewed",
        "full_provider.py",
        'secret=made["secret"], created=False)',
        'secret=made["secret"][:-1], created=False)',
    ),
    Fault("provider.permissions", "full_provider.py", '"The webhook is set up by itself."', '" "'),
    Fault("provider.account_url", "full_provider.py", 'f"https://acme.example', 'f"http://acme.example'),
    Fault("provider.errors.busy", "client.py", "codes.too_many_requests:", "codes.teapot:"),
    Fault("provider.errors.unavailable", "client.py", "if status >= 500:", "if status == 500:"),
    Fault("provider.errors.server_error", "client.py", "if status >= 500:", "if status > 500:"),
    Fault(
        "provider.errors.malformed",
        "client.py",
        "        except ValueError:\n            raise _Unusable from None",
        "        except ValueError:\n            return {}",
    ),
    Fault("provider.errors.malformed", "client.py", "raise OutcomeUnknown(", "raise NotSent("),
    Fault("provider.errors.lost_reply", "client.py", "raise OutcomeUnknown(", "raise NotSent("),
    Fault("provider.errors.slow", "client.py", "raise OutcomeUnknown(", "raise NotSent("),
    Fault("provider.errors.unreachable", "client.py", "if _never_left(error):", "if False:"),
    Fault(
        "provider.errors.sentence",
        "client.py",
        '"Acme gives no clear answer at the moment. Nothing was done."',
        '"unavailable"',
    ),
    Fault("provider.http.own_session", "client.py", "self._http.request(", "requests.request("),
    Fault("provider.http.time_limit", "client.py", "timeout=self._timeout, ", ""),
    Fault("provider.http.time_limit", "client.py", "ctx.log, ctx.timeout", "ctx.log, 60"),
    Fault(
        "provider.secrets.kept",
        "client.py",
        '"acme_error", status=reply.status_code',
        '"acme_error", headers=self._headers',
    ),
    Fault(
        "provider.secrets.kept",
        "client.py",
        '"Acme refuses this key: it is wrong or revoked. Paste a key that is valid now."',
        'f"Acme refuses {reply.request.headers}."',
    ),
    Fault(
        "provider.secrets.kept",
        "webhook.py",
        '"no signature matches the stored signing secrets"',
        'f"no signature matches {secrets}"',
    ),
    Fault(
        "provider.events.same",
        "provider.py",
        "webhook.translate(raw) for raw",
        'webhook.translate(raw | {"id": raw["id"] + "x"}) for raw',
    ),
    Fault("provider.events.since", "provider.py", "since=int(since.timestamp())", "since=0"),
    Fault(
        "provider.product.unit", "mapping.py", "price=Money.of(1, currency)", "price=Money(1, currency)"
    ),
    Fault(
        "provider.product.list",
        "provider.py",
        "query.strip().casefold() in unit.name.casefold()",
        "query in unit.name",
    ),
)

CRMS = (
    Fault("crm.load", "connector.py", "    record_kinds = mapping.KINDS\n", ""),
    Fault("crm.settings.secret", "settings.py", "        return value\n", "        return key\n"),
    Fault("crm.settings.labels", "settings.py", 'label="API key"', 'label=""'),
    Fault("crm.credentials.good", "mapping.py", 'external_id=raw["id"]', "external_id=str(object())"),
    Fault("crm.credentials.wrong", "client.py", "status == requests.codes.unauthorized", "status == 0"),
    Fault("crm.credentials.wrong", "client.py", '        field="api_key",\n', '        field="key",\n'),
    Fault(
        "crm.credentials.revoked", "client.py", "status == requests.codes.unauthorized", "status == 0"
    ),
    Fault("crm.credentials.other", "mapping.py", 'external_id=raw["id"]', 'external_id="acme"'),
    Fault(
        "crm.identify.launch", "mapping.py", 'parameters.get("kind", "")', 'parameters.get("type", "")'
    ),
    Fault("crm.identify.nonsense", "mapping.py", "if kind in KINDS and is_id(id) else", "if kind else"),
    Fault("crm.record.fetched", "mapping.py", 'title=raw["title"]', 'title=""'),
    Fault("crm.record.missing", "client.py", "return NotFound(", "return NotSent("),
    Fault("crm.record.foreign", "client.py", "return NotFound(", "return NotSent("),
    Fault("crm.record.ids", "connector.py", " or not mapping.is_id(ref.id)", ""),
    Fault("crm.pipelines.listed", "connector.py", "in found if pipeline.kind == kind]", "in found]"),
    Fault("crm.pipelines.listed", "mapping.py", "lambda one: one.position", "lambda one: -one.position"),
    Fault("crm.stage.moved", "connector.py", "changed=True", "changed=False"),
    Fault("crm.stage.there_already", "connector.py", "if before.stage_id == stage_id:", "if False:"),
    Fault("crm.stage.lost_reply", "client.py", "raise OutcomeUnknown(", "raise NotSent("),
    Fault("crm.stage.gone", "connector.py", '"stage_not_found"', '"gone"'),
    Fault("crm.stage.other_pipeline", "connector.py", "before.pipeline_id != pipeline_id", "False"),
    Fault(
        "crm.stage.reason",
        "connector.py",
        "if stage.reasons and reason not in",
        "if False and reason not in",
    ),
    Fault("crm.stage.foreign", "client.py", "return NotFound(", "return NotSent("),
    Fault(
        "crm.stage.busy", "client.py", "reply.status_code == requests.codes.too_many_requests", "False"
    ),
    Fault("crm.note.written", "connector.py", 'f"{text}\\n\\nref: {marker}"', 'f"ref: {marker}"'),
    Fault(
        "crm.note.plain",
        "connector.py",
        'f"{text}\\n\\nref',
        "f\"{text.replace(chr(38), 'and')}\\n\\nref",
    ),
    Fault("crm.note.found", "client.py", "range(MAX_PAGES)", "range(1)"),
    Fault(
        "crm.note.not_found",
        "connector.py",
        'return re.search(rf"(?<!\\S)ref: {re.escape(marker)}(?!\\S)", note["text"]) is not None',
        'return marker in note["text"]',
    ),
    Fault("crm.note.lost_reply", "connector.py", "if _carries(note, marker):", "if False:"),
    Fault(
        "crm.note.once",
        "client.py",
        'return self._ask("POST", path, json=body)\n',
        'return self._ask("POST", path, json=body)\n        except _Unusable:\n'
        '            return self._ask("POST", path, json=body)\n',
    ),
    Fault("crm.users.listed", "client.py", "range(MAX_PAGES)", "range(1)"),
    Fault("crm.users.listed", "connector.py", "query.strip().casefold()", "query"),
    Fault("crm.user.known", "full_connector.py", "if user.id == id)", "if user.name == id)"),
    Fault("crm.user.known", "full_connector.py", "return next(known, None)", "return next(known)"),
    Fault("crm.limits.shared", "client.py", "        self._bucket.acquire(self._timeout)\n", ""),
    Fault("crm.limits.shared", "client.py", "            self._bucket.pause(1)\n", ""),
    Fault("crm.limits.shared", "client.py", "ctx.token_bucket(fingerprint,", "ctx.token_bucket(key,"),
    Fault(
        "crm.errors.busy", "client.py", "reply.status_code == requests.codes.too_many_requests", "False"
    ),
    Fault("crm.errors.unavailable", "client.py", "if status >= 500:", "if status == 500:"),
    Fault("crm.errors.server_error", "client.py", "if status >= 500:", "if status > 500:"),
    Fault(
        "crm.errors.malformed",
        "client.py",
        "        except ValueError:\n            raise _Unusable from None",
        "        except ValueError:\n            return {}",
    ),
    Fault("crm.errors.lost_reply", "client.py", "raise OutcomeUnknown(", "raise NotSent("),
    Fault("crm.errors.slow", "client.py", "raise OutcomeUnknown(", "raise NotSent("),
    Fault("crm.errors.unreachable", "client.py", "if _never_left(error):", "if False:"),
    Fault(
        "crm.errors.sentence",
        "client.py",
        '"Acme CRM gives no clear answer at the moment. Nothing was done."',
        '"unavailable"',
    ),
    Fault("crm.http.own_session", "client.py", "self._http.request(", "requests.request("),
    Fault("crm.http.time_limit", "client.py", "timeout=self._timeout, ", ""),
    Fault(
        "crm.secrets.kept",
        "client.py",
        '"acme_error", status=reply.status_code',
        '"acme_error", headers=self._headers',
    ),
)

_CONNECTOR = "full_connector.py"
FULL_CRMS = (
    Fault("crm.fields.listed", _CONNECTOR, "for raw in found]", "for raw in (*found, found[0])]"),
    Fault("crm.fields.listed", _CONNECTOR, 'FieldType(raw["type"]), choices', "FieldType.TEXT, choices"),
    Fault("crm.fields.listed", _CONNECTOR, 'writable=raw["writable"]', "writable=False"),
    Fault("crm.field.set", _CONNECTOR, "{**fields, field_id: value}", "fields"),
    Fault(
        "crm.field.set",
        _CONNECTOR,
        "return FieldChange(before, value, changed=True)",
        "return FieldChange(value, value, changed=True)",
    ),
    Fault(
        "crm.field.types",
        _CONNECTOR,
        "field_id: value}",
        'field_id: value.removesuffix("0")}',
    ),
    Fault("crm.field.there_already", _CONNECTOR, "if before == value:", "if False:"),
    Fault("crm.field.others", _CONNECTOR, "{**fields, field_id: value}", "{field_id: value}"),
    Fault("crm.field.unknown", _CONNECTOR, '"field_not_found"', '"gone"'),
    Fault("crm.field.read_only", _CONNECTOR, "if not field.writable:", "if False:"),
    Fault("crm.field.refused", _CONNECTOR, "if not field.takes(value):", "if not value:"),
    Fault("crm.field.refused", _CONNECTOR, "if not field.takes(value):", "if value == 'nan':"),
    Fault("crm.field.foreign", "client.py", "return NotFound(", "return NotSent("),
    Fault("crm.field.lost_reply", "client.py", "raise OutcomeUnknown(", "raise NotSent("),
    Fault("crm.field.lost_reply", _CONNECTOR, "if before == value:", "if False:"),
    Fault(
        "crm.owner.set",
        _CONNECTOR,
        'api.write(f"{path}/owner", {"owner": user_id})',
        'api.write(f"{path}/owner", {"owner": before.id})',
    ),
    Fault(
        "crm.owner.set",
        _CONNECTOR,
        "OwnerChange(before, after, changed=True)",
        "OwnerChange(None, after, changed=True)",
    ),
    Fault("crm.owner.there_already", _CONNECTOR, "if before == after:", "if False:"),
    Fault("crm.owner.unknown", _CONNECTOR, '"user_not_found"', '"gone"'),
    Fault("crm.owner.foreign", "client.py", "return NotFound(", "return NotSent("),
    Fault("crm.owner.lost_reply", "client.py", "raise OutcomeUnknown(", "raise NotSent("),
    Fault("crm.owner.lost_reply", _CONNECTOR, ", owner=_owner(raw))", ")"),
    Fault("crm.task.created", _CONNECTOR, '"assignee": task.assignee_id', '"assignee": None'),
    Fault("crm.task.created", _CONNECTOR, "task.due_at.isoformat() if task.due_at else None", "None"),
    Fault("crm.task.found", "client.py", "range(MAX_PAGES)", "range(1)"),
    Fault(
        "crm.task.not_found",
        _CONNECTOR,
        'if task["marker"] == marker:',
        'if (task["marker"] or "").startswith(marker):',
    ),
    Fault("crm.task.lost_reply", _CONNECTOR, 'if task["marker"] == marker:', "if False:"),
    Fault(
        "crm.task.once",
        "client.py",
        'return self._ask("POST", path, json=body)\n',
        'return self._ask("POST", path, json=body)\n        except _Unusable:\n'
        '            return self._ask("POST", path, json=body)\n',
    ),
    Fault("crm.task.unknown_user", _CONNECTOR, "if task.assignee_id:", "if False:"),
    Fault("crm.oauth.address", _CONNECTOR, '"state": state, ', ""),
    Fault("crm.oauth.address", _CONNECTOR, "?{urlencode(asked)}", "?{redirect_uri}"),
    Fault(
        "crm.oauth.exchanged",
        _CONNECTOR,
        "AcmeGrant(api_key=raw",
        "AcmeSettings(api_key=raw['access']) or AcmeGrant(api_key=raw",
    ),
    Fault("crm.oauth.exchanged", _CONNECTOR, "(ctx), user=user)", "(ctx), user=None)"),
    Fault("crm.oauth.exchanged", _CONNECTOR, "ctx.clock() + timedelta", "ctx.clock() - timedelta"),
    Fault("crm.oauth.code_once", _CONNECTOR, "raise CredentialsError(", "raise NotSent("),
    Fault(
        "crm.oauth.renewed",
        _CONNECTOR,
        'renewal=raw["renewal"]',
        'renewal=form.get("renewal", raw["renewal"])',
    ),
    Fault("crm.oauth.taken_back", _CONNECTOR, "reply.status_code == 400", "reply.status_code == 401"),
    Fault("crm.oauth.lost_reply", _CONNECTOR, "raise OutcomeUnknown(", "raise CredentialsError("),
    Fault("crm.oauth.lost_reply", _CONNECTOR, 'raise NotSent("Acme CRM is down.")', "pass"),
    Fault("crm.oauth.secrets", _CONNECTOR, "    renewal: SecretStr", "    renewal: str"),
    Fault("crm.task.foreign", "client.py", "return NotFound(", "return NotSent("),
)

ACTIONS = (
    Fault("action.load", "action.py", '    name = "Acme"\n', ""),
    Fault("action.triggers", "action.py", '("link.paid", "payment.succeeded")', '("paid",)'),
    Fault(
        "action.summary",
        "action.py",
        "return f'Write \"{config.words}\" on the {config.record_kind}.'",
        'return ""',
    ),
    Fault("action.config.labels", "settings.py", 'label="Words"', 'label=""'),
    Fault(
        "action.default_rules",
        "action.py",
        "tuple[DefaultRule, ...] = ()",
        'tuple[DefaultRule, ...] = (DefaultRule("Thanks", "link.paid", {"kind": "deal"}),)',
    ),
    Fault("action.choices", "action.py", "for kind in ctx.record_kinds]", "for kind in ()]"),
    Fault(
        "action.choices.odd_drafts",
        "action.py",
        "field: str) -> list[Choice]:\n",
        'field: str, draft: dict[str, str]) -> list[Choice]:\n        draft["record_kind"]\n',
    ),
    Fault("action.check.good", "action.py", "if config.record_kind in ctx.record_kinds:", "if False:"),
    Fault("action.check.stale", "action.py", "if config.record_kind in ctx.record_kinds:", "if True:"),
    Fault("action.other_kind", "action.py", 'return Skipped(f"The rule', 'raise ValueError(f"The rule'),
    Fault(
        "action.run.done",
        "action.py",
        "return Done(f'Wrote \"{config.words}\"')",
        'return Skipped("no")',
    ),
    Fault("action.run.twice", "action.py", 'ctx.once("note", write, find=written)', "write()"),
    Fault("action.run.steps", "action.py", 'ctx.once("note", write, find=written)', "write()"),
    Fault(
        "action.run.every_trigger",
        "action.py",
        'marker = f"acme-{ctx.run_id}"',
        "marker = event.refund.id",
    ),
    Fault(
        "action.preview.says",
        "action.py",
        """return [Planned(f'Write a note on "{event.record_title}".', _text(event, config))]""",
        "return []",
    ),
    Fault(
        "action.preview.says",
        "action.py",
        """Planned(f'Write a note on "{event.record_title}".', _""",
        'Planned("", _',
    ),
    Fault(
        "action.preview.writes_nothing",
        "action.py",
        "        return [Planned(",
        '        ctx.crm.add_note(event.record, "A preview", "acme-preview")\n        return [Planned(',
    ),
    Fault(
        "action.preview.writes_nothing",
        "action.py",
        "        return [Planned(",
        "        try:\n            ctx.once('note', lambda: 'written')\n        except Exception:\n"
        "            pass\n        return [Planned(",
    ),
    Fault("action.run.lost_reply", "action.py", ", find=written)", ")"),
    Fault("action.run.crash", "action.py", ", find=written)", ")"),
    *(
        Fault(
            f"action.run.{what}",
            "action.py",
            '        ctx.once("note", write, find=written)\n',
            '        try:\n            ctx.once("note", write, find=written)\n'
            "        except Exception:\n            pass\n",
        )
        for what in ("not_sent", "rejected", "unsupported")
    ),
    Fault("action.needs", "action.py", ', "crm_connector:find_note")', ",)"),
    Fault(
        "action.needs",
        "action.py",
        '"crm_connector:find_note")',
        '"crm_connector:find_note", "crm_connector:move_stage")',
    ),
)

OUTSIDE_ACTIONS = (
    Fault("action.outside.not_sent", "client.py", "or status >= 500:", "and False:"),
    Fault("action.outside.not_sent", "client.py", "408, 409, 425, 429", "408, 409, 425"),
    Fault("action.outside.not_sent", "client.py", "if 200 <= status < 300:", "if status:"),
    Fault("action.outside.lost_reply", "client.py", "raise OutcomeUnknown(", "raise NotSent("),
    Fault(
        "action.outside.lost_reply",
        "action.py",
        "client.post(ctx, config, run_id, message",
        "client.post(ctx, config, f'{run_id}-{id(object())}', message",
    ),
    Fault(
        "action.outside.unreachable",
        "client.py",
        "        if _never_left(error):\n",
        "        if False:\n",
    ),
    Fault("action.outside.own_session", "client.py", "reply = ctx.http.post(", "reply = requests.post("),
    Fault("action.outside.redirect", "client.py", "allow_redirects=False", "allow_redirects=True"),
    Fault("action.outside.redirect", "client.py", "if 200 <= status < 300:", "if 200 <= status < 400:"),
    Fault(
        "action.config.secrets",
        "settings.py",
        "    secret: SecretStr = setting(",
        "    secret: str = setting(",
    ),
    Fault(
        "action.secrets.kept",
        "action.py",
        'return _("Send a webhook to %(host)s.", host=client.host_of(config.url))',
        'return f"Send a webhook signed with {config.secret.get_secret_value()}."',
    ),
    Fault(
        "action.secrets.kept",
        "client.py",
        'gave no clear answer. It is sent again, under the same id.", host=host)',
        'gave no clear answer. It is sent again, under the same id.", host=secret)',
    ),
    Fault(
        "action.preview.secrets",
        "action.py",
        "message.readable(event))]",
        "message.readable(event) + config.secret.get_secret_value())]",
    ),
    Fault(
        "action.preview.writes_nothing",
        "action.py",
        "        return [Planned(",
        '        client.post(ctx, config, "preview", message.body(event))\n        return [Planned(',
    ),
)

_AT = "int(request.expires_at.timestamp())"
_SOON = "int(__import__('time').time()) + 600"
_PART = "mapping.to_wire(request.first_part)"
_SENT = 'Api(ctx).write("links", ref, "send", body={"channel": channel})'
FULL_PROVIDERS = tuple(
    Fault(f"provider.options.{what}", "full_provider.py", old, new)
    for what, old, new in (
        ("declared", "earliest=timedelta(minutes=5)", "earliest=timedelta(days=90)"),
        ("declared", '        notify=frozenset({"mail", "sms"}),\n', ""),
        ("unasked", "sorted(request.notify)", '["mail"] if payer else []'),
        ("unasked", f"{_PART} if request.first_part else None", "1"),
        ("expiry", f"{_AT} if request.expires_at else None", "None"),
        ("expiry", _AT, f"{_AT} // 60 * 60"),
        ("expiry", "latest=timedelta(days=90)", "latest=timedelta(days=900)"),
        ("too_soon", _AT, f"max({_AT}, {_SOON})"),
        ("expired", "state=ProviderLinkState.EXPIRED", "state=ProviderLinkState.INACTIVE"),
        ("expired", f"{_AT} if request.expires_at else None", _SOON),
        ("first_part", _PART, "int(request.first_part.amount * 100)"),
        ("parts", f"{_PART} if", "1 if"),
        (
            "parts",
            "status = mapping.status(raw)",
            "status = mapping.status(raw | {'payments': raw['payments'][:1]})",
        ),
        ("whole", f"{_PART} if request.first_part else None", "mapping.to_wire(request.unit_price)"),
        ("notified", "sorted(request.notify)", "[]"),
        ("notified", "sorted(request.notify)", '["mail", "sms"] if request.notify else []'),
        (
            "notified_once",
            'return mapping.link(Api(ctx).write("links", body=body | _options(request)))',
            'asked = body | _options(request) | {"send_by": []}\n'
            '        link = mapping.link(Api(ctx).write("links", body=asked))\n'
            "        for channel in request.notify:\n"
            "            self.notify(ctx, link.ref, channel)\n"
            "        return link",
        ),
        ("notify", _SENT, 'Api(ctx).read("links", ref)'),
        (
            "notify_lost",
            _SENT,
            f"try:\n            {_SENT}\n        except Exception:\n            {_SENT}",
        ),
    )
)

FAULTS = {
    Kind.PAYMENT_PROVIDER: (*PROVIDERS, *FULL_PROVIDERS),
    Kind.CRM_CONNECTOR: (*CRMS, *FULL_CRMS),
    Kind.ACTION: (*ACTIONS, *OUTSIDE_ACTIONS),
}

"""What came of each step of connecting an account, and of looking at it again.

The steps that ask the provider leave a finding in the account's ``report``; the others are seen in its
row. A finding keeps the words in which the step failed, as they were said to whoever took it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from core.api.errors import DealpayError, Rejected
from core.api.text import N_, _, show
from core.connections.models import PaymentAccount
from core.plugin_host.entries import ProviderEntry

StepName = Literal["key", "money", "permissions", "webhook", "secret", "unit"]
State = Literal["ok", "warn", "bad"]

TITLES: dict[StepName, str] = {
    "key": N_("Key"),
    "money": N_("Currency and country"),
    "permissions": N_("Permissions of the key"),
    "webhook": N_("Webhook endpoint"),
    "secret": N_("Signing secret"),
    "unit": N_("Unit product"),
}
_PASTED = "pasted"
#: The steps that can be taken again alone, and the last part of the route that does so.
_AGAIN: dict[StepName, str] = {"webhook": "webhook", "unit": "unit-product"}


@dataclass(frozen=True, slots=True)
class Finding:
    """What a step that asked the provider has found; ``problem`` is the cause and the cure.

    ``code`` is for programs. ``missing`` are permissions, ``endpoints`` those at the provider, where the
    step is about them.
    """

    step: StepName
    state: State = "ok"
    problem: str | None = None
    code: str | None = None
    missing: tuple[str, ...] = ()
    endpoints: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the list of steps, as a person reads it. ``again`` is where it is taken once more."""

    step: StepName
    title: str
    state: State
    says: str
    again: str | None
    endpoints: tuple[Mapping[str, Any], ...] = ()


def note(account: PaymentAccount, findings: Iterable[Finding]) -> None:
    """Keep what was found, instead of what the same steps had found before."""
    kept = {one["step"]: one for one in account.report or ()}
    kept |= {one.step: asdict(one) for one in findings}
    account.report = [kept[step] for step in TITLES if step in kept]


def failed(step: StepName, error: DealpayError, state: State = "bad", **more: Any) -> Finding:
    """The finding that ``error`` comes to."""
    if isinstance(error, Rejected):
        return Finding(step, state, error.user_message, error.code, **more)
    return Finding(step, state, str(error), type(error).__name__, **more)


def finding_of(account: PaymentAccount, step: StepName) -> dict[str, Any] | None:
    """What a step has found last, None where it was never taken."""
    return next((one for one in account.report or () if one["step"] == step), None)


def missing_permissions(account: PaymentAccount) -> tuple[str, ...]:
    """The permissions that the key was found to lack, in the provider's words."""
    found = finding_of(account, "permissions")
    return tuple(found["missing"]) if found else ()


def rows(account: PaymentAccount, provider: ProviderEntry | None) -> list[Row]:
    """All steps, in their order; without the provider's plugin none can be taken again."""
    return [_row(account, provider, step) for step in TITLES if _concerns(account, step)]


def problems(account: PaymentAccount, provider: ProviderEntry | None) -> list[Row]:
    """The steps of which something is to be done."""
    return [row for row in rows(account, provider) if row.state != "ok"]


def _concerns(account: PaymentAccount, step: StepName) -> bool:
    return step != "permissions" or bool(missing_permissions(account))


def _row(account: PaymentAccount, provider: ProviderEntry | None, step: StepName) -> Row:
    found = finding_of(account, step)
    state, says = _seen(account, provider, step)
    # A key that was refused when it was tested may have worked since.
    if found and step == "key" and found["state"] == "bad" and account.health == "ok":
        found = None
    if found and found["state"] != "ok" and found["problem"]:
        state, says = found["state"], show(found["problem"])
    registers = provider is not None and "ensure_webhook" in provider.capabilities
    possible = registers if step == "webhook" else provider is not None and state != "ok"
    again = _AGAIN.get(step) if possible else None
    endpoints = tuple(found["endpoints"]) if found else ()
    return Row(step, show(TITLES[step]), state, says, again, endpoints)


def _seen(account: PaymentAccount, provider: ProviderEntry | None, step: StepName) -> tuple[State, str]:
    """What the row itself says of a step."""
    name = provider.name if provider else account.provider
    match step:
        case "key":
            if account.health != "ok":
                return "bad", show(account.last_error or "") or _("The key doesn't work any more.")
            return "ok", _(
                "It opens %(name)s (%(id)s).", name=account.external_name, id=account.external_id
            )
        case "money":
            where = ", ".join(filter(None, (account.currency, account.country)))
            if account.mode == "live":
                return "ok", _("%(where)s; live: links take real money", where=where)
            return "ok", _("%(where)s; test mode", where=where)
        case "webhook":
            if account.webhook_ref:
                return "ok", _("It is registered at %(provider)s.", provider=name)
            if account.sealed_secrets:
                return "ok", _("It was added by hand.")
            return "warn", _("None is registered. Without one, payments are found by asking only.")
        case "secret":
            return _secret(account)
        case "unit":
            if account.unit_product_ref:
                return "ok", account.unit_product_ref
            return "bad", _("The product of price 1 is missing, so no amount can be asked for freely.")
        case "permissions":
            return "ok", ""


def _secret(account: PaymentAccount) -> tuple[State, str]:
    if not account.sealed_secrets:
        return "warn", _(
            "It is missing, so nothing that comes to the webhook URL can be believed. Register the "
            "webhook, "
            "or paste the secret that the provider shows beside its endpoint."
        )
    if account.secret_source == _PASTED:
        return "ok", _("Pasted by somebody of your team.")
    return "ok", _("Set by Dealpay.")

"""Deliveries that nobody verifiably sent: a 400 each, a counter with its reason, and nothing else."""

import json
from collections.abc import Callable

import pytest
from sqlalchemy import update

from core.connections import service as connections
from core.connections.models import PaymentAccount
from core.inbox.models import WebhookDelivery
from plugins.stripe_provider.settings import StripeSettings
from plugins.stripe_provider.simulator import seed
from plugins.stripe_provider.simulator.webhooks import signature
from tests.contract.schema import DATA
from tests.workspace import Workspace, everything

EVENT = json.loads((DATA / "stripe-events.json").read_text())["events"]["paid_card"]
BODY = json.dumps(EVENT).encode()
FOREIGN = "whsec_of_somebody_else"

MISSING = "the Stripe-Signature header is missing"
NO_TIME = "the Stripe-Signature header holds no time"
NO_SIGNATURE = "the Stripe-Signature header holds no v1 signature"
NO_MATCH = "no signature matches the stored signing secrets"
STALE = "the signature is more than five minutes old"
FUTURE = "the signature is from the future; check this server's clock"
NOT_JSON = "the body is signed but isn't JSON"
NO_EVENT = "the body is signed but isn't an event"
THIN = "this is a thin event; the endpoint has to send snapshots"
NO_SECRET = "the account has no signing secret yet"


class Signer:
    """Signs as Stripe does, and lets a test do it wrong."""

    def __init__(self, workspace: Workspace):
        self.workspace = workspace
        self.secret = workspace.signing_secret()
        self.now = int(workspace.app.clock().timestamp())

    def header(self, body: bytes = BODY, secret: str | None = None, at: int | None = None) -> str:
        return signature(body, secret or self.secret, at or self.now)["Stripe-Signature"]

    def v1(self, body: bytes = BODY, secret: str | None = None) -> str:
        """The hexadecimal signature alone."""
        return self.header(body, secret).rpartition("v1=")[2]

    def send(self, header: str | None, body: bytes = BODY) -> int:
        headers = {"Content-Type": "application/json"}
        return self.workspace.send(body, headers | ({"Stripe-Signature": header} if header else {}))


@pytest.fixture
def signer(workspace: Workspace) -> Signer:
    return Signer(workspace)


def stored(workspace: Workspace) -> list[str]:
    return [delivery.event_id for delivery in everything(workspace.app, WebhookDelivery)]


def refusals(workspace: Workspace) -> tuple[int, str | None]:
    account = workspace.account()
    return account.refused_count, account.refused_reason


HEADERS: dict[str, tuple[Callable[[Signer], str | None], str]] = {
    "missing": (lambda signer: None, MISSING),
    "blank": (lambda signer: " ", NO_TIME),
    "malformed": (lambda signer: "signature", NO_TIME),
    "no time": (lambda signer: f"v1={signer.v1()}", NO_TIME),
    "two times": (lambda signer: f"t={signer.now},{signer.header()}", NO_TIME),
    "time of another alphabet": (lambda signer: f"t=\u00b2\u00b3,v1={signer.v1()}", NO_TIME),
    "time without end": (lambda signer: f"t={'9' * 400},v1={signer.v1()}", NO_TIME),
    "negative time": (lambda signer: f"t=-{signer.now},v1={signer.v1()}", NO_TIME),
    "wrong scheme": (lambda signer: f"t={signer.now},v0={signer.v1()}", NO_SIGNATURE),
    "no signature": (lambda signer: f"t={signer.now}", NO_SIGNATURE),
    "non-ASCII": (lambda signer: f"t={signer.now},v1=éééé", NO_SIGNATURE),
    "too short": (lambda signer: f"t={signer.now},v1={signer.v1()[:-1]}", NO_SIGNATURE),
    "bad": (lambda signer: f"t={signer.now},v1={'0' * 64}", NO_MATCH),
    "another body's": (lambda signer: signer.header(BODY + b" "), NO_MATCH),
    "another time's": (lambda signer: f"t={signer.now - 1},v1={signer.v1()}", NO_MATCH),
    "another secret's": (lambda signer: signer.header(secret=FOREIGN), NO_MATCH),
    "stale": (lambda signer: signer.header(at=signer.now - 301), STALE),
    "future": (lambda signer: signer.header(at=signer.now + 301), FUTURE),
}


def test_a_header_that_proves_nothing(
    workspace: Workspace, signer: Signer, subtests: pytest.Subtests
) -> None:
    for count, (name, (make, reason)) in enumerate(HEADERS.items(), 1):
        with subtests.test(name):
            assert signer.send(make(signer)) == 400
            assert refusals(workspace) == (count, reason)
    assert stored(workspace) == []
    assert workspace.account().last_event_at is None


BODIES = {
    "nothing": (b"", NOT_JSON),
    "no JSON": (b"id=evt_1", NOT_JSON),
    "half of it": (BODY[:100], NOT_JSON),
    "UTF-16": (BODY.decode().encode("utf-16-le"), NOT_JSON),
    "too deep": (b"[" * 100_000, NOT_JSON),
    "a list": (b"[1, 2]", NO_EVENT),
    "null": (b"null", NO_EVENT),
    "an empty object": (b"{}", NO_EVENT),
    "a charge": (b'{"object": "charge", "id": "ch_1"}', NO_EVENT),
    "an id that is a number": (json.dumps(EVENT | {"id": 7}).encode(), NO_EVENT),
    "a type that is a list": (json.dumps(EVENT | {"type": []}).encode(), NO_EVENT),
    "no object": (json.dumps(EVENT | {"data": {"object": None}}).encode(), NO_EVENT),
    "a thin event": (b'{"object": "v2.core.event", "id": "evt_1", "type": "v2.core"}', THIN),
}


def test_a_body_that_is_signed_and_no_event(
    workspace: Workspace, signer: Signer, subtests: pytest.Subtests
) -> None:
    for count, (name, (body, reason)) in enumerate(BODIES.items(), 1):
        with subtests.test(name):
            assert signer.send(signer.header(body), body) == 400
            assert refusals(workspace) == (count, reason)
    assert stored(workspace) == []


GOOD: dict[str, Callable[[Signer, bytes], str]] = {
    "the usual": lambda signer, body: signer.header(body),
    "299 seconds old": lambda signer, body: signer.header(body, at=signer.now - 299),
    "a little ahead of our clock": lambda signer, body: signer.header(body, at=signer.now + 299),
    "several, the last is right": lambda signer, body: (
        f"t={signer.now},v1={'0' * 64},v1={signer.v1(body, FOREIGN)},v1={signer.v1(body)}"
    ),
    "another scheme beside it": lambda signer, body: f"{signer.header(body)},v0={'0' * 64}",
    "with spaces": lambda signer, body: f"t={signer.now}, v1={signer.v1(body)}",
}


def numbered(number: int) -> bytes:
    """The event under another id."""
    return json.dumps(EVENT | {"id": f"evt_{number}"}).encode()


def test_a_header_that_proves_it(
    workspace: Workspace, signer: Signer, subtests: pytest.Subtests
) -> None:
    for number, (name, make) in enumerate(GOOD.items()):
        with subtests.test(name):
            assert signer.send(make(signer, numbered(number)), numbered(number)) == 200
    assert stored(workspace) == [f"evt_{number}" for number in range(len(GOOD))]
    assert refusals(workspace) == (0, None)
    assert workspace.account().last_event_at == workspace.app.clock()


def test_while_a_secret_is_rolled_the_old_and_the_new_one_sign(
    workspace: Workspace, signer: Signer
) -> None:
    new, newer = "whsec_the_new_one", "whsec_the_one_after"
    connections.set_signing_secret(workspace.app, workspace.owner, workspace.account_id, f" {new}\n")
    first, second = numbered(1), numbered(2)
    assert signer.send(signer.header(first), first) == 200
    assert signer.send(signer.header(second, new), second) == 200
    assert stored(workspace) == ["evt_1", "evt_2"]

    connections.set_signing_secret(workspace.app, workspace.owner, workspace.account_id, newer)
    assert signer.send(signer.header()) == 400
    assert signer.send(signer.header(secret=new)) == 200


def test_another_accounts_secret_opens_nothing(workspace: Workspace, signer: Signer) -> None:
    settings = StripeSettings(secret_key=seed.LAKESIDE.key)
    connections.connect_account(workspace.app, workspace.owner, "stripe", "Other", settings)
    other = workspace.sims.stripe.account(seed.LAKESIDE.id)
    (endpoint,) = other.all("webhook_endpoint")
    secret = other.get("webhook_secret", endpoint["id"])["secret"]

    assert signer.send(signer.header(secret=secret)) == 400
    assert refusals(workspace) == (1, NO_MATCH)
    (_, another) = workspace.rows(PaymentAccount)
    assert another.refused_count == 0
    assert stored(workspace) == []


def test_an_account_without_a_secret_takes_nothing(workspace: Workspace, signer: Signer) -> None:
    with workspace.app.db.unit_of_work(workspace.tenant_id) as session:
        session.execute(update(PaymentAccount).values(sealed_secrets=None))
    for header in (signer.header(), signer.header(secret=" "), None):
        assert signer.send(header) == 400
    assert refusals(workspace) == (3, NO_SECRET)
    assert stored(workspace) == []


def test_refusals_are_counted_and_the_last_reason_is_kept(workspace: Workspace, signer: Signer) -> None:
    signer.send(None)
    signer.send(signer.header(at=signer.now - 3600))
    assert refusals(workspace) == (2, STALE)
    assert workspace.account().refused_at == workspace.app.clock()
    assert signer.send(signer.header()) == 200
    assert refusals(workspace) == (2, STALE)

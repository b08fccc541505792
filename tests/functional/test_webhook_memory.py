"""What a process remembers of an account between its webhooks, and for how long."""

import json
from contextlib import ExitStack
from typing import Any

import psycopg
import pytest
from sqlalchemy import event, text, update

from core.connections import webhooks
from core.connections.models import PaymentAccount
from core.connections.vault import keep_signing_secret
from plugins.stripe_provider.simulator import signed
from tests.contract.schema import DATA
from tests.workspace import Workspace

EVENT: dict[str, Any] = json.loads((DATA / "stripe-events.json").read_text())["events"]["paid_card"]


def send(workspace: Workspace, number: int, secret: str | None = None) -> int:
    at = int(workspace.app.clock().timestamp())
    body = EVENT | {"id": f"evt_{number}"}
    return workspace.send(*signed(body, secret or workspace.signing_secret(), at))


def elsewhere(workspace: Workspace, **values: Any) -> None:
    """Another process changes the account: nothing in this one hears of it."""
    with workspace.app.db.unit_of_work(workspace.tenant_id) as session:
        session.execute(update(PaymentAccount).values(**values))


def roll(workspace: Workspace, *secrets: str) -> None:
    """Another process keeps new signing secrets, and so forgets the old ones."""
    remembered = dict(workspace.app.remembered)
    account = workspace.account()
    for secret in secrets:
        keep_signing_secret(workspace.app, account, secret, "pasted")
    elsewhere(workspace, sealed_secrets=account.sealed_secrets)
    workspace.app.remembered.update(remembered)


def pass_time(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    now = webhooks.time.monotonic()
    monkeypatch.setattr(webhooks.time, "monotonic", lambda: now + seconds)


def test_a_second_delivery_asks_for_nothing(workspace: Workspace) -> None:
    assert send(workspace, 1) == 200
    at, path = int(workspace.app.clock().timestamp()), workspace.webhook_path
    second = signed(EVENT | {"id": "evt_2"}, workspace.signing_secret(), at)
    asked: list[str] = []

    def keep(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        asked.append(statement)

    event.listen(workspace.app.db.engine, "before_cursor_execute", keep)
    assert workspace.send(*second, path=path) == 200
    event.remove(workspace.app.db.engine, "before_cursor_execute", keep)
    assert asked == []  # the one INSERT goes past all that
    assert len(workspace.deliveries()) == 2


def test_a_secret_that_was_just_rolled_elsewhere_is_taken(workspace: Workspace) -> None:
    assert send(workspace, 1) == 200
    roll(workspace, "whsec_new")
    assert send(workspace, 2, "whsec_new") == 200


def test_a_revoked_secret_is_refused_within_seconds(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert send(workspace, 1) == 200
    roll(workspace, "whsec_new", "whsec_newer")
    pass_time(monkeypatch, 6)
    assert send(workspace, 2) == 400
    assert send(workspace, 3, "whsec_newer") == 200


def test_an_address_that_was_changed_elsewhere_is_unknown_within_seconds(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert send(workspace, 1) == 200
    path = workspace.webhook_path
    elsewhere(workspace, webhook_token="another")
    pass_time(monkeypatch, 6)
    at = int(workspace.app.clock().timestamp())
    assert workspace.send(*signed(EVENT, workspace.signing_secret(), at), path=path) == 404


def test_the_time_of_the_last_event_is_a_little_behind_at_most(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert send(workspace, 1) == 200
    first = workspace.app.clock()
    workspace.app.clock.turn(seconds=3)  # type: ignore[attr-defined]
    assert send(workspace, 2) == 200
    assert workspace.account().last_event_at == first
    pass_time(monkeypatch, 16)
    assert send(workspace, 3) == 200
    assert workspace.account().last_event_at == workspace.app.clock()


def test_an_event_that_comes_again_is_stored_once(workspace: Workspace) -> None:
    assert [send(workspace, 1), send(workspace, 1), send(workspace, 2)] == [200, 200, 200]
    assert [delivery.event_id for delivery in workspace.deliveries()] == ["evt_1", "evt_2"]


def test_a_connection_that_was_cut_is_replaced(workspace: Workspace) -> None:
    engine = workspace.app.db.engine
    if engine.dialect.name == "sqlite":
        pytest.skip("there is nothing to cut")
    assert send(workspace, 1) == 200
    at, path = int(workspace.app.clock().timestamp()), workspace.webhook_path
    second = signed(EVENT | {"id": "evt_2"}, workspace.signing_secret(), at)
    # The app's own connections only: the fixtures have some to the same database.
    with ExitStack() as held:
        connections = [held.enter_context(engine.connect()) for _ in range(engine.pool.checkedin())]
        cut = [connection.scalar(text("select pg_backend_pid()")) for connection in connections]
    url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True) as other:
        for pid in cut:
            other.execute("select pg_terminate_backend(%s, 1000)", [pid])
    assert cut
    assert workspace.send(*second, path=path) == 200
    assert len(workspace.deliveries()) == 2

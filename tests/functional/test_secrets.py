"""One run through the whole job with everything that can go wrong, then a search for its secrets."""

import io
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import select

from core.api.errors import DealpayError
from core.connections import service as connections
from core.db.session import ALL_TENANTS
from core.links import service as links
from core.models import metadata
from core.sandbox import demo
from core.web.logging import formatter
from plugins.kylas_crm.settings import KylasSettings
from plugins.kylas_crm.simulator import seed_data
from plugins.stripe_provider.settings import StripeSettings
from plugins.stripe_provider.simulator import signed
from plugins.stripe_provider.simulator.seed import LAKESIDE, NORTHWIND, REVOKED_KEY
from tests.pages import frame
from tests.phone import Phone, with_phone
from tests.support import Browser, Clock
from tests.workspace import Workspace

WRONG_CRM_KEY = "5d2f6a1c-0b7e-4c39-9a54-111122223333:8301"
PASTED = "whsec_pasted_by_somebody_0123"


@pytest.fixture
def log_lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """Everything that is logged from here on, libraries at their most talkative, as it leaves."""
    lines = io.StringIO()
    handler = logging.StreamHandler(lines)
    handler.setFormatter(formatter("json"))
    root = logging.getLogger()
    monkeypatch.setattr(root, "level", logging.DEBUG)
    root.addHandler(handler)
    yield lines
    root.removeHandler(handler)


def go_wrong(workspace: Workspace, clock: Clock) -> list[str]:
    """What everybody is told while keys are refused and vendors fail in every way they can."""
    app, owner, sims = workspace.app, workspace.owner, workspace.sims
    told: list[str] = []

    def attempt(do: Callable[..., Any], *args: Any, **more: Any) -> None:
        try:
            told.append(repr(do(*args, **more)))
        except DealpayError as error:
            told.append(f"{error!r} {error} {error.__cause__!r} {error.__context__!r}")

    def connect(key: str) -> None:
        attempt(connections.connect_account, app, owner, "stripe", "", StripeSettings(secret_key=key))

    for kind in ("unavailable", "server_error", "malformed", "lost_reply", "rate_limited"):
        for simulator in (sims.stripe, sims.kylas):
            simulator.faults.add(kind, times=None)
        connect(LAKESIDE.key)
        attempt(connections.connect_crm, app, owner, "kylas", KylasSettings(api_key=seed_data.API_KEY_B))
        attempt(workspace.record)
        for simulator in (sims.stripe, sims.kylas):
            simulator.faults.clear()
        # The verbs that write, so that it isn't known what became of them.
        new = workspace.new_link()
        for simulator, path in ((sims.stripe, "/v1/payment_links"), (sims.kylas, "/v1/notes")):
            simulator.faults.add(kind, path=path, times=4)
        attempt(links.create, app, owner, new)
        workspace.work()
        clock.turn(minutes=1)
        for simulator in (sims.stripe, sims.kylas):
            simulator.faults.clear()
        workspace.work()
    connect(REVOKED_KEY)
    connect(NORTHWIND.key)
    connect(LAKESIDE.key)
    attempt(connections.connect_crm, app, owner, "kylas", KylasSettings(api_key=WRONG_CRM_KEY))
    attempt(connections.set_signing_secret, app, owner, workspace.account_id, PASTED)
    body, headers = signed({"id": "evt_1"}, "whsec_wrong_and_never_kept")
    told.append(str(workspace.send(body, headers)))
    return told


def two_steps(workspace: Workspace, member: Browser, clock: Clock) -> Phone:
    """Switch two-step sign-in on, and sign ``member``, the owner's browser, in with recovery codes."""
    phone = with_phone(workspace.app, workspace.owner, demo.PASSWORD)
    for typed in (phone.recovery[0], phone.recovery[1].replace(" ", "")):
        member.reset()
        page = member.sign_in(workspace.owner.email, demo.PASSWORD).follow()
        for code in (phone.code, typed):  # the first was used when it was switched on
            page.form["code"] = code
            page = page.form.submit(status="*")
        assert page.status_int == 303
    clock.turn(seconds=30)
    return phone


def stored(workspace: Workspace) -> str:
    """Every row of every table, as somebody with a copy of the database reads it."""
    with workspace.app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
        return "\n".join(
            f"{table.name} {tuple(row)}"
            for table in metadata.sorted_tables
            for row in session.execute(select(table))
        )


def test_no_secret_is_anywhere(
    workspace: Workspace, member: Browser, clock: Clock, log_lines: io.StringIO
) -> None:
    paid = workspace.open_link()
    workspace.pay(paid)
    workspace.deliver()
    workspace.work()
    phone = two_steps(workspace, member, clock)
    told = go_wrong(workspace, clock)
    pages = [
        member.get(path, expect_errors=True).text
        for path in (
            "/",
            "/account",
            "/account/two-step",
            "/crm",
            "/accounts",
            f"/accounts/{workspace.account_id}",
            "/rules",
            "/links",
            f"/links/{paid}",
            frame("links/new"),
            frame("links"),
        )
    ]
    secrets = {
        NORTHWIND.key,
        LAKESIDE.key,
        REVOKED_KEY,
        seed_data.API_KEY_A,
        seed_data.API_KEY_B,
        WRONG_CRM_KEY,
        PASTED,
        demo.PASSWORD,
        workspace.signing_secret(),
        *member.cookies.values(),
        *phone.secrets,
    }
    places = {
        "the log": log_lines.getvalue(),
        "the database": stored(workspace),
        "what people are told": "\n".join(told),
        "the pages": "\n".join(pages),
        "a page's or the app's repr": f"{workspace.app!r} {workspace!r}",
    }
    assert "port_failed" in places["the log"] or "stripe_error" in places["the log"]
    found = [(place, secret) for place, text in places.items() for secret in secrets if secret in text]
    assert found == []

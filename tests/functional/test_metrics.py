"""What Prometheus reads: who may, and that each figure says what happened."""

import re
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import event

from core.api.errors import NotSent
from core.app import App
from core.db.engine import make_engine
from core.db.session import ALL_TENANTS, Database
from core.jobs.models import JobWorker
from core.web import metrics
from tests.support import Browser, Clock
from tests.workspace import Workspace

TOKEN = "a-token-of-the-monitoring"


@pytest.fixture
def ini(
    ini: dict[str, str], monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> dict[str, str]:
    """For an app of its own: the page keeps in memory what it said last."""
    monkeypatch.setattr(metrics, "_KEPT", -1.0)
    return ini | {"dealpay.metrics_token": TOKEN, "test": request.node.nodeid}


def read(browser: Browser) -> dict[str, float]:
    """Each figure by its name and labels, as Prometheus writes them."""
    text = browser.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).text
    lines = (line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, value in lines}


def test_without_the_token_nobody_reads_them(browser: Browser) -> None:
    for given in ("", "Bearer", "Bearer wrong", f"Basic {TOKEN}", f"Bearer {TOKEN}\xe9"):
        answer = browser.get("/metrics", headers={"Authorization": given}, status=401)
        assert answer.headers["WWW-Authenticate"] == "Bearer"
        assert "dealpay_" not in answer


def test_where_the_operator_set_no_token_there_is_no_such_page(
    ini: dict[str, str], request: pytest.FixtureRequest
) -> None:
    ini["dealpay.metrics_token"] = ""
    browser: Browser = request.getfixturevalue("browser")
    browser.get("/metrics", headers={"Authorization": "Bearer "}, status=404)


def test_a_payment_leaves_its_figures(workspace: Workspace, browser: Browser) -> None:
    before = read(browser)
    link_id = workspace.open_link()
    workspace.pay(link_id)
    assert workspace.deliver() == [200]
    waiting = read(browser)
    assert waiting['dealpay_work_rows{kind="webhook_deliveries",state="pending"}'] == 1
    assert waiting['dealpay_deliveries_recent{provider="stripe",state="pending"}'] == 1
    workspace.work()
    after = read(browser)
    assert after['dealpay_deliveries_recent{provider="stripe",state="done"}'] == 1
    assert after['dealpay_links_recent{provider="stripe",state="paid"}'] == 1
    assert after['dealpay_actions_recent{action="move_stage",state="done"}'] == 1
    assert after['dealpay_work_rows{kind="action_runs",state="pending"}'] == 0
    assert after["dealpay_database_up"] == 1

    def grown(name: str) -> float:
        return after[name] - before.get(name, 0)

    created = '{outcome="ok",plugin="stripe_provider",verb="create_link"}'
    assert grown(f"dealpay_outside_calls_total{created}") == 1
    assert grown('dealpay_jobs_total{kind="webhook_deliveries",state="done"}') == 1
    assert grown('dealpay_http_requests_total{route="webhook",status="200"}') == 1
    assert grown('dealpay_http_request_seconds_count{route="webhook"}') == 1


def test_a_refused_delivery_and_a_sick_account_are_counted(
    workspace: Workspace, browser: Browser
) -> None:
    assert workspace.send(b"{}", {"Stripe-Signature": "t=1,v1=0"}) == 400
    found = read(browser)
    assert found['dealpay_deliveries_refused_total{provider="stripe"}'] == 1
    assert found['dealpay_accounts{health="ok",provider="stripe"}'] == 1


def test_what_waits_too_long_shows_its_age(workspace: Workspace, browser: Browser, clock: Clock) -> None:
    workspace.pay(workspace.open_link())
    workspace.deliver()
    clock.turn(seconds=90)
    assert read(browser)['dealpay_work_overdue_seconds{kind="webhook_deliveries"}'] == 90
    workspace.work()
    assert read(browser)['dealpay_work_overdue_seconds{kind="webhook_deliveries"}'] == 0


def test_recent_figures_forget(workspace: Workspace, browser: Browser, clock: Clock) -> None:
    workspace.open_link()
    assert read(browser)['dealpay_links_recent{provider="stripe",state="open"}'] == 1
    clock.turn(minutes=6)
    assert 'dealpay_links_recent{provider="stripe",state="open"}' not in read(browser)


def test_a_failed_call_is_counted_by_its_error(workspace: Workspace, browser: Browser) -> None:
    name = 'dealpay_outside_calls_total{outcome="NotSent",plugin="kylas_crm",verb="fetch_record"}'
    before = read(browser).get(name, 0)
    workspace.sims.kylas.faults.add("unavailable", times=None)
    with pytest.raises(NotSent):
        workspace.record()
    assert read(browser)[name] == before + 1


def test_only_workers_that_live_are_counted(app: App, browser: Browser, clock: Clock) -> None:
    row = {"host": "a", "pid": 1, "version": "9.9", "engine": "local", "started_at": clock()}
    with app.db.unit_of_work(ALL_TENANTS) as session:
        session.add(JobWorker(**row, seen_at=clock()))
    assert read(browser)['dealpay_workers{version="9.9"}'] == 1
    clock.turn(seconds=61)
    assert 'dealpay_workers{version="9.9"}' not in read(browser)


def test_a_database_that_is_away_takes_no_other_figure_along(
    wsgi: Any, app: App, browser: Browser
) -> None:
    away = make_engine("postgresql://127.0.0.1:1/away")
    wsgi.registry.app = replace(app, db=Database(away))
    found = read(browser)
    assert found["dealpay_database_up"] == 0
    assert any(name.startswith("dealpay_http_requests_total") for name in found)
    away.dispose()


def test_no_label_names_a_person_a_workspace_or_an_id(workspace: Workspace, browser: Browser) -> None:
    workspace.pay(workspace.open_link())
    workspace.deliver()
    workspace.work()
    browser.get("/nothing-here-at-all", status=404)
    browser.get("/healthz", headers={"X-Forwarded-For": "198.51.100.9"})
    text = browser.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).text
    ours = "\n".join(line for line in text.splitlines() if "dealpay_" in line)
    private = [
        workspace.tenant_id,
        workspace.account_id,
        "example",
        "Northwind",
        "nothing-here",
        "198.51",
    ]
    assert [word for word in private if word in ours] == []
    assert not re.search(r"\b(ten|acc|lnk|usr|whd|run|pay)_\w{26}", ours)


def test_asked_more_often_the_database_is_left_alone(
    app: App, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metrics, "_KEPT", 10.0)
    asked: list[str] = []
    event.listen(app.db.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    read(browser)
    once = len(asked)
    read(browser)
    assert 0 < once == len(asked)

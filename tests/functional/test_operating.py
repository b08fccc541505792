"""What whoever operates it sees: health, failures, settings that can't be right."""

import threading
import time
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text

from core import main
from core.app import App
from core.db.engine import make_engine
from core.db.session import ALL_TENANTS, Database
from core.db.version import newest
from core.jobs.models import JobWorker
from core.people import service as people
from core.settings import SettingsError
from core.web import health
from tests.support import Browser, Clock

SECRET = "sk_live_" + "51HxYzAbCdEf"


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError(f"boom {SECRET}")

    monkeypatch.setattr(people, "token_state", fail)


@pytest.mark.usefixtures("broken")
def test_a_failure_has_a_reference_that_the_log_knows(
    browser: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    page = browser.get("/verify/token", status=500)
    assert "Something went wrong" in page
    assert "look for the link in the payment link logs" in page
    assert "boom" not in page
    reference = page.html.get_text().partition("Reference: ")[2][:10]
    (failure,) = [r for r in caplog.records if "request.failed" in r.getMessage()]
    line = failure.getMessage()
    assert reference in line
    assert "RuntimeError: boom" in line
    assert SECRET not in caplog.text


@pytest.mark.usefixtures("broken")
def test_a_failure_is_told_to_machines_in_text(browser: Browser) -> None:
    answer = browser.get("/verify/token", headers={"Accept": "*/*"}, status=500)
    assert answer.content_type == "text/plain"
    assert "Reference: " in answer


def test_no_token_of_an_address_is_in_the_log(
    browser: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    browser.get("/verify/a-token-that-nobody-may-read", status=404)
    assert "verify" in caplog.text
    assert "nobody-may-read" not in caplog.text


@pytest.fixture
def worker(app: App) -> None:
    """Somebody runs the jobs, as far as one can see."""
    now = app.clock()
    row = JobWorker(host="a", pid=1, version="0.1", engine="local", started_at=now, seen_at=now)
    with app.db.unit_of_work(ALL_TENANTS) as session:
        session.add(row)


def ready(browser: Browser) -> tuple[int, dict[str, str]]:
    answer = browser.get("/readyz", status="*")
    return answer.status_int, answer.json


WELL = {"database": "ok", "migrations": "ok", "workers": "ok"}


@pytest.mark.usefixtures("worker")
@pytest.mark.parametrize(
    ("found", "status", "said"),
    [("0000", 503, "needs `dealpay upgrade`"), ("9999", 200, "ok")],
)
def test_ready_needs_the_tables_of_this_version_or_a_later_one(
    browser: Browser, app: App, found: str, status: int, said: str
) -> None:
    assert ready(browser) == (200, WELL)
    set_version(app, found)
    try:
        assert ready(browser) == (status, WELL | {"migrations": said})
    finally:
        set_version(app, newest())


def set_version(app: App, version: str) -> None:
    with app.db.engine.begin() as connection:
        connection.execute(text("update alembic_version set version_num = :it"), {"it": version})


def test_ready_needs_a_worker(browser: Browser) -> None:
    assert ready(browser) == (503, WELL | {"workers": "no worker runs: start `dealpay worker`"})


@pytest.mark.usefixtures("worker")
def test_ready_needs_a_worker_that_was_seen_lately(browser: Browser, clock: Clock) -> None:
    clock.turn(seconds=60)
    assert ready(browser) == (200, WELL)
    clock.turn(seconds=13)
    assert ready(browser) == (503, WELL | {"workers": "no worker was seen for 73 seconds"})


def test_ready_needs_the_database(wsgi: Any, browser: Browser, app: App) -> None:
    away = make_engine("postgresql://127.0.0.1:1/away")
    wsgi.registry.app = replace(app, db=Database(away))
    assert ready(browser) == (503, dict.fromkeys(WELL, "unreachable"))
    assert browser.get("/healthz").status_int == 200
    away.dispose()


@pytest.mark.usefixtures("worker")
def test_ready_doesnt_wait_for_ever(
    wsgi: Any, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "_PATIENCE", 0.5)
    end = threading.Event()
    wsgi.registry.checks["migrations"] = health.Check(lambda app: "ok" if end.wait(60) else "late")
    started = time.monotonic()
    for _ in range(3):
        assert ready(browser) == (503, WELL | {"migrations": "no answer within 0 seconds"})
    end.set()
    assert time.monotonic() - started < 20, "a check that hangs has kept another waiting"


def test_without_keys_it_doesnt_start(ini: dict[str, str]) -> None:
    ini["dealpay.secret_keys"] += ".lost"
    with pytest.raises(SettingsError, match="`dealpay init` makes it"):
        main({}, **ini)


def test_a_site_replaces_a_static_file_and_keeps_the_others(ini: dict[str, str], tmp_path: Any) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site/icon.svg").write_text(
        "<svg xmlns='http://www.w3.org/2000/svg'><!-- ACME --></svg>"
    )
    plain, changed = main({}, **ini), main({}, **ini, **{"dealpay.static_path": str(tmp_path / "site")})
    page = Browser(changed).get("/login")
    icon, style = page.html.find("link", rel="icon")["href"], page.html.find("link", rel="stylesheet")
    assert "ACME" in Browser(changed).get(icon).text
    assert ".card" in Browser(changed).get(style["href"]).text
    # The address changes with the file, so that no browser keeps the old one.
    assert Browser(plain).get("/login").html.find("link", rel="icon")["href"] != icon
    Browser(changed).get(f"{icon.rpartition('/')[0]}/nothing.css", status=404)
    Browser(changed).get(f"{icon.rpartition('/')[0]}/../production.ini", status=404)
    for wsgi in (plain, changed):
        wsgi.registry.app.db.engine.dispose()
        wsgi.registry.plugins.close()


def test_a_site_replaces_a_page_and_extends_the_original(ini: dict[str, str], tmp_path: Any) -> None:
    (tmp_path / "site/people").mkdir(parents=True)
    page = '{% extends "core/people/login.jinja2" %}{% block title %}Welcome at ACME{% endblock %}'
    (tmp_path / "site/people/login.jinja2").write_text(page)
    wsgi = main({}, **ini, **{"dealpay.template_path": str(tmp_path / "site")})
    answer = Browser(wsgi).get("/login")
    assert "<h1>Welcome at ACME</h1>" in answer
    assert answer.form["email"].value == ""
    wsgi.registry.app.db.engine.dispose()
    wsgi.registry.plugins.close()

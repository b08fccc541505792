"""The database is away for a while: who asks is told so, and nothing that was typed is lost."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from core.app import App
from core.db.engine import make_engine
from core.db.session import Database
from core.sandbox import demo
from tests.pages import form_to, frame, words
from tests.support import Browser
from tests.workspace import Workspace


@contextmanager
def away(wsgi: Any) -> Iterator[None]:
    """Nobody listens where the database was."""
    app: App = wsgi.registry.app
    nowhere = make_engine("postgresql://127.0.0.1:1/away")
    wsgi.registry.app = replace(app, db=Database(nowhere))
    try:
        yield
    finally:
        wsgi.registry.app = app
        nowhere.dispose()


def test_a_form_is_kept_in_the_page_that_says_so(
    wsgi: Any, workspace: Workspace, member: Browser
) -> None:
    form = form_to(member.get(frame("links/new")), "/embed/kylas/links/new")
    form["quantity"] = "4500"
    with away(wsgi):
        page = form.submit(status=503)
        assert page.headers["Retry-After"] == "10"
        assert "no payment is lost" in words(page)
        still = page.form.submit(status=503)
    assert words(still.form.submit().follow()).count("4,500.00 INR") == 1
    assert len(workspace.stripe.all("payment_link")) == 1


def test_a_page_can_be_asked_for_again(wsgi: Any, member: Browser) -> None:
    with away(wsgi):
        page = member.get("/links?status=paid", status=503)
    assert page.click("Try again").request.path_qs == "/links?status=paid"


def test_a_password_is_not_kept_in_any_page(wsgi: Any, workspace: Workspace, browser: Browser) -> None:
    form = browser.get("/login").form
    form["email"], form["password"] = demo.OWNER, demo.PASSWORD
    with away(wsgi):
        page = form.submit(status=503)
    assert demo.PASSWORD not in page
    assert page.click("Try again").form


def test_bytes_that_are_no_text_change_nothing_about_it(wsgi: Any, member: Browser) -> None:
    with away(wsgi):
        answer = member.post("/links/1/check", b"a=%ff%fe", expect_errors=True)
    assert answer.status_int in (400, 503)


def test_providers_are_asked_to_come_again(wsgi: Any, workspace: Workspace) -> None:
    path = workspace.webhook_path
    with away(wsgi):
        answer = Browser(wsgi).post(path, b"{}", {"Accept": "*/*"}, status=503)
    assert answer.headers["Retry-After"] == "10"
    assert answer.content_type == "text/plain"
    assert "Reference: " in answer


@pytest.mark.parametrize("accept", ["text/html", "*/*"])
def test_the_log_says_why_in_one_line(
    wsgi: Any, browser: Browser, accept: str, caplog: pytest.LogCaptureFixture
) -> None:
    with away(wsgi):
        browser.get("/verify/token", headers={"Accept": accept}, status=503)
    (line,) = [r.getMessage() for r in caplog.records if "without_database" in r.getMessage()]
    assert "onnection" in line
    assert "Traceback" not in line

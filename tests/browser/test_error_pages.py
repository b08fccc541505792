"""What a person sees when something fails is for everybody, too: each error page that there is."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route
from pyramid.httpexceptions import HTTPException, status_map
from sqlalchemy.exc import OperationalError
from webob import Request

from core.people import service as people
from core.web.errors import EXPLANATIONS
from tests.browser.conftest import PATIENCE
from tests.browser.looks import WIDE, flaws, observe
from tests.browser.watch import Watch
from tests.conftest import ORIGIN

pytestmark = [
    pytest.mark.browser,
    # What is looked at is the same with any other.
    pytest.mark.parametrize("databases", ["sqlite"], indirect=True),
]

#: Whoever isn't signed in gets another page instead of 403: see tests/browser/screens.py for that one.
STATUSES = sorted(EXPLANATIONS.keys() - {403})


@pytest.fixture
def context(chromium: Browser, wsgi: Any) -> Iterator[BrowserContext]:
    """A browser that the app answers in this process, where it can be made to fail."""
    context = chromium.new_context(viewport=WIDE, locale="en-IN", reduced_motion="reduce")
    context.set_default_timeout(PATIENCE)
    observe(context)

    def answer(route: Route) -> None:
        asked = route.request
        body, headers = asked.post_data_buffer or b"", asked.all_headers()
        answered = Request.blank(
            asked.url, method=asked.method, headers=headers, body=body
        ).get_response(wsgi)
        route.fulfill(
            status=answered.status_int, headers=dict(answered.headers.items()), body=answered.body
        )

    context.route(f"{ORIGIN}/**", answer)
    yield context
    context.close()


def failing_with(status: int) -> Exception:
    if status == 500:
        return RuntimeError("boom")
    if status == 503:
        return OperationalError("select 1", {}, Exception("the database is away"))
    error: HTTPException = status_map[status]()
    return error


@pytest.mark.parametrize("status", STATUSES)
def test_an_error_page_is_for_everybody(
    page: Page, watch: Watch, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise failing_with(status)

    watch.expect(f"status of {status}")
    monkeypatch.setattr(people, "token_state", fail)
    answer = page.goto(f"{ORIGIN}/verify/token")
    assert answer
    assert answer.status == status
    assert page.get_by_text("Reference:").is_visible()
    assert flaws(page) == {}


def test_so_is_the_page_that_keeps_what_was_typed(
    page: Page, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise failing_with(503)

    watch.expect("status of 503")
    page.goto(f"{ORIGIN}/verify")
    page.get_by_label("E-mail").fill("meera@example.com")
    monkeypatch.setattr(people, "resend_confirmation", fail)
    page.get_by_role("button", name="Send the link again").click()
    page.get_by_role("button", name="Send it again").wait_for()
    assert flaws(page) == {}


def test_so_is_a_form_that_is_too_old(page: Page, watch: Watch) -> None:
    watch.expect("status of 400")
    page.goto(f"{ORIGIN}/login")
    page.evaluate("document.querySelector('[name=csrf_token]').value = 'of another session'")
    page.get_by_label("E-mail").fill("meera@example.com")
    page.get_by_label("Password").fill("three quiet herons")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="This page has expired").wait_for()
    assert flaws(page) == {}

"""What stands between the app and everybody who isn't a member at their own browser."""

import gc
from typing import Any

import pytest
import webtest
from sqlalchemy import update

from core.app import App
from core.people.models import User
from core.people.service import Member
from core.web.sessions import COOKIE
from tests.conftest import PASSWORD
from tests.support import ORIGIN, Browser

#: Every CRM that is installed may frame the app.
FRAMERS = "'self' https://app-eu1.hubspot.com https://app.hubspot.com https://app.kylas.io"


def post_login(browser: Browser, token: str | None, **headers: str) -> webtest.TestResponse:
    fields = {"email": "a@example.com", "password": "x"} | ({"csrf_token": token} if token else {})
    return browser.post("/login", fields, headers=headers, status="*")


@pytest.fixture
def token(browser: Browser) -> str:
    value: str = browser.get("/login").form["csrf_token"].value
    return value


def test_the_right_token_is_taken(browser: Browser, token: str) -> None:
    assert post_login(browser, token).status_int == 422


@pytest.mark.parametrize("wrong", [None, "wrong", "ü"])
def test_a_wrong_token_is_refused(browser: Browser, token: str, wrong: str | None) -> None:
    answer = post_login(browser, wrong)
    assert answer.status_int == 400
    assert "This page has expired" in answer
    assert "no money was moved" in answer


def test_the_token_of_another_session_is_refused(wsgi: object, browser: Browser, token: str) -> None:
    other = Browser(wsgi)
    other.get("/login")
    assert post_login(other, token).status_int == 400


def test_a_browser_without_cookies_is_told_so(wsgi: object, token: str) -> None:
    answer = post_login(Browser(wsgi), token)
    assert answer.status_int == 400
    assert "Your browser keeps no cookie for us" in answer


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "http://app.example.com", "https://app.example.com:8443", "null", ""],
)
def test_a_foreign_origin_is_refused(browser: Browser, token: str, origin: str) -> None:
    answer = post_login(browser, token, Origin=origin)
    assert answer.status_int == 400
    assert "This didn" in answer
    assert ORIGIN in answer


@pytest.mark.parametrize(
    ("site", "status"), [("same-origin", 422), ("same-site", 400), ("cross-site", 400), (None, 400)]
)
def test_without_an_origin_the_browser_must_say_where_from(
    wsgi: object, browser: Browser, token: str, site: str | None, status: int
) -> None:
    del browser.extra_environ["HTTP_ORIGIN"]
    headers = {"Sec-Fetch-Site": site} if site else {}
    assert post_login(browser, token, **headers).status_int == status


def test_a_refused_request_keeps_its_session(browser: Browser, token: str) -> None:
    cookie = browser.cookies[COOKIE]
    post_login(browser, "wrong")
    assert browser.cookies[COOKIE] == cookie
    assert post_login(browser, token).status_int == 422


def directives(answer: webtest.TestResponse) -> dict[str, str]:
    parts = answer.headers["Content-Security-Policy"].split("; ")
    return {name: value for name, _, value in (part.partition(" ") for part in parts)}


@pytest.mark.parametrize("path", ["/login", "/signup", "/verify", "/verify/unknown", "/nowhere"])
def test_the_crm_may_frame_every_page_of_a_member(browser: Browser, path: str) -> None:
    answer = browser.get(path, status="*")
    assert directives(answer)["frame-ancestors"] == FRAMERS
    assert "X-Frame-Options" not in answer.headers


def test_the_crm_may_frame_what_a_refused_request_is_told(browser: Browser, token: str) -> None:
    for answer in (browser.get("/", status=303), post_login(browser, "wrong")):
        assert directives(answer)["frame-ancestors"] == FRAMERS


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/webhooks/stripe/unknown"])
def test_nobody_frames_what_is_for_machines(browser: Browser, path: str) -> None:
    answer = browser.get(path, status="*")
    assert directives(answer)["frame-ancestors"] == "'none'"


@pytest.fixture
def two_origins(ini: dict[str, str]) -> None:
    ini["dealpay.kylas_crm.frame_origins"] = "https://crm.example https://crm2.example"


@pytest.mark.usefixtures("two_origins")
def test_where_the_crm_is_comes_from_the_options(browser: Browser) -> None:
    answer = browser.get("/login")
    assert directives(answer)["frame-ancestors"] == (
        "'self' https://app-eu1.hubspot.com https://app.hubspot.com"
        " https://crm.example https://crm2.example"
    )


def test_headers_of_every_page(owners_browser: Browser) -> None:
    answer = owners_browser.get("/")
    policy = directives(answer)
    assert policy.pop("frame-ancestors")
    assert policy == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "font-src": "'self'",
        "connect-src": "'self'",
        "form-action": "'self'",
        "base-uri": "'none'",
    }
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "strict-origin-when-cross-origin"
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert "clipboard-write=(self)" in answer.headers["Permissions-Policy"]


@pytest.fixture
def at_home(ini: dict[str, str]) -> None:
    ini["dealpay.public_url"] = "http://localhost:6543"


@pytest.mark.usefixtures("at_home")
def test_only_a_site_with_tls_asks_for_tls(browser: Browser) -> None:
    assert "Strict-Transport-Security" not in browser.get("/login").headers


@pytest.mark.usefixtures("at_home")
def test_the_origin_is_the_one_the_app_is_known_by(browser: Browser, token: str) -> None:
    assert post_login(browser, token, Origin="http://localhost:6543").status_int == 422
    refused = post_login(browser, token, Origin="http://127.0.0.1:6543")
    assert "Open http://localhost:6543 and try again." in refused


def test_static_files_are_kept_for_a_year_under_an_address_that_changes(browser: Browser) -> None:
    sheet = browser.get("/login").html.select_one("link[rel=stylesheet]")
    answer = browser.get(sheet["href"])
    assert answer.content_type == "text/css"
    assert "max-age=31536000" in answer.headers["Cache-Control"]


def test_a_body_that_is_too_large_is_refused_unread(browser: Browser) -> None:
    answer = browser.post("/login", b"x" * (1024 * 1024 + 1), status=413)
    assert "Too large" in answer


def test_a_body_of_unknown_length_is_refused(wsgi: Any, browser: Browser) -> None:
    request = webtest.TestRequest.blank("/login", method="POST", environ=browser.extra_environ)
    # As gunicorn hands over a chunked body.
    request.environ.pop("CONTENT_LENGTH", None)
    request.environ["HTTP_TRANSFER_ENCODING"] = "chunked"
    assert request.get_response(wsgi).status_int == 411


@pytest.mark.parametrize(
    "path", ["/%ff", "/verify/%ff", "/verify/%00", "/login?next=%ff", "/signup?from=%00"]
)
def test_an_address_that_is_no_text_is_refused(wsgi: Any, browser: Browser, path: str) -> None:
    request = webtest.TestRequest.blank(path, environ=browser.extra_environ)
    answer = request.get_response(wsgi)
    assert answer.status_int == 400
    assert "That didn&#39;t work" in answer.text


@pytest.mark.parametrize(
    "more",
    [
        {"params": {"email": "nul\0@example.com", "password": "x"}},
        {"params": b"a=1", "content_type": "application/x-www-form-urlencoded; charset=utf-7"},
        {"params": b"&".join(b"a%d=" % number for number in range(5000))},
    ],
)
def test_a_form_that_is_no_text_is_refused(browser: Browser, token: str, more: dict[str, Any]) -> None:
    answer = browser.post("/login", headers={"X-CSRF-Token": token}, status="4*", **more)
    assert answer.status_int in (400, 422)


@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_file_is_refused(browser: Browser, token: str) -> None:
    upload = [("email", "name.txt", b"content")]
    browser.post("/login", {"csrf_token": token}, upload_files=upload, status=400)
    gc.collect()  # WebOb leaves its temporary file to the collector, which warns about it


def test_an_unknown_address(browser: Browser) -> None:
    answer = browser.get("/nowhere", status=404)
    assert "There is no such page, or it belongs to another workspace." in answer
    assert "Reference: " in answer


def test_a_method_that_a_page_doesnt_take(browser: Browser) -> None:
    answer = browser.put("/login", status=405)
    assert answer.headers["Allow"] == "GET, HEAD, POST"


def test_machines_are_answered_in_plain_text(browser: Browser) -> None:
    answer = browser.get("/nowhere", headers={"Accept": "*/*"}, status=404)
    assert answer.content_type == "text/plain"
    assert answer.text.startswith("Nothing here. There is no such page")


def test_scripts_get_no_sign_in_page(browser: Browser) -> None:
    answer = browser.get("/", headers={"Accept": "application/json"}, status=403)
    assert answer.content_type == "text/plain"


def test_a_role_that_lacks_the_permission(browser: Browser, owner: Member, app: App) -> None:
    with app.db.unit_of_work(owner.tenant_id) as session:
        session.execute(update(User).values(role="viewer"))
    browser.sign_in(owner.email, PASSWORD)
    answer = browser.get("/rules", status=403)
    assert "Your role in this workspace doesn" in answer


def test_health(browser: Browser) -> None:
    assert browser.get("/healthz").text == "ok\n"
    assert browser.get("/readyz", status=503).json["database"] == "ok"  # and nobody runs jobs
    assert COOKIE not in browser.cookies

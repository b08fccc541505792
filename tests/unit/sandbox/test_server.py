"""The sandbox's own pages: where to click, the mails, the faults."""

from pathlib import Path

import pytest
from webtest import TestApp

from core.plugin_host.loading import load
from core.sandbox import demo
from core.sandbox.run import build
from core.sandbox.server import Sandbox
from core.settings import AppSettings, SettingsError
from core.testing.faults import FaultKind
from plugins.kylas_crm.simulator import seed_data
from tests.unit.sandbox.conftest import Build

KYLAS = {"api-key": seed_data.API_KEY_A}


def mail(sandbox: Sandbox, **changed: str) -> None:
    parts = {"id": "1", "from": "a@example.com", "subject": "Hello", "date": "", "html": "", "text": ""}
    sandbox.mailbox.add(parts | {"to": ["b@example.com"]} | changed)


def test_the_start_page_leads_everywhere(browser: TestApp, sandbox: Sandbox) -> None:
    page = browser.get("/")
    links = {link["href"] for link in page.html.select("main a")}
    vendors = {"/hubspot_crm/", "/kylas_crm/", "/razorpay_provider/", "/stripe_provider/"}
    vendors |= {"/actions_webhook/"}
    assert links == vendors | {"/mail/", "/faults/"}
    for simulator in sandbox.simulators.values():
        assert simulator.hints
        for hint in simulator.hints:
            assert hint in page


def test_the_start_page_knows_who_may_sign_in(browser: TestApp) -> None:
    codes = [code.get_text() for code in browser.get("/").html.select(".steps code")]
    assert codes == [demo.OWNER, demo.REP, demo.PASSWORD]


def test_the_crm_is_the_first_thing_to_open(browser: TestApp) -> None:
    (button,) = browser.get("/").html.select("a.button")
    assert button["href"] == "/kylas_crm/"


@pytest.mark.parametrize("path", ["/", "/mail/", "/faults/", "/kylas_crm/", "/stripe_provider/", "/no"])
def test_pages_frame_nothing_but_the_app_and_are_framed_by_nobody(browser: TestApp, path: str) -> None:
    page = browser.get(path, status="*").maybe_follow()
    policy = dict(
        part.strip().partition(" ")[::2] for part in page.headers["Content-Security-Policy"].split(";")
    )
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert policy.get("frame-src") in (None, "http://localhost:6543")
    assert policy["frame-ancestors"] == "'none'"
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert not page.html.select("[style], style, script:not([src]), [onclick]")


def test_a_simulator_is_found_without_its_slash(browser: TestApp) -> None:
    assert browser.get("/kylas_crm", status=302).location == "http://127.0.0.1:6544/kylas_crm/"


@pytest.mark.parametrize(
    "path", ["/nothing", "/mail/7", "/static/base.html", "/static/../templates/base.html", "/reset"]
)
def test_what_is_not_there_is_a_page_that_leads_back(browser: TestApp, path: str) -> None:
    assert browser.get(path, status=404).html.select_one("main a")["href"] == "/"


def test_no_mail_yet_says_how_to_get_one(browser: TestApp) -> None:
    page = browser.get("/mail/")
    assert page.html.select_one("main a")["href"] == "http://localhost:6543/signup"


def test_a_mail_shows_its_links_and_nothing_of_its_markup(browser: TestApp, sandbox: Sandbox) -> None:
    text = "Dear <b>Noor</b>,\nopen https://a.example/x?y=1&z=2 soon & <script>alert(1)</script>"
    mail(sandbox, text=text, subject="<i>Confirm</i>")
    page = browser.get("/mail/").click(index=0, linkid=None, href="/mail/1")
    (link,) = page.html.select(".mail a")
    assert link["href"] == link.get_text() == "https://a.example/x?y=1&z=2"
    assert page.html.select_one(".mail").get_text() == text
    assert page.html.h1.get_text() == "<i>Confirm</i>"
    assert not page.html.select("script")


def test_mails_stand_with_the_newest_first(browser: TestApp, sandbox: Sandbox) -> None:
    mail(sandbox, subject="First")
    mail(sandbox, subject="Second")
    assert [link.get_text() for link in browser.get("/mail/").html.select(".rows a")] == [
        "Second",
        "First",
    ]


def test_a_fault_is_switched_on_counts_down_and_is_gone(browser: TestApp) -> None:
    form = browser.get("/faults/").forms[0]
    form["simulator"], form["kind"], form["path"], form["times"] = (
        "kylas_crm",
        "unavailable",
        "/v1/te",
        "2",
    )
    page = form.submit().follow()
    assert "Kylas: Unavailable (503, nothing is done)" in page
    assert "/v1/te, 2 times more" in page
    assert browser.get("/kylas_crm/v1/users/me", headers=KYLAS, status=200)
    assert browser.get("/kylas_crm/v1/tenants", headers=KYLAS, status=503)
    assert "/v1/te, once more" in browser.get("/faults/")
    assert browser.get("/kylas_crm/v1/tenants", headers=KYLAS, status=503)
    assert "None." in browser.get("/faults/")
    assert browser.get("/kylas_crm/v1/tenants", headers=KYLAS, status=200)


def test_a_fault_without_a_number_stays_until_it_is_cleared(browser: TestApp) -> None:
    form = browser.get("/faults/").forms[0]
    form["simulator"], form["kind"], form["times"] = "kylas_crm", "rate_limited", ""
    page = form.submit().follow()
    assert "any path, until cleared" in page
    for _ in range(3):
        browser.get("/kylas_crm/v1/tenants", headers=KYLAS, status=429)
    clear = next(form for form in page.forms.values() if form.action == "/faults/clear")
    assert "None." in clear.submit().follow()
    browser.get("/kylas_crm/v1/tenants", headers=KYLAS, status=200)


@pytest.mark.parametrize("kind", FaultKind)
@pytest.mark.parametrize("simulator", ["kylas_crm", "stripe_provider"])
def test_every_fault_can_be_chosen_for_every_vendor(
    browser: TestApp, sandbox: Sandbox, simulator: str, kind: FaultKind
) -> None:
    form = browser.get("/faults/").forms[0]
    form["simulator"], form["kind"] = simulator, str(kind)
    form.submit(status=303)
    assert [fault.kind for fault in sandbox.simulators[simulator].faults.active()] == [kind]


@pytest.mark.parametrize("wrong", [{"simulator": "nobody"}, {"kind": "explosion"}])
def test_an_unknown_fault_is_refused(browser: TestApp, wrong: dict[str, str]) -> None:
    browser.post("/faults/", {"simulator": "kylas_crm", "kind": "slow", **wrong}, status=404)
    assert "None." in browser.get("/faults/")


def test_reset_puts_simulators_mails_and_faults_back(browser: TestApp, sandbox: Sandbox) -> None:
    kylas = sandbox.simulators["kylas_crm"]
    before = kylas.store.all("deal")
    mail(sandbox)
    kylas.faults.add("slow")
    kylas.store.put("something", 1, {"left": "over"})
    browser.post("/reset", status=303)
    assert kylas.store.get("something", 1) is None
    assert kylas.store.all("deal") == before
    assert kylas.faults.active() == []
    assert sandbox.mailbox.all() == []


def test_what_it_knows_survives_a_restart(make: Build, tmp_path: Path) -> None:
    first = make(tmp_path)
    first.simulators["kylas_crm"].store.put("something", 1, {"kept": True})
    mail(first)
    first.close()
    second = make(tmp_path)
    assert second.simulators["kylas_crm"].store.get("something", 1) == {"kept": True}
    assert [one["subject"] for one in second.mailbox.all()] == ["Hello"]
    assert [file.name for file in tmp_path.glob("*.sqlite")] == ["sandbox.sqlite"]


def test_simulators_load_in_a_sandbox_only(settings: AppSettings) -> None:
    production = settings.model_copy(update={"sandbox": False})
    with pytest.raises(SettingsError, match="simulators load nowhere else"):
        build(production, load(settings.as_ini()), None)

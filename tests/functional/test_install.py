"""S1: a CRM is connected by giving this app access, from its marketplace or from here."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from core.api.errors import CredentialsError, DealpayError, NotSent
from core.app import App
from core.connections import renewal
from core.connections import service as connections
from core.connections.models import CrmConnection
from core.db.session import ALL_TENANTS
from core.people import service as people
from core.people.models import WebSession
from core.people.roles import Role
from core.people.service import Member
from plugins.kylas_crm.simulator import oauth, seed_data
from tests.conftest import PASSWORD
from tests.pages import form_to, words
from tests.simulators import Simulators
from tests.support import Browser, Clock, Post

PAGE = "/install/kylas"


@pytest.fixture
def ini(ini: dict[str, str]) -> dict[str, str]:
    return ini | {
        "dealpay.kylas_crm.client_id": oauth.CLIENT_ID,
        "dealpay.kylas_crm.client_secret": oauth.CLIENT_SECRET,
    }


@pytest.fixture
def kylas(sims: Simulators, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Plugins go by the wall clock, and so does this Kylas."""
    return sims.kylas


def code(kylas: Any, tenant: int = seed_data.TENANT_A, user: int = seed_data.ASHA) -> str:
    """What the marketplace sends the browser with."""
    return str(kylas.issue_code(tenant, user))


def connection(app: App) -> CrmConnection | None:
    with app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
        return session.query(CrmConnection).one_or_none()


def connected(app: App) -> CrmConnection:
    found = connection(app)
    assert found
    return found


def confirm(browser: Browser, status: int = 303) -> Any:
    return form_to(browser.get(PAGE), PAGE).submit(status=status)


def from_the_marketplace(browser: Browser, kylas: Any, **whose: int) -> Any:
    browser.get(f"{PAGE}?code={code(kylas, **whose)}", status=303)
    return confirm(browser)


def ask(app: App, member: Member) -> str:
    """Something that only works with access to the CRM."""
    with connections.watched_crm(app, member.tenant_id) as crm:
        return str(len(crm.list_users("")))


def turn(app: App, connection_id: str, **ahead: float) -> None:
    """The access runs out so long from now."""
    with app.db.unit_of_work(ALL_TENANTS) as session:
        row = session.get_one(CrmConnection, connection_id)
        row.expires_at = app.clock() + timedelta(**ahead)


class TestFromTheMarketplace:
    def test_a_button_and_nothing_less_connects(
        self, owners_browser: Browser, owner: Member, app: App, kylas: Any
    ) -> None:
        answer = owners_browser.get(f"{PAGE}?code={code(kylas)}", status=303)
        assert "code" not in answer.location
        page = owners_browser.get(PAGE)
        assert "Connect the account of Kylas that you come from with Northwind" in words(page)
        assert connection(app) is None
        page = form_to(page, PAGE).submit(status=303).follow()
        assert "is connected." in words(page)
        assert "given in Kylas, renewed" in words(page)
        row = connected(app)
        assert (row.auth, row.external_id) == ("oauth", str(seed_data.TENANT_A))
        assert ask(app, owner) == "4"

    def test_whoever_installs_is_known_as_that_user(
        self, owners_browser: Browser, owner: Member, app: App, kylas: Any
    ) -> None:
        from_the_marketplace(owners_browser, kylas)
        member = people.load_member(app, owner.user_id)
        assert member
        assert member.crm_user_id == str(seed_data.ASHA)

    def test_somebody_new_signs_up_and_comes_back_to_it(
        self, browser: Browser, app: App, kylas: Any, post: Post
    ) -> None:
        page = browser.get(f"{PAGE}?code={code(kylas)}").follow()
        assert "Kylas has given access." in words(page)
        page = page.click("Sign up")
        assert "Dealpay is installed in Kylas." in words(page)
        for name, value in (("name", "Asha"), ("email", "asha@x.example"), ("password", PASSWORD)):
            page.form[name] = value
        page.form.submit()
        browser.get(post.link("asha@x.example")).form.submit()
        answer = browser.sign_in("asha@x.example", PASSWORD)
        assert answer.location.endswith(PAGE)
        page = confirm(browser).follow()
        assert "is connected." in words(page)

    def test_somebody_who_signs_in_comes_back_to_it(
        self, browser: Browser, owner: Member, app: App, kylas: Any
    ) -> None:
        page = browser.get(f"{PAGE}?code={code(kylas)}").follow()
        page = page.click("Sign in")
        page.form["email"], page.form["password"] = owner.email, PASSWORD
        assert page.form.submit().location.endswith(PAGE)
        confirm(browser)
        assert connected(app).tenant_id == owner.tenant_id

    def test_the_address_that_apps_were_registered_with_before(
        self, owners_browser: Browser, app: App, kylas: Any
    ) -> None:
        answer = owners_browser.get(f"/x/kylas_crm/callback?code={code(kylas)}", status=303)
        owners_browser.get(answer.location, status=303)
        confirm(owners_browser)
        assert connected(app).auth == "oauth"

    def test_a_code_works_once(
        self, owners_browser: Browser, app: App, kylas: Any, clock: Clock
    ) -> None:
        used = code(kylas)
        owners_browser.get(f"{PAGE}?code={used}")
        confirm(owners_browser)
        clock.turn(minutes=5)
        owners_browser.get(f"{PAGE}?code={used}")
        page = confirm(owners_browser, 422)
        assert "used before, has run out, or the app was uninstalled" in words(page)
        assert connected(app).health == "ok"

    def test_pressed_twice(self, owners_browser: Browser, app: App, kylas: Any) -> None:
        owners_browser.get(f"{PAGE}?code={code(kylas)}")
        form = form_to(owners_browser.get(PAGE), PAGE)
        assert form.submit(status=303).location.endswith("/crm")
        form.submit(status=409)
        assert connected(app).health == "ok"

    def test_a_code_that_waited_too_long(
        self, owners_browser: Browser, kylas: Any, clock: Clock
    ) -> None:
        owners_browser.get(f"{PAGE}?code={code(kylas)}")
        form = form_to(owners_browser.get(PAGE), PAGE)
        clock.turn(minutes=31)
        assert "There is nothing to connect any more" in words(form.submit(status=409))

    def test_the_code_is_not_in_the_database(
        self, owners_browser: Browser, app: App, kylas: Any
    ) -> None:
        sent = code(kylas)
        owners_browser.get(f"{PAGE}?code={sent}")
        with app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
            assert sent not in repr([row.data for row in session.query(WebSession)])


class TestFromHere:
    def begin(self, browser: Browser, kylas: Any) -> str:
        """Press the button, and allow it in Kylas: the address that Kylas leads to."""
        asked = urlsplit(browser.get(f"{PAGE}/start", status=302).location)
        query = parse_qs(asked.query)
        assert query["redirect_uri"] == ["https://app.example.com/install/kylas"]
        return f"{PAGE}?code={code(kylas)}&state={query['state'][0]}"

    def test_it_is_connected_without_another_question(
        self, owners_browser: Browser, app: App, kylas: Any
    ) -> None:
        page = owners_browser.get("/crm")
        assert "Connect with Kylas" in words(page)
        page = owners_browser.get(self.begin(owners_browser, kylas)).follow().follow()
        assert "is connected." in words(page)
        assert connected(app).auth == "oauth"

    def test_another_browsers_state_connects_nothing(
        self, wsgi: Any, owners_browser: Browser, stranger: Member, app: App, kylas: Any
    ) -> None:
        other = Browser(wsgi)
        other.sign_in(stranger.email, PASSWORD)
        forged = self.begin(other, kylas)
        page = owners_browser.get(forged, status=400)
        assert "begin in this browser, so nothing was connected" in words(page)
        owners_browser.get(f"{PAGE}?code={code(kylas)}&state=made-up", status=400)
        assert connection(app) is None

    def test_it_is_refused_in_kylas(self, owners_browser: Browser, app: App) -> None:
        owners_browser.get(f"{PAGE}/start", status=302)
        page = owners_browser.get(f"{PAGE}?error=access_denied")
        assert "Kylas gave no access" in words(page)
        assert connection(app) is None

    def test_a_rep_connects_nothing(self, wsgi: Any, owner: Member, app: App, kylas: Any) -> None:
        with app.db.unit_of_work(owner.tenant_id) as session:
            people.add_member(
                session,
                owner.tenant_id,
                email="rep@x.example",
                name="R",
                password=PASSWORD,
                role=Role.REP,
            )
        rep = Browser(wsgi)
        rep.sign_in("rep@x.example", PASSWORD)
        rep.get(f"{PAGE}/start", status=403)
        page = rep.get(f"{PAGE}?code={code(kylas)}").follow()
        assert "Only an owner or admin of Northwind can connect a CRM." in words(page)

    def test_what_kylas_lets_the_app_do_is_listed(self, browser: Browser) -> None:
        said = words(browser.get(PAGE))
        assert "What Dealpay does in Kylas" in said
        assert "Deal: " in said


class TestWhoseItIs:
    def test_a_colleague_has_installed_it_already(
        self, wsgi: Any, owners_browser: Browser, stranger: Member, app: App, kylas: Any
    ) -> None:
        from_the_marketplace(owners_browser, kylas)
        other = Browser(wsgi)
        other.sign_in(stranger.email, PASSWORD)
        other.get(f"{PAGE}?code={code(kylas, user=seed_data.RAVI)}")
        page = confirm(other, 422)
        assert "has a workspace already. Ask a colleague who uses it to add you there." in words(page)

    def test_another_account_than_the_workspaces(
        self, owners_browser: Browser, app: App, kylas: Any, clock: Clock
    ) -> None:
        from_the_marketplace(owners_browser, kylas)
        clock.turn(minutes=5)
        owners_browser.get(f"{PAGE}?code={code(kylas, tenant=seed_data.TENANT_B, user=seed_data.ANITA)}")
        page = confirm(owners_browser, 422)
        assert "belongs to another CRM account" in words(page)
        assert connected(app).external_id == str(seed_data.TENANT_A)

    def test_a_key_takes_the_place_of_access_and_the_other_way_round(
        self, owners_browser: Browser, owner: Member, app: App, kylas: Any
    ) -> None:
        from_the_marketplace(owners_browser, kylas)
        form = form_to(owners_browser.get("/crm"), "/crm")
        form["api_key"] = seed_data.API_KEY_A
        form.submit(status=303)
        assert (connected(app).auth, connected(app).expires_at) == ("key", None)
        assert ask(app, owner) == "4"
        from_the_marketplace(owners_browser, kylas)
        assert connected(app).auth == "oauth"
        assert ask(app, owner) == "4"


class TestRenewal:
    @pytest.fixture
    def row(self, owners_browser: Browser, app: App, kylas: Any) -> CrmConnection:
        from_the_marketplace(owners_browser, kylas)
        return connected(app)

    def test_what_runs_out_is_renewed_when_it_is_used(
        self, app: App, owner: Member, row: CrmConnection
    ) -> None:
        turn(app, row.id, minutes=1)
        assert ask(app, owner) == "4"
        after = connected(app)
        assert after.sealed_settings != row.sealed_settings
        assert after.expires_at
        assert after.expires_at > app.clock() + timedelta(hours=1)

    def test_it_is_renewed_before_anybody_waits_for_it(self, app: App, row: CrmConnection) -> None:
        renew = app.jobs.periodics["crm.renewal"].function
        turn(app, row.id, hours=5)
        assert renew(app) is None
        turn(app, row.id, minutes=20)
        assert renew(app) == "Access to 1 CRM accounts was renewed, 0 failed."

    def test_many_at_once_renew_it_once(
        self, app: App, owner: Member, row: CrmConnection, sims: Simulators
    ) -> None:
        turn(app, row.id, seconds=-1)
        asked = sims.asked("POST")
        ready = threading.Barrier(6)

        def one(_: int) -> str:
            ready.wait(5)
            return ask(app, owner)

        with ThreadPoolExecutor(6) as pool:
            assert set(pool.map(one, range(6))) == {"4"}
        # One renewal, and six lists of users; a second refresh token would have been refused.
        assert sims.asked("POST") - asked == 7

    def test_a_renewal_that_somebody_died_in_is_done_by_another(
        self, app: App, owner: Member, row: CrmConnection, clock: Clock
    ) -> None:
        turn(app, row.id, seconds=-1)
        assert renewal._claim(app, connected(app))
        clock.turn(seconds=31)
        assert ask(app, owner) == "4"

    def test_nobody_waits_for_ever(
        self, app: App, owner: Member, row: CrmConnection, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        turn(app, row.id, seconds=-1)
        assert renewal._claim(app, connected(app))
        monkeypatch.setattr(renewal, "_PATIENCE", 0.2)
        with pytest.raises(NotSent, match="being renewed"):
            ask(app, owner)

    def test_an_early_end_is_renewed_and_tried_again(
        self, app: App, owner: Member, row: CrmConnection, kylas: Any, clock: Clock
    ) -> None:
        for token in kylas.store.all("access_token"):
            kylas.store.delete("access_token", token["token"])
        clock.turn(minutes=2)
        with pytest.raises(NotSent, match="try again"):
            ask(app, owner)
        assert ask(app, owner) == "4"
        assert connected(app).health == "ok"

    def test_uninstalled_it_says_so_and_what_to_do(
        self, app: App, owner: Member, owners_browser: Browser, row: CrmConnection, kylas: Any
    ) -> None:
        kylas.revoke(seed_data.TENANT_A, seed_data.ASHA)
        turn(app, row.id, seconds=-1)
        with pytest.raises(CredentialsError, match="Connect it again"):
            ask(app, owner)
        page = owners_browser.get("/crm")
        assert "has ended the access that was given here. Connect it again." in words(page)
        assert "Connect again" in words(page)
        from_the_marketplace(owners_browser, kylas)
        assert connected(app).health == "ok"
        assert ask(app, owner) == "4"

    def test_access_that_lives_for_seconds_is_used_all_the_same(
        self, app: App, owner: Member, row: CrmConnection, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(oauth, "ACCESS_SECONDS", 30)
        turn(app, row.id, seconds=-1)
        assert ask(app, owner) == "4"

    def test_a_lost_answer_is_no_end(
        self, app: App, owner: Member, row: CrmConnection, kylas: Any
    ) -> None:
        kylas.faults.add("unavailable", path="/oauth/token")
        turn(app, row.id, seconds=-1)
        with pytest.raises(DealpayError):
            ask(app, owner)
        assert connected(app).health == "ok"
        assert ask(app, owner) == "4"


def test_without_an_app_there_is_a_key(
    wsgi: Any, ini: dict[str, str], owners_browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = wsgi.registry.app.plugins.crm_connectors["kylas"]
    monkeypatch.setattr(type(entry), "installs", property(lambda _: False))
    owners_browser.get(f"{PAGE}/start", status=404)
    assert "not registered as an app of Kylas" in words(owners_browser.get(PAGE))
    assert "Connect with Kylas" not in owners_browser.get("/crm")


def test_an_unknown_crm(browser: Browser) -> None:
    browser.get("/install/nobody", status=404)

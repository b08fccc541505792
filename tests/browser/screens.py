"""Every page of the app in its states, for tests that look at all of them and for docs/screens.

A page without a screen here fails tests/functional/test_every_page.py.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

from playwright.sync_api import Page, expect

from plugins.razorpay_provider.simulator import seed
from plugins.stripe_provider.simulator.seed import LAKESIDE
from tests.browser.place import Place
from tests.browser.steps import PASSWORD, REP, create_link, made_link, pay, play, sign_in

#: What the CRM adds to the address of a frame.
DEAL = "tenantId=4101&userId=8301&entityId=4485&entityType=DEAL"
EMPTY_DEAL = "tenantId=4101&userId=8301&entityId=4493&entityType=DEAL"
NEW_DEAL = f"/embed/kylas/links/new?{DEAL}"


@dataclass(frozen=True)
class Screen:
    """``path`` may name what ``furnish`` made, as ``/links/{link}``. ``send`` sends its form emptied, so
    that it says what is wrong; ``press`` is the button that leads from there to the screen. ``who`` is
    signed in there: the owner, a rep, or nobody; ``half`` is after the password and before the code.
    ``plays`` is who is at the CRM. ``shown`` is the name under which the docs show it."""

    route: str | None
    path: str
    send: bool = False
    press: str = ""
    who: str | None = "owner"
    half: bool = False
    plays: str = ""
    shown: str = ""

    @property
    def name(self) -> str:
        done = " sent" if self.send else f" with {self.press}" if self.press else ""
        return f"{self.path}{done} for {self.who or 'anybody'}"


#: With nobody signed in.
OUTSIDE = [
    Screen("login", "/login", who=None, shown="login"),
    Screen("login", "/login", send=True, who=None),
    Screen("login_code", "/login/code", who=None, half=True, shown="login_code"),
    Screen("login_code", "/login/code", send=True, who=None, half=True),
    Screen("signup", "/signup", who=None, shown="signup"),
    Screen("signup", "/signup", send=True, who=None, shown="signup.wrong"),
    Screen("check_mail", "/verify", who=None, shown="check_mail"),
    Screen("verify", "/verify/unknown", who=None, shown="verify.unknown"),
    Screen("verify", "{verify}", who=None, shown="verify"),
    Screen("forgot", "/password", who=None, shown="forgot"),
    Screen("forgot", "/password", send=True, who=None),
    Screen("reset", "/password/unknown", who=None),
    Screen("reset", "{reset}", who=None, shown="reset"),
    Screen("reset", "{reset}", send=True, who=None),
    Screen("invite", "/invites/unknown", who=None),
    Screen("invite", "{invite}", who=None, shown="invite"),
    Screen("invite", "{invite}", send=True, who=None),
    Screen("install", "/install/kylas?code=forged", who=None),
    Screen("install", "/install/kylas", who=None, shown="install"),
    Screen("ask_invite", "/continue/kylas", who=None, plays="Meera Nair (", shown="ask_invite"),
    Screen("payer", "/p/unknown", who=None, shown="payer.unknown"),
    Screen("payer", "/p/{open_token}", who=None),
    Screen("payer", "/p/{paid_token}", who=None, shown="payer"),
    Screen("help", "/help", who=None, shown="help"),
    Screen("help_page", "/help/first-link", who=None, shown="help_page"),
    Screen("help_page", "/help/nothing", who=None),
]

#: Before there is anything to show.
EMPTY = [
    Screen("home", "/"),
    Screen("links", "/links", shown="links.none"),
    Screen("two_step", "/account/two-step", shown="two_step.off"),
    Screen("two_step", "/account/two-step", send=True),
    Screen("deliveries", "/deliveries", shown="deliveries.none"),
    Screen("embed_links", f"/embed/kylas/links?{EMPTY_DEAL}", shown="embed_links.none"),
]

INSIDE = [
    Screen("home", "/", shown="home"),
    Screen("setup", "/setup", shown="setup"),
    Screen("setup_sample", "/setup/sample", shown="setup_sample"),
    Screen("crm", "/crm", shown="crm"),
    Screen("crm", "/crm", send=True),
    Screen("accounts", "/accounts", shown="accounts"),
    Screen("account_new", "/accounts/new", shown="account_new"),
    Screen("account_new", "/accounts/new", send=True),
    Screen("account", "/accounts/{account}", shown="account"),
    Screen("account", "/accounts/{second_account}"),
    Screen("account_deactivate", "/accounts/{account}/deactivate", shown="account_deactivate"),
    Screen("rules", "/rules", shown="rules"),
    Screen("rule_new", "/rules/new", shown="rule_new"),
    Screen("rule_new", "/rules/new", send=True),
    Screen("rule", "/rules/{rule}", shown="rule"),
    Screen("rule_runs", "/rules/{rule}/runs", shown="rule_runs"),
    Screen("links", "/links", shown="links"),
    Screen("links", "/links?text=nothing", shown="links.nothing"),
    Screen("link", "/links/{open_link}", shown="link.open"),
    Screen("link", "/links/{paid_link}", shown="link"),
    Screen("link_another", "/links/{paid_link}/another", shown="link_another"),
    Screen("link_hand_over", "/links/{open_link}/hand-over?to={member}", shown="link_hand_over"),
    Screen("deliveries", "/deliveries", shown="deliveries"),
    Screen("deliveries", "/deliveries?type=nothing"),
    Screen("delivery", "/deliveries/{delivery}", shown="delivery"),
    Screen("plugins", "/plugins", shown="plugins"),
    Screen("plugin_calls", "/plugins/calls?link={paid_link}", shown="plugin_calls"),
    Screen("team", "/users", shown="team"),
    Screen(None, "/users", press="Copy link", shown="invitation_link"),
    Screen("team_new", "/users/new", shown="team_new"),
    Screen("team_new", "/users/new", send=True),
    Screen("team_member", "/users/{member}", shown="team_member"),
    Screen("member_links", "/users/{owner}/links", shown="member_links"),
    Screen("member_links", "/users/{owner}/links?to={member}"),
    Screen("member_links", "/users/{member}/links"),
    Screen("my_account", "/account", shown="my_account"),
    Screen("my_account", "/account", send=True),
    Screen("two_step", "/account/two-step", shown="two_step"),
    Screen("two_step", "/account/two-step", send=True),
    Screen("new_address", "/address/unknown"),
    Screen("new_address", "{address}", shown="new_address"),
    Screen("popup", f"/popup?crm=kylas&for={'0' * 64}", shown="popup"),
    Screen("logout", "/logout", shown="logout"),
    Screen("embed_links", f"/embed/kylas/links?{DEAL}", shown="embed_links"),
    Screen("embed_link_new", NEW_DEAL, shown="embed_link_new"),
    Screen("embed_link_new", NEW_DEAL, send=True),
    Screen("embed_link_new", "{made}", shown="embed_link_new.made"),
    Screen("embed_link_new", "/embed/kylas/links/new?tenantId=1", shown="embed_link_new.obstacle"),
    # Errors: no such page, a method that is none, a form of another session, a role without the page.
    Screen(None, "/nowhere", shown="not_found"),
    Screen(None, "/accounts", who="rep"),
    Screen(None, f"/embed/kylas/links?{DEAL}", who="rep"),
    Screen("links", "/links", who="rep"),
]

SCREENS = [*OUTSIDE, *EMPTY, *INSIDE]


def furnish(page: Page, place: Place) -> dict[str, str]:
    """Make what there is to show, as a person does; the parts of addresses that screens name."""
    page.goto(f"{place.app}/accounts/new?provider=razorpay")
    page.get_by_label("Key ID").fill(seed.NORTHWIND.key_id)
    page.get_by_label("Key secret").fill(seed.NORTHWIND.key_secret)
    page.get_by_label("Merchant ID").fill(seed.NORTHWIND.id)
    page.get_by_label("Label").fill("Instalments")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The account is connected.")).to_be_visible()
    place.fault("unavailable", path="/v1/account", times=3)  # as often as it is tried
    page.goto(f"{place.app}/accounts/new?provider=stripe")
    page.get_by_label("Secret key").fill(LAKESIDE.key)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Not checked yet", exact=True)).to_be_visible()
    addresses = []
    for quantity in ("2500", "99"):
        page.goto(place.app + NEW_DEAL)
        page.get_by_label("Account").select_option(label="Northwind Stripe")
        create_link(page, quantity)
        addresses.append(made_link(page))
    made = page.url.removeprefix(place.app)
    pay(page, addresses[0]).close()
    page.goto(f"{place.app}/users/new")
    invite = page.locator("main form:has([name=email])")
    invite.locator("[name=email]").fill("Meera Nair <meera@example.com>")
    invite.locator(".button.primary").click()
    expect(page.get_by_text("Meera Nair").first).to_be_visible()
    page.goto(f"{place.app}/account")
    form = page.locator("form").filter(has=page.get_by_role("heading", name="E-mail"))
    form.get_by_label("E-mail").fill("asha@example.com")
    form.get_by_label("Password").fill(PASSWORD)
    form.get_by_role("button", name="Change the address").click()
    page.goto(f"{place.app}/account/two-step")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Set it up").click()
    forgotten = page.context.browser.new_context()  # type: ignore[union-attr]
    tab = forgotten.new_page()
    tab.goto(f"{place.app}/password")
    tab.get_by_label("E-mail").fill(REP)
    tab.locator("main .button.primary").click()
    tab.goto(f"{place.app}/signup")
    tab.get_by_label("Name").fill("Noor Shah")
    tab.get_by_label("E-mail").fill("noor@example.com")
    tab.get_by_label("Password", exact=True).fill("three quiet herons")
    tab.get_by_role("button", name="Sign up").click()
    known = {
        "made": made,
        "invite": mailed(tab, place, "meera@example.com", "/invites/"),
        "reset": mailed(tab, place, REP, "/password/"),
        "address": mailed(tab, place, "asha@example.com", "/address/"),
        "verify": mailed(tab, place, "noor@example.com", "/verify/"),
        **ids(place),
    }
    forgotten.close()
    return known


def mailed(page: Page, place: Place, recipient: str, kind: str) -> str:
    """The path of the link in the mail to somebody."""
    page.goto(f"{place.sandbox}/mail/")
    mail = page.get_by_role("listitem").filter(has_text=recipient).get_by_role("link")
    for _ in range(100):  # it is on its way
        if mail.count():
            break
        page.wait_for_timeout(100)
        page.reload()
    mail.first.click()
    address = page.get_by_role("link", name=kind).first.get_attribute("href")
    assert address
    return address.removeprefix(place.app)


def ids(place: Place) -> dict[str, str]:
    """The ids of what the workspace has, from its database."""
    asked = {
        "account": "select id from payment_accounts where provider = 'stripe' order by id",
        "second_account": "select id from payment_accounts where provider = 'razorpay'",
        "rule": "select id from rules order by id",
        "owner": "select id from users where email = 'owner@example.com'",
        "member": "select id from users where email = 'rep@example.com'",
        "delivery": "select id from webhook_deliveries order by id",
        "open_link": "select id from payment_links where state = 'open'",
        "open_token": "select payer_token from payment_links where state = 'open'",
        "paid_link": "select id from payment_links where state = 'paid'",
        "paid_token": "select payer_token from payment_links where state = 'paid'",
    }
    with closing(sqlite3.connect(place.folder / "var" / "dealpay.sqlite")) as database:
        return {name: str(database.execute(query).fetchone()[0]) for name, query in asked.items()}


def tour(page: Page, place: Place, screens: list[Screen], known: dict[str, str]) -> Iterator[Screen]:
    """Open one after another, each when it is all there."""
    for screen in screens:
        if screen.plays:
            play(page, place, screen.plays)
        if screen.half:
            half_way(page, place)
        page.goto(place.app + screen.path.format(**known))
        arrived(page)
        if screen.send or screen.press:
            with page.expect_navigation():
                if screen.send:
                    page.evaluate(_SEND_EMPTY)
                else:
                    page.get_by_role("button", name=screen.press).click()
            arrived(page)
        yield screen


def half_way(page: Page, place: Place) -> None:
    """Take the first step of signing in as a rep whose second is asked for, this once."""
    with closing(sqlite3.connect(place.folder / "var" / "dealpay.sqlite")) as database:
        user = "select id, tenant_id, '', 0, created_at from users where email = ?"
        columns = "user_id, tenant_id, sealed_secret, last_step, created_at"
        database.execute(f"insert into authenticator_apps ({columns}) {user}", [REP])
        database.commit()
        page.context.clear_cookies()
        page.goto(f"{place.app}/login")
        page.get_by_label("E-mail").fill(REP)
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_label("Code")).to_be_visible()
        database.execute("delete from authenticator_apps")
        database.commit()


def arrived(page: Page) -> None:
    """Wait until nothing of the page is still on its way."""
    expect(page.locator("[data-late]")).to_have_count(0)
    page.evaluate("() => new Promise((shown) => requestAnimationFrame(() => setTimeout(shown, 30)))")


def enter(page: Page, place: Place, email: str) -> None:
    """Sign in as somebody, whoever was it before."""
    page.context.clear_cookies()
    page.goto(f"{place.app}/login")
    sign_in(page, email)


#: Sends the page's first form with nothing in it, past what the browser itself would refuse.
_SEND_EMPTY = """() => {
  const form = document.querySelector("main form[method=post]:has(input:not([type=hidden]), select)");
  form.noValidate = true;
  for (const input of form.querySelectorAll("input:not([type=hidden], [type=checkbox], [type=radio])")) {
    input.value = "";
  }
  const sends = "button:not([type=button])";
  form.requestSubmit(form.querySelector(".button.primary") ?? form.querySelector(sends));
}"""

"""Every page of the app, in three widths and both themes: docs/screens.

``SCREENS`` has an entry for each route with a page, and more where a page has more than one face.
A test compares it with the routes: whoever adds a page adds it here, and runs ``make screenshots``.
"""

from dataclasses import dataclass

from playwright.sync_api import Browser, Page

from docs.screenshots import index
from docs.screenshots.camera import SCREENS as FOLDER
from docs.screenshots.camera import screens, step
from docs.screenshots.people import mailed_link, tab
from tests.browser.place import Place
from tests.browser.steps import OWNER, create_link, made_link, pay, sign_in

_RECORD = "tenantId=4101&userId=8301&entityType={}&entityId={}"
_DEAL, _OTHER, _LEAD = (_RECORD.format(*of) for of in (("DEAL", 4485), ("DEAL", 4487), ("LEAD", 3101)))


@dataclass(frozen=True, slots=True)
class Screen:
    """A page: the name of its route, and its face where it has several; ``path`` may name in braces
    what ``_prepare`` finds out. ``member`` is whether the workspace's owner looks at it."""

    name: str
    path: str
    member: bool = True

    @property
    def route(self) -> str:
        """The route of the page; an address that leads nowhere has none."""
        return self.name.partition(".")[0]


SCREENS = (
    # Before somebody is a member, and beside it
    Screen("signup", "/signup", member=False),
    Screen("check_mail", "/verify", member=False),
    Screen("verify", "{verify}", member=False),
    Screen("verify.unknown", "/verify/unknown", member=False),
    Screen("login", "/login", member=False),
    Screen("forgot", "/password", member=False),
    Screen("reset", "{reset}", member=False),
    Screen("invite", "{invite}", member=False),
    Screen("install", "/install/kylas", member=False),
    Screen("payer", "{receipt}", member=False),
    Screen("payer.unknown", "/p/unknown", member=False),
    Screen("help", "/help", member=False),
    # The app
    Screen("home", "/"),
    Screen("links", "/links"),
    Screen("links.nothing", "/links?text=nothing"),
    Screen("link", "{paid}"),
    Screen("link.open", "{open}"),
    Screen("accounts", "/accounts"),
    Screen("account_new", "/accounts/new"),
    Screen("account", "{account}"),
    Screen("rules", "/rules"),
    Screen("rule_new", "/rules/new"),
    Screen("rule", "{rule}"),
    Screen("crm", "/crm"),
    Screen("deliveries", "/deliveries"),
    Screen("delivery", "{delivery}"),
    Screen("team", "/team"),
    Screen("team_new", "/team/new"),
    Screen("team_member", "{member}"),
    Screen("plugins", "/plugins"),
    Screen("plugin_calls", "/plugins/calls"),
    Screen("my_account", "/account"),
    Screen("new_address", "{address}"),
    Screen("logout", "/logout"),
    Screen("help_page", "/help/first-link"),
    Screen("not_found", "/nowhere"),
    # Inside the CRM
    Screen("embed_link_new", f"/embed/kylas/links/new?{_OTHER}"),
    Screen("embed_link_new.made", "{made}"),
    Screen("embed_link_new.obstacle", "/embed/kylas/links/new?tenantId=1"),
    Screen("embed_links", f"/embed/kylas/links?{_DEAL}"),
    Screen("embed_links.none", f"/embed/kylas/links?{_LEAD}"),
)


def hang(browser: Browser, place: Place) -> None:
    """Take all of them, and write the page that shows them."""
    wide = (1280, 900)
    with tab(browser, wide) as member, tab(browser, wide) as visitor:
        found = _prepare(member, visitor, place)
        for old in FOLDER.glob("*.jpg"):
            old.unlink()
        for screen in SCREENS:
            page = member if screen.member else visitor
            with step(f"screen {screen.name}"):
                page.set_viewport_size({"width": 1280, "height": 900})
                page.goto(place.app + screen.path.format(**found).removeprefix(place.app))
                screens(screen.name, page)
    index.write([screen.name for screen in SCREENS])


def _prepare(page: Page, visitor: Page, place: Place) -> dict[str, str]:
    """Links and people to be seen, and the addresses of their pages."""
    found: dict[str, str] = {}
    with step("a member who signs in"):
        page.goto(f"{place.app}/login")
        sign_in(page)
    with step("a paid and an open link"):
        for name, record in (("receipt", _DEAL), ("made", _OTHER)):
            page.goto(f"{place.app}/embed/kylas/links/new?{record}")
            create_link(page, "48000")  # type: ignore[arg-type]
            url = made_link(page)  # type: ignore[arg-type]
            found[name] = page.url
            if name == "receipt":
                receipt = pay(page, url)
                found[name] = receipt.url
                receipt.close()
    with step("somebody who is invited"):
        page.goto(f"{place.app}/team/new")
        page.get_by_label("Name", exact=True).fill("Meera Nair")
        page.get_by_label("E-mail", exact=True).fill("meera@northwind.example")
        page.get_by_role("button", name="Send the invitation").click()
        found["invite"] = mailed_link(place, "meera@northwind.example", "invite")
    with step("a new address"):
        page.goto(f"{place.app}/account")
        form = page.locator("form").filter(has=page.get_by_role("heading", name="E-mail"))
        form.get_by_label("E-mail").fill("asha@northwind.example")
        form.get_by_label("Password").fill("sandbox-password")
        form.get_by_role("button", name="Change the address").click()
        found["address"] = mailed_link(place, "asha@northwind.example", "address")
    with step("a mail to somebody who signs up"):
        visitor.goto(f"{place.app}/signup")
        visitor.get_by_label("Name").fill("Noor Shah")
        visitor.get_by_label("E-mail").fill("noor@example.com")
        visitor.get_by_label("Password", exact=True).fill("three quiet herons")
        visitor.get_by_role("button", name="Sign up").click()
        found["verify"] = mailed_link(place, "noor@example.com", "verify")
    with step("a forgotten password"):
        visitor.goto(f"{place.app}/password")
        visitor.get_by_label("E-mail").fill(OWNER)
        visitor.get_by_role("button", name="Send the link").click()
        found["reset"] = mailed_link(place, OWNER, "password")
    lists = {
        "paid": ("/links", "/links/", "Rooftop"),
        "open": ("/links", "/links/", "Yearly"),
        "account": ("/accounts", "/accounts/acc", ""),
        "rule": ("/rules", "/rules/rul", ""),
        "delivery": ("/deliveries", "/deliveries/", ""),
        "member": ("/team", "/team/", "Ravi"),
    }
    for name, (path, prefix, words) in lists.items():
        with step(f"the address of a page below {path}"):
            page.goto(place.app + path)
            row = page.locator("tr, article").filter(has_text=words)
            link = row.locator(f"a[href^='{prefix}']:not([href$='/new'])").first
            found[name] = str(link.get_attribute("href"))
    return found

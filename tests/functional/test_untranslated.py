"""No page holds a text that can't be translated.

The pages are read in a language in which every text is itself between brackets: what stands outside
of them, and is no data, never went through gettext.
"""

import re
from collections.abc import Iterator
from gettext import NullTranslations
from typing import Any

import pytest
from bs4 import BeautifulSoup, Comment, Doctype, NavigableString, Tag
from webtest import TestResponse

from core.links.models import PaymentLink
from core.people import service as people
from core.people.roles import Role
from core.rules.models import Rule
from core.sandbox import demo
from plugins.kylas_crm.simulator import seed_data
from plugins.notes.texts import DRAFTS
from tests.browser.screens import DEAL, EMPTY, INSIDE, OUTSIDE, Screen
from tests.support import Browser, Post
from tests.workspace import MOVE_DEAL, MOVE_LEAD, PAID_NOTE, Workspace

#: What people, their CRM and their provider call things, and what is called the same everywhere.
NAMES = (
    *("Dealpay", "Stripe", "Razorpay", "Kylas", "HubSpot", "WhatsApp", "TEST", "API", "CSV", "Deutsch"),
    *("English", "हिन्दी", "Ctrl+C", "EUR", "INR", "UTC", "IST"),
    *("Northwind Trading", "Northwind Stripe", "Asha Rao", "Ravi Iyer", "Meera Nair", "Meena Payer"),
    *("Rooftop solar, phase 1", "Tender: street lighting", "Payment in INR", "Annual licence"),
    *("Onboarding package", "Negotiation", "Won"),
    *(" ".join(filter(None, user[2:4])) for user in seed_data.USERS),
    # Rules that the workspace of the tests has made.
    *(MOVE_DEAL, MOVE_LEAD, PAID_NOTE),
    # What is to be written to the CRM: whoever made the rule has typed it there.
    *DRAFTS.values(),
)
_SPOKEN = ("aria-label", "title", "placeholder", "alt", "label", "content")
_SCRIPTS_SAY = re.compile(
    r"data-(said|copied|by-hand|refused|slow|failed|column|choices-(loading|ready|failed))"
)
#: Addresses, ids, dates of machines: no words of ours.
_DATA = re.compile(r"\S+@\S+|https?://\S+|\b[a-z]{2,6}_\w+|\b[0-9a-f]{8,}\b|\bv?[0-9][\w.:+-]*|[₹€$]")
_OF_PROGRAMS = ["script", "style", "time", "code", "pre", "bdi", "svg"]
_WORD = re.compile(r"[^\W\d_]{2,}")


class Bracketed(NullTranslations):
    """The language in which every text is itself, in brackets."""

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"⟦{msgid1 if n == 1 else msgid2}⟧"

    def pgettext(self, context: str, message: str) -> str:
        return f"⟦{message}⟧"


@pytest.fixture(autouse=True)
def brackets(workspace: Workspace) -> None:
    workspace.app.languages._read["de"] = Bracketed()


@pytest.fixture
def known(workspace: Workspace, wsgi: Any, post: Post) -> dict[str, str]:
    """The parts of addresses that screens name."""
    paid, opened = workspace.open_link(quantity=2), workspace.open_link()
    workspace.pay(paid)
    workspace.deliver()
    workspace.work()
    meera = people.Invitee("meera@example.com", "Meera Nair")
    people.invite(workspace.app, workspace.owner, [meera], role=Role.REP)
    nobody = Browser(wsgi)
    nobody.fill_in("/password", email=demo.REP)
    nobody.fill_in("/signup", name="Noor Shah", email="noor@example.com", password="three quiet herons")
    people.ask_address(workspace.app, workspace.owner, "asha@example.com", demo.PASSWORD)
    rep = people.member_by_email(workspace.app, demo.REP)
    assert rep
    tokens = {link.id: link.payer_token for link in workspace.rows(PaymentLink)}
    return {
        "made": f"/embed/kylas/links/new?{DEAL}&made={opened}",
        "invite": post.link("meera@example.com"),
        "reset": post.link(demo.REP),
        "address": post.link("asha@example.com"),
        "verify": post.link("noor@example.com"),
        "account": workspace.account_id,
        "second_account": workspace.account_id,
        "rule": workspace.rows(Rule)[0].id,
        "owner": workspace.owner.user_id,
        "member": rep.user_id,
        "delivery": workspace.deliveries()[0].id,
        "paid_link": paid,
        "open_link": opened,
        "paid_token": tokens[paid],
        "open_token": tokens[opened],
    }


def test_every_text_can_be_translated(
    wsgi: Any, known: dict[str, str], subtests: pytest.Subtests
) -> None:
    who = {None: Browser(wsgi), "owner": Browser(wsgi), "rep": Browser(wsgi)}
    who["owner"].sign_in(demo.OWNER, demo.PASSWORD)
    who["rep"].sign_in(demo.REP, demo.PASSWORD)
    for screen in [*EMPTY, *INSIDE, *OUTSIDE]:
        if screen.plays:
            continue  # it lies behind the CRM's own page
        with subtests.test(screen.name):
            browser = who[screen.who]
            browser.extra_environ["HTTP_ACCEPT_LANGUAGE"] = "de-DE"
            page = opened(browser, screen, known)
            assert "⟦" in page.text
            assert list(untranslated(page.html)) == []


def test_the_shape_of_a_late_page(wsgi: Any, workspace: Workspace) -> None:
    browser = Browser(wsgi, HTTP_ACCEPT_LANGUAGE="de-DE")
    browser.sign_in(demo.OWNER, demo.PASSWORD)
    page = browser.get(f"/embed/kylas/links/new?{DEAL}", headers={"Sec-Fetch-Dest": "iframe"})
    assert page.html.select("[data-late]")
    assert list(untranslated(page.html)) == []


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ("<p>⟦Hello <b>Asha</b>, welcome⟧</p>", []),
        ("<p>Hello</p>", ["Hello"]),
        ("<p>⟦One⟧ and ⟦two⟧</p>", ["and"]),
        ('<p title="Hello">12.50 EUR</p>', ["Hello"]),
        ('<p data-said="⟦Paid⟧">Asha Rao asha@example.com lnk_01ABC</p>', []),
        ("<time>vor 3 Minuten</time><script>Hello</script>", []),
        ('<p lang="de">Hello <b lang="en" title="Bye">Products</b></p>', ["Hello"]),
        ("<p><code>link.paid</code> happened</p>", ["happened"]),
        ('<html lang="en"><svg role="img" aria-label="A code"></svg></html>', ["A code"]),
        ('<select name="choices-timezone"><option>As here</option></select>', ["As here"]),
        (
            '<select name="choices-timezone"><optgroup label="Asia">'
            '<option value="Asia/Kabul">Kabul</option></optgroup></select>',
            [],
        ),
    ],
)
def test_what_is_found(html: str, found: list[str]) -> None:
    assert list(untranslated(BeautifulSoup(html, "html.parser"))) == found


def opened(browser: Browser, screen: Screen, known: dict[str, str]) -> TestResponse:
    """The page as a screen shows it."""
    page = browser.get(screen.path.format(**known), expect_errors=True)
    while page.status_int in (302, 303):
        page = page.follow(expect_errors=True)
    if not screen.send:
        return page
    forms = (form for form in page.forms.values() if form.method.lower() == "post")
    form = next(form for form in forms if typed(form))
    for field in typed(form):
        field.value = ""
    return form.submit(expect_errors=True)


def typed(form: Any) -> list[Any]:
    """The fields of a form that a person types into."""
    kinds = ("text", "email", "password", "number", "search", "tel", "date")
    every = [field for fields in form.fields.values() for field in fields]
    return [one for one in every if one.tag == "textarea" or one.attrs.get("type") in kinds]


def untranslated(page: BeautifulSoup) -> Iterator[str]:
    """The words of a page that stand outside of brackets and are no data."""
    depth = 0
    for node in page.descendants:
        if isinstance(node, Tag):
            if is_in_english(node) or is_zone(node):
                continue
            for name, value in node.attrs.items():
                of_meta = name == "content" and node.get("name") not in ("description",)
                if of_meta or (node.name == "time" and name == "title"):
                    continue
                if name in _SPOKEN or _SCRIPTS_SAY.fullmatch(name):
                    yield from words_outside(str(value), 0)[0]
        elif isinstance(node, NavigableString) and not isinstance(node, Comment | Doctype):
            if node.find_parent(_OF_PROGRAMS) or is_in_english(node) or is_zone(node.parent):
                depth += node.count("⟦") - node.count("⟧")
                continue
            found, depth = words_outside(str(node), depth)
            yield from found


def is_in_english(node: Tag | NavigableString) -> bool:
    """Whether a part of a page says of itself that it is in English, as the guide does."""
    around = [node, *node.parents] if isinstance(node, Tag) else node.parents
    return any(one.get("lang") == "en" for one in around if one.name != "html")


def is_zone(node: Tag | None) -> bool:
    """Whether it is the name of a time zone, or of the continent that it is on."""
    if node is None or not node.find_parent("select", attrs={"name": "choices-timezone"}):
        return False
    return node.name == "optgroup" or "/" in str(node.get("value", ""))


def words_outside(text: str, depth: int) -> tuple[list[str], int]:
    """The words outside of brackets, and how deep in brackets the text ends."""
    outside = []
    for character in text:
        depth += (character == "⟦") - (character == "⟧")
        outside.append(character if depth == 0 and character != "⟧" else " ")
    left = "".join(outside)
    for name in sorted(NAMES, key=len, reverse=True):
        left = left.replace(name, " ")
    left = _DATA.sub(" ", left)
    return ([" ".join(left.split())] if _WORD.search(left) else []), depth

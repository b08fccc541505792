"""The user guide: every link to it leads somewhere, every page is found, and it is good to read."""

import re
import struct
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urldefrag, urlsplit

import pytest

from core.help import guide
from core.help.rewriting import slug
from docs.screenshots import camera, gallery
from tests.support import Browser

ROOT = Path(__file__).parents[2]
PAGES = sorted(file.stem for file in guide.FOLDER.glob("*.md") if file.stem != guide.CONTENTS)
FILES = sorted(guide.FOLDER.glob("*.md"))
#: The pages that the app, its mails and other docs link to by name.
NAMED = {
    "install",
    "sign-up",
    "connect-crm",
    "connect-account",
    "webhook",
    "first-link",
    "links-of-a-record",
    "logs",
    "link-detail",
    "after-payment-actions",
    "team",
    "permissions",
    "see-it-paid",
    "invite",
    "go-live",
    "languages",
    "troubleshooting",
}


def links_of(file: Path) -> list[str]:
    """Where the links and pictures of a page of the guide lead."""
    return re.findall(r"\]\(([^)]+)\)", file.read_text())


def headings_of(file: Path) -> set[str]:
    return {slug(heading) for heading in re.findall(r"^#+ (.+)$", file.read_text(), re.MULTILINE)}


def links_to_help() -> Iterator[tuple[str, str]]:
    """Every address below /help that a template, Python or another doc names, and where."""
    for folder, endings in (
        ("templates", ("*",)),
        ("core", ("*.py",)),
        ("plugins", ("*",)),
        ("docs", ("*.md",)),
    ):
        for file in (one for ending in endings for one in (ROOT / folder).rglob(ending)):
            if file.suffix not in (".jinja2", ".py", ".html", ".txt", ".md") or "tests" in file.parts:
                continue
            text, where = file.read_text(), str(file.relative_to(ROOT))
            yield from (
                (where, found) for found in re.findall(r"/help/[a-z][\w-]*(?:#[\w-]+)?(?![\w/{*])", text)
            )
            named = re.findall(r"""(?:help_page = |help_link\()["']([\w#-]+)["']""", text)
            yield from ((where, f"/help/{name}") for name in named)


def expect_page(address: str) -> None:
    path, anchor = urldefrag(address)
    file = guide.FOLDER / f"{path.removeprefix('/help/')}.md"
    assert file.is_file(), f"the guide has no page {file.name}"
    assert not anchor or anchor in headings_of(file), f"{file.name} has no heading #{anchor}"


def test_every_link_to_the_guide_leads_to_a_page() -> None:
    found = [(where, address) for where, address in links_to_help() if "/help/images" not in address]
    assert len({where for where, _ in found}) > 15, "they aren't found any more"
    for where, address in found:
        try:
            expect_page(address)
        except AssertionError as error:
            raise AssertionError(f"{where}: {error}") from None


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_link_and_picture_of_a_page_is_there(file: Path) -> None:
    for target in links_of(file):
        if urlsplit(target).scheme:
            continue
        path, anchor = urldefrag(target)
        there = guide.FOLDER / path if path else file
        assert there.is_file(), f"{target} is missing"
        assert there.stat().st_size > 0, f"{target} is empty"
        assert not anchor or anchor in headings_of(there), f"{there.name} has no heading #{anchor}"
        assert there.parent in (guide.FOLDER, camera.PICTURES), f"{target} isn't there in the app"


def test_every_page_is_in_the_list_of_contents() -> None:
    listed = [entry for chapter in guide.book().chapters for entry in chapter.entries]
    assert sorted(entry.name for entry in listed) == PAGES
    for entry in listed:
        page = guide.page(entry.name)
        assert page
        assert page.title == entry.title
    assert set(PAGES) >= NAMED


def test_every_row_of_the_mission_has_its_page() -> None:
    rows = dict(re.findall(r"^\| (S\d+) \|.*\|(.+)\|$", FILES[0].read_text(), re.MULTILINE))
    assert FILES[0].stem == guide.CONTENTS
    assert list(rows) == [f"S{number}" for number in range(1, 15)]
    for name, cell in rows.items():
        assert re.search(r"\]\([\w-]+\.md", cell), f"{name} has no page"


@pytest.mark.parametrize("name", ["", *(f"/{page}" for page in PAGES)])
def test_a_visitor_reads_a_page_in_the_frame_too(browser: Browser, name: str) -> None:
    page = browser.get(f"/help{name}")
    main = page.html.find("main")
    assert main.find("h1").get_text(strip=True)
    assert not main.select(".notice"), "an English reader needs no word about the language"
    ids = [one["id"] for one in page.html.select("[id]")]
    assert len(ids) == len(set(ids))
    assert "frame-ancestors 'self' http" in page.headers["Content-Security-Policy"]
    assert not page.html.select("[style], [onclick], script:not([src])")
    for link in main.select("a[href^='/help/']"):
        expect_page(link["href"])


@pytest.mark.parametrize("language", ["de", "hi"])
def test_another_language_is_told_so(browser: Browser, language: str) -> None:
    page = browser.get("/help/logs", headers={"Accept-Language": language})
    assert page.html.select_one("main .notice")
    assert page.html.select_one("article")["lang"] == "en"


@pytest.mark.parametrize("name", ["nothing", "README", "logs.md", "%2e%2e", "x" * 3000])
def test_an_unknown_page_lists_those_that_there_are(browser: Browser, name: str) -> None:
    page = browser.get(f"/help/{name}", status=404)
    listed = {link["href"] for link in page.html.select("main a")}
    assert listed == {f"/help/{page}" for page in PAGES}


def test_pictures_are_kept_for_long_and_have_their_size(browser: Browser) -> None:
    shown = browser.get("/help/first-link").html.select("article img")
    assert len(shown) >= 4
    for image in shown:
        assert image["alt"]
        answer = browser.get(image["src"])
        assert answer.content_type == "image/png"
        assert "max-age=31536000" in answer.headers["Cache-Control"]
        assert struct.unpack(">II", answer.body[16:24]) == (int(image["width"]), int(image["height"]))


@pytest.mark.parametrize("path", ["..%2Flogs.md", "nothing.png", "", "%2e%2e/logs.md", "x" * 3000])
def test_only_pictures_are_served_as_such(browser: Browser, path: str) -> None:
    browser.get(f"/help/images/{path}", status=404)


def test_the_way_to_help(member: Browser) -> None:
    """Every page of the app, as its owner sees it: a menu entry, and a heading whose page is there."""
    with_page = set()
    for screen in gallery.SCREENS:
        if (
            "{" in screen.path
            or screen.who != "owner"
            or screen.path.startswith(("/embed/", "/popup", "/nowhere"))
        ):
            continue
        page = member.get(screen.path)
        assert page.html.select("nav a[href='/help']"), screen.path
        for link in page.html.select("a[href^='/help/']"):
            expect_page(link["href"])
        if page.html.select("main .heading a[target='_blank'][href^='/help/']"):
            with_page.add(screen.path.partition("?")[0])
    main_pages = {"/", "/links", "/accounts", "/accounts/new", "/rules", "/rules/new", "/crm", "/users"}
    assert with_page >= main_pages


@pytest.mark.parametrize(("path", "name"), [("/signup", "sign-up"), ("/install/kylas", "install")])
def test_visitors_find_it_on_top(browser: Browser, path: str, name: str) -> None:
    assert browser.get(path).html.select(f"header a[href='/help/{name}']")

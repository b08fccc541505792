"""The user guide: Markdown files in one folder, whose README lists them in the order of reading."""

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from core.help import rewriting
from core.resources import packaged

FOLDER = packaged("guide")
CONTENTS = "README"

_PAGE_NAME = re.compile(r"[a-z0-9-]{1,50}")


@dataclass(frozen=True, slots=True)
class Page:
    """A page as it is shown; ``title`` is its only heading of the first level, and not in ``html``."""

    name: str
    title: str
    html: Markup


@dataclass(frozen=True, slots=True)
class Entry:
    """A page in the list of contents."""

    name: str
    title: str


@dataclass(frozen=True, slots=True)
class Chapter:
    """A part of the list of contents."""

    title: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Book:
    """The list of contents, as the first page of the guide has it."""

    first: Page
    chapters: tuple[Chapter, ...]

    def after(self, name: str) -> Entry | None:
        """The page to read after the page ``name``."""
        entries = [entry for chapter in self.chapters for entry in chapter.entries]
        names = [entry.name for entry in entries]
        place = names.index(name) + 1 if name in names else len(names)
        return entries[place] if place < len(names) else None


def page(name: str) -> Page | None:
    """The page ``name``; None where the guide has none of that name."""
    file = FOLDER / f"{name}.md"
    if not _PAGE_NAME.fullmatch(name) or not file.is_file():
        return None
    return _page(name, file.stat().st_mtime_ns)


def book() -> Book:
    """The list of contents."""
    return _book((FOLDER / f"{CONTENTS}.md").stat().st_mtime_ns)


# Each is rendered once a process, and again where somebody who writes has changed its file.


@lru_cache(maxsize=64)
def _page(name: str, _changed_at: int) -> Page:
    return _shown(name, _parsed(name))


@lru_cache(maxsize=2)
def _book(_changed_at: int) -> Book:
    tokens = _parsed(CONTENTS)
    # What stands below the line is for those who work on the guide.
    end = next((place for place, token in enumerate(tokens) if token.type == "hr"), len(tokens))
    chapters = _chapters(tokens[:end])
    return Book(_shown(CONTENTS, tokens[:end]), tuple(chapters))


def _parsed(name: str) -> list[Token]:
    return _markdown().parse((FOLDER / f"{name}.md").read_text())


@lru_cache(maxsize=1)
def _markdown() -> MarkdownIt:
    # Without raw HTML: what looks like a tag is text.
    return MarkdownIt("commonmark", {"html": False}).enable("table")


def _shown(name: str, tokens: list[Token]) -> Page:
    opening, title, _closing, *rest = tokens
    if (opening.type, opening.tag) != ("heading_open", "h1"):
        raise ValueError(f"{name}.md has to begin with its title")
    rewriting.rewrite(rest, FOLDER)
    markdown = _markdown()
    html = markdown.renderer.render(rest, markdown.options, {})
    return Page(name, title.content, Markup(html))  # noqa: S704 - our own files, raw HTML is off


def _chapters(tokens: list[Token]) -> list[Chapter]:
    """The headings with the links of the lists below them."""
    chapters: list[tuple[str, list[Entry]]] = []
    for before, token in pairwise(tokens):
        if (before.type, before.tag) == ("heading_open", "h2"):
            chapters.append((token.content, []))
        elif token.type == "inline" and chapters:
            chapters[-1][1].extend(_links(token))
    return [Chapter(title, tuple(entries)) for title, entries in chapters if entries]


def _links(token: Token) -> list[Entry]:
    children = token.children or []
    return [
        Entry(found[0], text.content)
        for opening, text in pairwise(children)
        if opening.type == "link_open" and (found := rewriting.page_of(str(opening.attrGet("href"))))
    ]

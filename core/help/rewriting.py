"""What a page of the guide says as Markdown, made to hold inside the app."""

import hashlib
import re
import struct
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from markdown_it.token import Token

_TO_PAGE = re.compile(r"([a-zA-Z0-9-]+)\.md(#[\w-]+)?")


def rewrite(tokens: list[Token], folder: Path) -> None:
    """Give headings ids, lead links and pictures into the app, and let tables fit narrow screens."""
    for before, token in pairwise(tokens):
        if before.type == "heading_open":
            before.attrSet("id", slug(token.content))
    for child in (child for token in tokens for child in token.children or ()):
        if child.type == "link_open":
            _lead(child)
        elif child.type == "image":
            _picture(child, folder)
    _name_cells(tokens)


def slug(heading: str) -> str:
    """The id of a heading, the same that other readers of Markdown give it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def page_of(target: str) -> tuple[str, str] | None:
    """The name and the anchor of the page that a link of the guide leads to."""
    found = _TO_PAGE.fullmatch(target)
    return (found[1], found[2] or "") if found else None


def _lead(link: Token) -> None:
    target = str(link.attrGet("href"))
    if to := page_of(target):
        link.attrSet("href", ("/help" if to[0] == "README" else f"/help/{to[0]}") + to[1])
    elif not target.startswith("#"):
        link.attrSet("target", "_blank")
        link.attrSet("rel", "noopener")


def _picture(image: Token, folder: Path) -> None:
    """Its place is kept while it loads, and a changed picture has another address."""
    source = str(image.attrGet("src"))
    content = (folder / source).read_bytes()
    width, height = struct.unpack(">II", content[16:24])  # where a PNG says so
    image.attrSet("src", f"/help/{source}?v={hashlib.sha256(content).hexdigest()[:12]}")
    image.attrSet("width", str(width))
    image.attrSet("height", str(height))


def _name_cells(tokens: list[Token]) -> None:
    """A table becomes cards where it would not fit; each cell then carries its column's name."""
    columns: list[str] = []
    cells: Iterator[str] = iter(())
    for token, inside in pairwise(tokens):
        match token.type:
            case "table_open":
                columns = []
                token.attrSet("class", "cards")
            case "th_open":
                columns.append(inside.content)
                token.attrSet("scope", "col")
            case "tr_open":
                cells = iter(columns)
            case "td_open":
                token.attrSet("data-column", next(cells))

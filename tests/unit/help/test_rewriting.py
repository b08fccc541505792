"""Markdown of the guide as the app shows it: nothing of it is markup, and it stays on its pages."""

import struct
from pathlib import Path

import pytest

from core.help import guide, rewriting


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A guide of two pages and a picture."""
    monkeypatch.setattr(guide, "FOLDER", tmp_path)
    (tmp_path / "README.md").write_text("# Guide\n\n## First\n\n- [One](one.md)\n- [Two](two.md)\n")
    (tmp_path / "two.md").write_text("# Two\n")
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 8 + struct.pack(">II", 640, 480))
    return tmp_path


def shown(folder: Path, text: str) -> str:
    file = folder / "one.md"
    file.write_text(f"# One\n\n{text}\n")
    guide._page.cache_clear()
    page = guide.page("one")
    assert page
    assert page.title == "One"
    return str(page.html)


@pytest.mark.parametrize(
    "text",
    ["<script>alert(1)</script>", 'a <b onclick="x">b</b>', "[a](javascript:alert(1))", "<!-- x -->"],
)
def test_what_looks_like_markup_is_text(folder: Path, text: str) -> None:
    html = shown(folder, text)
    assert "<script" not in html
    assert "<b " not in html
    assert 'href="javascript' not in html
    assert "<!--" not in html


@pytest.mark.parametrize(
    ("target", "href"),
    [
        ("two.md", "/help/two"),
        ("two.md#what-then", "/help/two#what-then"),
        ("README.md", "/help"),
        ("#here", "#here"),
    ],
)
def test_links_stay_in_the_app(folder: Path, target: str, href: str) -> None:
    assert f'<a href="{href}">' in shown(folder, f"[there]({target})")


def test_other_sites_open_beside_it(folder: Path) -> None:
    html = shown(folder, "[there](https://example.com/)")
    assert '<a href="https://example.com/" target="_blank" rel="noopener">' in html


def test_a_picture_keeps_its_place_and_changes_its_address(folder: Path) -> None:
    before = shown(folder, "![what it shows](a.png)")
    assert 'width="640" height="480"' in before
    assert 'alt="what it shows"' in before
    with (folder / "a.png").open("ab") as file:
        file.write(b"more")
    assert shown(folder, "![what it shows](a.png)") != before


def test_cells_carry_the_name_of_their_column(folder: Path) -> None:
    html = shown(folder, "| Key | Why |\n| --- | --- |\n| a | b |\n| c | d |\n")
    assert html.count('<td data-column="Key">') == html.count('<td data-column="Why">') == 2


@pytest.mark.parametrize(
    ("heading", "id"),
    [("What can go wrong", "what-can-go-wrong"), ("I'm “here”, now!", "im-here-now"), ("A-b", "a-b")],
)
def test_headings_have_the_ids_of_other_readers(folder: Path, heading: str, id: str) -> None:
    assert rewriting.slug(heading) == id
    assert f'<h2 id="{id}">' in shown(folder, f"## {heading}")


@pytest.mark.parametrize("name", ["../README", "README", "one.md", "", ".", "two/../one", "images"])
def test_only_pages_are_pages(folder: Path, name: str) -> None:
    assert guide.page(name) is None


def test_the_list_of_contents_ends_at_the_line(folder: Path) -> None:
    with (folder / "README.md").open("a") as file:
        file.write("\n---\n\n## For us\n\n- [Three](three.md)\n")
    guide._book.cache_clear()
    book = guide.book()
    assert [chapter.title for chapter in book.chapters] == ["First"]
    assert "For us" not in book.first.html
    after = book.after("one")
    assert after
    assert after.name == "two"
    assert book.after("two") is None


def test_a_page_without_a_title_says_which(folder: Path) -> None:
    (folder / "untitled.md").write_text("Words.\n\nMore words.\n")
    with pytest.raises(ValueError, match=r"untitled\.md"):
        guide.page("untitled")

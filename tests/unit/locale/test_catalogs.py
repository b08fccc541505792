"""The catalogs say everything that the code says, in every language, with the same values in it."""

import re
from collections import Counter
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from core.locale import Languages
from core.locale.extraction import ours, renewed, texts_of

CODES = Languages().codes[1:]
FOLDERS = ours()


@pytest.fixture(scope="module", params=FOLDERS, ids=lambda folder: folder.parent.name)
def folder(request: pytest.FixtureRequest) -> Path:
    """A folder of catalogs."""
    found: Path = request.param
    return found


@pytest.fixture(scope="module")
def texts(folder: Path) -> Catalog:
    """What the code says."""
    return texts_of(FOLDERS[folder])


def read(file: Path) -> Catalog:
    with file.open("rb") as source:
        return read_po(source, locale=file.stem, ignore_obsolete=False)


def said(catalog: Catalog) -> set[object]:
    return {(one.id, one.context) for one in catalog if one.id}


@pytest.mark.parametrize("code", CODES)
def test_it_is_up_to_date(folder: Path, texts: Catalog, code: str) -> None:
    catalog = read(folder / f"{code}.po")
    assert said(catalog) == said(renewed(folder / f"{code}.po", texts)) == said(texts), (
        "run `make texts`"
    )
    assert not catalog.obsolete


@pytest.mark.parametrize("code", CODES)
def test_every_text_is_translated(folder: Path, code: str) -> None:
    missing = [
        one.id
        for one in read(folder / f"{code}.po")
        if one.id and (one.fuzzy or not all([*_translations(one)]))
    ]
    assert missing == []


@pytest.mark.parametrize("code", CODES)
def test_the_same_values_tags_and_links_are_in_it(folder: Path, code: str) -> None:
    wrong = [
        (one.id, translation)
        for one in read(folder / f"{code}.po")
        if one.id
        for original, translation in _pairs(one)
        if _parts(original) != _parts(translation) or _edges(original) != _edges(translation)
    ]
    assert wrong == []


def _pairs(message: Message) -> list[tuple[str, str]]:
    """Each translation with the English that has to be in it."""
    forms = message.id if isinstance(message.id, (tuple, list)) else (message.id,)
    # The form for one may spell the number out; the others are held against the plural.
    return [
        (forms[-1] if place else forms[0], text) for place, text in enumerate(_translations(message))
    ]


def _translations(message: Message) -> list[str]:
    text = message.string
    return list(text) if isinstance(text, (tuple, list)) else [text]


def _parts(text: str) -> Counter[str]:
    return Counter(re.findall(r"%\(\w+\)s|%%|</?[a-z]+[^>]*>", text))


def _edges(text: str) -> tuple[bool, bool]:
    return text[:1].isspace(), text[-1:].isspace()

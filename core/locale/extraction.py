"""Renewing the catalogs from the texts in the code: ``make texts``, ``dealpay plugin texts``.

A catalog is a folder ``locale`` with one file a language. New texts are added without a translation,
and those that are gone are dropped. A text that was changed is a new one: it is never guessed.
"""

import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from core.locale import OWN, Languages
from core.resources import packaged


def texts_of_manifest(
    file: IO[bytes], keywords: Any, comment_tags: Any, options: Any
) -> Iterator[tuple[int, None, str, list[str]]]:
    """What people read of a ``plugin.toml``: the plugin's name, and what it does."""
    manifest = tomllib.load(file)
    for key in ("name", "summary"):
        if text := manifest.get(key):
            yield 1, None, text, []


_KEYWORDS: dict[str, Any] = {
    "_": None,
    "N_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
}
_METHODS: list[tuple[str, Any]] = [
    ("**/tests/**", "ignore"),
    ("**/simulator/**", "ignore"),
    ("**/driver.py", "ignore"),
    ("testing/**", "ignore"),
    ("scaffold/**", "ignore"),
    ("cli/**", "ignore"),
    ("sandbox/**", "ignore"),
    ("**.py", "python"),
    ("**.jinja2", "jinja2"),
    ("mail/**", "jinja2"),
    ("plugin.toml", texts_of_manifest),
]
_OPTIONS = {
    "jinja2": {"newstyle_gettext": "true", "trimmed": "true", "trim_blocks": "true", "silent": "false"}
}


def texts_of(sources: Sequence[Path]) -> Catalog:
    """What the files below ``sources`` say, by where they say it."""
    found = Catalog(charset="utf-8", fuzzy=False)
    for source in sources:
        options = {pattern: _OPTIONS.get(method, {}) for pattern, method in _METHODS}
        for name, _line, message, comments, context in extract_from_dir(
            source, _METHODS, options, _KEYWORDS, comment_tags=("TRANSLATORS:",), strip_comment_tags=True
        ):
            # Without line numbers: a catalog changes when a text does, and only then.
            place = (f"{source.name}/{name}", 0)
            found.add(message, locations=[place], auto_comments=comments, context=context)
    return found


def renewed(file: Path, texts: Catalog) -> Catalog:
    """The catalog in ``file``, or an empty one of that language, with ``texts`` and no others."""
    language = file.stem
    if file.is_file():
        with file.open("rb") as source:
            known = read_po(source, locale=language)
    else:
        known = Catalog(locale=language, charset="utf-8", fuzzy=False)
    known.update(texts, no_fuzzy_matching=True, update_creation_date=False)
    known.obsolete.clear()
    known.fuzzy = False
    known.project, known.version, known.copyright_holder = "Dealpay", "", "The Dealpay authors"
    known.header_comment = f"# The texts of Dealpay in {known.locale.english_name}."
    return known


def renew(folder: Path, sources: Sequence[Path], languages: Sequence[str]) -> list[tuple[Path, int]]:
    """Write the catalogs of ``languages`` in ``folder``: each file, and how many texts it lacks."""
    texts, written = texts_of(sources), []
    folder.mkdir(exist_ok=True)
    for code in languages:
        file = folder / f"{code}.po"
        catalog = renewed(file, texts)
        with file.open("wb") as target:
            write_po(target, catalog, width=100, sort_output=True, include_lineno=False)
        written.append((file, sum(1 for one in catalog if one.id and not _is_translated(one))))
    return written


def _is_translated(message: Message) -> bool:
    return all(message.string if isinstance(message.string, tuple) else (message.string,))


def ours() -> dict[Path, list[Path]]:
    """The folders of catalogs in this checkout, each with the folders whose texts are in it."""
    plugins = OWN.parent.parent / "plugins"
    own = {OWN: [OWN.parent, packaged("templates")]}
    return own | {folder: [folder.parent] for folder in sorted(plugins.glob("*/locale"))}


if __name__ == "__main__":
    codes = Languages().codes[1:]
    for folder, sources in ours().items():
        for file, missing in renew(folder, sources, codes):
            print(f"{file.relative_to(OWN.parent.parent)}: {missing} to translate")  # noqa: T201

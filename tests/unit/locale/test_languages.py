"""Choosing a language, and reading its catalogs."""

from pathlib import Path

import pytest

from core.api.text import N_, _, ngettext, pgettext, show
from core.locale import OWN, Languages

PO = """
msgid "Pay"
msgstr "Zahlen"

msgctxt "noun"
msgid "Pay"
msgstr "Lohn"

msgid "To %(who)s"
msgstr "An %(who)s"

msgid "%(num)s link"
msgid_plural "%(num)s links"
msgstr[0] "%(num)s Link"
msgstr[1] "%(num)s Links"
"""
HEAD = """msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"
"""


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    """The translations of a plugin."""
    (tmp_path / "de.po").write_text(HEAD + PO)
    return tmp_path


def test_english_is_there_without_a_catalog() -> None:
    assert Languages().translations("en") is None
    assert _("To %(who)s, 100%%", who="Asha") == "To Asha, 100%"
    assert [ngettext("%(num)s link", "%(num)s links", n) for n in (1, 2)] == ["1 link", "2 links"]
    assert pgettext("noun", "Pay") == show(N_("Pay")) == "Pay"


def test_a_plugins_texts_are_in_its_own_catalog(plugin: Path) -> None:
    languages = Languages((OWN, plugin))
    with languages.speaking("de"):
        assert _("To %(who)s", who="Asha") == "An Asha"
        assert [ngettext("%(num)s link", "%(num)s links", n) for n in (1, 2)] == ["1 Link", "2 Links"]
        assert pgettext("noun", "Pay") == "Lohn"
        assert _("Nobody has translated this") == "Nobody has translated this"
    assert show("Pay") == "Pay"


def test_one_language_inside_of_another(plugin: Path) -> None:
    languages = Languages((OWN, plugin))
    with languages.speaking("de"):
        with languages.speaking("en"):
            assert show("Pay") == "Pay"
        assert show("Pay") == "Zahlen"


def test_a_language_that_only_a_plugin_has_is_not_offered(tmp_path: Path) -> None:
    (tmp_path / "fr.po").write_text(HEAD)
    assert "fr" not in Languages((OWN, tmp_path)).codes


@pytest.mark.parametrize(
    ("wanted", "best"),
    [
        (["de-AT", "en"], "de"),
        (["fr", "hi-IN"], "hi"),
        (["fr"], "en"),
        (["*"], "en"),
        ([], "en"),
        (["x" * 3000], "en"),
    ],
)
def test_the_first_that_is_spoken_here(wanted: list[str], best: str) -> None:
    assert Languages().best(wanted) == best


def test_each_is_named_in_its_own_words() -> None:
    assert Languages().names() == {"en": "English", "de": "Deutsch", "hi": "हिन्दी"}

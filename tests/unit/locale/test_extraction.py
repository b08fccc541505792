"""What is found in the code, and what becomes of a catalog when the code changes."""

from pathlib import Path

from babel.messages.pofile import read_po

from core.locale import catalog
from core.locale.extraction import renew, texts_of


def write(folder: Path, name: str, text: str) -> None:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def test_what_is_marked_is_found(tmp_path: Path) -> None:
    write(
        tmp_path,
        "action.py",
        'LABEL = N_("Label")\n'
        "def f(n):\n"
        '    return _("To %(who)s", who=n), ngettext("%(num)s link", "%(num)s links", n)\n',
    )
    write(tmp_path, "page.jinja2", '{{ _("On a page") }}{% trans %}\n  Two\n  lines\n{% endtrans %}')
    write(tmp_path, "mail/hello.txt", '{{ _("In a mail") }}')
    write(tmp_path, "plugin.toml", 'id = "acme"\nname = "Acme"\nsummary = "Does it."\napi = "1.0"\n')
    write(tmp_path, "tests/test_it.py", '_("In a test")')
    write(tmp_path, "simulator/__init__.py", '_("At the vendor")')
    found = {one.id for one in texts_of([tmp_path]) if one.id}
    links = ("%(num)s link", "%(num)s links")
    marked = {"Label", "To %(who)s", links, "On a page", "Two lines", "In a mail"}
    assert found == marked | {"Acme", "Does it."}


def test_a_catalog_keeps_what_is_translated_and_guesses_nothing(tmp_path: Path) -> None:
    source, folder = tmp_path / "plugin", tmp_path / "locale"
    write(source, "texts.py", '_("Stays")\n_("Is changed")\n')
    assert renew(folder, [source], ["de"]) == [(folder / "de.po", 2)]
    file = folder / "de.po"
    translated = file.read_text().replace('msgid "Stays"\nmsgstr ""', 'msgid "Stays"\nmsgstr "Bleibt"')
    file.write_text(translated.replace('"Is changed"\nmsgstr ""', '"Is changed"\nmsgstr "War anders"'))
    write(source, "texts.py", '_("Stays")\n_("Is changed now")\n')
    assert renew(folder, [source], ["de"]) == [(file, 1)]
    with file.open("rb") as read:
        known = {one.id: one.string for one in read_po(read) if one.id}
    assert known == {"Stays": "Bleibt", "Is changed now": ""}
    found = catalog(file)
    assert found
    assert found.gettext("Stays") == "Bleibt"
    assert found.gettext("Is changed now") == "Is changed now"


def test_renewing_twice_changes_nothing(tmp_path: Path) -> None:
    write(tmp_path, "texts.py", '_("One")\n')
    ((file, _missing),) = renew(tmp_path / "locale", [tmp_path], ["hi"])
    before = file.read_text()
    renew(tmp_path / "locale", [tmp_path], ["hi"])
    assert file.read_text() == before

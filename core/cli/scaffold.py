"""``dealpay plugin new``: a plugin that works, for its author to change."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from core.plugin_host.errors import PluginRefused
from core.plugin_host.kinds import Kind
from core.resources import packaged

_ENDINGS = {Kind.PAYMENT_PROVIDER: "_provider", Kind.CRM_CONNECTOR: "_crm", Kind.ACTION: "_action"}
_DISTRIBUTION = "distribution"


def write(kind: Kind, id: str, into: Path, *, distribution: bool) -> Path:
    """Write the plugin ``id`` into a new folder of ``into``, and answer with that folder.

    With ``distribution`` the folder is a project of its own, to be installed, with the plugin in a
    package inside. Raises click.UsageError for an id that can't be one, or where something is there.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]*", id):
        raise click.UsageError(f"{id} can't be an id: it has small letters, digits and _ only.")
    names = _names(kind, id)
    templates = packaged("scaffold")
    target = into / (names["acme-plugin"] if distribution else id)
    if target.exists():
        raise click.UsageError(f"{target} is there already. Nothing was written.")
    if distribution:
        # An installed plugin is a top-level package, and not a part of ours.
        names = {f"plugins.acme{_ENDINGS[kind]}": id} | names
        _copy(templates / _DISTRIBUTION, target, names)
        _copy(templates / kind, target / id, names)
        (target / id / "tests").rename(target / "tests")
    else:
        _copy(templates / kind, target, names)
    return target


def draft_migration(raw: Mapping[str, str], id: str, message: str) -> Path:
    """Write the next migration of a plugin's own tables; its file. Raises click.UsageError."""
    from core.db.migrate import History, draft
    from core.plugin_host.loading import load
    from core.plugin_host.tables import metadata_of, migrations_of, version_table

    registry = load(raw)
    try:
        plugin = registry.plugin(id)
        folder = migrations_of(plugin) if plugin else None
        if plugin is None or folder is None:
            raise click.UsageError(
                f"{id} has no tables of its own: its plugin.toml names none under tables."
                if plugin
                else f"No plugin is called {id}."
            )
        draft(metadata_of(plugin), message, History(folder, version_table(id)))
    except PluginRefused as error:
        raise click.UsageError(f"{id}: {error}") from error
    finally:
        registry.close()
    return max(folder.glob("[0-9]*.py"))


def renew_texts(raw: Mapping[str, str], id: str, languages: Sequence[str]) -> list[tuple[Path, int]]:
    """Renew a plugin's catalogs: each file, and how many texts it lacks. Raises click.UsageError."""
    from babel import Locale, UnknownLocaleError

    from core.locale.extraction import renew
    from core.plugin_host.loading import load

    for language in languages:
        try:
            Locale.parse(language)
        except (UnknownLocaleError, ValueError) as error:
            raise click.UsageError(f"{language} is no language: name it as in de or pt_BR.") from error
    registry = load(raw)
    try:
        plugin = registry.plugin(id)
        if plugin is None or plugin.folder is None:
            raise click.UsageError(f"No plugin is called {id}.")
        return renew(plugin.folder / "locale", [plugin.folder], languages)
    finally:
        registry.close()


def _names(kind: Kind, id: str) -> dict[str, str]:
    """What the templates say, and what is to stand there; the longer ones first."""
    ending = _ENDINGS[kind]
    short = id.removesuffix(ending) or id
    words = short.replace("_", " ").strip().split() or [short]
    return {
        "acme-plugin": f"dealpay-{id.replace('_', '-')}",
        f"acme{ending}": id,
        "acme_package": id,
        "acme.example": f"{short.replace('_', '-')}.example",
        "Acme": "".join(word.capitalize() for word in words),
        "acme": short,
    }


def _copy(source: Path, target: Path, names: dict[str, str]) -> None:
    pattern = re.compile("|".join(map(re.escape, names)))
    for file in sorted(source.rglob("*")):
        if file.is_file() and "__pycache__" not in file.parts:
            text = pattern.sub(lambda found: names[found[0]], file.read_text(encoding="utf-8"))
            there = target / file.relative_to(source)
            if file.name == "gitignore":  # a wheel takes no file whose name begins with a dot
                there = there.with_name(".gitignore")
            there.parent.mkdir(parents=True, exist_ok=True)
            there.write_text(text, encoding="utf-8")

"""A plugin's own tables: which they are, and whether the database has them as the code wants them."""

from importlib import import_module
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, MetaData
from sqlalchemy.exc import SQLAlchemyError

from core.api.tables import WorkspaceRow
from core.db.version import ahead, behind
from core.plugin_host.errors import PluginRefused
from core.plugin_host.plugin import Plugin, Stage
from core.plugin_host.registry import PluginRegistry

_MIGRATIONS = "migrations"


def migrations_of(plugin: Plugin) -> Path | None:
    """The folder of a plugin's migrations; None where it has no tables."""
    if plugin.folder is None or plugin.manifest is None or plugin.manifest.tables is None:
        return None
    return plugin.folder / _MIGRATIONS


def version_table(plugin_id: str) -> str:
    """Where Alembic writes how far a plugin's own tables are."""
    return f"{plugin_id}_version"


def metadata_of(plugin: Plugin) -> MetaData:
    """A plugin's tables. Raises PluginRefused where one isn't named after the plugin, or holds rows
    that no session would keep apart."""
    assert plugin.manifest
    assert plugin.manifest.tables
    module, _, name = plugin.manifest.tables.partition(":")
    base: Any = getattr(import_module(f"{plugin.module_name}.{module}"), name, None)
    if not hasattr(base, "registry"):
        raise PluginRefused(
            f"plugin.toml names tables = {plugin.manifest.tables!r}, and its module has no such "
            "DeclarativeBase"
        )
    for mapper in base.registry.mappers:
        table = str(mapper.local_table.name)
        if not table.startswith(f"{plugin.id}_"):
            raise PluginRefused(f"the table {table} isn't named after the plugin: {plugin.id}_{table}")
        if not issubclass(mapper.class_, WorkspaceRow):
            raise PluginRefused(
                f"the rows of {table} belong to no workspace: derive {mapper.class_.__name__} from "
                "core.api.tables.PluginRow"
            )
    metadata: MetaData = base.metadata
    return metadata


def check_tables(plugins: PluginRegistry, engine: Engine) -> None:
    """Take the plugins out of service whose tables aren't there as they want them. A database that
    doesn't answer says nothing against them."""
    for plugin in plugins.in_load_order():
        if folder := migrations_of(plugin):
            with plugins.step(plugin, Stage.MIGRATED):
                metadata_of(plugin)
                _require_current(engine, plugin, folder)
                plugin.stage = Stage.ACTIVE


def _require_current(engine: Engine, plugin: Plugin, folder: Path) -> None:
    table = version_table(plugin.id)
    try:
        with engine.connect() as connection:
            late, early = behind(connection, folder, table), ahead(connection, folder, table)
    except SQLAlchemyError:
        return
    if late:
        raise PluginRefused("its tables wait for their migrations: run `dealpay upgrade`")
    if early:
        raise PluginRefused("its tables are of a newer version: install that version of the plugin")

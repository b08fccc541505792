"""Putting the app together from its settings."""

from pathlib import Path

from pyramid.config import Configurator

from core.app import App
from core.db import statistics
from core.db.engine import make_engine
from core.db.sealing import SecretBox
from core.db.session import Database
from core.jobs.engine import Engine
from core.jobs.local import LocalEngine
from core.jobs.queue import QueueEngine
from core.jobs.runner import Jobs
from core.locale import OWN, Languages
from core.plugin_host.tables import check_tables
from core.settings import AppSettings, SettingsError


def includeme(config: Configurator) -> None:
    """``config.registry.app``. The plugins are loaded already."""
    settings: AppSettings = config.registry.app_settings
    db = Database(make_engine(settings.database_url))
    # Before this there was no database, so no plugin can have asked for a rate limit.
    config.registry.plugins.buckets.db = config.registry.plugins.trace.db = db
    config.registry.plugins.trace.clock = lambda: config.registry.app.clock()
    config.registry.plugins.trace.on = settings.trace_days > 0
    check_tables(config.registry.plugins, db.engine)
    config.registry.app = App(
        settings=settings,
        db=db,
        secrets=_secret_box(settings.secret_keys),
        plugins=config.registry.plugins,
        jobs=Jobs(db, db.clock, _engine(settings, db), settings.job_lease),
        clock=db.clock,
        languages=Languages((OWN, *config.registry.plugins.locale_folders())),
    )
    config.registry.app.jobs.periodic("jobs.resubmit", 60, _resubmit)
    config.registry.app.jobs.periodic("db.statistics", 6 * 3600, _renew_statistics)


def _renew_statistics(app: App) -> None:
    statistics.renew(app.db.engine)


def _resubmit(app: App) -> str | None:
    count = app.jobs.engine.resubmit(app)
    return f"{count} rows had nobody to deliver them, and were submitted again." if count else None


def _engine(settings: AppSettings, db: Database) -> Engine:
    return QueueEngine() if settings.jobs == "procrastinate" else LocalEngine()


def _secret_box(path: Path) -> SecretBox:
    try:
        return SecretBox.from_file(path)
    except OSError as error:
        raise SettingsError(
            f"dealpay.secret_keys: {path} can't be read ({error.strerror}). `dealpay init` makes it; "
            "where it was lost, the secrets it sealed must be entered again."
        ) from None

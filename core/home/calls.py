"""The page of plugin calls: which plugin answered which verb, for what, how long, with what outcome."""

from dataclasses import asdict, dataclass
from datetime import timedelta

from sqlalchemy import delete, literal, select
from sqlalchemy.orm import Session
from ulid import ULID

from core.app import App
from core.db.session import ALL_TENANTS
from core.plugin_host.models import PluginCall

_AT_ONCE = 5000


@dataclass(frozen=True, slots=True)
class CallFilter:
    """What the list is narrowed to; ``work`` is the id of a row of work or a request's reference."""

    plugin: str = ""
    outcome: str = ""
    work: str = ""

    @property
    def query(self) -> dict[str, str]:
        """The filters as they stand in the address."""
        return {name: value for name, value in asdict(self).items() if value}


@dataclass(frozen=True, slots=True)
class CallPage:
    """A page of calls, newest first; ``next`` is the cursor of the page after it."""

    calls: list[PluginCall]
    next: str | None


def list_calls(
    session: Session, narrow: CallFilter, *, before: str | None = None, size: int = 50
) -> CallPage:
    """The calls of the workspace. ``outcome`` may be ``ok``, or ``failed`` for all others."""
    query = select(PluginCall).order_by(PluginCall.id.desc()).limit(size + 1)
    if narrow.plugin:
        query = query.where(PluginCall.plugin_id == narrow.plugin)
    if narrow.outcome:
        well = PluginCall.outcome == "ok"
        query = query.where(well if narrow.outcome == "ok" else ~well)
    if narrow.work:
        query = query.where(PluginCall.work_id == narrow.work)
    if before:
        query = query.where(PluginCall.id < before)
    calls = list(session.scalars(query))
    more = len(calls) > size
    return CallPage(calls[:size], calls[size - 1].id if more else None)


def clean_up(app: App) -> str | None:
    """Forget the calls that are older than ``dealpay.trace_days``."""
    before = app.clock() - timedelta(days=app.settings.trace_days)
    oldest_kept = f"{PluginCall.id_prefix}_{ULID.from_datetime(before)}"
    old = select(PluginCall.id).where(PluginCall.id < literal(oldest_kept)).limit(_AT_ONCE)
    count, some = 0, _AT_ONCE
    while some == _AT_ONCE:
        with app.db.unit_of_work(ALL_TENANTS) as session:
            ids = list(session.scalars(old))
            session.execute(
                delete(PluginCall)
                .where(PluginCall.id.in_(ids))
                .execution_options(synchronize_session=False)
            )
        some = len(ids)
        count += some
    return f"Calls forgotten: {count}." if count else None

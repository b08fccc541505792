"""Plugins are told what has happened: after the commit, each in a row of its own, until it has heard."""

from collections import Counter
from datetime import timedelta

from pydantic import TypeAdapter
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from core.api.actions import DomainEvent, Done, Outcome, Skipped
from core.api.errors import Unsupported
from core.api.text import _
from core.app import App
from core.audit import service as audit
from core.db.base import new_id
from core.db.session import ALL_TENANTS
from core.jobs.models import is_state
from core.people.service import Member
from core.plugin_host import hearing
from core.plugin_host.plugin import State
from core.rules.models import PluginNotice
from core.tenants import service as tenants

EVENT = TypeAdapter(DomainEvent)

_AT_ONCE = 500


def write(session: Session, app: App, crm: str, event: DomainEvent) -> None:
    """Write a notice for each plugin that listens and is on, in the caller's transaction; once for one
    fact, however often that is found."""
    listening = app.plugins.listening("on_event")
    if not listening:
        return
    told = select(PluginNotice.plugin_id).where(
        PluginNotice.name == event.name, PluginNotice.subject_id == event.subject_id
    )
    done = tenants.plugins_off(app, session) | set(session.scalars(told))
    for plugin in listening:
        if plugin.id not in done:
            # In order for one record, and apart from its actions: a slow listener holds up nobody else.
            of = f"{crm}:{event.record.kind}:{event.record.id}"
            app.jobs.submit(
                session,
                PluginNotice(
                    plugin_id=plugin.id,
                    hook="on_event",
                    name=event.name,
                    subject_id=event.subject_id,
                    event=EVENT.dump_python(event, mode="json"),
                    record_key=f"{plugin.id[:40]}:{of}"[:120],
                ),
            )


def write_switched(session: Session, app: App, plugin_id: str, *, on: bool) -> None:
    """Write a notice for a plugin that the session's workspace has switched, where it listens."""
    hook = "on_enabled" if on else "on_disabled"
    if plugin_id in [plugin.id for plugin in app.plugins.listening(hook)]:
        tenant_id = session.info["tenant_id"]
        app.jobs.submit(
            session,
            PluginNotice(
                plugin_id=plugin_id,
                hook=hook,
                name=hook,
                subject_id=new_id("swi"),
                record_key=f"{plugin_id[:40]}:{tenant_id}",
            ),
        )


def tell(app: App, tenant_id: str, notice_id: str) -> Outcome:
    """Tell a plugin what a notice says. Raises a DealpayError where it didn't hear to the end."""
    (notice,) = app.db.find(tenant_id, PluginNotice, id=notice_id)
    plugin = app.plugins.plugin(notice.plugin_id)
    if plugin is None or plugin.state is not State.ACTIVE:
        raise Unsupported(
            _("The plugin %(id)s is missing, switched off or failed.", id=notice.plugin_id)
        )
    with app.db.unit_of_work(tenant_id, read_only=True) as session:
        off = tenants.plugins_off(app, session)
    if plugin.id in off and notice.hook != "on_disabled":
        return Skipped(_("The plugin was switched off in this workspace meanwhile."))
    given = {"event": EVENT.validate_python(notice.event)} if notice.event else {}
    hearing.tell(
        app.plugins,
        plugin,
        notice.hook,
        db=app.db,
        workspace_id=tenant_id,
        notice_id=notice.id,
        **given,
    )
    return Done(_("The plugin was told."))


def clean_up(app: App) -> str | None:
    """Delete what plugins heard ``delivery_days`` ago; what they could not be told stays."""
    before = app.clock() - timedelta(days=app.settings.delivery_days)
    heard = (
        select(PluginNotice.id)
        .where(is_state(PluginNotice, "done", "skipped"), PluginNotice.finished_at < before)
        .limit(_AT_ONCE)
    )
    count, some = 0, _AT_ONCE
    while some == _AT_ONCE:
        with app.db.unit_of_work(ALL_TENANTS) as session:
            ids = list(session.scalars(heard))
            session.execute(
                delete(PluginNotice)
                .where(PluginNotice.id.in_(ids))
                .execution_options(synchronize_session=False)
            )
        some = len(ids)
        count += some
    return f"Notices forgotten: {count}." if count else None


def failed_notices(session: Session) -> dict[str, int]:
    """How many notices each plugin could not be told, by its id."""
    count = select(PluginNotice.plugin_id, func.count()).where(is_state(PluginNotice, "failed"))
    return Counter(dict(session.execute(count.group_by(PluginNotice.plugin_id)).all()))


def tell_again(app: App, actor: Member, plugin_id: str) -> int:
    """Put what a plugin could not be told back in line, oldest first; how many notices that were."""
    with app.db.unit_of_work(actor.tenant_id) as session:
        failed = (
            select(PluginNotice)
            .where(is_state(PluginNotice, "failed"), PluginNotice.plugin_id == plugin_id)
            .order_by(PluginNotice.id)
            .limit(_AT_ONCE)
        )
        notices = list(session.scalars(failed))
        for notice in notices:
            app.jobs.retry(session, notice)
        if notices:
            audit.record(
                session, "plugin.told_again", plugin_id, actor_id=actor.user_id, count=len(notices)
            )
    return len(notices)

"""What plugins have to show beside links."""

from sqlalchemy.orm import Session

from core.api.records import RecordRef
from core.api.slots import LinkSubject, RecordSubject
from core.app import App
from core.links.facts import link_facts
from core.links.models import PaymentLink
from core.plugin_host import hearing
from core.plugin_host.hearing import Shown
from core.tenants import service as tenants


def shown_with_link(app: App, session: Session, link: PaymentLink) -> list[Shown]:
    """What plugins have to show on the page of a link."""
    if not app.plugins.listening("ui_slots"):
        return []
    subject = LinkSubject(
        link=link_facts(session, link),
        state=link.state,
        record=link.record_ref,
        record_title=link.record_title,
    )
    off = tenants.plugins_off(app, session)
    return hearing.shown(app.plugins, "link", subject, workspace_id=link.tenant_id, off=off)


def shown_with_record(app: App, session: Session, tenant_id: str, record: RecordRef) -> list[Shown]:
    """What plugins have to show in the CRM, beside the links of a record."""
    if not app.plugins.listening("ui_slots"):
        return []
    off = tenants.plugins_off(app, session)
    return hearing.shown(app.plugins, "record", RecordSubject(record), workspace_id=tenant_id, off=off)

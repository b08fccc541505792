"""Having the provider send a link to its payer once more."""

from datetime import timedelta

from sqlalchemy import select

from core.api.errors import OutcomeUnknown, Rejected
from core.api.payments import Channel
from core.api.text import _
from core.app import App
from core.audit import service as audit
from core.connections import service as connections
from core.links import ledger
from core.links.book import Book
from core.links.models import LinkEvent, PaymentLink
from core.people.service import Member
from core.plugin_host.entries import ProviderEntry

#: Whoever presses the button again would have the payer written to again.
_PAUSE = timedelta(minutes=10)
_WRITTEN = ("link.sent", "link.send_unknown")


def channels_of(link: PaymentLink, provider: ProviderEntry | None) -> list[Channel]:
    """How the link can be sent once more: as it was sent before, while it takes payments."""
    if provider is None or "notify" not in provider.capabilities or not link.payable:
        return []
    return sorted(link.terms.notify & provider.link_options.notify)


def send_again(app: App, actor: Member, link_id: str, channel: Channel) -> None:
    """Have the provider send a link once more. Calls out.

    Raises Rejected where it can't be sent, or was a moment ago; OutcomeUnknown where the reply was lost.
    That isn't tried again: it is written down, and whoever reads it asks the payer.
    """
    with app.db.unit_of_work(actor.tenant_id, read_only=True) as session:
        link = session.get_one(PaymentLink, link_id)
        account = connections.get_account(session, link.account_id)
        written = (LinkEvent.name.in_(_WRITTEN), LinkEvent.at > app.clock() - _PAUSE)
        newest = session.scalars(select(LinkEvent).where(LinkEvent.link_id == link_id, *written)).all()
    provider = app.plugins.payment_providers.get(account.provider) if account else None
    if channel not in channels_of(link, provider) or link.provider_ref is None:
        raise Rejected("not_sendable", _("This link can't be sent in this way."))
    if any(event.detail.get("channel") == channel for event in newest):
        raise Rejected(
            "sent_just_now",
            _("It was sent in this way less than ten minutes ago. Nothing was sent now."),
        )
    try:
        with connections.watched_account(app, actor.tenant_id, link.account_id) as port:
            port.notify(link.provider_ref, channel)
    except OutcomeUnknown:
        _write(app, actor, link_id, channel, known=False)
        raise
    _write(app, actor, link_id, channel, known=True)


def _write(app: App, actor: Member, link_id: str, channel: Channel, *, known: bool) -> None:
    with app.db.unit_of_work(actor.tenant_id) as session:
        ledger.sent(Book(app, session, link_id), channel, known=known)
        audit.record(session, "link.sent", link_id, actor_id=actor.user_id, channel=channel, known=known)

"""Payment links: made once each, looked up, closed. The one door for the other domains."""

import time
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import select

from core.api.errors import NotSent
from core.app import App
from core.audit import service as audit
from core.connections import service as connections
from core.db.faultpoints import reached
from core.jobs.runner import FINAL
from core.links import ledger
from core.links.at_provider import link_url
from core.links.checking import Checked, check, in_words, news_since
from core.links.chosen import Chosen, Left, choose, closable, deactivate_chosen
from core.links.closing import (
    Closings,
    can_close,
    close_links,
    closing_of,
    closings_of,
    open_links_by_account,
    open_links_of,
)
from core.links.drafts import NewLink, write_draft
from core.links.handing import (
    HandoverRefused,
    count_held,
    hand_over,
    hand_over_link,
    holders,
    receiver,
    receivers,
)
from core.links.models import Payment, PaymentLink
from core.links.narrowing import Between, LinkFilter, Rep
from core.links.paging import BadCursor, By, Order
from core.links.past import past_events
from core.links.payers import payers_of
from core.links.queries import (
    accounts_paid_on,
    disputes_of,
    get_link,
    history_of,
    links_of_record,
    payments_of,
    refunds_of,
)
from core.links.sending import channels_of, send_again
from core.links.slots import shown_with_link, shown_with_record
from core.links.sums import RecordSums, Totals, paid_of, paid_on, sums_of_record
from core.links.sweep import recheck, waiting
from core.links.terms import Offer, Terms, offer_of, problems
from core.links.walking import LinkPage, list_links
from core.people.service import Member

MAX_QUANTITY = 999_999

_WAIT = 5.0  # seconds a second click waits for the first


@dataclass(frozen=True, slots=True)
class Made:
    """What came of it.

    ``open``: the link is there. ``checking``: nobody knows yet whether the provider made it, and a
    job finds out. ``failed``: certainly not made. ``unknown``: nobody could find out. ``reason``
    says why.
    """

    link_id: str
    outcome: Literal["open", "checking", "failed", "unknown"]
    reason: str | None = None


def create(app: App, actor: Member, new: NewLink) -> Made:
    """Make a payment link on a record; the same form, sent twice, gives the same link.

    The draft is committed with its idempotency key before the provider is asked, so that a lost
    reply or a crash is answered by asking again under the same key. Calls out.
    """
    if not 1 <= new.quantity <= MAX_QUANTITY:
        raise ValueError(f"a quantity is 1 to {MAX_QUANTITY}")
    reached("link.asked")
    link_id = write_draft(app, actor, new)
    if link_id is not None:
        reached("link.drafted")
        # What the provider certainly didn't do isn't tried again behind the rep's back: the rep is
        # told so and decides. Only an unknown outcome goes on being looked into.
        final = (*FINAL, NotSent)
        state = app.jobs.run(app, PaymentLink.__tablename__, link_id, now=True, final=final)
        return Made(link_id, "open") if state == "done" else made(app, actor.tenant_id, link_id)
    return _wait_for_first_click(app, actor.tenant_id, new.once_key)


def _wait_for_first_click(app: App, tenant_id: str, once_key: str) -> Made:
    deadline = time.monotonic() + _WAIT
    while True:
        with app.db.unit_of_work(tenant_id, read_only=True) as session:
            link = session.scalars(select(PaymentLink).where(PaymentLink.form_key == once_key)).one()
        at_work = link.job_state == "running" or link.attempts == 0
        if not at_work or time.monotonic() > deadline:
            return made_of(link)
        time.sleep(0.1)


def made(app: App, tenant_id: str, link_id: str) -> Made:
    """What has come of making a link so far."""
    with app.db.unit_of_work(tenant_id, read_only=True) as session:
        return made_of(session.get_one(PaymentLink, link_id))


def made_of(link: PaymentLink) -> Made:
    """What had come of making a link when it was read."""
    if link.state != "draft":
        return Made(link.id, "open")
    if link.job_state == "skipped":
        return Made(link.id, "failed", link.result)
    if link.job_state == "failed":
        return Made(link.id, "failed" if link.attempts == 1 else "unknown", link.result)
    return Made(link.id, "checking", link.last_error)


def find(
    app: App,
    tenant_id: str,
    account_id: str,
    link_id: str | None,
    ref: str | None,
    intent_ref: str | None = None,
) -> str | None:
    """The link that an event of an account is about; None where it is none of ours.

    The event names it by the provider's id (``ref``) or by ours (``link_id``), or else it names the
    payment (``intent_ref``). An event may come before the answer that made the link: then our id in
    it tells the provider's.
    """
    of_account = select(PaymentLink).where(PaymentLink.account_id == account_id)
    with app.db.unit_of_work(tenant_id, read_only=True) as session:
        if ref:
            known = session.scalar(of_account.where(PaymentLink.provider_ref == ref))
            if known:
                return known.id
        link = session.scalar(of_account.where(PaymentLink.id == link_id)) if link_id else None
        if intent_ref and not (ref or link):
            return session.scalar(
                select(Payment.link_id).where(
                    Payment.account_id == account_id, Payment.intent_ref == intent_ref
                )
            )
    # Whoever copies a link at the provider copies our id along: that is another link, not ours.
    return link.id if link and (link.provider_ref is None or ref is None) else None


def refresh(app: App, tenant_id: str, link_id: str, ref: str | None = None) -> bool:
    """Ask the provider for the truth about a link and write it down; see ledger. Calls out."""
    return ledger.refresh(app, tenant_id, link_id, ref)


def deactivate(app: App, actor: Member, link_id: str) -> bool:
    """Have the provider take no more payments on a link; False where there is none. Calls out."""
    with app.db.unit_of_work(actor.tenant_id, read_only=True) as session:
        link = session.get(PaymentLink, link_id)
    if link is None or link.provider_ref is None:
        return False
    with connections.watched_account(app, actor.tenant_id, link.account_id) as port:
        status = port.deactivate_link(link.provider_ref)
    ledger.write_down(app, actor.tenant_id, link_id, status, by=actor.user_id)
    with app.db.unit_of_work(actor.tenant_id) as session:
        audit.record(session, "link.deactivated", link_id, actor_id=actor.user_id)
    return True


__all__ = [
    "MAX_QUANTITY",
    "BadCursor",
    "Between",
    "By",
    "Checked",
    "Chosen",
    "Closings",
    "HandoverRefused",
    "Left",
    "LinkFilter",
    "LinkPage",
    "Made",
    "NewLink",
    "Offer",
    "Order",
    "RecordSums",
    "Rep",
    "Terms",
    "Totals",
    "accounts_paid_on",
    "can_close",
    "channels_of",
    "check",
    "choose",
    "closable",
    "close_links",
    "closing_of",
    "closings_of",
    "count_held",
    "create",
    "deactivate",
    "deactivate_chosen",
    "disputes_of",
    "find",
    "get_link",
    "hand_over",
    "hand_over_link",
    "history_of",
    "holders",
    "in_words",
    "link_url",
    "links_of_record",
    "list_links",
    "made",
    "made_of",
    "news_since",
    "offer_of",
    "open_links_by_account",
    "open_links_of",
    "paid_of",
    "paid_on",
    "past_events",
    "payers_of",
    "payments_of",
    "problems",
    "receiver",
    "receivers",
    "recheck",
    "refresh",
    "refunds_of",
    "send_again",
    "shown_with_link",
    "shown_with_record",
    "sums_of_record",
    "waiting",
]

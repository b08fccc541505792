"""Payment links: made once each, looked up, closed. The one door for the other domains."""

import hashlib
import secrets
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from core.api.errors import NotSent
from core.api.money import Money
from core.api.payments import Payer, Product
from core.api.records import Record
from core.app import App
from core.audit import service as audit
from core.connections import service as connections
from core.db.faultpoints import reached
from core.jobs.runner import FINAL
from core.links import ledger
from core.links.checking import Checked, check, in_words, news_since
from core.links.models import Payment, PaymentLink
from core.links.queries import (
    LinkFilter,
    LinkPage,
    Rep,
    accounts_paid_on,
    disputes_of,
    get_link,
    history_of,
    links_of_record,
    list_links,
    payments_of,
    refunds_of,
)
from core.links.sending import channels_of, send_again
from core.links.slots import shown_with_link, shown_with_record
from core.links.sums import Totals, paid_on, totals
from core.links.sweep import FIRST_LOOK, recheck, waiting
from core.links.terms import PLAIN, Offer, Terms, offer_of, problems
from core.people.service import Member

MAX_QUANTITY = 999_999

#: While the request that made a draft is at work on it, nobody else is; after a crash the draft
#: is taken up again this much later.
_GRACE = timedelta(seconds=90)
_WAIT = 5.0  # seconds a second click waits for the first


@dataclass(frozen=True, slots=True)
class NewLink:
    """What to make a link for. ``form_key`` is that of the open form. ``terms`` are what is asked for
    beside the amount."""

    account_id: str
    crm: str
    record: Record
    product: Product
    quantity: int
    form_key: str
    terms: Terms = PLAIN

    @property
    def amount(self) -> Money:
        return self.product.price * self.quantity

    @property
    def once_key(self) -> str:
        """The same for a form that is sent twice; another for one that was changed in between."""
        ref = self.record.ref
        said = (self.account_id, self.crm, ref.kind, ref.id, self.product.ref, str(self.quantity))
        all_said = (self.form_key, *said, *self.terms.said())
        return hashlib.sha256("\n".join(all_said).encode()).hexdigest()


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
    link_id = _write_draft(app, actor, new)
    if link_id is not None:
        reached("link.drafted")
        # What the provider certainly didn't do isn't tried again behind the rep's back: the rep is
        # told so and decides. Only an unknown outcome goes on being looked into.
        final = (*FINAL, NotSent)
        state = app.jobs.run(app, PaymentLink.__tablename__, link_id, now=True, final=final)
        return Made(link_id, "open") if state == "done" else made(app, actor.tenant_id, link_id)
    return _wait_for_first_click(app, actor.tenant_id, new.once_key)


def _write_draft(app: App, actor: Member, new: NewLink) -> str | None:
    terms, payer = new.terms, new.terms.payer or Payer()
    link = PaymentLink(
        tenant_id=actor.tenant_id,
        record_key="",
        account_id=new.account_id,
        crm=new.crm,
        record_kind=new.record.ref.kind,
        record_id=new.record.ref.id,
        record_title=new.record.title,
        record_url=new.record.url,
        record_owner_id=new.record.owner.id if new.record.owner else None,
        created_by=actor.user_id,
        form_key=new.once_key,
        idempotency_key="",
        product_ref=new.product.ref,
        product_name=new.product.name,
        unit_price=new.product.price,
        quantity=new.quantity,
        amount=new.amount,
        mode="test",
        payer_token=secrets.token_urlsafe(24),
        due_at=app.clock() + _GRACE,
        check_at=app.clock() + FIRST_LOOK,
        expires_at=terms.expires_at,
        expiry_at=terms.expires_at,
        first_part_minor=terms.first_part.minor if terms.first_part else None,
        payer_name=payer.name,
        payer_email=payer.email,
        payer_phone=payer.phone,
        send_by=" ".join(sorted(terms.notify)),
    )
    link.record_key = link.id
    link.idempotency_key = f"{link.id}-{secrets.token_hex(8)}"
    try:
        with app.db.unit_of_work(actor.tenant_id) as session:
            account = connections.get_account(session, new.account_id)
            if account is None or not account.active:
                raise connections.NotConnected("This payment account is not active any more.")
            _check_terms(app, account.provider, new)
            link.mode = account.mode
            app.jobs.submit(session, link)
            audit.record(
                session,
                "link.requested",
                link.id,
                actor_id=actor.user_id,
                amount=str(new.amount),
                record=f"{new.record.ref.kind} {new.record.ref.id}",
            )
            reached("link.draft_written")
    except IntegrityError:
        return None
    return link.id


def _check_terms(app: App, provider: str, new: NewLink) -> None:
    """Raises ValueError: whoever asks knows the offer."""
    offer = offer_of(app.plugins.payment_providers[provider])
    for problem in problems(new.terms, new.amount, offer, app.clock()):
        raise ValueError(problem.message)


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
    ledger.write_down(app, actor.tenant_id, link_id, status)
    with app.db.unit_of_work(actor.tenant_id) as session:
        audit.record(session, "link.deactivated", link_id, actor_id=actor.user_id)
    return True


__all__ = [
    "MAX_QUANTITY",
    "Checked",
    "LinkFilter",
    "LinkPage",
    "Made",
    "NewLink",
    "Offer",
    "Rep",
    "Terms",
    "Totals",
    "accounts_paid_on",
    "channels_of",
    "check",
    "create",
    "deactivate",
    "disputes_of",
    "find",
    "get_link",
    "history_of",
    "in_words",
    "links_of_record",
    "list_links",
    "made",
    "made_of",
    "news_since",
    "offer_of",
    "paid_on",
    "payments_of",
    "problems",
    "recheck",
    "refresh",
    "refunds_of",
    "send_again",
    "shown_with_link",
    "shown_with_record",
    "totals",
    "waiting",
]

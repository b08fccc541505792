"""What a link is asked for, written down before anybody is asked for it."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.exc import IntegrityError

from core.api.money import Money
from core.api.payments import Payer, Product
from core.api.records import Record
from core.api.text import _
from core.app import App
from core.audit import service as audit
from core.connections import service as connections
from core.db.faultpoints import reached
from core.links.models import LinkText, PaymentLink
from core.links.sweep import FIRST_LOOK
from core.links.terms import PLAIN, Terms, offer_of, problems
from core.links.texts import text_of
from core.people.service import Member

#: While the request that made a draft is at work on it, nobody else is; after a crash the draft
#: is taken up again this much later.
_GRACE = timedelta(seconds=90)


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


def write_draft(app: App, actor: Member, new: NewLink) -> str | None:
    """Write the draft of a link, with its work; its id, or None where the same form was sent before.

    Raises NotConnected where the account is closed, ValueError for terms that it doesn't offer.
    """
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
                raise connections.NotConnected(_("This payment account is not active any more."))
            _check_terms(app, account.provider, new)
            link.mode = account.mode
            app.jobs.submit(session, link)
            session.flush()
            session.add(LinkText(link_id=link.id, text=text_of(link)))
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

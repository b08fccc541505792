"""Who has paid a link, or is asked to, in a few words."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.api.payments import PaymentState
from core.links.models import Payment, PaymentLink


def payers_of(session: Session, links: Sequence[PaymentLink]) -> Mapping[str, str]:
    """Of each of ``links`` the one who paid first, or else whom it was sent to: one query."""
    paid = (
        select(Payment.link_id, Payment.payer_name, Payment.payer_email)
        .where(
            Payment.link_id.in_([link.id for link in links]),
            Payment.state.in_((PaymentState.SUCCEEDED, PaymentState.PENDING)),
        )
        .order_by(Payment.link_id, Payment.id.desc())
    )
    asked = {link.id: link.payer_name or link.payer_email or "" for link in links}
    return asked | {id: name or email or "" for id, name, email in session.execute(paid)}

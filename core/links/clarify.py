"""Whether a draft was made after all, where every answer that would have told was lost."""

from datetime import timedelta

from sqlalchemy import update

from core.api.actions import Done, Outcome, Skipped
from core.api.errors import NotSent, Unsupported
from core.api.text import N_, _
from core.app import App
from core.connections import service as connections
from core.links import ledger
from core.links.models import PaymentLink

OPEN = Done(N_("The link is open."))
NOT_MADE = N_("It was not made: the provider has no link of this draft. Make it again.")

#: The provider's clock may be behind ours, and its list is asked for by time.
_SKEW = timedelta(hours=1)
#: A request that was on its way when its answer was lost has been carried out by now, or never will.
SETTLED = timedelta(minutes=10)


def unclear(link: PaymentLink) -> bool:
    """Whether it was given up without an answer: a first try that is refused says all there is."""
    return link.state == "draft" and link.job_state == "failed" and link.attempts > 1


def find(app: App, tenant_id: str, link: PaymentLink) -> bool:
    """Look for a draft at the provider by our id; where it is there, it is open from now on.

    Raises Unsupported where the provider can't be asked that. Calls out.
    """
    with connections.watched_account(app, tenant_id, link.account_id) as port:
        found = port.find_link(link.id, link.created_at - _SKEW)
    if found is None:
        return False
    ledger.opened(app, tenant_id, link.id, found)
    return True


def clarify(app: App, tenant_id: str, link_id: str) -> Outcome | None:
    """Find out about a draft that was given up; None where it is none, or nobody can tell.

    Whoever asked for it is told what came of it by the row, as if the job had found out. Calls out.
    """
    with app.db.unit_of_work(tenant_id, read_only=True) as session:
        link = session.get_one(PaymentLink, link_id)
    if not unclear(link):
        return None
    if link.finished_at and app.clock() - link.finished_at < SETTLED:
        raise NotSent(_("It was tried a moment ago: look again in a few minutes."))
    try:
        made = find(app, tenant_id, link)
    except Unsupported:
        return None
    state, words = ("done", OPEN.summary) if made else ("skipped", NOT_MADE)
    with app.db.unit_of_work(tenant_id) as session:
        session.execute(
            update(PaymentLink)
            .where(PaymentLink.id == link_id, PaymentLink.job_state == "failed")
            .values(job_state=state, result=words, checked_at=app.clock())
        )
    return OPEN if made else Skipped(NOT_MADE)

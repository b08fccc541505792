"""Taking links back at their provider: each once, as work that a crash doesn't lose."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.api.actions import Done, Outcome, Skipped
from core.api.text import N_
from core.app import App
from core.audit import service as audit
from core.connections import service as connections
from core.connections.service import PaymentAccount
from core.links import ledger
from core.links.models import IS_PAYABLE, LinkClosing, PaymentLink
from core.people.service import Member

#: Rows in one transaction, and in one request.
_AT_ONCE = 200
MOST_AT_ONCE = 5000

#: That a link is on its way to be closed.
UNDER_WAY = LinkClosing.job_state.in_(("pending", "running"))


@dataclass(frozen=True, slots=True)
class Closings:
    """How far the closing of an account's links is."""

    waiting: int = 0
    done: int = 0
    failed: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.waiting + self.done + self.failed


def open_links_by_account(session: Session) -> dict[str, int]:
    """How many links of each account take payments, as far as is known."""
    count = (
        select(PaymentLink.account_id, func.count(PaymentLink.id))
        .where(IS_PAYABLE)
        .group_by(PaymentLink.account_id)
    )
    return dict(session.execute(count).all())


def open_links_of(session: Session, account_id: str) -> int:
    """How many links of one account take payments, as far as is known."""
    mine = select(func.count(PaymentLink.id)).where(PaymentLink.account_id == account_id, IS_PAYABLE)
    return session.scalar(mine) or 0


def close_links(app: App, actor: Member, account_id: str) -> int:
    """Have every open link of an account taken back, by jobs; how many, MOST_AT_ONCE at most.

    A link that is on its way to be closed isn't asked for again; one that could not be closed is.
    """
    after, count = "", 0
    waiting = select(LinkClosing.link_id).where(UNDER_WAY)
    some = (
        select(PaymentLink.id)
        .where(
            PaymentLink.account_id == account_id,
            IS_PAYABLE,
            PaymentLink.id.not_in(waiting),
        )
        .order_by(PaymentLink.id)
        .limit(_AT_ONCE)
    )
    while count < MOST_AT_ONCE:
        with app.db.unit_of_work(actor.tenant_id) as session:
            # Two clicks at once take their turns: a link is closed by one row.
            if connections.lock_account(session, account_id) is None:
                return count
            ids = list(session.scalars(some.where(PaymentLink.id > after)))
            ask(app, session, actor, dict.fromkeys(ids, account_id))
            if ids:
                audit.record(
                    session, "account.links_closed", account_id, actor_id=actor.user_id, count=len(ids)
                )
        count += len(ids)
        if len(ids) < _AT_ONCE:
            break
        after = ids[-1]
    return count


def ask(app: App, session: Session, actor: Member, account_ids: Mapping[str, str]) -> None:
    """Write the work of closing each link: that of an earlier time, or a new one.

    ``account_ids`` are those of the links' accounts, by the links' ids. The caller has locked them.
    """
    asked = select(LinkClosing).where(LinkClosing.link_id.in_(list(account_ids)))
    known = {row.link_id: row for row in session.scalars(asked)}
    for link_id, account_id in account_ids.items():
        row = known.get(link_id)
        if row is None:
            new = LinkClosing(
                link_id=link_id, account_id=account_id, asked_by=actor.user_id, record_key=link_id
            )
            app.jobs.submit(session, new)
        else:
            row.asked_by, row.result, row.last_error = actor.user_id, None, None
            app.jobs.retry(session, row)


def can_close(app: App, account: PaymentAccount) -> bool:
    """Whether links of the account can be taken back: its provider's plugin is here and does it."""
    provider = app.plugins.payment_providers.get(account.provider)
    return provider is not None and "deactivate_link" in provider.capabilities


def closing_of(session: Session, link_id: str) -> LinkClosing | None:
    """The work of closing one link, where it was ever asked for."""
    return session.scalars(select(LinkClosing).where(LinkClosing.link_id == link_id)).one_or_none()


def closings_of(session: Session, account_id: str) -> Closings:
    """How far the closing of an account's links is, all that were ever asked for."""
    query = (
        select(LinkClosing.job_state, func.count(LinkClosing.id))
        .where(LinkClosing.account_id == account_id)
        .group_by(LinkClosing.job_state)
    )
    found: dict[str, int] = dict(session.execute(query).all())
    return Closings(
        waiting=found.get("pending", 0) + found.get("running", 0),
        done=found.get("done", 0) + found.get("skipped", 0),
        failed=found.get("failed", 0),
    )


def close_link(app: App, tenant_id: str, closing_id: str) -> Outcome:
    """Take one link back; twice is fine, so that after a lost reply it is simply done again."""
    with app.db.unit_of_work(tenant_id, read_only=True) as session:
        closing = session.get_one(LinkClosing, closing_id)
        link = session.get_one(PaymentLink, closing.link_id)
    if not link.payable or link.provider_ref is None:
        return Skipped(N_("The link took no payments any more."))
    with connections.watched_account(app, tenant_id, link.account_id) as port:
        status = port.deactivate_link(link.provider_ref)
    ledger.write_down(app, tenant_id, link.id, status, by=closing.asked_by)
    with app.db.unit_of_work(tenant_id) as session:
        audit.record(session, "link.deactivated", link.id, actor_id=closing.asked_by)
    return Done(N_("The link takes no payments any more."))

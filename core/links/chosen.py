"""Deactivating the links that a member has chosen in the logs."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.api.money import Money
from core.app import App
from core.audit import service as audit
from core.connections import service as connections
from core.connections.service import PaymentAccount
from core.links.closing import UNDER_WAY, ask, can_close
from core.links.models import LinkClosing, PaymentLink
from core.links.narrowing import Rep, never_made, seen_by
from core.people.service import Member

#: Links of one choice; a page of the logs has half as many.
MOST_CHOSEN = 100

#: Why a link is left as it is. ``closed``: it takes no payments; ``waiting``: it is being deactivated
#: already; ``kept``: it can't be taken back at its provider; ``unknown``: it isn't there or isn't the
#: member's to see, and nobody is told which; ``many``: it came after MOST_CHOSEN others.
Left = Literal["paid", "closed", "waiting", "kept", "unknown", "many"]


@dataclass(frozen=True, slots=True)
class Chosen:
    """The links of a choice that can be deactivated, in its order, and how many others there are."""

    links: list[PaymentLink]
    left: Mapping[Left, int]

    @property
    def sums(self) -> list[tuple[str, Money]]:
        """What the links ask for, by mode and currency, live ones first."""
        sums: Counter[tuple[str, str]] = Counter()
        for link in self.links:
            sums[link.mode, link.amount.currency] += link.amount.minor
        return [(mode, Money(minor, code)) for (mode, code), minor in sorted(sums.items())]


def closable(
    app: App, links: Iterable[PaymentLink], accounts: Iterable[PaymentAccount]
) -> Collection[str]:
    """The ids of those of ``links`` that can be deactivated; ``accounts`` are the workspace's."""
    able = {account.id for account in accounts if can_close(app, account)}
    return {link.id for link in links if link.payable and link.account_id in able}


def choose(app: App, session: Session, link_ids: Iterable[str], rep: Rep | None) -> Chosen:
    """What of a choice can be deactivated: links that the logs show to the member, whose ``rep`` it is,
    and that take payments."""
    wanted = _each_once(link_ids)
    ids = wanted[:MOST_CHOSEN]
    shown = select(PaymentLink).where(PaymentLink.id.in_(ids), *seen_by(rep), ~never_made())
    found = sorted(session.scalars(shown), key=lambda link: ids.index(link.id))
    able = closable(app, found, connections.list_accounts(session))
    waiting = set(
        session.scalars(
            select(LinkClosing.link_id).where(LinkClosing.link_id.in_(list(able)), UNDER_WAY)
        )
    )
    links: list[PaymentLink] = []
    left = Counter[Left]({"unknown": len(ids) - len(found), "many": len(wanted) - len(ids)})
    for link in found:
        if link.id in waiting:
            left["waiting"] += 1
        elif link.id in able:
            links.append(link)
        else:
            left["kept" if link.payable else "paid" if link.state == "paid" else "closed"] += 1
    return Chosen(links, +left)


def deactivate_chosen(app: App, actor: Member, link_ids: Iterable[str], rep: Rep | None) -> Chosen:
    """Have jobs deactivate what of a choice can be, in one transaction; what was found to do then, which
    may be less than the member was told before."""
    ids = _each_once(link_ids)
    mine = PaymentLink.id.in_(ids[:MOST_CHOSEN])
    accounts = select(PaymentLink.account_id).where(mine, *seen_by(rep)).distinct()
    with app.db.unit_of_work(actor.tenant_id) as session:
        # As in close_links, a link is closed by one row; in one order, so that nobody waits in a circle.
        for account_id in sorted(session.scalars(accounts)):
            connections.lock_account(session, account_id)
        chosen = choose(app, session, ids, rep)
        if chosen.links:
            account_ids = {link.id: link.account_id for link in chosen.links}
            ask(app, session, actor, account_ids)
            audit.record(
                session,
                "links.closing_asked",
                actor.tenant_id,
                actor_id=actor.user_id,
                links=list(account_ids),
            )
    return chosen


def _each_once(link_ids: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(link_ids))

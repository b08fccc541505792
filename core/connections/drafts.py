"""Drafts of accounts: each is asked about again, until its key was checked or for a day."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.api.text import show
from core.app import App
from core.connections.accounts import list_drafts
from core.connections.adding import check_key
from core.connections.checkup import finding_of
from core.connections.connecting import Connected, take_steps
from core.connections.models import PaymentAccount
from core.connections.rounds import AccountRef, go_round
from core.db.session import ALL_TENANTS
from core.people.service import Member

#: How often the round is made and how long it may take, in seconds.
EVERY = 600.0
_SECONDS = 120.0
_TRIED_FOR = timedelta(days=1)
_MOST = 200

DraftState = Literal["waiting", "given_up", "refused"]


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft as a person reads of it: whether it waits for its provider's answer or for somebody.

    ``problem`` is what came of asking last; ``until`` is when it is given up.
    """

    account: PaymentAccount
    name: str
    state: DraftState
    problem: str
    until: datetime


def check_draft(app: App, actor: Member, account_id: str) -> Connected:
    """Check the key of a draft now, and take the steps that remain.

    Raises what the provider says, and NotConnected where there is no such draft any more. Calls out.
    """
    check_key(app, actor.tenant_id, account_id, actor.user_id)
    return take_steps(app, actor.tenant_id, account_id)


def drafts(app: App, session: Session) -> list[Draft]:
    """The workspace's drafts, oldest first."""
    return [
        Draft(one, draft_name(app, one), _state(app, one), _problem(one), one.created_at + _TRIED_FOR)
        for one in list_drafts(session)
    ]


def draft_name(app: App, draft: PaymentAccount) -> str:
    """What people called it, or the name of its provider."""
    provider = app.plugins.payment_providers.get(draft.provider)
    return draft.label or (provider.name if provider else draft.provider)


def check_drafts(app: App) -> str | None:
    """Check the keys of the drafts that wait, those first whose turn was longest ago."""
    found = go_round(_waiting(app), lambda draft, _: _visit(app, draft), _SECONDS)
    if not found.results and not found.failed:
        return None
    return f"{len(found.results)} drafts of accounts were connected.{found.failures}"


def _waiting(app: App) -> list[AccountRef]:
    young = select(PaymentAccount).where(
        PaymentAccount.draft,
        PaymentAccount.created_at > app.clock() - _TRIED_FOR,
        PaymentAccount.provider.in_(app.plugins.payment_providers),
    )
    with app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
        drafts = list(session.scalars(young.order_by(PaymentAccount.checked_at).limit(_MOST)))
    return [
        AccountRef(one.tenant_id, one.id, one.provider, one.label)
        for one in drafts
        if _state(app, one) == "waiting"
    ]


def _state(app: App, draft: PaymentAccount) -> DraftState:
    found = finding_of(draft, "key")
    if found and found["state"] == "bad":
        return "refused"
    return "waiting" if app.clock() < draft.created_at + _TRIED_FOR else "given_up"


def _problem(draft: PaymentAccount) -> str:
    found = finding_of(draft, "key")
    return show(found["problem"]) if found else ""


def _visit(app: App, draft: AccountRef) -> Connected:
    check_key(app, draft.tenant_id, draft.id)
    return take_steps(app, draft.tenant_id, draft.id)

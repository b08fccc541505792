"""Going round the accounts at their providers: a few at once, for a limited time.

One account that fails stops no other, and a provider that doesn't answer is not asked about all of
its accounts in turn.
"""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import structlog
from sqlalchemy import ColumnElement, select

from core.api.errors import DealpayError, NotSent, Rejected
from core.app import App
from core.connections.models import PaymentAccount
from core.db.session import ALL_TENANTS
from core.plugin_host.tracing import Purpose, made_for

R = TypeVar("R")
log = structlog.get_logger(__name__)

_THREADS = 4
#: So many accounts in a row without an answer, and the provider is left alone until the next round.
_DOWN = 3


@dataclass(frozen=True, slots=True)
class AccountRef:
    """Which account, whose, and at which provider."""

    tenant_id: str
    id: str
    provider: str
    label: str


@dataclass(slots=True)
class Round(Generic[R]):
    """What came of a round: the answers, what failed and why, and how many it didn't get to."""

    results: list[R] = field(default_factory=list)
    failed: list[tuple[AccountRef, str]] = field(default_factory=list)
    left: int = 0

    @property
    def failures(self) -> str:
        """A sentence to put behind another one; empty where nothing failed."""
        if not self.failed and not self.left:
            return ""
        named = "; ".join(f"{account.id}: {reason}" for account, reason in self.failed[:3])
        parts = [f"{len(self.failed)} accounts failed ({named})"] if self.failed else []
        parts += [f"{self.left} wait for the next round"] if self.left else []
        return f" {', '.join(parts)}."


def go_round(
    accounts: Sequence[AccountRef], visit: Callable[[AccountRef, float], R], seconds: float
) -> Round[R]:
    """Visit each account; begin no visit later than ``seconds`` from now.

    ``visit(account, until)`` may raise; ``until`` is when it should come to an end, as
    ``time.monotonic()`` counts.
    """
    until = time.monotonic() + seconds
    found, silent = Round[R](), Counter[str]()

    def one(account: AccountRef) -> None:
        if time.monotonic() > until or silent[account.provider] >= _DOWN:
            found.left += 1
            return
        try:
            with made_for(Purpose(lambda: account.tenant_id, "payment_accounts", account.id)):
                found.results.append(visit(account, until))
            silent[account.provider] = 0
        except DealpayError as error:
            found.failed.append((account, reason_of(error)))
            if isinstance(error, NotSent) and error.retry_after is None:
                silent[account.provider] += 1
        except Exception as error:
            log.exception("round.crashed", account_id=account.id)
            found.failed.append((account, type(error).__name__))

    with ThreadPoolExecutor(_THREADS, thread_name_prefix="round") as pool:
        list(pool.map(one, accounts))
    return found


def reason_of(error: DealpayError) -> str:
    """What a person reads about a failure."""
    return error.user_message if isinstance(error, Rejected) else str(error)


def accounts_by(app: App, due: Any, *where: ColumnElement[bool], limit: int) -> list[AccountRef]:
    """Accounts of all workspaces for which ``due`` is a time, the earliest first; no drafts."""
    query = (
        select(
            PaymentAccount.tenant_id, PaymentAccount.id, PaymentAccount.provider, PaymentAccount.label
        )
        .where(due.is_not(None), ~PaymentAccount.draft, *where)
        .order_by(due)
        .limit(limit)
    )
    with app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
        return [AccountRef(*row) for row in session.execute(query)]

"""What a plugin is handed, for its tests: contexts with everything kept in memory, and an event."""

import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

import requests

from core.api.actions import DomainEvent, LinkFacts, PaymentFacts
from core.api.context import ActionContext, Crm, CrmContext, ProviderContext
from core.api.errors import CredentialsError, NotSent, Rejected
from core.api.money import Money
from core.api.payments import Account
from core.api.records import RecordRef
from core.api.settings import Settings
from core.plugin_host.preview import reading

S = TypeVar("S", bound=Settings)


class Log:
    """A logger that keeps its lines, so that a test can look for a secret in them."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, dict[str, Any]]] = []

    def info(self, event: str, **values: Any) -> None:
        self.lines.append((event, values))

    def warning(self, event: str, **values: Any) -> None:
        self.lines.append((event, values))


class Buckets:
    """``ctx.token_bucket`` without waiting: counts the tokens, and remembers the pauses."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, float, int]] = []
        self.taken = 0
        self.pauses: list[float] = []
        self._lock = threading.Lock()

    def __call__(self, credential: str, per_second: float, burst: int) -> "Buckets":
        self.asked.append((credential, per_second, burst))
        return self

    def acquire(self, timeout: float) -> None:
        with self._lock:
            self.taken += 1

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)


class Steps:
    """``ctx.once`` of one run: give the same one to each attempt."""

    def __init__(self) -> None:
        self.begun: set[str] = set()
        self.results: dict[str, str] = {}
        #: Whether a step is being done at this moment.
        self.doing = False

    def __call__(
        self, step: str, do: Callable[[], str], *, find: Callable[[], str | None] | None = None
    ) -> str:
        result = self.results.get(step)
        if result is None and find and step in self.begun:
            result = find()
        if result is None:
            self.begun.add(step)
            self.doing = True
            try:
                result = do()
            except (NotSent, Rejected, CredentialsError):
                self.begun.discard(step)
                raise
            finally:
                self.doing = False
        self.results[step] = result
        return result


def provider_context(
    settings: S,
    *,
    http: requests.Session,
    options: Mapping[str, str],
    account: Account | None = None,
    idempotency_key: str | None = None,
    timeout: float = 10.0,
) -> ProviderContext[S]:
    """What a payment provider is handed."""
    return ProviderContext(
        options=options,
        http=http,
        clock=lambda: datetime.now(UTC),
        log=Log(),
        settings=settings,
        account=account,
        idempotency_key=idempotency_key,
        timeout=timeout,
    )


def crm_context(
    settings: S,
    *,
    http: requests.Session,
    options: Mapping[str, str],
    buckets: Buckets | None = None,
    timeout: float = 10.0,
) -> CrmContext[S]:
    """What a CRM connector is handed."""
    return CrmContext(
        options=options,
        http=http,
        clock=lambda: datetime.now(UTC),
        log=Log(),
        settings=settings,
        token_bucket=buckets or Buckets(),
        timeout=timeout,
    )


def action_context(
    crm: Crm,
    *,
    http: requests.Session,
    record_kinds: tuple[str, ...] = ("lead", "deal"),
    once: Steps | None = None,
    run_id: str = "01JD3ZS5V7",
) -> ActionContext:
    """What an action is handed; it reaches the CRM through ``crm``."""
    return ActionContext(
        options={},
        http=http,
        clock=lambda: datetime.now(UTC),
        log=Log(),
        crm=crm,
        record_kinds=record_kinds,
        once=once or Steps(),
        run_id=run_id,
    )


def preview_context(ctx: ActionContext) -> ActionContext:
    """The same for a preview: whatever would write, or send, raises Unsupported."""
    return reading(ctx)


#: When ``domain_event`` happens.
EVENT_AT = datetime(2026, 11, 3, 14, 5, tzinfo=UTC)


def domain_event(name: str, payment: PaymentFacts | None = None) -> DomainEvent:
    """Something that happened to a link for 1,250.00 INR on the deal "Office fit-out"."""
    link = LinkFacts(
        id="lnk_1",
        url="https://pay.example/1",
        amount=Money(125_000, "INR"),
        product="Unit",
        quantity=1250,
        mode="test",
        account="acct_1",
        created_at=EVENT_AT,
        created_by="Asha Rao",
    )
    subject_id = payment.id if payment else link.id
    deal = RecordRef("deal", "7")
    return DomainEvent(name, subject_id, EVENT_AT, deal, "Office fit-out", link, payment)

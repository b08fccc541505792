"""The world of one check of an action: an event, a CRM, and runs that may be tried again."""

from datetime import UTC, datetime, timedelta
from typing import Any

from core.api.actions import (
    DisputeFacts,
    DomainEvent,
    LinkFacts,
    Outcome,
    PaymentFacts,
    RefundFacts,
)
from core.api.context import ActionContext, Crm
from core.api.money import Money
from core.api.records import RecordRef
from core.api.settings import Settings
from core.testing.conformance.action.model import DEAL, KINDS, ModelCrm
from core.testing.conformance.driver import ActionDriver
from core.testing.conformance.rig import Address, Rig
from core.testing.context import Steps

_AT = datetime(2026, 11, 3, 14, 5, tzinfo=UTC)
_PAID = Money(125_000, "INR")
#: Events of a link that a payment has brought about.
_OF_A_PAYMENT = ("link.paid", "link.part_paid")


class ActionRig(Rig[ActionDriver]):
    """What a check needs again and again."""

    def __init__(self, driver: ActionDriver, address: Address):
        super().__init__(driver)
        self.address = address
        if driver.simulator:
            address.put(driver.simulator)
        self.steps = Steps()
        self.crm = ModelCrm(self.steps)
        self.config: Settings = driver.config(address.url)

    def context(self, crm: Crm | None = None) -> ActionContext:
        return ActionContext(
            options=self.driver.options(self.address.url),
            http=self.http,
            clock=lambda: datetime.now(UTC),
            log=self.log,
            crm=crm or self.crm,
            record_kinds=KINDS,
            once=self.steps,
            run_id="01JD3ZS5V7",
        )

    def run(self, event: DomainEvent | None = None, config: Settings | None = None) -> Outcome:
        """One attempt; each is of the same run, so that steps that are done stay done."""
        outcome: Outcome = self.call(
            "run",
            ctx=self.context(),
            event=event or self.event(),
            config=config or self.config,
        )
        return outcome

    def effects(self) -> list[str]:
        """What the action has brought about, in words."""
        return [*self.crm.written, *self.driver.effects(self.address.simulator)]

    def event(self, name: str = "", record: RecordRef = DEAL) -> DomainEvent:
        """Something that happened to a link, with all that the host tells of it."""
        name = name or self.driver.event or self.member.triggers[0]
        payment = PaymentFacts("pay_1", _PAID, "Asha Payer", "asha@payer.example", "card")
        refund = RefundFacts("ref_1", _PAID, "requested_by_customer")
        dispute = DisputeFacts("dis_1", _PAID, "open", "fraudulent", _AT + timedelta(days=9))
        about = name.partition(".")[0]
        gone = name in ("payment.refunded", "dispute.opened")
        link = LinkFacts(
            id="lnk_1",
            url="https://pay.example/1",
            amount=_PAID,
            product="Unit",
            quantity=1250,
            mode="test",
            account="acct_1",
            created_at=_AT,
            created_by="Asha Rao",
            left=Money(0, "INR") if gone else _PAID,
            due=Money(0, "INR"),
        )
        return DomainEvent(
            name,
            subject_id=f"{about}_1",
            at=_AT,
            record=record,
            record_title="Office fit-out",
            link=link,
            payment=None if about == "link" and name not in _OF_A_PAYMENT else payment,
            refund=refund if name == "payment.refunded" else None,
            dispute=dispute if about == "dispute" else None,
        )

    def choices(self, field: str, draft: dict[str, str]) -> Any:
        return self.call("choices", ctx=self.context(), field=field, draft=draft, query="")

    def close(self) -> None:
        super().close()
        self.address.clear()

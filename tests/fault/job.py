"""The whole job, from the rep's form to the deal in its new stage, and what must be true at its end."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from core.api.records import RecordRef
from core.db.session import ALL_TENANTS
from core.inbox.models import WebhookDelivery
from core.links.models import PaymentLink
from core.rules.models import ActionRun
from plugins.stripe_provider.mapping import LINK_ID
from plugins.stripe_provider.simulator.webhooks import delivered
from tests.fault.house import House
from tests.fault.people import Rep, pay
from tests.fault.processes import Supervised, eventually
from tests.pages import frame
from tests.workspace import DEAL, MOVE_DEAL, MOVE_LEAD, NOTE, PAID_NOTE, Workspace

#: Deals that the rule can move.
DEALS = [DEAL, *(RecordRef("deal", id) for id in ("4486", "4487", "4488"))]

#: The request that moves a deal.
MOVE = "POST /v1/deals/{id}/pipeline-stages/{id}/activate"

_WORK = (PaymentLink, WebhookDelivery, ActionRun)
_SETTLES_WITHIN = 60.0  # seconds; it takes two where nobody else is at work


@dataclass
class Job:
    """One run of it for a link on each of ``deals``, by processes that may be killed on the way."""

    house: House
    processes: list[Supervised]
    deals: list[RecordRef] = field(default_factory=lambda: [DEAL])

    @property
    def workspace(self) -> Workspace:
        return self.house.workspace

    def rep(self, deal: RecordRef = DEAL) -> Rep:
        return Rep(self.house.url, self.house.cookie, f"{deal.kind.upper()}/{deal.id}")

    def run(self, meanwhile: Callable[[], None] = lambda: None) -> None:
        """Reps and customers do their part; the rest has to happen by itself."""
        with ThreadPoolExecutor(len(self.deals)) as pool:
            parts = [pool.submit(self._part, deal) for deal in self.deals]
            meanwhile()
            for part in parts:
                part.result()
        self.settle()

    def settle(self) -> None:
        eventually(self._settled, "nothing is left to do", _SETTLES_WITHIN)

    def check(self) -> None:
        """Nothing is lost, and nothing is there twice."""
        links = self.workspace.rows(PaymentLink, PaymentLink.state != "draft")
        assert sorted(link.record_id for link in links) == [deal.id for deal in self.deals]
        # What the provider certainly didn't make; the rep was told so, and sent the form again.
        drafts = self.workspace.rows(PaymentLink, PaymentLink.state == "draft")
        assert [draft.job_state for draft in drafts] == ["failed"] * len(drafts)
        at_stripe = {one["id"]: one for one in self.workspace.stripe.all("payment_link")}
        assert len(at_stripe) == len(links)
        for link in links:
            assert at_stripe[link.provider_ref]["metadata"][LINK_ID] == link.id
            self._check_link(link)
            self._check_pages(link)
        self._check_deliveries()
        assert self.house.kylas.done.count(MOVE) == len(links)

    def _part(self, deal: RecordRef) -> None:
        pay(self.rep(deal).makes_link())

    def _settled(self) -> bool:
        """Whether every link is paid, every webhook taken, and no work left."""
        try:
            with self.workspace.app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
                paid = select(PaymentLink.id).where(PaymentLink.state == "paid")
                waiting = [
                    session.scalar(
                        select(func.count()).where(model.job_state.in_(("pending", "running")))
                    )
                    for model in _WORK
                ]
                all_paid = len(session.scalars(paid).all()) == len(self.deals)
        except OperationalError:
            return False
        account = self.workspace.stripe
        return (
            all_paid
            and not any(waiting)
            and all(delivered(account, one) for one in account.all("event"))
        )

    def _check_link(self, link: PaymentLink) -> None:
        workspace, deal = self.workspace, RecordRef("deal", link.record_id)
        assert (link.state, link.job_state) == ("paid", "done")
        (payment,) = workspace.payments(link.id)
        assert (payment.state, payment.amount, payment.problem) == ("succeeded", link.amount, None)
        assert workspace.events(link.id) == [
            "link.created",
            "link.opened",
            "payment.succeeded",
            "link.paid",
        ]
        ran = {NOTE: "done", MOVE_DEAL: "done", MOVE_LEAD: "skipped", PAID_NOTE: "done"}
        assert workspace.runs(link.id) == ran
        assert sorted(note.partition(" ")[0] for note in workspace.notes(deal)) == ["1.00", "Payment"]
        assert workspace.stage(deal) == "Won"

    def _check_deliveries(self) -> None:
        deliveries = self.workspace.deliveries()
        events = [delivery.event_id for delivery in deliveries]
        assert len(events) == len({*events})
        assert {one.job_state for one in deliveries} <= {"done", "skipped"}

    def _check_pages(self, link: PaymentLink) -> None:
        panel = frame("links", f"{link.record_kind.upper()}/{link.record_id}")
        for path in (f"/links/{link.id}", "/links", panel):
            assert "Paid" in self.rep().reads(path)

"""A connected workspace as a test sees it: it makes links, its customers pay, its jobs run."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import requests
from sqlalchemy import select

from core.api.money import Money
from core.api.payments import Product
from core.api.records import Record, RecordRef
from core.app import App
from core.connections import service as connections
from core.connections.models import PaymentAccount
from core.db.session import ALL_TENANTS
from core.inbox.models import WebhookDelivery
from core.jobs.local import run_due
from core.links import service as links
from core.links.models import LinkEvent, Payment, PaymentLink
from core.links.service import Made, NewLink
from core.people import service as people
from core.people.service import Member
from core.rules.models import ActionRun
from core.sandbox import demo
from plugins.kylas_crm.simulator import seed_data
from plugins.stripe_provider import mapping
from plugins.stripe_provider.simulator import catalog, disputes, refunds, seed
from plugins.stripe_provider.simulator.account import Account
from tests.simulators import Simulators
from tests.support import run_queue

DEAL = RecordRef("deal", "4485")
LEAD = RecordRef("lead", "3101")
NOTE = "Note when a link is made"
MOVE_DEAL, MOVE_LEAD = "Paid: deal to Won", "Paid: lead to Won"
PAID_NOTE = "Paid: note"


@dataclass(frozen=True)
class Workspace:
    """The workspace of core.sandbox.demo, and the other ends of its connections."""

    app: App
    sims: Simulators
    owner: Member
    account_id: str

    @classmethod
    def build(cls, app: App, sims: Simulators) -> "Workspace":
        demo.build(app)
        owner = people.member_by_email(app, demo.OWNER)
        assert owner
        with app.db.unit_of_work(owner.tenant_id, read_only=True) as session:
            (account,) = connections.list_accounts(session)
        return cls(app, sims, owner, account.id)

    @property
    def tenant_id(self) -> str:
        return self.owner.tenant_id

    # What there is

    def rows(self, model: type[Any], *where: Any) -> list[Any]:
        """Rows of this workspace, oldest first."""
        with self.app.db.unit_of_work(self.tenant_id, read_only=True) as session:
            return list(session.scalars(select(model).where(*where).order_by(model.id)))

    def account(self) -> PaymentAccount:
        with self.app.db.unit_of_work(self.tenant_id, read_only=True) as session:
            return session.get_one(PaymentAccount, self.account_id)

    def link(self, link_id: str) -> PaymentLink:
        with self.app.db.unit_of_work(self.tenant_id, read_only=True) as session:
            return session.get_one(PaymentLink, link_id)

    def payments(self, link_id: str) -> list[Payment]:
        return self.rows(Payment, Payment.link_id == link_id)

    def events(self, link_id: str) -> list[str]:
        """The names of what happened to a link."""
        return [event.name for event in self.rows(LinkEvent, LinkEvent.link_id == link_id)]

    def runs(self, link_id: str) -> dict[str, str]:
        """The runs about a link: the name of the rule, and how far the run is."""
        found = self.rows(ActionRun, ActionRun.link_id == link_id)
        assert len({run.rule_name for run in found}) == len(found)
        return {run.rule_name: run.job_state for run in found}

    def run(self, rule_name: str) -> ActionRun:
        """The only run of a rule."""
        (found,) = self.rows(ActionRun, ActionRun.rule_name == rule_name)
        assert isinstance(found, ActionRun)
        return found

    def deliveries(self) -> list[WebhookDelivery]:
        return self.rows(WebhookDelivery)

    # In the CRM

    def notes(self, ref: RecordRef = DEAL) -> list[str]:
        """What Dealpay wrote on a record, without tags and markers."""
        found = self.sims.kylas.tenant(seed_data.TENANT_A).all("note")
        on = {"entityType": ref.kind.upper(), "entityId": int(ref.id)}
        texts = [note["description"] for note in found if on in note["relations"]]
        return [
            re.sub(r"<[^>]*>", " ", text.partition("<div><small>")[0]).strip()
            for text in texts
            if "ref: dealpay-" in text
        ]

    def stage(self, ref: RecordRef = DEAL) -> str:
        record = self.sims.kylas.tenant(seed_data.TENANT_A).get(ref.kind, ref.id)
        assert record
        return str(record["pipeline"]["stage"]["name"])

    def moves(self, ref: RecordRef = DEAL) -> int:
        """How often a record was moved."""
        return self.sims.asked(f"POST /v1/{ref.kind}s/{ref.id}/pipeline-stages/")

    def record(self, ref: RecordRef = DEAL) -> Record:
        return connections.crm_port(self.app, self.tenant_id).fetch_record(ref)

    # At the provider

    @property
    def stripe(self) -> Account:
        """The account on Stripe's side."""
        return self.sims.stripe.account(seed.NORTHWIND.id)

    @property
    def unit(self) -> Product:
        account = self.account()
        assert account.unit_product_ref
        one = Money.of(1, account.currency)
        return Product(account.unit_product_ref, f"Payment in {one.currency}", one, unit=True)

    def product(self, price: Money, name: str = "Consultation") -> Product:
        """A product that somebody adds in Stripe's dashboard."""
        on_the_wire = {"currency": price.currency.lower(), "unit_amount": mapping.to_wire(price)}
        made = catalog.create_product(self.stripe, {"name": name, "default_price_data": on_the_wire})
        return Product(made["default_price"], name, price)

    def signing_secret(self) -> str:
        (endpoint,) = self.stripe.all("webhook_endpoint")
        return str(self.stripe.get("webhook_secret", endpoint["id"])["secret"])

    @property
    def webhook_path(self) -> str:
        return f"/webhooks/stripe/{self.account().webhook_token}"

    # What people and machines do

    def new_link(self, ref: RecordRef = DEAL, product: Product | None = None, **changed: Any) -> NewLink:
        """A filled-in form."""
        form = NewLink(
            account_id=self.account_id,
            crm="kylas",
            record=self.record(ref),
            product=product or self.unit,
            quantity=1,
            form_key=secrets.token_urlsafe(24),
        )
        return replace(form, **changed)

    def create(self, new: NewLink | None = None, actor: Member | None = None) -> Made:
        return links.create(self.app, actor or self.owner, new or self.new_link())

    def open_link(self, ref: RecordRef = DEAL, product: Product | None = None, **changed: Any) -> str:
        """The id of a link that was made."""
        made = self.create(self.new_link(ref, product, **changed))
        assert made.outcome == "open"
        return made.link_id

    def pay(self, link_id: str, **form: str) -> str:
        """A customer opens the link and sends its form; the page of the visit."""
        url = self.link(link_id).url
        assert url
        visit = requests.get(url, allow_redirects=False, timeout=30).headers["Location"]
        filled_in = {
            "name": "Meena Payer",
            "email": "meena@payer.example",
            "method": "card",
            "number": "4242424242424242",
            "expiry": "12/34",
            "code": "123",
        }
        requests.post(visit, data=filled_in | form, allow_redirects=False, timeout=30)
        return visit

    def settle(self, visit: str, outcome: str) -> None:
        """The payer's bank says, days later, what became of a debit."""
        requests.post(f"{visit}/settle", data={"outcome": outcome}, allow_redirects=False, timeout=30)

    def refund(self, payment: str, minor: int | None = None, *, settled: bool | None = None) -> str:
        """Somebody gives a payment back in Stripe, or ``minor`` units of it; the refund's id.

        ``payment`` is the page of the visit, or the intent. ``settled`` says at once what the
        payer's bank makes of it.
        """
        intent = self._intent(payment)
        params: dict[str, Any] = {"payment_intent": intent["id"]}
        if minor is not None:
            money = Money(minor, str(intent["currency"]).upper())
            params["amount"] = mapping.to_wire(money)
        refund = refunds.create(self.stripe, params)
        if settled is not None:
            refunds.settle(self.stripe, refund["id"], succeeded=settled)
        return str(refund["id"])

    def settle_refund(self, refund_id: str, *, succeeded: bool) -> None:
        """The payer's bank says what became of a refund."""
        refunds.settle(self.stripe, refund_id, succeeded=succeeded)

    def dispute(self, payment: str, minor: int | None = None, reason: str = "fraudulent") -> str:
        """The payer of a visit, or of an intent, denies the payment; the dispute's id."""
        intent = self._intent(payment)
        money = minor and Money(minor, str(intent["currency"]).upper())
        amount = mapping.to_wire(money) if money else None
        return str(disputes.open(self.stripe, intent["id"], amount=amount, reason=reason)["id"])

    def close_dispute(self, dispute_id: str, *, won: bool) -> None:
        """The payer's bank decides."""
        disputes.close(self.stripe, dispute_id, won=won)

    def _intent(self, payment: str) -> Mapping[str, Any]:
        """The intent of a visit's page, or the one with that id."""
        session = self.stripe.find("checkout.session", payment.rsplit("/", 1)[-1])
        return self.stripe.get("payment_intent", session["payment_intent"] if session else payment)

    def send(self, body: bytes, headers: Mapping[str, str], path: str | None = None) -> int:
        """Somebody sends something to our webhook address; our answer."""
        return self.sims.stripe.deliveries.transport(path or self.webhook_path, body, headers)

    def deliver(self) -> list[int]:
        """Stripe sends its webhooks; our answers."""
        return self.sims.stripe.deliveries.flush()

    def work(self) -> int:
        """Everything that is due runs, brought by the engine that the app has."""
        if self.app.jobs.engine.name == "procrastinate":
            return run_queue(self.app)
        return run_due(self.app)


def everything(app: App, model: type[Any]) -> list[Any]:
    """Rows of all workspaces."""
    with app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
        return list(session.scalars(select(model).order_by(model.id)))

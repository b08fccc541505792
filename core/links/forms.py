"""The form "Generate payment link"."""

import secrets
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import asdict
from datetime import date
from typing import Any

from pydantic import EmailStr, Field

from core.api.actions import Choice
from core.api.errors import DealpayError
from core.api.money import Money
from core.api.payments import Payer, Product, ProductPage
from core.api.records import Record, RecordRef
from core.api.settings import Settings, setting
from core.api.text import N_
from core.app import App
from core.connections import service as connections
from core.connections.service import PaymentAccount
from core.links.models import PaymentLink
from core.links.option_form import CHOICES, OptionForm
from core.links.service import MAX_QUANTITY, NewLink, Offer, Totals, offer_of
from core.links.terms import PLAIN
from core.people.service import Member
from core.web.formats import zone_called
from core.web.forms import Form
from core.web.replies import problem_of


class LinkForm(Settings):
    """What the rep chooses. ``form_key`` makes one link of a form that is sent twice.

    What comes after it are options, of which a provider may offer some: see option_form.
    """

    account_id: str = setting(label=N_("Account"), choices=True)
    search: str = setting("", label=N_("Find a product"), max_length=100)
    product_ref: str = setting(label=N_("Product"), choices=True)
    quantity: int = setting(label=N_("Quantity"), ge=1, le=MAX_QUANTITY)
    form_key: str = Field(min_length=16, max_length=64)
    expires_on: date | None = setting(None, label=N_("Expires"))
    first_part: str = setting("", label=N_("First part, at least"), max_length=20)
    notify_mail: bool = setting(False, label=N_("By e-mail"))
    notify_sms: bool = setting(False, label=N_("By SMS"))
    payer_name: str = setting("", label=N_("Name"), max_length=100)
    payer_email: EmailStr | None = setting(None, label=N_("E-mail"), max_length=255)
    payer_phone: str = setting("", label=N_("Phone"), max_length=40, placeholder="+91 90000 12345")


class LinkEditor:
    """The form for a link on one record. Making it asks the CRM and the provider, both at once.

    Raises what the CRM raises where the record can't be read. Where the provider's products can't
    be, ``unreachable`` says why.
    """

    def __init__(
        self,
        app: App,
        member: Member,
        ref: RecordRef,
        accounts: list[PaymentAccount],
        typed: Mapping[str, str],
    ):
        self.accounts = accounts
        asked = typed.get("account_id")
        self.account = next((one for one in accounts if one.id == asked), accounts[0])
        self.unreachable: str | None = None
        self.terms = PLAIN
        self.options = OptionForm(_offer(app, self.account), zone_called(member.timezone), app.clock())
        with ThreadPoolExecutor(2) as pool:
            # Each in a copy of the context, so that they are known to be for this request.
            ask = copy_context().run
            record = pool.submit(ask, _record, app, member.tenant_id, ref)
            ask = copy_context().run
            search = typed.get("search", "")
            products = pool.submit(ask, _products, app, member.tenant_id, self.account.id, search)
        self.record: Record = record.result()
        self.products: dict[str, Product] = {}
        self.more = False
        try:
            found = products.result()
            self.products = {product.ref: product for product in found.items}
            self.more = found.next is not None or bool(typed.get("search"))
        except DealpayError as error:
            self.unreachable = problem_of(error).message
        self.form: Form[LinkForm] = Form(LinkForm, values=self._start(), options=self._options)

    @property
    def amount(self) -> Money | None:
        """The price times the quantity of what the form holds now; None where it holds no such thing."""
        product = self.products.get(str(self.form["product_ref"].value))
        quantity = str(self.form["quantity"].value)
        if product is None or not (quantity.isascii() and quantity.isdigit() and len(quantity) < 7):
            return None
        return product.price * int(quantity)

    @property
    def currency(self) -> str:
        """What is charged in."""
        return self.amount.currency if self.amount else self.account.currency

    @property
    def options_open(self) -> bool:
        """Whether an option was chosen, or something is wrong with one."""
        chosen = any(self.form[name].value for name in CHOICES if name in self.options.shown)
        return chosen or any(self.form[name].error for name in self.options.shown)

    def left(self, totals: Sequence[Totals]) -> int | None:
        """What is left to pay of the record's value, as a quantity of the unit product; None where that
        is no such quantity. ``totals`` are those of the record's links; what was paid in tests pays
        nothing of a live link."""
        unit, value = self.unit, self.record.value
        if unit is None or value is None or value.currency != unit.price.currency:
            return None
        for one in totals:
            if (one.mode, one.paid.currency) == (self.account.mode, value.currency):
                value = value - one.paid + one.refunded
        quantity, rest = divmod(value.minor, unit.price.minor)
        return quantity if rest == 0 and 1 <= quantity <= MAX_QUANTITY else None

    def read(self, posted: Mapping[str, str]) -> None:
        """Take over what was typed so far, for another account's products or a search.

        What was typed into options that this account doesn't offer stays in the form, out of sight.
        """
        self.form.read(posted)
        if not self.form["product_ref"].chosen:
            self.form.prefer("product_ref", self._preferred())

    def validate(self, posted: Mapping[str, str]) -> LinkForm | None:
        """What was chosen; None where the form now says what is wrong with it."""
        withheld = self.options.withheld(posted)
        made = self.form.validate({name: posted[name] for name in posted if name not in withheld})
        for name in withheld:
            self.form.prefer(name, posted.get(name, ""))
        if self.unreachable:
            self.form.errors, self.form.field_errors = [self.unreachable], {}
            return None
        if made:
            self.terms, found = self.options.terms(made, self.currency, self.amount)
            self.form.fail(*found)
        return None if self.form.summary else made

    def new_link(self, crm: str, made: LinkForm) -> NewLink:
        """What to make of it, with the product and the record as they were read just now."""
        return NewLink(
            account_id=self.account.id,
            crm=crm,
            record=self.record,
            product=self.products[made.product_ref],
            quantity=made.quantity,
            form_key=made.form_key,
            terms=self.terms,
        )

    def fill_in_like(self, link: PaymentLink) -> bool:
        """Fill in what ``link`` was asked for, except the day on which it expires.

        False where its product isn't there at that price any more: one is still to be chosen.
        """
        terms, payer = link.terms, link.terms.payer or Payer()
        known = self.account.id == link.account_id and link.product_ref in self.products
        self.form.prefer("product_ref", link.product_ref if known else "")
        self.form.prefer("quantity", str(link.quantity))
        if terms.first_part:
            self.form.prefer("first_part", str(terms.first_part.amount))
        for channel in terms.notify:
            self.form.prefer(f"notify_{channel}", "on")
        for name, value in asdict(payer).items():
            if value:
                self.form.prefer(f"payer_{name}", value)
        return known

    def fresh_key(self) -> None:
        """After a link that was certainly not made, the next try is another link."""
        self.form.prefer("form_key", secrets.token_urlsafe(24))

    def _start(self) -> dict[str, Any]:
        payer = next(iter(self.record.contacts), None)
        return {
            "account_id": self.account.id,
            "product_ref": self._preferred(),
            "quantity": 1,
            "form_key": secrets.token_urlsafe(24),
            "payer_name": payer.name if payer else "",
            "payer_email": (payer.email if payer else None) or "",
            "payer_phone": (payer.phone if payer else None) or "",
        }

    def _preferred(self) -> str:
        """The unit product, so that any amount can be asked for; else the first there is."""
        preferred = self.unit or next(iter(self.products.values()), None)
        return preferred.ref if preferred else ""

    @property
    def unit(self) -> Product | None:
        """The product whose price is 1, so that its quantity is an amount."""
        return next((product for product in self.products.values() if product.unit), None)

    def _options(self, field: str, draft: dict[str, str]) -> list[Choice]:
        if field == "account_id":
            return [Choice(account.id, account.label) for account in self.accounts]
        return [Choice(product.ref, product.name) for product in self.products.values()]


def _offer(app: App, account: PaymentAccount) -> Offer:
    """What can be asked for at an account."""
    return offer_of(app.plugins.payment_providers[account.provider])


def _record(app: App, tenant_id: str, ref: RecordRef) -> Record:
    with connections.watched_crm(app, tenant_id) as crm:
        return crm.fetch_record(ref)


def _products(app: App, tenant_id: str, account_id: str, query: str) -> ProductPage:
    with connections.watched_account(app, tenant_id, account_id) as port:
        return port.list_products(query, None)

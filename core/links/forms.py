"""The form "Generate payment link"."""

import secrets
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any

from pydantic import Field

from core.api.actions import Choice
from core.api.errors import DealpayError
from core.api.money import Money
from core.api.payments import Product, ProductPage
from core.api.records import Record, RecordRef
from core.api.settings import Settings, setting
from core.app import App
from core.connections import service as connections
from core.connections.service import PaymentAccount
from core.links.service import MAX_QUANTITY, NewLink
from core.people.service import Member
from core.web.forms import Form
from core.web.replies import problem_of


class LinkForm(Settings):
    """What the rep chooses. ``form_key`` makes one link of a form that is sent twice."""

    account_id: str = setting(label="Account", choices=True)
    search: str = setting("", label="Find a product", max_length=100)
    product_ref: str = setting(label="Product", choices=True)
    quantity: int = setting(label="Quantity", ge=1, le=MAX_QUANTITY)
    form_key: str = Field(min_length=16, max_length=64)


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

    def read(self, posted: Mapping[str, str]) -> None:
        """Take over what was typed so far, for another account's products or a search."""
        self.form.read(posted)
        if not self.form["product_ref"].chosen:
            self.form.prefer("product_ref", self._preferred())

    def validate(self, posted: Mapping[str, str]) -> LinkForm | None:
        """What was chosen; None where the form now says what is wrong with it."""
        made = self.form.validate(posted)
        if self.unreachable:
            self.form.errors, self.form.field_errors = [self.unreachable], {}
            return None
        return made

    def new_link(self, crm: str, made: LinkForm) -> NewLink:
        """What to make of it, with the product and the record as they were read just now."""
        return NewLink(
            account_id=self.account.id,
            crm=crm,
            record=self.record,
            product=self.products[made.product_ref],
            quantity=made.quantity,
            form_key=made.form_key,
        )

    def fresh_key(self) -> None:
        """After a link that was certainly not made, the next try is another link."""
        self.form.prefer("form_key", secrets.token_urlsafe(24))

    def _start(self) -> dict[str, Any]:
        return {
            "account_id": self.account.id,
            "product_ref": self._preferred(),
            "quantity": 1,
            "form_key": secrets.token_urlsafe(24),
        }

    def _preferred(self) -> str:
        """The unit product, so that any amount can be asked for; else the first there is."""
        unit = next((product for product in self.products.values() if product.unit), None)
        preferred = unit or next(iter(self.products.values()), None)
        return preferred.ref if preferred else ""

    def _options(self, field: str, draft: dict[str, str]) -> list[Choice]:
        if field == "account_id":
            return [Choice(account.id, account.label) for account in self.accounts]
        return [Choice(product.ref, product.name) for product in self.products.values()]


def _record(app: App, tenant_id: str, ref: RecordRef) -> Record:
    with connections.watched_crm(app, tenant_id) as crm:
        return crm.fetch_record(ref)


def _products(app: App, tenant_id: str, account_id: str, query: str) -> ProductPage:
    with connections.watched_account(app, tenant_id, account_id) as port:
        return port.list_products(query, None)

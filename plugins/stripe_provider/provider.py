"""The verbs of the payment port, for Stripe."""

from datetime import datetime

from core.api.context import ProviderContext
from core.api.errors import InvalidAmount, Rejected
from core.api.hookspecs import hookimpl
from core.api.payments import (
    Account,
    Delivery,
    EventPage,
    Link,
    LinkRequest,
    LinkStatus,
    Product,
    ProductPage,
    ProviderEvent,
    WebhookEndpoint,
    WebhookInfo,
)
from core.api.text import _
from plugins.stripe_provider import (
    accounts,
    catalogue,
    endpoints,
    events,
    links,
    mapping,
    status,
    webhook,
)
from plugins.stripe_provider.client import Api
from plugins.stripe_provider.settings import StripeSettings

MAX_QUANTITY = 999_999
Ctx = ProviderContext[StripeSettings]


class StripeProvider:
    """Payment links, each with one line: a stored price and a quantity."""

    id = "stripe"
    name = "Stripe"
    Settings = StripeSettings
    currencies = mapping.CURRENCIES
    event_types = webhook.EVENT_TYPES
    permissions = accounts.PERMISSIONS

    @hookimpl
    def validate_credentials(self, ctx: Ctx) -> Account:
        return accounts.open_account(Api(ctx), ctx.settings)

    @hookimpl
    def create_link(self, ctx: Ctx, request: LinkRequest) -> Link:
        _check_total(request)
        api = Api(ctx)
        catalogue.check_price(api, request.product_ref, request.unit_price)
        return links.create(api, request, ctx.idempotency_key)

    @hookimpl
    def deactivate_link(self, ctx: Ctx, ref: str) -> LinkStatus:
        return links.deactivate(Api(ctx), ref)

    @hookimpl
    def link_url(self, ctx: Ctx, ref: str) -> str:
        return links.dashboard_url(ctx.settings.mode, ref)

    @hookimpl
    def fetch_status(self, ctx: Ctx, ref: str) -> LinkStatus:
        return status.fetch(Api(ctx), ref)

    @hookimpl
    def find_link(self, ctx: Ctx, link_id: str, since: datetime) -> Link | None:
        return links.find(Api(ctx), link_id, since)

    @hookimpl
    def parse_webhook(self, ctx: Ctx, delivery: Delivery) -> list[ProviderEvent]:
        return [webhook.parse(delivery, ctx.settings.mode)]

    @hookimpl
    def list_events(self, ctx: Ctx, since: datetime, page: str | None) -> EventPage:
        return events.list_page(Api(ctx), ctx.settings.mode, since, page)

    @hookimpl
    def ensure_webhook(self, ctx: Ctx, url: str, ref: str | None) -> WebhookInfo:
        return endpoints.ensure(Api(ctx), url, ref, ctx.idempotency_key)

    @hookimpl
    def renew_webhook(self, ctx: Ctx, url: str, ref: str | None) -> WebhookInfo:
        return endpoints.renew(Api(ctx), url, ref, ctx.idempotency_key)

    @hookimpl
    def list_webhooks(self, ctx: Ctx) -> list[WebhookEndpoint]:
        return endpoints.every(Api(ctx))

    @hookimpl
    def account_url(self, ctx: Ctx) -> str:
        return accounts.page_of(ctx.settings, ctx.account)

    @hookimpl
    def list_products(self, ctx: Ctx, query: str, page: str | None) -> ProductPage:
        api = Api(ctx)
        return catalogue.list_products(api, self._known_account(api, ctx), query, page)

    @hookimpl
    def ensure_unit_product(self, ctx: Ctx) -> Product:
        api = Api(ctx)
        return catalogue.ensure_unit_product(api, self._known_account(api, ctx))

    def _known_account(self, api: Api, ctx: Ctx) -> Account:
        return ctx.account or accounts.open_account(api, ctx.settings)


def _check_total(request: LinkRequest) -> None:
    """Raise Rejected for what Stripe would refuse, before anything is sent."""
    if not 1 <= request.quantity <= MAX_QUANTITY:
        raise Rejected(
            "quantity_out_of_range",
            _(
                "The quantity is a whole number from 1 to %(max_quantity)s. No link was made.",
                max_quantity=f"{MAX_QUANTITY:,}",
            ),
        )
    try:
        amount = mapping.to_wire(request.total)
    except InvalidAmount as error:
        raise Rejected("invalid_amount", _("%(error)s No link was made.", error=error)) from error
    if amount > mapping.MAX_AMOUNT:
        most = mapping.largest(request.total.currency)
        raise Rejected(
            "amount_too_large",
            _(
                "%(total)s is too much: Stripe takes at most %(most)s in one payment. No link was "
                "made. Divide the amount over several links.",
                total=request.total,
                most=f"{most:,}",
            ),
        )

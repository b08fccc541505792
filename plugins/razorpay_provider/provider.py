"""The verbs of the payment port, for Razorpay."""

from datetime import datetime, timedelta
from typing import Any

from core.api.context import ProviderContext
from core.api.errors import InvalidAmount, Rejected
from core.api.hookspecs import hookimpl
from core.api.payments import (
    Account,
    Channel,
    Delivery,
    Expiry,
    Link,
    LinkOptions,
    LinkRequest,
    LinkStatus,
    Product,
    ProductPage,
    ProviderEvent,
)
from core.api.text import _
from plugins.razorpay_provider import links, mapping, webhook
from plugins.razorpay_provider.client import Api
from plugins.razorpay_provider.settings import RazorpaySettings

Ctx = ProviderContext[RazorpaySettings]


class RazorpayProvider:
    """Payment links over an amount, each paid once or in parts."""

    id = "razorpay"
    name = "Razorpay"
    Settings = RazorpaySettings
    currencies = mapping.CURRENCIES
    event_types = webhook.EVENT_TYPES
    link_options = LinkOptions(
        # Razorpay docs: Create a standard payment link. 15 minutes ahead, and some for the way there;
        # the shortest six months that there are have 181 days.
        expiry=Expiry(earliest=timedelta(minutes=20), latest=timedelta(days=180)),
        parts=True,
        notify=frozenset({"mail", "sms"}),
    )

    @hookimpl
    def validate_credentials(self, ctx: Ctx) -> Account:
        Api(ctx).read("payments", count=1)
        merchant_id = ctx.settings.merchant_id
        return Account(
            external_id=merchant_id,
            name=f"Razorpay {merchant_id}",
            mode=ctx.settings.mode,
            currency=ctx.settings.currency,
        )

    @hookimpl
    def create_link(self, ctx: Ctx, request: LinkRequest) -> Link:
        return links.create(Api(ctx), request, _amount(request), _options(request))

    @hookimpl
    def deactivate_link(self, ctx: Ctx, ref: str) -> LinkStatus:
        return links.cancel(Api(ctx), ref)

    @hookimpl
    def notify(self, ctx: Ctx, ref: str, channel: Channel) -> None:
        links.notify(Api(ctx), ref, mapping.medium(channel))

    @hookimpl
    def link_url(self, ctx: Ctx, ref: str) -> str:
        return links.dashboard_url(ref)

    @hookimpl
    def fetch_status(self, ctx: Ctx, ref: str) -> LinkStatus:
        return links.fetch(Api(ctx), ref)

    @hookimpl
    def find_link(self, ctx: Ctx, link_id: str, since: datetime) -> Link | None:
        return links.find(Api(ctx), link_id, since)

    @hookimpl
    def parse_webhook(self, ctx: Ctx, delivery: Delivery) -> list[ProviderEvent]:
        return [webhook.parse(delivery)]

    @hookimpl
    def list_products(self, ctx: Ctx, query: str, page: str | None) -> ProductPage:
        unit = mapping.unit_product(ctx.settings.currency)
        return ProductPage((unit,) if query.strip().casefold() in unit.name.casefold() else ())

    @hookimpl
    def ensure_unit_product(self, ctx: Ctx) -> Product:
        return mapping.unit_product(ctx.settings.currency)


def _amount(request: LinkRequest) -> int:
    """What the link asks for, in minor units. Raises Rejected before anything is sent."""
    unit = mapping.unit_product(request.unit_price.currency)
    if (request.product_ref, request.unit_price) != (unit.ref, unit.price):
        raise Rejected(
            "product_unknown",
            _(
                "Razorpay's links are made over an amount only. No link was made. Choose the product "
                "%(name)s.",
                name=unit.name,
            ),
        )
    if request.quantity < 1:
        raise Rejected("quantity_out_of_range", _("The quantity is at least 1. No link was made."))
    try:
        return mapping.to_wire(request.total)
    except InvalidAmount as error:
        raise Rejected("invalid_amount", _("%(error)s No link was made.", error=error)) from error


def _options(request: LinkRequest) -> dict[str, Any]:
    """What is asked for beside the amount. Raises Rejected before anything is sent."""
    if request.first_part and not 0 < request.first_part.minor <= request.total.minor:
        raise Rejected(
            "invalid_first_part",
            _(
                "The first part is more than nothing and at most %(total)s. No link was made.",
                total=request.total,
            ),
        )
    try:
        return mapping.options(request)
    except InvalidAmount as error:
        raise Rejected("invalid_first_part", _("%(error)s No link was made.", error=error)) from error

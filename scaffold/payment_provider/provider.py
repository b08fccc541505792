"""The verbs of the payment port, for Acme."""

from datetime import datetime

from core.api.context import ProviderContext
from core.api.errors import Rejected
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
    WebhookInfo,
)
from plugins.acme_provider import mapping, webhook
from plugins.acme_provider.client import Api
from plugins.acme_provider.settings import AcmeSettings

Ctx = ProviderContext[AcmeSettings]


class AcmeProvider:
    """Payment links over an amount."""

    id = "acme"
    name = "Acme"
    Settings = AcmeSettings
    currencies = mapping.CURRENCIES
    event_types = webhook.EVENT_TYPES

    @hookimpl
    def validate_credentials(self, ctx: Ctx) -> Account:
        return mapping.account(Api(ctx).read("account"))

    @hookimpl
    def create_link(self, ctx: Ctx, request: LinkRequest) -> Link:
        unit = mapping.unit_product(request.unit_price.currency)
        if (request.product_ref, request.unit_price) != (unit.ref, unit.price):
            raise Rejected("product_unknown", f"Choose the product {unit.name}. No link was made.")
        if request.quantity < 1:
            raise Rejected("quantity_out_of_range", "The quantity is at least 1. No link was made.")
        body = {
            "amount": mapping.to_wire(request.total),
            "currency": request.total.currency,
            "reference": request.link_id,
            "metadata": {**request.metadata, mapping.LINK_ID: request.link_id},
            "return_url": request.return_url,
        }
        return mapping.link(Api(ctx).write("links", body=body))

    @hookimpl
    def deactivate_link(self, ctx: Ctx, ref: str) -> LinkStatus:
        return mapping.status(Api(ctx).write("links", ref, "close"))

    @hookimpl
    def fetch_status(self, ctx: Ctx, ref: str) -> LinkStatus:
        return mapping.status(Api(ctx).read("links", ref))

    @hookimpl
    def find_link(self, ctx: Ctx, link_id: str) -> Link | None:
        found = Api(ctx).read("links", reference=link_id)["links"]
        return next((mapping.link(raw) for raw in found if raw["reference"] == link_id), None)

    @hookimpl
    def parse_webhook(self, ctx: Ctx, delivery: Delivery) -> list[ProviderEvent]:
        return [webhook.parse(delivery)]

    @hookimpl
    def list_events(self, ctx: Ctx, since: datetime, page: str | None) -> EventPage:
        answer = Api(ctx).read("events", since=int(since.timestamp()), after=page)
        events = [webhook.translate(raw) for raw in answer["events"] if webhook.is_event(raw)]
        return EventPage(tuple(events), answer["next"])

    @hookimpl
    def ensure_webhook(self, ctx: Ctx, url: str) -> WebhookInfo:
        api = Api(ctx)
        for found in api.read("webhooks")["webhooks"]:
            if found["url"] == url:
                return WebhookInfo(ref=found["id"], secret=None, created=False)
        made = api.write("webhooks", body={"url": url, "events": list(webhook.EVENT_TYPES)})
        return WebhookInfo(ref=made["id"], secret=made["secret"], created=True)

    @hookimpl
    def list_products(self, ctx: Ctx, query: str) -> ProductPage:
        unit = self.ensure_unit_product(ctx)
        return ProductPage((unit,) if query.strip().casefold() in unit.name.casefold() else ())

    @hookimpl
    def ensure_unit_product(self, ctx: Ctx) -> Product:
        account = ctx.account or self.validate_credentials(ctx)
        return mapping.unit_product(account.currency)

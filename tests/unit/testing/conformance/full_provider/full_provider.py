"""The scaffold's provider with what it leaves to its author: options of links, care of webhooks."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from core.api.context import ProviderContext
from core.api.errors import Rejected
from core.api.hookspecs import hookimpl
from core.api.payments import (
    Channel,
    Expiry,
    Link,
    LinkOptions,
    LinkRequest,
    LinkStatus,
    ProviderLinkState,
    WebhookEndpoint,
    WebhookInfo,
)
from core.api.records import Permission
from plugins.acme_provider import mapping
from plugins.acme_provider.client import Api
from plugins.acme_provider.provider import AcmeProvider
from plugins.acme_provider.settings import AcmeSettings

Ctx = ProviderContext[AcmeSettings]


class FullProvider(AcmeProvider):
    """Acme's links with an expiry, in parts, and sent by Acme."""

    link_options = LinkOptions(
        expiry=Expiry(earliest=timedelta(minutes=5), latest=timedelta(days=90)),
        parts=True,
        notify=frozenset({"mail", "sms"}),
    )
    permissions = (
        Permission("Links", ("read", "write"), "Links are made and looked at."),
        Permission("Webhooks", ("write",), "The webhook is set up by itself."),
    )

    @hookimpl
    def ensure_webhook(self, ctx: Ctx, url: str, ref: str | None) -> WebhookInfo:
        api = Api(ctx)
        for found in api.read("webhooks")["webhooks"]:
            if found["id"] == ref or _path(found["url"]) == _path(url):
                api.write("webhooks", found["id"], body={"url": url})
                return WebhookInfo(ref=found["id"], secret=None, created=False)
        made = api.write("webhooks", body={"url": url, "events": list(self.event_types)})
        return WebhookInfo(ref=made["id"], secret=made["secret"], created=True)

    @hookimpl
    def renew_webhook(self, ctx: Ctx, url: str, ref: str | None) -> WebhookInfo:
        known = self.ensure_webhook(ctx, url, ref)
        made = Api(ctx).write("webhooks", known.ref, "secret")
        return WebhookInfo(ref=made["id"], secret=made["secret"], created=False)

    @hookimpl
    def list_webhooks(self, ctx: Ctx) -> list[WebhookEndpoint]:
        listed = Api(ctx).read("webhooks")["webhooks"]
        return [WebhookEndpoint(ref=one["id"], url=one["url"]) for one in listed]

    @hookimpl
    def account_url(self, ctx: Ctx) -> str:
        return f"https://acme.example/{ctx.account.external_id if ctx.account else ''}"

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
        return mapping.link(Api(ctx).write("links", body=body | _options(request)))

    @hookimpl
    def notify(self, ctx: Ctx, ref: str, channel: Channel) -> None:
        Api(ctx).write("links", ref, "send", body={"channel": channel})

    @hookimpl
    def link_url(self, ctx: Ctx, ref: str) -> str:
        return f"https://dashboard.acme.example/links/{ref}"

    @hookimpl
    def fetch_status(self, ctx: Ctx, ref: str) -> LinkStatus:
        raw = Api(ctx).read("links", ref)
        status = mapping.status(raw)
        return replace(status, state=ProviderLinkState.EXPIRED) if raw["expired"] else status


def _path(url: str) -> str:
    return urlsplit(url).path


def _options(request: LinkRequest) -> dict[str, Any]:
    payer = request.payer
    return {
        "expires": int(request.expires_at.timestamp()) if request.expires_at else None,
        "first_part": mapping.to_wire(request.first_part) if request.first_part else None,
        "customer": {"mail": payer.email, "sms": payer.phone} if payer else {},
        "send_by": sorted(request.notify),
    }

"""The scaffold's provider with the options of a link that it leaves to its author."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

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
)
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


def _options(request: LinkRequest) -> dict[str, Any]:
    payer = request.payer
    return {
        "expires": int(request.expires_at.timestamp()) if request.expires_at else None,
        "first_part": mapping.to_wire(request.first_part) if request.first_part else None,
        "customer": {"mail": payer.email, "sms": payer.phone} if payer else {},
        "send_by": sorted(request.notify),
    }

"""The verbs of the payment port, for Stripe."""

from contextlib import suppress

from core.api.context import ProviderContext
from core.api.errors import InvalidAmount, NotSent, OutcomeUnknown, Rejected
from core.api.hookspecs import hookimpl
from core.api.payments import (
    Account,
    Delivery,
    Link,
    LinkRequest,
    LinkStatus,
    Product,
    ProductPage,
    ProviderEvent,
    WebhookInfo,
)
from plugins.stripe_provider import accounts, catalogue, endpoints, mapping, webhook
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

    @hookimpl
    def validate_credentials(self, ctx: Ctx) -> Account:
        return accounts.open_account(Api(ctx), ctx.settings)

    @hookimpl
    def create_link(self, ctx: Ctx, request: LinkRequest) -> Link:
        _check_total(request)
        api = Api(ctx)
        catalogue.check_price(api, request.product_ref, request.unit_price)
        metadata = {**request.metadata, mapping.LINK_ID: request.link_id}
        # No restrictions.completed_sessions: a bank debit that fails would use up the one
        # completion and leave the payer with a dead link.
        raw = api.write(
            api.v1.payment_links.create,
            {
                "line_items": [{"price": request.product_ref, "quantity": request.quantity}],
                "metadata": metadata,
                "payment_intent_data": {"metadata": metadata},
            },
            idempotency_key=ctx.idempotency_key,
        )
        return mapping.link(raw)

    @hookimpl
    def deactivate_link(self, ctx: Ctx, ref: str) -> LinkStatus:
        api = Api(ctx)
        api.write(api.v1.payment_links.update, ref, {"active": False})
        try:
            self._close_open_pages(api, ref)
            return self._status(api, ref)
        except NotSent as error:
            raise OutcomeUnknown(
                "The link takes no new visitors, but a payment page that was open may still be paid. "
                "Deactivate the link once more."
            ) from error

    @hookimpl
    def fetch_status(self, ctx: Ctx, ref: str) -> LinkStatus:
        return self._status(Api(ctx), ref)

    @hookimpl
    def parse_webhook(self, ctx: Ctx, delivery: Delivery) -> list[ProviderEvent]:
        return [webhook.parse(delivery, ctx.settings.mode)]

    @hookimpl
    def ensure_webhook(self, ctx: Ctx, url: str) -> WebhookInfo:
        return endpoints.ensure(Api(ctx), url, ctx.idempotency_key)

    @hookimpl
    def list_products(self, ctx: Ctx, query: str, page: str | None) -> ProductPage:
        api = Api(ctx)
        return catalogue.list_products(api, self._known_account(api, ctx), query, page)

    @hookimpl
    def ensure_unit_product(self, ctx: Ctx) -> Product:
        api = Api(ctx)
        return catalogue.ensure_unit_product(api, self._known_account(api, ctx))

    def _status(self, api: Api, ref: str) -> LinkStatus:
        """Each visit to a link opens a session; those completed are the payments.

        Sessions that are open or expired are visits, by link previews too, that came to nothing.
        """
        link = api.read(api.v1.payment_links.retrieve, ref)
        completed = api.pages(
            api.v1.checkout.sessions.list,
            {
                "payment_link": ref,
                "status": "complete",
                "expand": ["data.payment_intent.latest_charge"],
            },
        )
        return mapping.link_status(link, completed)

    def _close_open_pages(self, api: Api, ref: str) -> None:
        """Expire the sessions that could still be paid on a link that is off."""
        sessions = api.v1.checkout.sessions
        for session in list(api.pages(sessions.list, {"payment_link": ref, "status": "open"})):
            # Refused when it was completed or has expired since the list was made.
            with suppress(Rejected):
                api.write(sessions.expire, session["id"], {})

    def _known_account(self, api: Api, ctx: Ctx) -> Account:
        return ctx.account or accounts.open_account(api, ctx.settings)


def _check_total(request: LinkRequest) -> None:
    """Raise Rejected for what Stripe would refuse, before anything is sent."""
    if not 1 <= request.quantity <= MAX_QUANTITY:
        raise Rejected(
            "quantity_out_of_range",
            f"The quantity is a whole number from 1 to {MAX_QUANTITY:,}. No link was made.",
        )
    try:
        amount = mapping.to_wire(request.total)
    except InvalidAmount as error:
        raise Rejected("invalid_amount", f"{error} No link was made.") from error
    if amount > mapping.MAX_AMOUNT:
        most = mapping.largest(request.total.currency)
        raise Rejected(
            "amount_too_large",
            f"{request.total} is too much: Stripe takes at most {most:,} in one payment. "
            "No link was made. Divide the amount over several links.",
        )

"""Stripe: payment links, their payments, and the webhooks that tell of them."""

from core.api.hookspecs import hookimpl
from plugins.stripe_provider.provider import StripeProvider


@hookimpl
def register_payment_providers() -> list[StripeProvider]:
    return [StripeProvider()]

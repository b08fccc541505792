"""Razorpay: payment links, their payments, and the webhooks that tell of them."""

from core.api.hookspecs import hookimpl
from plugins.razorpay_provider.provider import RazorpayProvider


@hookimpl
def register_payment_providers() -> list[RazorpayProvider]:
    return [RazorpayProvider()]

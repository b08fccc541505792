"""Acme: payment links, their payments, and the webhooks that tell of them."""

from core.api.hookspecs import hookimpl
from plugins.acme_provider.provider import AcmeProvider


@hookimpl
def register_payment_providers() -> list[AcmeProvider]:
    return [AcmeProvider()]

"""Stripe on this machine: its wire format with state, for the sandbox and for tests.

Left out on purpose: subscriptions, taxes, discounts and Connect. A parameter that isn't
simulated is refused as unknown, never ignored.
"""

from plugins.stripe_provider.simulator.simulator import StripeSimulator
from plugins.stripe_provider.simulator.webhooks import signed

__all__ = ["StripeSimulator", "signed"]

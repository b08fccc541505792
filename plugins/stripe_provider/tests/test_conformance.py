"""Whether the plugin keeps what its kind promises."""

from core.testing.conformance import provider_suite
from plugins.stripe_provider.driver import StripeDriver

TestConformance = provider_suite(StripeDriver)

"""Whether the plugin keeps what its kind promises."""

from core.testing.conformance import provider_suite
from plugins.razorpay_provider.driver import RazorpayDriver

TestConformance = provider_suite(RazorpayDriver)

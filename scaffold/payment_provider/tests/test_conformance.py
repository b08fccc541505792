"""Whether the plugin keeps what every payment provider promises."""

from core.testing.conformance import provider_suite
from plugins.acme_provider.driver import AcmeDriver

TestConformance = provider_suite(AcmeDriver)

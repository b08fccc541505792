"""Whether the plugin keeps what every action promises."""

from core.testing.conformance import action_suite
from plugins.acme_action.driver import AcmeDriver

TestConformance = action_suite(AcmeDriver)

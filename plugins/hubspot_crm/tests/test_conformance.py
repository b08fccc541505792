"""Whether the plugin keeps what its kind promises."""

from core.testing.conformance import crm_suite
from plugins.hubspot_crm.driver import HubSpotDriver

TestConformance = crm_suite(HubSpotDriver)

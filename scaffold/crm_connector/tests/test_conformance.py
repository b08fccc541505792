"""Whether the plugin keeps what every CRM connector promises."""

from core.testing.conformance import crm_suite
from plugins.acme_crm.driver import AcmeDriver

TestConformance = crm_suite(AcmeDriver)

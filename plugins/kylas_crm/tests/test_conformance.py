"""Whether the plugin keeps what its kind promises."""

from core.testing.conformance import crm_suite
from plugins.kylas_crm.driver import KylasDriver

TestConformance = crm_suite(KylasDriver)

"""The checks of CRM connectors, in the order in which they run."""

from core.testing.conformance import vendor
from core.testing.conformance.crm import notes, records, stages  # noqa: F401  # each adds its checks
from core.testing.conformance.crm.checks import check

CHECKS = (*vendor.check.named("crm"), *check)

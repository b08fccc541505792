"""The checks of CRM connectors, in the order in which they run."""

from core.testing.conformance import vendor
from core.testing.conformance.crm import (  # noqa: F401  # each adds its checks
    fields,
    notes,
    oauth,
    owners,
    records,
    stages,
    tasks,
)
from core.testing.conformance.crm.checks import check

CHECKS = (*vendor.check.named("crm"), *check)

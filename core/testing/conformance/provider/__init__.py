"""The checks of payment providers, in the order in which they run."""

from core.testing.conformance import vendor
from core.testing.conformance.provider import (  # noqa: F401  # each adds its checks
    declared,
    links,
    lists,
    money,
    options,
    refunds,
    status,
    webhooks,
)
from core.testing.conformance.provider.checks import check

CHECKS = (*vendor.check.named("provider"), *check)

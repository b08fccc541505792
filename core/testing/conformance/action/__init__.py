"""The checks of post-payment actions, in the order in which they run."""

from core.testing.conformance.action import declared, outside, runs  # noqa: F401  # each adds its checks
from core.testing.conformance.action.checks import check

CHECKS = tuple(check)

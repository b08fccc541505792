"""The checks of post-payment actions, in the order in which they run."""

from core.testing.conformance.action import (  # noqa: F401  # each adds its checks
    declared,
    outside,
    previews,
    runs,
)
from core.testing.conformance.action.checks import check

CHECKS = tuple(check)

"""Where the checks of post-payment actions are collected."""

from core.testing.conformance.check import Checks

check = Checks()

"""Where the checks of payment providers are collected."""

from core.testing.conformance.check import Checks

check = Checks()

"""Where the checks of CRM connectors are collected."""

from core.testing.conformance.check import Checks

check = Checks()

"""Conformance suites: whether a plugin keeps the promises that the core relies on.

A plugin's tests adopt one in a line::

    TestConformance = provider_suite(AcmeDriver)

where the driver stands beside the plugin's simulator and acts as its vendor. Each check has a stable
id, a sentence and a level; ``dealpay plugin check`` prints them as a table.
"""

from core.plugin_host.kinds import Kind
from core.testing.conformance.action import CHECKS as ACTION_CHECKS
from core.testing.conformance.action.rig import ActionRig
from core.testing.conformance.check import Check, Level, NotOffered
from core.testing.conformance.crm import CHECKS as CRM_CHECKS
from core.testing.conformance.crm.rig import CrmRig
from core.testing.conformance.driver import (
    ActionDriver,
    CrmDriver,
    Driver,
    MadeLink,
    ProviderDriver,
)
from core.testing.conformance.provider import CHECKS as PROVIDER_CHECKS
from core.testing.conformance.provider.rig import ProviderRig
from core.testing.conformance.suite import Outcome, Result, Suite, level_of, tests_of

SUITES = {
    Kind.PAYMENT_PROVIDER: Suite(PROVIDER_CHECKS, ProviderRig),
    Kind.CRM_CONNECTOR: Suite(CRM_CHECKS, CrmRig),
    Kind.ACTION: Suite(ACTION_CHECKS, ActionRig),
}

__all__ = [
    "SUITES",
    "ActionDriver",
    "Check",
    "CrmDriver",
    "Driver",
    "Level",
    "MadeLink",
    "NotOffered",
    "Outcome",
    "ProviderDriver",
    "Result",
    "Suite",
    "action_suite",
    "crm_suite",
    "level_of",
    "provider_suite",
]


def provider_suite(driver: type[ProviderDriver]) -> type:
    """The tests of a payment provider, for pytest."""
    return tests_of(SUITES[Kind.PAYMENT_PROVIDER], driver)


def crm_suite(driver: type[CrmDriver]) -> type:
    """The tests of a CRM connector, for pytest."""
    return tests_of(SUITES[Kind.CRM_CONNECTOR], driver)


def action_suite(driver: type[ActionDriver]) -> type:
    """The tests of a post-payment action, for pytest."""
    return tests_of(SUITES[Kind.ACTION], driver)

"""The suites find what they are for, and nothing where nothing is wrong."""

from pathlib import Path

import pytest

from core.plugin_host.kinds import Kind
from core.testing.conformance import SUITES, Outcome
from tests.unit.testing.conformance.sabotage import FAULTS, Fault, check, written

ALL = [(kind, fault) for kind, faults in FAULTS.items() for fault in faults]


@pytest.mark.parametrize(("kind", "fault"), ALL, ids=lambda value: str(value))
def test_the_check_that_names_a_fault_finds_it(kind: Kind, fault: Fault, tmp_path: Path) -> None:
    with written(kind, tmp_path, fault, full=fault.full) as driver:
        result = check(driver, fault.check)
    assert result.outcome is Outcome.FAILED
    assert result.reason


@pytest.mark.parametrize(
    ("kind", "full"),
    [(kind, full) for kind in Kind for full in (False, True)],
)
def test_a_good_plugin_raises_no_alarm(kind: Kind, full: bool, tmp_path: Path) -> None:
    with written(kind, tmp_path, full=full) as driver:
        results = list(SUITES[kind].run(driver))
    assert [one.reason for one in results if one.outcome is Outcome.FAILED] == []
    if full and kind is not Kind.ACTION:
        assert [one.check.id for one in results if one.outcome is Outcome.NOT_OFFERED] == []


def test_no_check_goes_without_a_fault_that_it_finds() -> None:
    known = {check.id for suite in SUITES.values() for check in suite.checks}
    assert {fault.check for _, fault in ALL} == known

"""How checks are counted and told."""

import re

import pytest

from core.api.errors import NotFound, NotSent, Rejected
from core.plugin_host.kinds import Kind
from core.testing.conformance import SUITES, Check, Level, Outcome, Result, level_of
from core.testing.conformance.check import Broken, expect_raises

CHECKS = [check for suite in SUITES.values() for check in suite.checks]


def test_ids_are_unique_and_of_their_kind() -> None:
    ids = [check.id for check in CHECKS]
    assert len(set(ids)) == len(ids)
    starts = {Kind.PAYMENT_PROVIDER: "provider.", Kind.CRM_CONNECTOR: "crm.", Kind.ACTION: "action."}
    for kind, suite in SUITES.items():
        assert all(check.id.startswith(starts[kind]) for check in suite.checks)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_each_check_says_in_a_sentence_what_it_is_about(check: Check) -> None:
    assert re.fullmatch(r"[\w`].*\.", check.sentence)
    assert check.docs.startswith("docs/plugins/checks.md#")


def result(level: Level, outcome: Outcome) -> Result:
    return Result(Check("x", level, lambda rig: None), outcome)


@pytest.mark.parametrize(
    ("failed", "level"),
    [
        ([], Level.GOLD),
        ([Level.GOLD], Level.SILVER),
        ([Level.SILVER], Level.BRONZE),
        ([Level.GOLD, Level.BRONZE], Level.NONE),
    ],
)
def test_a_level_takes_all_checks_up_to_it(failed: list[Level], level: Level) -> None:
    others = [result(one, Outcome.PASSED) for one in (Level.BRONZE, Level.SILVER, Level.GOLD)]
    missing = [result(one, Outcome.NOT_OFFERED) for one in (Level.BRONZE, Level.GOLD)]
    assert level_of([*others, *missing, *(result(one, Outcome.FAILED) for one in failed)]) == level


def test_an_error_of_another_kind_is_told() -> None:
    asked = "When it is asked"
    with pytest.raises(Broken, match="ValueError and not NotSent"), expect_raises(NotSent, when=asked):
        raise ValueError
    with pytest.raises(Broken, match="raises nothing"), expect_raises(NotSent, when=asked):
        pass


def test_a_kind_of_the_error_will_do() -> None:
    with expect_raises(Rejected, when="When it is asked") as raised:
        raise NotFound("It is gone.")
    assert isinstance(raised[0], NotFound)

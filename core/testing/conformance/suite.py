"""Run the checks of a kind: from a plugin's own tests, or for the table of ``dealpay plugin check``."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from core.testing.conformance.check import Broken, Check, Level, NotOffered
from core.testing.conformance.driver import Driver
from core.testing.conformance.rig import Address, addressed


class Outcome(StrEnum):
    """What came of a check. One that doesn't apply holds back no level."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_OFFERED = "not offered"


@dataclass(frozen=True, slots=True)
class Result:
    """What a check found; ``reason`` is a sentence unless it passed."""

    check: Check
    outcome: Outcome
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Suite:
    """The checks of one kind, and the world that each of them is made in."""

    checks: Sequence[Check]
    rig: Callable[[Any, Address], Any]

    @contextmanager
    def opened(self, driver: Driver) -> Iterator[Callable[[Check], Result]]:
        """A function that makes one check of what ``driver`` drives. It never raises."""
        with ExitStack() as stack:
            stack.enter_context(driver.hurried())
            address = stack.enter_context(addressed())
            yield lambda check: self._result(check, driver, address)

    def run(self, driver: Driver) -> Iterator[Result]:
        """Make every check, one after the other."""
        with self.opened(driver) as made:
            for check in self.checks:
                yield made(check)

    def _result(self, check: Check, driver: Driver, address: Address) -> Result:
        try:
            rig = self.rig(driver, address)
        except Exception as error:
            return Result(check, Outcome.FAILED, f"The plugin can't be loaded: {_words(error)}.")
        try:
            if missing := [verb for verb in check.needs if verb not in rig.offers]:
                return Result(check, Outcome.NOT_OFFERED, f"it doesn't offer {', '.join(missing)}")
            check.run(rig)
        except NotOffered as reason:
            return Result(check, Outcome.NOT_OFFERED, str(reason))
        except Broken as error:
            return Result(check, Outcome.FAILED, str(error))
        # Whatever escapes a verb, an exit included, is what the check has found.
        except (Exception, SystemExit) as error:
            return Result(check, Outcome.FAILED, f"It raises {_words(error)}.")
        finally:
            rig.close()
        return Result(check, Outcome.PASSED)


def level_of(results: Sequence[Result]) -> Level:
    """The highest level below which, and at which, no check has failed."""
    failed = [result.check.level for result in results if result.outcome is Outcome.FAILED]
    return Level(min(failed) - 1) if failed else Level.GOLD


def tests_of(suite: Suite, driver: type[Driver]) -> type:
    """A class of tests for pytest, one for each check."""
    import pytest

    class Conformance:
        """Each check of the suite, by its id."""

        @pytest.fixture(scope="class")
        @classmethod
        def made(cls) -> Iterator[Callable[[Check], Result]]:
            with suite.opened(driver()) as made:
                yield made

        @pytest.mark.parametrize("check", suite.checks, ids=lambda check: check.id)
        def test(self, made: Callable[[Check], Result], check: Check) -> None:
            result = made(check)
            if result.outcome is Outcome.NOT_OFFERED:
                pytest.skip(f"{check.id}: {result.reason}")
            if result.outcome is Outcome.FAILED:
                pytest.fail(
                    f"{check.sentence}\n{result.reason}\n{check.cure}\n{check.docs}", pytrace=False
                )

    return Conformance


def _words(error: BaseException) -> str:
    said = " ".join(str(error).split())
    return f"{type(error).__name__}: {said}" if said else type(error).__name__

"""What a check is: an id for good, a sentence, a level, and a function that says what is wrong."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any

from core.api.errors import DealpayError


class Level(IntEnum):
    """What a plugin is worth: the highest level of which it passes all checks, and all below."""

    NONE = 0
    BRONZE = 1
    SILVER = 2
    GOLD = 3

    def __str__(self) -> str:
        return self.name.lower()


class Broken(AssertionError):
    """What a check found, in a sentence for the plugin's author."""


class NotOffered(Exception):
    """The check doesn't apply: the plugin, or its vendor, has no such thing."""


@dataclass(frozen=True, slots=True)
class Check:
    """One check. ``needs`` are the verbs without which it doesn't apply; the first line of what
    ``run`` says of itself is the sentence, the rest is the cure that the docs print."""

    id: str
    level: Level
    run: Callable[[Any], None]
    needs: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        return self._doc[0]

    @property
    def cure(self) -> str:
        """What the author of a plugin that fails is told beside the sentence; may be empty."""
        return " ".join(self._doc[1].split())

    @property
    def docs(self) -> str:
        """Where the check is explained, from the root of the project."""
        return f"docs/plugins/checks.md#{self.id.replace('.', '')}"

    @property
    def _doc(self) -> tuple[str, str]:
        first, _, rest = (self.run.__doc__ or "").strip().partition("\n")
        return first, rest


class Checks(list[Check]):
    """The checks of one kind of plugin, in the order in which they run."""

    def __call__(
        self, id: str, level: Level, *, needs: tuple[str, ...] = ()
    ) -> Callable[[Callable[[Any], None]], Callable[[Any], None]]:
        """Add the function below as the check ``id``."""

        def add(run: Callable[[Any], None]) -> Callable[[Any], None]:
            self.append(Check(id, level, run, needs))
            return run

        return add

    def named(self, prefix: str) -> list[Check]:
        """The checks under ids that begin with ``prefix``: what several kinds have in common."""
        return [replace(check, id=f"{prefix}.{check.id}") for check in self]


def expect(holds: object, otherwise: str) -> None:
    """Raise Broken with ``otherwise`` unless ``holds``."""
    if not holds:
        raise Broken(otherwise)


@contextmanager
def expect_raises(*kinds: type[DealpayError], when: str) -> Iterator[list[DealpayError]]:
    """The block raises one of ``kinds``, and no subclass that says something else.

    The error is in the list afterwards.
    """
    caught: list[DealpayError] = []
    wanted = " or ".join(kind.__name__ for kind in kinds)
    try:
        yield caught
    except kinds as error:
        caught.append(error)
    except Broken:
        raise
    except Exception as error:
        raise Broken(f"{when}, it raises {type(error).__name__} and not {wanted}.") from error
    else:
        raise Broken(f"{when}, it raises nothing: {wanted} is expected.")

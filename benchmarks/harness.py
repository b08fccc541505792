"""Figures, how many of them make one, and the table they end up in."""

import json
import os
import platform
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from enum import Enum
from pathlib import Path
from typing import TypeVar

A = TypeVar("A")
RESULTS = Path(__file__).parent / "results.md"


class Scale(Enum):
    """How much is measured: ``SMOKE`` only shows that a bench works, its figures mean nothing."""

    SMOKE = "smoke"
    NORMAL = "normal"
    FULL = "full"

    def of(self, smoke: int, normal: int, full: int | None = None) -> int:
        """The number for this scale; ``full`` is ``normal`` where nothing is said."""
        return {Scale.SMOKE: smoke, Scale.NORMAL: normal}.get(self, full or normal)


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table. ``bar`` is what it has to reach, from below or from above."""

    bench: str
    what: str
    value: float
    unit: str = "x"
    at_least: float | None = None
    at_most: float | None = None
    detail: str = ""

    @property
    def bar(self) -> str:
        if self.at_least is not None:
            return f"≥ {_number(self.at_least)} {self.unit}"
        return f"≤ {_number(self.at_most)} {self.unit}" if self.at_most is not None else "none"

    @property
    def met(self) -> bool | None:
        """Whether the bar is met; None where there is none."""
        if self.at_least is not None:
            return self.value >= self.at_least
        return self.value <= self.at_most if self.at_most is not None else None


def percentile(values: Iterable[float], share: float) -> float:
    """The value that ``share`` (0 to 1) of ``values`` don't exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def spread(values: Sequence[float]) -> str:
    """The lowest and the highest of several rounds: how much the machine's noise is."""
    return f"{_number(min(values))} to {_number(max(values))}"


def interleaved(count: int, one: Callable[[], A], other: Callable[[], A]) -> list[tuple[A, A]]:
    """``count`` rounds of both, one right after the other, each first in every second round.

    Whatever else the machine does meanwhile slows both.
    """
    pairs = []
    for number in range(count):
        if number % 2:
            second = other()
            pairs.append((one(), second))
        else:
            pairs.append((one(), other()))
    return pairs


median = statistics.median


def table(figures: Sequence[Figure]) -> str:
    """The figures as a table that reads well in a terminal and as Markdown."""
    words = {True: "yes", False: "NO", None: ""}
    head = ("bench", "figure", "measured", "bar", "met", "detail")
    rows = [
        (f.bench, f.what, f"{_number(f.value)} {f.unit}", f.bar, words[f.met], f.detail) for f in figures
    ]
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]

    def line(row: Sequence[str]) -> str:
        return (
            "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        )

    return "\n".join([line(head), line(["-" * width for width in widths]), *map(line, rows)])


def machine() -> str:
    """What it was measured on."""
    return f"{os.cpu_count()} cores ({platform.machine()}), Python {platform.python_version()}"


def write(figures: Sequence[Figure], path: Path = RESULTS) -> None:
    """The table as Markdown, and beside it the same as JSON."""
    path.write_text(f"# What `make bench` measured\n\n{machine()}.\n\n{table(figures)}\n")
    lines = [asdict(figure) | {"met": figure.met} for figure in figures]
    document = {"machine": machine(), "figures": lines}
    path.with_suffix(".json").write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n")


def _number(value: float | None) -> str:
    assert value is not None
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"

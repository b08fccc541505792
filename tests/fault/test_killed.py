"""A process is killed between two steps and started again: nothing is lost, and nothing done twice."""

from collections import Counter
from pathlib import Path

import pytest

from core.db.faultpoints import POINTS
from tests.fault.child import Host, Kill, Record
from tests.fault.conftest import ENGINES, Start
from tests.fault.house import House
from tests.fault.processes import eventually
from tests.fault.vendors import Trap

#: What has to happen to the first note for a point to be reached at all.
MISHAPS = {
    "step.looked_up": "lost_reply",
    "step.forgotten": "rate_limited",
}
#: Each point on one of the engines; the long form takes them all.
SHORT = sorted((ENGINES[turn % len(ENGINES)], point) for turn, point in enumerate(POINTS))

short = pytest.mark.parametrize(("house", "point"), SHORT, indirect=["house"])
on_each = pytest.mark.parametrize("house", ENGINES, indirect=True)
at_each = pytest.mark.parametrize("point", POINTS)


@pytest.mark.parametrize("house", ["sqlite"], indirect=True)
def test_every_point_that_is_passed_is_declared(start: Start, tmp_path: Path) -> None:
    with start(Record(str(tmp_path / "points"))) as job:
        job.run()
        job.check()
    assert passed(tmp_path)
    assert set(passed(tmp_path)) <= set(POINTS)


@short
def test_at_a_point(house: House, start: Start, point: str) -> None:
    check(house, start, Kill(point))


@pytest.mark.long
@on_each
@at_each
def test_each_time_that_a_point_is_reached(
    house: House, start: Start, point: str, tmp_path: Path
) -> None:
    for nth in range(1, hits(house, start, point, tmp_path) + 1):
        check(house, start, Kill(point, nth))


@pytest.mark.long
@on_each
@at_each
def test_while_every_webhook_comes_twice(house: House, start: Start, point: str) -> None:
    house.stripe.simulator.faults.add("doubled", times=None)
    check(house, start, Kill(point))


@pytest.mark.long
@pytest.mark.parametrize("house", ["procrastinate"], indirect=True)
@at_each
def test_one_of_two_workers(house: House, start: Start, point: str) -> None:
    check(house, start, Kill(point), workers=2)


def check(house: House, start: Start, kill: Kill, *, workers: int = 1) -> None:
    prepare(house, kill.point)
    with start(kill, workers=[Host()] * workers) as job:
        job.run()
        # The last point of all is passed when everything is settled already.
        eventually(lambda: any(one.deaths for one in job.processes), "somebody comes to this point")
        job.check()


def prepare(house: House, point: str) -> None:
    if kind := MISHAPS.get(point):
        house.kylas.traps.append(Trap("POST /v1/notes/relation", kind))


def hits(house: House, start: Start, point: str, folder: Path) -> int:
    """How often one process comes to ``point`` in the whole job."""
    prepare(house, point)
    with start(Record(str(folder / "points"))) as job:
        job.run()
    return max(Counter(file.read_text().split())[point] for file in folder.glob("points.*"))


def passed(folder: Path) -> list[str]:
    """The points that were passed by any process."""
    return [point for file in folder.glob("points.*") for point in file.read_text().split()]

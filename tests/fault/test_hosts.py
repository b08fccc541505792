"""Hosts that differ: in their clocks, and in the version that they run."""

import pytest

from tests.fault.child import Host
from tests.fault.conftest import Start
from tests.fault.job import DEALS

pytestmark = pytest.mark.parametrize("house", ["procrastinate"], indirect=True)


def test_clocks_ten_minutes_apart(start: Start) -> None:
    hosts = [Host(minutes_off=-10), Host(minutes_off=10)]
    with start(web=Host(minutes_off=10), workers=hosts) as job:
        job.run()
        job.check()
        assert all("clock.off" in process.log.read_text() for process in job.processes)


def test_an_older_worker_leaves_an_action_that_it_lacks_to_a_newer_one(start: Start) -> None:
    older = Host({"dealpay.disabled_plugins": "notes"})
    with start(workers=[older, Host()]) as job:
        job.deals = DEALS  # so many runs that the older one comes to some of them
        job.run()
        job.check()


@pytest.mark.long  # the queue brings a row again after five seconds
def test_an_older_worker_leaves_rows_of_a_table_that_it_lacks_to_a_newer_one(start: Start) -> None:
    older = Host(unknown=("action_runs",))
    with start(workers=[older, Host()]) as job:
        job.run()
        job.check()

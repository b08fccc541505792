"""Hosts that differ: in their clocks, and in the version that they run."""

import pytest

from tests.fault.conftest import Host, Start

pytestmark = pytest.mark.parametrize("house", ["procrastinate"], indirect=True)


def test_clocks_ten_minutes_apart(start: Start) -> None:
    hosts = [Host(minutes_off=-10), Host(minutes_off=10)]
    with start(web=Host(minutes_off=10), workers=hosts) as job:
        job.run()
        job.check()
        assert all("clock.off" in process.log.read_text() for process in job.processes)

"""A Kylas simulator over real HTTP, at its start state in each test."""

from collections.abc import Iterator

import pytest

from core.testing.server import serve
from plugins.kylas_crm.simulator import KylasSimulator
from plugins.kylas_crm.tests.simulator.calls import APP_URL, Clock, Crm


@pytest.fixture(scope="session")
def served_crm() -> Iterator[Crm]:
    simulators: list[KylasSimulator] = []
    clock = Clock()

    def make(url: str) -> KylasSimulator:
        simulators.append(KylasSimulator(base_url=url, app_url=APP_URL, clock=clock, held=True))
        return simulators[0]

    with serve(make):
        crm = Crm(simulators[0], clock)
        yield crm
        crm.http.close()
    simulators[0].store.close()


@pytest.fixture
def crm(served_crm: Crm) -> Crm:
    served_crm.clock.step = 1.0
    served_crm.simulator.deliveries.held = []
    served_crm.simulator.reset()
    served_crm.http.cookies.clear()
    return served_crm

"""Each call of the job gets each kind of bad answer, and the end is the same."""

import pytest

from core.testing.faults import FaultKind
from tests.fault.conftest import ENGINES, Start
from tests.fault.house import House
from tests.fault.job import MOVE
from tests.fault.vendors import Trap, shape

STRIPE = (
    "GET /v1/prices",
    "GET /v1/prices/{id}",
    "POST /v1/payment_links",
    "GET /v1/payment_links/{id}",
    "GET /v1/checkout/sessions",
    "GET /v1/events",
)
KYLAS = (
    "GET /v1/deals/{id}",
    "GET /v1/currencies",
    "POST /v1/search/contact",
    "POST /v1/notes/relation",
    "GET /v1/notes/relation",
    "POST /v1/pipelines/search",
    "GET /v1/pipelines/{id}",
    MOVE,
)
CALLS = (*STRIPE, *KYLAS)
#: Who still is a user, asked now and then beside the job: what is in its way locks nobody out.
ASIDE = {"POST /v1/users/search", "GET /v1/users/{id}"}
#: Asked only after the answer to a new note was lost.
LOOKED_UP = "GET /v1/notes/relation"

#: How often in a row: clients try again by themselves, twice at most.
TIMES = {
    FaultKind.LOST_REPLY: 3,
    FaultKind.MALFORMED: 3,
    FaultKind.SERVER_ERROR: 3,
    FaultKind.UNAVAILABLE: 3,
    FaultKind.RATE_LIMITED: 2,
    FaultKind.SLOW: 1,
}
KINDS = tuple(TIMES)
#: An answer that is lost after something was written; every kind with some call that reads.
SHORT = sorted(
    (ENGINES[turn % 2], call, KINDS[0] if call.startswith("POST") else KINDS[turn % len(KINDS)])
    for turn, call in enumerate(CALLS)
)


@pytest.mark.parametrize("house", ["sqlite"], indirect=True)
def test_the_list_holds_every_call_of_the_job(house: House, start: Start) -> None:
    with start() as job:
        job.run()
        asked = {shape(*one.split()) for each in (house.stripe, house.kylas) for one in each.asked}
    calls = {one for one in asked if "/v1/" in one}
    assert calls - ASIDE == set(CALLS) - {LOOKED_UP}


@pytest.mark.parametrize(("house", "call", "kind"), SHORT, indirect=["house"])
def test_a_bad_answer(house: House, start: Start, call: str, kind: FaultKind) -> None:
    check(house, start, call, kind)


@pytest.mark.long
@pytest.mark.parametrize("house", ENGINES, indirect=True)
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("kind", KINDS)
def test_each_time_that_a_call_is_made(house: House, start: Start, call: str, kind: FaultKind) -> None:
    for nth in range(1, made(house, start, call) + 1):
        check(house, start, call, kind, nth)


def check(house: House, start: Start, call: str, kind: FaultKind, nth: int = 1) -> None:
    prepare(house, call)
    trap = Trap(call, kind, nth, TIMES[kind])
    vendor = house.stripe if call in STRIPE else house.kylas
    vendor.traps.append(trap)
    with start() as job:
        job.run()
        assert trap.sprung, "nobody made this call"
        job.check()


def prepare(house: House, call: str) -> None:
    if call == LOOKED_UP:
        house.kylas.traps.append(Trap("POST /v1/notes/relation", FaultKind.LOST_REPLY))


def made(house: House, start: Start, call: str) -> int:
    """How often the whole job makes a call."""
    prepare(house, call)
    with start() as job:
        job.run()
        return [shape(*one.split()) for each in (house.stripe, house.kylas) for one in each.asked].count(
            call
        )

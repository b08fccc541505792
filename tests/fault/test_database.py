"""The database takes nothing for a while: everybody is told, nothing is lost, and all mends itself."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any

import pytest
import requests
from bs4 import BeautifulSoup

from core.db.faultpoints import POINTS
from core.links.models import PaymentLink
from tests.fault import outages
from tests.fault.child import Disconnect
from tests.fault.cluster import Cluster
from tests.fault.conftest import Start
from tests.fault.house import House
from tests.fault.job import DEALS, Job
from tests.fault.people import pay
from tests.fault.processes import eventually

#: The points that stand in a transaction.
WRITTEN = [point for point in POINTS if point.endswith("written")]
SHORT = ("link.open_written", "ledger.written")


@pytest.fixture
def house(request: pytest.FixtureRequest, houses: Callable[..., House]) -> House:
    """A house that stands, with PostgreSQL, on the server of ``cluster``."""
    own = () if request.param == "sqlite" else (request.getfixturevalue("cluster"),)
    return houses(request.param, *own)


def on(*engines: str, long: Sequence[str] = ()) -> Any:
    """On ``engines``, and in the long form on others too."""
    more = [pytest.param(engine, marks=pytest.mark.long) for engine in long]
    return pytest.mark.parametrize("house", [*engines, *more], indirect=True)


@on("sqlite")
def test_the_disk_is_full(house: House, start: Start) -> None:
    with start() as job:
        (serve,) = job.processes
        wal = house.database.file.with_name(house.database.file.name + "-wal")
        through_an_outage(job, lambda: outages.full_disk(serve.pid, wal))


@on("procrastinate", long=["postgresql"])
def test_the_server_is_stopped(house: House, start: Start, cluster: Cluster) -> None:
    with start() as job:
        through_an_outage(job, lambda: outages.stopped(cluster))


@on("postgresql", long=["procrastinate"])
def test_the_server_takes_no_more_connections(house: House, start: Start, cluster: Cluster) -> None:
    with start() as job:
        through_an_outage(job, lambda: outages.crowded(cluster))


@on("procrastinate", long=["postgresql"])
def test_the_server_crashes_while_much_goes_on(house: House, start: Start, cluster: Cluster) -> None:
    def crash() -> None:
        eventually(lambda: house.workspace.stripe.all("payment_link"), "the first link")
        cluster.stop("immediate")
        cluster.start()

    with start() as job:
        job.deals = DEALS
        job.run(meanwhile=crash)
        job.check()


@on("postgresql", "procrastinate")
@pytest.mark.parametrize(
    "point", [pytest.param(one, marks=() if one in SHORT else pytest.mark.long) for one in WRITTEN]
)
def test_a_connection_ends_in_a_transaction(house: House, start: Start, point: str) -> None:
    with start(Disconnect(point, database_url=house.database.url)) as job:
        job.run()
        job.check()


def through_an_outage(job: Job, outage: Callable[[], AbstractContextManager[None]]) -> None:
    """A link is made before it and paid in it; another form is open already when it begins."""
    job.deals = DEALS[:2]
    first, second = (job.rep(deal) for deal in job.deals)
    url = first.makes_link()
    form = second.opens_form() | {"quantity": "1"}
    with outage():
        answer = second.post(second.modal, form)
        assert answer.status_code == 503
        page = BeautifulSoup(answer.text, "html.parser")
        assert "no payment is lost" in page.get_text()
        kept = {str(one["name"]): str(one["value"]) for one in page.select("form input")}
        assert kept == form
        pay(url)
        eventually(lambda: 503 in answers_to_stripe(job), "Stripe is told to come again")
        assert requests.get(f"{job.house.url}/healthz", timeout=30).status_code == 200
    # Without anybody's help it goes on as if nothing had been.
    links = eventually(lambda: read(job), "the database is back")
    assert len(links) == 1
    pay(second.sends(kept))
    job.settle()
    job.check()


def answers_to_stripe(job: Job) -> list[int]:
    return [
        attempt["status"]
        for delivery in job.workspace.stripe.all("delivery")
        for attempt in delivery["attempts"]
    ]


def read(job: Job) -> list[PaymentLink]:
    return job.workspace.rows(PaymentLink)

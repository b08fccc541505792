"""The app with both simulators at its other ends, and a workspace that is connected to them."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

import pytest

from core.connections import service as connections
from core.sandbox import demo
from core.testing.server import serve
from plugins.razorpay_provider.settings import RazorpaySettings
from plugins.razorpay_provider.simulator import RazorpaySimulator, seed
from plugins.razorpay_provider.simulator.webhooks import EVENT_TYPES
from tests.simulators import Simulators, serving
from tests.support import ORIGIN, Apps, Browser, Clock, Databases
from tests.workspace import Workspace

_MADE_UP = "made-up-by-the-merchant"


@pytest.fixture(scope="session")
def served() -> Iterator[Simulators]:
    """Both simulators, for the whole run."""
    with serving() as simulators:
        yield simulators


@pytest.fixture
def sims(served: Simulators, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Simulators:
    """Both simulators in their start state, on the test's clock."""
    served.reset(clock)
    served.hurry(monkeypatch)
    return served


@pytest.fixture
def ini(ini: dict[str, str], served: Simulators) -> dict[str, str]:
    return ini | served.options


@dataclass
class Start:
    """A state that many tests begin with: made once, then put back in a tenth of the time."""

    of: str
    sims: Any
    workspace: Workspace


@pytest.fixture(scope="session")
def starts() -> dict[str, Start]:
    """The newest one of each database, by its URL."""
    return {}


@pytest.fixture
def workspace(
    wsgi: Any,
    sims: Simulators,
    ini: dict[str, str],
    databases: Databases,
    starts: dict[str, Start],
    apps: Apps,
    clock: Clock,
) -> Workspace:
    """A connected workspace with the rules of the demo; webhooks go straight into the app."""
    sims.deliver_to(wsgi)
    app, url = wsgi.registry.app, ini["dealpay.database_url"]
    # Not kept are the queue's own rows, another database, and the tables of plugins that a test wrote.
    ours = url == databases.url and ini["dealpay.jobs"] == "local"
    plain = wsgi in apps and "dealpay.plugin_path" not in ini
    if not (ours and plain and demo.is_missing(app)):
        return Workspace.build(app, sims)
    of, start = json.dumps([ini, clock().isoformat(), sims.keep()]), starts.get(url)
    if start and start.of == of:
        databases.restore()
        sims.restore(start.sims)
        return replace(start.workspace, app=app)
    made = Workspace.build(app, sims)
    databases.keep()
    starts[url] = Start(of, sims.keep(), made)
    return made


@pytest.fixture
def member(browser: Browser, workspace: Workspace) -> Browser:
    """A browser that the workspace's owner is signed in with."""
    browser.enter(demo.OWNER, demo.PASSWORD)
    return browser


class Address:
    """Where one more vendor is: for all tests the same, so that they may have the same app."""

    url = ""
    vendor: Any = None

    def __call__(self, environ: Any, start_response: Any) -> Any:
        return self.vendor(environ, start_response)


@pytest.fixture(scope="session")
def address() -> Iterator[Address]:
    address = Address()
    with serve(lambda _: address) as address.url:
        yield address


@pytest.fixture
def razorpay(ini: dict[str, str], address: Address, clock: Clock) -> Iterator[RazorpaySimulator]:
    """Asked for before the app, which is led here."""
    simulator = RazorpaySimulator(
        base_url=address.url, app_url=ORIGIN, held=True, clock=lambda: clock().timestamp()
    )
    address.vendor, ini["dealpay.razorpay_provider.api_base"] = simulator, address.url
    yield simulator
    simulator.store.close()


@pytest.fixture
def second(razorpay: RazorpaySimulator, wsgi: Any, workspace: Workspace) -> Workspace:
    """The workspace with a Razorpay account; what Razorpay sends goes straight into the app."""

    def post(url: str, body: bytes, headers: Mapping[str, str]) -> int:
        path = urlsplit(url).path
        return int(Browser(wsgi).post(path, body, dict(headers), expect_errors=True).status_int)

    razorpay.deliveries.transport = post
    start = seed.NORTHWIND
    settings = RazorpaySettings(key_id=start.key_id, key_secret=start.key_secret, merchant_id=start.id)
    connected = connections.connect_account(
        workspace.app, workspace.owner, "razorpay", "Razorpay", settings
    )
    unit, webhook = connected.steps
    assert unit.problem is None
    assert webhook.problem
    assert webhook.problem.startswith("Razorpay has webhooks added on its own pages only")
    second = replace(workspace, account_id=connected.account_id)
    url = connections.webhook_url(second.app, second.account())
    razorpay.webhooks.add(razorpay.account(start.id), url, _MADE_UP, EVENT_TYPES)
    connections.set_signing_secret(second.app, second.owner, second.account_id, _MADE_UP)
    return second

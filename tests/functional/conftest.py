"""The app with both simulators at its other ends, and a workspace that is connected to them."""

from collections.abc import Iterator
from typing import Any

import pytest

from core.sandbox import demo
from tests.simulators import Simulators, serving
from tests.support import Browser, Clock
from tests.workspace import Workspace


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


@pytest.fixture
def workspace(wsgi: Any, sims: Simulators) -> Workspace:
    """A connected workspace with the rules of the demo; webhooks go straight into the app."""
    sims.deliver_to(wsgi)
    return Workspace.build(wsgi.registry.app, sims)


@pytest.fixture
def member(browser: Browser, workspace: Workspace) -> Browser:
    """A browser that the workspace's owner is signed in with."""
    browser.sign_in(demo.OWNER, demo.PASSWORD)
    return browser

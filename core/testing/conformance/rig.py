"""Where a check is made: a fresh simulator behind a known address, and one object of the plugin.

The verbs are called as the host calls them, through pluggy, but with nothing in between: an error
that the host would put into the core's words reaches the check as it is.
"""

import io
import logging
import threading
import traceback
from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import requests
from pluggy import PluginManager

from core.api.hookspecs import PROJECT
from core.api.settings import Settings
from core.plugin_host.calls import verbs_of
from core.plugin_host.context import Toolbox, utc_now
from core.plugin_host.entries import ENTRIES
from core.plugin_host.hooks import attach
from core.plugin_host.http import BoundedAdapter
from core.plugin_host.kinds import VERBS
from core.plugin_host.ratelimit import Buckets
from core.plugin_host.shapes import mismatch
from core.testing.conformance.check import Broken
from core.testing.conformance.driver import Driver, VendorDriver
from core.testing.context import Log
from core.testing.server import serve
from core.testing.simulator import Simulator

#: Where nobody listens: port 1 is kept free on every machine.
NOWHERE = "http://127.0.0.1:1"
D = TypeVar("D", bound=Driver)
V = TypeVar("V", bound=VendorDriver)


class Address:
    """One address for all checks of a run. It keeps what it is asked."""

    url = ""

    def __init__(self) -> None:
        self.simulator: Any = None
        self.asked: list[str] = []
        self._busy = 0
        self._changed = threading.Condition()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        with self._changed:
            self._busy += 1
            self.asked.append(f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}")
        try:
            answer: Iterable[bytes] = self.simulator(environ, start_response)
            return answer
        finally:
            with self._changed:
                self._busy -= 1
                self._changed.notify_all()

    def put(self, kind: type[Simulator]) -> Any:
        """A new simulator behind the address; what it would deliver is held."""
        self.simulator = kind(base_url=self.url, held=True)
        return self.simulator

    def clear(self) -> None:
        """Forget the simulator, once it has answered everybody: some may have given up waiting."""
        with self._changed:
            self._changed.wait_for(lambda: not self._busy, timeout=10)
        if self.simulator is not None:
            self.simulator.deliveries.stop()
            self.simulator.store.close()
        self.simulator = None


@contextmanager
def addressed() -> Iterator[Address]:
    """An address on this machine for as long as a suite runs."""
    address = Address()
    with serve(lambda _: address) as address.url:
        yield address


@dataclass(frozen=True, slots=True)
class Sent:
    """A request as the plugin handed it to ``ctx.http``. ``timeout`` is the longest wait it asks
    for, in seconds; None is for ever."""

    method: str
    url: str
    timeout: float | None


class WatchedSession(requests.Session):
    """``ctx.http``: real HTTP, and a list of what went through. The environment is not looked at."""

    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False
        self.sent: list[Sent] = []

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        asked = kwargs.get("timeout")
        waits = asked if isinstance(asked, tuple) else (asked,)
        longest = None if None in waits else max(waits)
        self.sent.append(Sent(str(request.method), str(request.url), longest))
        return super().send(request, **kwargs)


@dataclass
class Said:
    """Everything that could be read afterwards: log lines, output, errors with their causes."""

    lines: list[str] = field(default_factory=list)

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Hear what is logged or printed meanwhile, at every level that the plugin left on."""
        heard = io.StringIO()
        handler = logging.StreamHandler(heard)
        handler.setLevel(logging.DEBUG)
        root = logging.getLogger()
        level = root.level
        root.addHandler(handler)
        root.setLevel(logging.DEBUG)
        try:
            with redirect_stdout(heard), redirect_stderr(heard):
                yield
        finally:
            root.setLevel(level)
            root.removeHandler(handler)
            self.lines.append(heard.getvalue())

    def error(self, error: BaseException) -> None:
        """Keep an error as an operator would read it."""
        self.lines += [repr(error), *traceback.format_exception(error)]

    def find(self, secrets: Iterable[str]) -> str | None:
        """The first line that gives a secret away."""
        hidden = [secret for secret in secrets if secret]
        return next((line for line in self.lines if any(one in line for one in hidden)), None)


class Rig(Generic[D]):
    """One check's world."""

    def __init__(self, driver: D):
        self.driver = driver
        self.log = Log()
        self.said = Said()
        self.http = WatchedSession()
        self.member = driver.member
        self._hooks = PluginManager(PROJECT)
        self._hooks.add_hookspecs(VERBS[driver.kind])
        self.offers = attach(self._hooks, VERBS[driver.kind], self.member, driver.kind)

    def load(self) -> None:
        """Take the object as the host does at its start. Raises PluginRefused."""
        tools = Toolbox(
            plugin_id="conformance",
            options={},
            adapter=BoundedAdapter("conformance", frozenset()),
            buckets=Buckets(),
            clock=utc_now,
        )
        ENTRIES[self.driver.kind](self.member, tools)

    def call(self, verb: str, **arguments: Any) -> Any:
        """The verb's answer, looked at for its shape."""
        try:
            answer = getattr(self._hooks.hook, verb)(**arguments)
        except Exception as error:
            self.said.error(error)
            raise
        if problem := mismatch(answer, verbs_of(self.driver.kind)[verb].answer):
            raise Broken(f"{verb} answers something else than its hookspec says: {problem}.")
        return answer

    def close(self) -> None:
        """End what the world holds open."""
        self.http.close()


class VendorRig(Rig[V]):
    """A check's world with a vendor in it."""

    def __init__(self, driver: V, address: Address):
        super().__init__(driver)
        self.payer = requests.Session()
        self.payer.trust_env = False
        self.address = address
        self.settings: Settings = driver.settings()
        self.simulator = address.put(driver.simulator)
        #: What reached the vendor while a verb was running.
        self.reached: list[str] = []

    def call(self, verb: str, **arguments: Any) -> Any:
        before = len(self.address.asked)
        try:
            return super().call(verb, **arguments)
        finally:
            self.reached += self.address.asked[before:]

    def fault(self, kind: str, *, writes: bool, times: int | None = None, **more: object) -> None:
        """Let what the plugin asks next go wrong: all requests, or only those that change something."""
        for method in self.driver.write_methods if writes else ("",):
            self.simulator.faults.add(kind, method=method, times=times, **more)

    @abstractmethod
    def open(self, settings: Settings | None = None, *, timeout: float = 10.0) -> Any:
        """The account of the settings, as the host learns it before it asks for anything else."""

    @abstractmethod
    def reader(self) -> tuple[str, Callable[..., Any]]:
        """A verb that reads: its name and a call, which takes ``settings``, ``timeout`` and ``url``.

        All that it needs is there already, so that whatever goes wrong goes wrong in it.
        """

    @abstractmethod
    def writer(self) -> tuple[str, Callable[..., Any]]:
        """A verb that writes, as ``reader``."""

    @abstractmethod
    def use_everything(self) -> None:
        """Every verb once, all going well."""

    def mistakes(self) -> list[Callable[[], Any]]:
        """Calls that fail in ways of their own."""
        return []

    def learned(self) -> tuple[str, ...]:
        """Secrets that aren't in the settings."""
        return ()

    def close(self) -> None:
        super().close()
        self.payer.close()
        self.address.clear()


def lower(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers as a delivery has them."""
    return {name.lower(): value for name, value in headers.items()}

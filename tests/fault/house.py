"""A connected workspace, made once, and what it consists of put back before each test."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core import main
from core.db.sealing import make_key_file
from core.sandbox import demo
from core.testing.store import Store
from core.web.sessions import COOKIE
from plugins.kylas_crm.simulator.ratelimit import RateLimits
from tests.fault.databases import Kept
from tests.fault.vendors import Witness
from tests.simulators import serving
from tests.support import Browser, free_port
from tests.workspace import Workspace

#: A delivery that isn't taken is sent again this much later, in seconds; Stripe waits for hours.
_REDELIVERED_AFTER = (0.1,) * 200

#: A worker that says nothing for this many seconds is taken for dead: the shortest there is.
_QUEUE = {"dealpay.jobs": "procrastinate", "dealpay.run_jobs": "false", "dealpay.job_lease": "2"}


@dataclass
class House:
    """Everything but the processes of the app. Its jobs run there, not here."""

    engine: str
    database: Kept
    folder: Path
    settings: dict[str, str]
    url: str
    workspace: Workspace
    #: The session of the workspace's owner, signed in.
    cookie: str
    stores: tuple[Store, ...]

    @property
    def stripe(self) -> Witness:
        return self._witnesses[0]

    @property
    def kylas(self) -> Witness:
        return self._witnesses[1]

    @property
    def _witnesses(self) -> Any:
        return self.workspace.sims.recorded

    def ini(self, more: Mapping[str, str]) -> Path:
        """An ini file with the settings of the house, and with ``more``."""
        settings = {**self.settings, **more}
        file = self.folder / f"{hash(frozenset(settings.items()))}.ini"
        lines = (f"{name} = {value}" for name, value in settings.items())
        file.write_text("\n".join(["[app:main]", "use = egg:dealpay", *lines, ""]))
        return file

    def restore(self) -> None:
        """The database and the vendors as they were when the workspace had been connected."""
        self.workspace.app.db.engine.dispose()
        self.database.restore()
        for witness, store in zip(self._witnesses, self.stores, strict=True):
            witness.begin(self.url, store)
        self.stripe.simulator.webhooks.retry_delays = _REDELIVERED_AFTER
        # Our side's limit is off (see child), so this one's time flies.
        self.kylas.simulator.limits = RateLimits(lambda: time.monotonic() * 1000)


@contextmanager
def built(engine: str, folder: Path, database: Kept) -> Iterator[House]:
    """A house whose jobs are delivered by ``engine``."""
    make_key_file(folder / "keys.json")
    port = free_port()
    url = f"http://localhost:{port}"
    with serving(Witness) as sims:
        settings = {
            "dealpay.database_url": database.url,
            "dealpay.secret_keys": str(folder / "keys.json"),
            "dealpay.public_url": url,
            "dealpay.port": str(port),
            "dealpay.mail_url": "smtp://127.0.0.1:1",
            "jinja2.bytecode_caching": "true",
            "jinja2.bytecode_caching_directory": str(folder),
            **sims.options,
            **(_QUEUE if engine == "procrastinate" else {}),
        }
        wsgi: Any = main({}, **settings)
        witnesses: Any = sims.recorded
        for witness in witnesses:
            witness.begin(url)
        workspace = Workspace.build(wsgi.registry.app, sims)
        cookie = _signed_in(wsgi, url)
        workspace.app.db.engine.dispose()
        database.keep()
        stores = tuple(witness.copy() for witness in witnesses)
        house = House(engine, database, folder, settings, url, workspace, cookie, stores)
        house.restore()
        yield house
        workspace.app.db.engine.dispose()
        wsgi.registry.plugins.close()


def _signed_in(wsgi: Any, url: str) -> str:
    host = url.removeprefix("http://")
    browser = Browser(wsgi, **{"wsgi.url_scheme": "https", "HTTP_HOST": host, "HTTP_ORIGIN": url})
    browser.sign_in(demo.OWNER, demo.PASSWORD).follow()  # the first page gives the session its token
    return f"{COOKIE}={browser.cookies[COOKIE]}"

"""docs/operate.md does what it says: its files are set up, its commands run, its lists are complete."""

import os
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from plugins.kylas_crm.simulator.ratelimit import RateLimits
from tests.machine import BLOCKS, PAGE, Machine, program, read_environment
from tests.packaging.containers import compose, instructions
from tests.production import wait_for
from tests.simulators import Simulators
from tests.support import Browser, Clock, Databases, SqliteFiles, postgres_database
from tests.workspace import Workspace

#: The blocks of the page that a test below runs, by how they are named there.
RUN = {
    "sqlite": ["sqlite, first start", "sqlite, backup", "sqlite, restore"],
    "postgresql": [
        "postgresql, first start",
        "postgresql, backup",
        "postgresql, restore",
        "postgresql, upgrade",
        "reconcile",
        "keys",
    ],
}


class OnTheWall(Clock):
    """The processes go by this one, so the app of the test does too."""

    def __call__(self) -> datetime:
        return datetime.now(UTC)


@pytest.fixture
def clock() -> Clock:
    return OnTheWall()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def databases(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Databases]:
    """One of its own, since it is restored."""
    if request.param == "sqlite":
        yield SqliteFiles(tmp_path_factory.mktemp("sqlite"))
        return
    with postgres_database(f"dealpay_operate_{os.getpid()}") as database:
        yield database


@pytest.fixture
def kind(databases: Databases) -> str:
    return "sqlite" if isinstance(databases, SqliteFiles) else "postgresql"


@pytest.fixture
def engine(kind: str) -> str:
    """What the page's ini files choose."""
    return "local" if kind == "sqlite" else "procrastinate"


@pytest.fixture
def machine(ini: dict[str, str], kind: str, tmp_path: Path) -> Iterator[Machine]:
    """Set up as the page says, in front of the database and the simulators of the test."""
    given = {name.upper().replace(".", "_"): value for name, value in ini.items()}
    ours = {name: value for name, value in given.items() if name.startswith("DEALPAY_")}
    del ours["DEALPAY_JOBS"]
    machine = Machine(tmp_path / "machine", ours | {"DEALPAY_JOB_LEASE": "3"})
    if kind == "sqlite":
        moved = machine.file("/var/lib/dealpay/dealpay.sqlite")
        Path(ini["dealpay.database_url"].removeprefix("sqlite:///")).rename(moved)
        ini["dealpay.database_url"] = f"sqlite:///{moved}"
        machine.environ["DEALPAY_DATABASE_URL"] = ini["dealpay.database_url"]
    keys = machine.file("/var/lib/dealpay/secret-keys.json")
    shutil.copy(ini["dealpay.secret_keys"], keys)
    ini["dealpay.secret_keys"] = machine.environ["DEALPAY_SECRET_KEYS"] = str(keys)
    yield machine
    machine.stop()


@pytest.fixture
def sims(served: Simulators, clock: Clock) -> Simulators:
    """As ever, but in real time: the machine's processes share the rate limit with the test."""
    served.reset(clock)
    served.kylas.limits = RateLimits(time.monotonic)
    return served


@pytest.fixture
def workspace(machine: Machine, workspace: Workspace) -> Workspace:
    """Webhooks go to the machine's web processes."""

    def post(url: str, body: bytes, headers: dict[str, str]) -> int:
        path = url.removeprefix("https://app.example.com")
        return requests.post(machine.url + path, body, headers=headers, timeout=10).status_code

    workspace.sims.stripe.deliveries.transport = post
    return workspace


def is_paid(workspace: Workspace, link_id: str) -> bool:
    return workspace.link(link_id).state == "paid"


def is_followed(workspace: Workspace, link_id: str) -> bool:
    """Whether the actions ran, or had nothing left to do."""
    return set(workspace.runs(link_id).values()) <= {"done", "skipped"}


def pay(workspace: Workspace, link_id: str) -> None:
    """A customer pays, the webhook comes in, and a worker of the machine applies it."""
    workspace.pay(link_id)
    assert workspace.deliver() == [200]
    wait_for(lambda: is_paid(workspace, link_id))
    wait_for(lambda: is_followed(workspace, link_id))


def test_after_a_restore_everything_is_found_again(
    workspace: Workspace, machine: Machine, kind: str
) -> None:
    machine.run(f"{kind}, first start")
    before, after = workspace.open_link(), workspace.open_link()
    pay(workspace, before)
    with writing(workspace):
        machine.run(f"{kind}, backup")
    pay(workspace, after)
    workspace.app.db.engine.dispose()
    said = machine.run(f"{kind}, restore")
    assert "could not be checked" not in said
    assert after in said
    assert is_paid(workspace, before)
    assert is_paid(workspace, after)
    # First comes what ran at the moment of the backup, after the lease of a worker that is no more.
    wait_for(lambda: is_followed(workspace, after))
    assert workspace.stage() == "Won"
    # The rows of the backup know nothing of the second payment's note, so it may be written again.
    assert sum("was paid" in note for note in workspace.notes()) in (2, 3)
    if kind == "postgresql":
        assert "Result: in order." in machine.run("reconcile")
        machine.run("keys")
        kept = machine.file("/var/backups/dealpay/secret-keys.json")
        assert kept.read_text() == machine.file("/var/lib/dealpay/secret-keys.json").read_text()
    assert "Traceback" not in machine.log()


@contextmanager
def writing(workspace: Workspace) -> Iterator[list[str]]:
    """Somebody makes links all the while; their ids."""
    stop, made = threading.Event(), list[str]()
    form = workspace.new_link()

    def write() -> None:
        while not stop.wait(0.1):
            made.append(workspace.create(replace(form, form_key=f"form-{len(made)}")).link_id)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        wait_for(lambda: made)
        yield made
    finally:
        stop.set()
        thread.join()


def test_an_upgrade_turns_nobody_away(machine: Machine, kind: str) -> None:
    if kind == "sqlite":
        pytest.skip("one process, which is away while it is restarted: the page says so")
    machine.run("postgresql, first start")
    answers: list[object] = []
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            try:
                answers.append(requests.get(f"{machine.url}/healthz", timeout=30).status_code)
            except requests.RequestException as error:
                answers.append(error)

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    machine.run("postgresql, upgrade")
    stop.set()
    for thread in threads:
        thread.join()
    assert set(answers) == {200}
    scrape = yaml.safe_load(machine.here(BLOCKS["prometheus"]))["scrape_configs"][0]
    bearer = {"Authorization": f"Bearer {scrape['authorization']['credentials']}"}
    for target in scrape["static_configs"][0]["targets"]:
        assert "dealpay_workers{" in requests.get(f"http://{target}/metrics", headers=bearer).text


def test_the_units_are_good(machine: Machine) -> None:
    units = sorted(str(unit) for unit in machine.file("/etc/systemd/system").iterdir())
    assert len(units) == 4
    check = [program("systemd-analyze"), "verify", "--man=no", *units]
    done = subprocess.run(check, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_every_block_of_commands_is_run() -> None:
    fences = re.findall(r"^```\w+$", PAGE, re.MULTILINE)
    assert len(fences) == len(BLOCKS), "a block without a name is run by nobody"
    named = {name.removeprefix("run: ") for name in BLOCKS if name.startswith("run: ")}
    assert named == {name for names in RUN.values() for name in names}
    others = {name for name in BLOCKS if not name.startswith(("run: ", "file: "))}
    assert others == {"install", "env", "prometheus"}


def test_the_installation_is_the_one_of_the_image() -> None:
    """Which tests/packaging/test_container.py runs."""
    run = [rest for name, rest in instructions() if name == "RUN"]
    assert [line for line in BLOCKS["install"].splitlines() if line not in run] == []


def test_compose_starts_with_what_the_page_puts_into_env() -> None:
    given = {name: value for name, _, value in (one.partition("=") for one in BLOCKS["env"].split("\n"))}
    web = compose(given)["services"]["web"]["environment"]
    assert web["DEALPAY_MAIL_FROM"] == "Dealpay <no-reply@example.com>"
    assert read_environment(BLOCKS["file: /etc/dealpay/environment"]).keys() >= web.keys() - {
        "DEALPAY_SECRET_KEYS"
    }


def test_the_list_of_metrics_is_complete_and_true(
    ini: dict[str, str], request: pytest.FixtureRequest
) -> None:
    ini["dealpay.metrics_token"] = token = "a-token-of-the-monitoring"
    browser: Browser = request.getfixturevalue("browser")
    text = browser.get("/metrics", headers={"Authorization": f"Bearer {token}"}).text
    exposed = set(re.findall(r"^# TYPE (dealpay_\w+) ", text, re.MULTILINE))
    exposed = {name for name in exposed if not name.endswith("_created")}
    assert exposed == set(re.findall(r"^\| `(dealpay_\w+)` \|", PAGE, re.MULTILINE))


def test_the_checks_are_named_and_so_is_what_they_say(wsgi: Any) -> None:
    assert set(wsgi.registry.checks) == set(
        re.findall(r"^\| `(\w+)` \| (?:it answers|its tables|a worker)", PAGE, re.MULTILINE)
    )

"""`dealpay reconcile` as a command of its own, beside an app that runs its jobs meanwhile."""

import os
import re
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from core.cli.commands import main
from core.db.engine import make_engine
from core.jobs.worker import Worker
from core.links.models import PaymentLink
from plugins.stripe_provider.simulator import auth, refunds, seed
from tests.browser.place import DEALPAY
from tests.functional.test_links import fail
from tests.functional.test_lost_links import wait_until
from tests.functional.test_sweep import lose_webhooks
from tests.support import Clock
from tests.workspace import LEAD, MOVE_DEAL, Workspace


class OnTheWall(Clock):
    """The command goes by this one, so the app beside it does too."""

    def __call__(self) -> datetime:
        return datetime.now(UTC)


@pytest.fixture
def clock() -> Clock:
    return OnTheWall()


@pytest.fixture
def ini_file(ini: dict[str, str], tmp_path: Path) -> Path:
    file = tmp_path / "production.ini"
    lines = [f"{name} = {value.replace('%', '%%')}" for name, value in ini.items()]
    file.write_text("\n".join(["[app:main]", "use = egg:dealpay", *lines]) + "\n")
    return file


def reconcile(ini_file: Path, *options: str) -> tuple[int, str]:
    """The exit code and what it printed."""
    result = CliRunner().invoke(main, ["reconcile", str(ini_file), *options])
    assert isinstance(result.exception, SystemExit | None), result.exception
    return result.exit_code, result.output


def in_a_process(ini_file: Path, *options: str) -> tuple[int, str]:
    """The same, as an operator runs it."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("DEALPAY_")}
    command = [DEALPAY, "reconcile", str(ini_file), *options]
    ended = subprocess.run(command, env=clean, capture_output=True, text=True, check=False, timeout=60)
    assert "Traceback" not in ended.stderr, ended.stderr
    return ended.returncode, ended.stdout


@pytest.fixture
def running(workspace: Workspace) -> Iterator[Workspace]:
    """The app runs its jobs in this process; its own sweep, which would be quicker, isn't due."""
    for name in ("inbox.sweep", "links.sweep"):
        workspace.app.jobs.periodics.pop(name)
    worker = Worker(workspace.app)
    worker.start()
    yield workspace
    worker.stop(20)


def test_it_mends_what_webhooks_did_not_bring(running: Workspace, ini_file: Path) -> None:
    paid, waiting = running.open_link(quantity=4500), running.open_link(LEAD)
    running.pay(paid)
    lose_webhooks(running)
    code, said = in_a_process(ini_file)
    assert code == 0
    assert f"Northwind Trading ({running.tenant_id})" in said
    assert f"({running.account_id}, stripe, test)" in said
    assert "links: 2 waited, 2 checked, 1 changed" in said
    assert (
        f"{paid} open -> paid: Meena Payer paid 4,500.00 INR by card •4242. The link is paid in full."
        in said
    )
    assert waiting not in said
    assert re.search(r"events: (\d+) seen, \1 new, \1 applied", said)
    assert "Result: 1 mended." in said
    wait_until(lambda: running.runs(paid).get(MOVE_DEAL) == "done")
    assert (running.stage(), running.moves()) == ("Won", 1)

    code, said = reconcile(ini_file, "--days", "3")
    assert code == 0
    assert "links: 1 waited, 1 checked, 0 changed" in said
    assert ", 0 new, 0 applied" in said
    assert "Result: in order." in said
    assert (running.stage(), running.moves()) == ("Won", 1)


def test_a_refund_on_a_link_that_waits_for_nothing_is_found_by_its_event(
    workspace: Workspace, ini_file: Path
) -> None:
    link_id = workspace.open_link(quantity=4500)
    workspace.pay(link_id)
    workspace.deliver()
    workspace.work()
    intent = workspace.payments(link_id)[0].intent_ref
    refunds.create(workspace.stripe, {"payment_intent": intent, "amount": 10_000})
    lose_webhooks(workspace)
    code, said = reconcile(ini_file)
    assert code == 0
    assert "links: 0 waited" in said
    assert f"{link_id} paid: " in said
    assert "100.00 INR" in said
    assert "Result: 1 mended." in said


def test_what_follows_is_left_to_a_worker_and_said_to_wait(workspace: Workspace, ini_file: Path) -> None:
    workspace.pay(workspace.open_link())
    lose_webhooks(workspace)
    code, said = reconcile(ini_file)
    assert code == 0
    assert re.search(r"waits for a worker: \d \(workers: none runs", said)


def test_a_draft_that_nobody_could_clarify_is_found(
    workspace: Workspace, clock: Clock, ini_file: Path
) -> None:
    fail(workspace, "lost_reply", times=3)
    link_id = workspace.create().link_id
    with workspace.app.db.unit_of_work(workspace.tenant_id) as session:
        link = session.get_one(PaymentLink, link_id)
        link.job_state, link.attempts, link.result = "failed", 11, "Nobody knows."
    code, said = reconcile(ini_file)
    assert code == 0
    assert f"{link_id} unknown -> open: The link was made." in said


def test_what_could_not_be_checked_is_named(workspace: Workspace, ini_file: Path) -> None:
    link_ids = [workspace.open_link() for _ in range(2)]
    auth.add_key(workspace.sims.stripe.store, seed.NORTHWIND.key, seed.NORTHWIND.id, expired=True)
    code, said = reconcile(ini_file)
    assert code == 1
    for link_id in link_ids:
        assert f"{link_id} could not be checked: Stripe refuses this key" in said
    assert "events could not be read: Stripe refuses this key" in said
    assert "Result: nothing to mend, 3 could not be checked." in said


def test_a_provider_that_is_down_is_not_asked_about_every_link(
    workspace: Workspace, ini_file: Path
) -> None:
    for _ in range(12):
        workspace.open_link()
    workspace.sims.stripe.faults.add("unavailable", times=None)
    code, said = reconcile(ini_file)
    assert code == 1
    assert re.search(r"\d more were not asked about: the provider doesn't answer", said)


def test_one_workspace_or_none(workspace: Workspace, ini_file: Path) -> None:
    assert reconcile(ini_file, "--tenant", workspace.tenant_id)[0] == 0
    code, said = reconcile(ini_file, "--tenant", "ten_unknown")
    assert code == 1
    assert "There is no workspace with the id ten_unknown." in said
    assert reconcile(ini_file, "--days", "31")[0] == 2


def test_a_database_that_waits_for_its_migrations_is_left_alone(ini_file: Path, tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path}/empty.sqlite")
    engine.connect().close()
    engine.dispose()
    text = re.sub(
        r"dealpay.database_url = .*",
        f"dealpay.database_url = sqlite:///{tmp_path}/empty.sqlite",
        ini_file.read_text(),
    )
    ini_file.write_text(text)
    code, said = reconcile(ini_file)
    assert code == 1
    assert "The database waits for its migrations" in said

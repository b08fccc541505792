"""``dealpay doctor`` says what is wrong, names the cure, and changes nothing."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import update

from core.cli.commands import main
from core.connections.models import PaymentAccount
from core.db.base import utc_now
from core.db.sealing import make_key_file
from core.db.session import ALL_TENANTS
from core.jobs.models import JobWorker
from core.mail.models import OutgoingMail
from core.sandbox import demo
from tests.phone import with_phone
from tests.rules import add_rule
from tests.support import Post
from tests.workspace import Workspace


@pytest.fixture
def ini_file(ini: dict[str, str], tmp_path: Path) -> Path:
    file = tmp_path / "site.ini"
    lines = [f"{name} = {value}".replace("%", "%%") for name, value in ini.items()]
    file.write_text("\n".join(["[app:main]", "use = egg:dealpay", *lines]))
    return file


def examine(ini_file: Path, **changed: str) -> tuple[int, list[str]]:
    """The exit code, and the lines with single spaces."""
    text = ini_file.read_text()
    for name, value in changed.items():
        line = f"dealpay.{name} = {value}"
        text = re.sub(rf"^dealpay\.{name} = .*$", "", text, flags=re.MULTILINE) + f"\n{line}"
    ini_file.write_text(text)
    result = CliRunner().invoke(main, ["doctor", str(ini_file)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, [" ".join(line.split()) for line in result.output.splitlines()]


def says(lines: list[str], verdict: str, what: str) -> list[str]:
    begin = f"{verdict} {what} "
    return [line.removeprefix(begin) for line in lines if line.startswith(begin)]


def test_what_is_well_and_what_is_missing(workspace: Workspace, ini_file: Path) -> None:
    code, lines = examine(ini_file)
    assert code == 1
    assert "has the tables of this version" in says(lines, "ok", "database")[0]
    assert "(2 connections)" in says(lines, "ok", "secrets")[0]
    assert says(lines, "FAIL", "work") == ["No worker runs: start `dealpay worker`."]
    assert "stripe_provider" in says(lines, "ok", "plugins")[0]
    assert "Nobody watches" in says(lines, "warn", "figures")[0]
    assert re.fullmatch(r"\d+ ok, \d+ to look at, [12] failed\.", lines[-1])


def test_a_worker_and_a_mail_server_that_are_there(
    workspace: Workspace, ini_file: Path, post: Post
) -> None:
    with workspace.app.db.unit_of_work(ALL_TENANTS) as session:
        now = utc_now()
        session.add(JobWorker(host="a", pid=1, version="1", engine="local", started_at=now, seen_at=now))
    code, lines = examine(ini_file, mail_url=workspace.app.settings.mail_url)
    assert says(lines, "ok", "work") == ["A worker runs."]
    assert "lets us in" in says(lines, "ok", "mail")[0]
    assert code == 0, lines


def test_keys_that_open_nothing(workspace: Workspace, ini_file: Path, tmp_path: Path) -> None:
    config = workspace.app.plugins.action("send_webhook").Config(url="https://receiver.example/")
    add_rule(workspace.app, workspace.owner, "Tell them", "link.paid", ("send_webhook", config))
    with_phone(workspace.app, workspace.owner, demo.PASSWORD)
    _, lines = examine(ini_file)
    assert (
        "(2 connections, 1 rules with secrets, 1 authenticator apps)" in says(lines, "ok", "secrets")[0]
    )
    other = tmp_path / "other-keys.json"
    make_key_file(other)
    other.chmod(0o644)
    _, lines = examine(ini_file, secret_keys=str(other))
    connections, sealed_rules, apps = says(lines, "FAIL", "secrets")
    assert "2 of 2 connections can't be opened" in connections
    assert "1 of 1 rules with secrets can't be opened" in sealed_rules
    assert "1 of 1 authenticator apps can't be opened" in apps
    assert "can be read by others" in says(lines, "warn", "secrets")[0]


def test_an_account_without_a_secret_or_in_trouble(workspace: Workspace, ini_file: Path) -> None:
    change(workspace, sealed_secrets=None, health="failing")
    _, lines = examine(ini_file)
    warned = says(lines, "warn", "accounts")
    assert "1 accounts at stripe are failing" in warned[0]
    assert "1 active accounts have no signing secret" in warned[1]


def test_a_provider_that_is_in_use_and_gone(workspace: Workspace, ini_file: Path) -> None:
    change(workspace, provider="acme_pay")
    _, lines = examine(ini_file)
    assert (
        "use the payment provider acme_pay, which no plugin provides"
        in says(lines, "FAIL", "plugins")[0]
    )


def test_plugins_left_out_that_are_in_use(workspace: Workspace, ini_file: Path) -> None:
    _, lines = examine(ini_file, disabled_plugins="kylas_crm hubspot_crm")
    warned = says(lines, "warn", "plugins")
    assert any(
        "kylas_crm is in dealpay.disabled_plugins, and 1 workspaces use it" in one for one in warned
    )
    assert any("notes is of no use: nothing offers crm_connector:add_note" in one for one in warned)


def test_a_database_that_does_not_answer(ini_file: Path) -> None:
    code, lines = examine(ini_file, database_url="postgresql://postgres@127.0.0.1:1/nowhere")
    assert code == 1
    assert says(lines, "FAIL", "database") == ["It can't be looked at: OperationalError."]
    assert says(lines, "FAIL", "work") == ["It can't be looked at: OperationalError."]


def test_an_address_that_is_no_https(ini_file: Path) -> None:
    _, lines = examine(ini_file, public_url="http://pay.example.com")
    assert "isn't https" in says(lines, "FAIL", "address")[0]


def test_mails_that_were_given_up(workspace: Workspace, ini_file: Path) -> None:
    with workspace.app.db.unit_of_work(workspace.tenant_id) as session:
        given_up = {"job_state": "failed", "last_error": "The mail server refuses this address."}
        for id in ("a", "b"):
            row = OutgoingMail(record_key=id, recipient=id, subject="s", text="t", html="h", **given_up)
            session.add(row)
    _, lines = examine(ini_file)
    assert "2 mails of the last 7 days could not be delivered" in says(lines, "warn", "mail")[0]


def test_a_mail_server_that_is_away_and_no_password_on_the_screen(ini_file: Path) -> None:
    _, lines = examine(ini_file, mail_url="smtp://me:hunter2@127.0.0.1:1")
    assert "it can't be reached (ConnectionRefusedError)" in says(lines, "FAIL", "mail")[0]
    assert "hunter2" not in json.dumps(lines)


def change(workspace: Workspace, **values: Any) -> None:
    with workspace.app.db.unit_of_work(workspace.tenant_id) as session:
        session.execute(
            update(PaymentAccount).values(**values).execution_options(synchronize_session=False)
        )

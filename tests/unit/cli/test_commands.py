"""Each command, and what it says where it can't do its work."""

import re
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import inspect, text

from core.cli.commands import main
from core.db.engine import make_engine
from tests.unit.cli.conftest import Dealpay


def refusal(result: Result) -> str:
    """What a command says that ends with 1: one line."""
    assert result.exit_code == 1, result.output
    said = result.output.strip()
    assert said.startswith("dealpay: ")
    assert "\n" not in said
    return said


def test_help_lists_the_commands() -> None:
    said = CliRunner().invoke(main, ["-h"]).output
    for command in ("init", "upgrade", "serve", "worker", "reconcile", "demo", "plugins"):
        assert f"\n  {command} " in said


def test_the_command_itself_loads_nothing_that_counts() -> None:
    # Where the processes of one host put their counts is read when the library is imported.
    code = "import sys, core.cli.commands; print('prometheus_client' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "False"


def test_an_ini_file_that_is_not_there_is_named() -> None:
    result = CliRunner().invoke(main, ["serve", "nowhere.ini"])
    assert result.exit_code == 2
    assert "File 'nowhere.ini' does not exist" in result.output


def test_init_makes_the_keys_and_the_tables(dealpay: Dealpay, ini: Path) -> None:
    said = dealpay("init").output
    assert "Made " in said
    assert "The database is ready." in said
    assert stat.S_IMODE((ini.parent / "keys.json").stat().st_mode) == 0o600
    engine = make_engine(f"sqlite:///{ini.parent}/var/dealpay.sqlite")
    assert inspect(engine).has_table("payment_links")
    engine.dispose()


def test_init_keeps_the_keys_that_are_there(dealpay: Dealpay, ini: Path) -> None:
    dealpay("init")
    keys = (ini.parent / "keys.json").read_text()
    again = dealpay("init")
    assert again.output == "The database is ready.\n"
    assert (ini.parent / "keys.json").read_text() == keys


def test_upgrade_makes_the_tables_and_no_keys(dealpay: Dealpay, ini: Path) -> None:
    assert dealpay("upgrade").output == "The database is up to date.\n"
    assert dealpay("upgrade").output == "The database is up to date.\n"
    assert not (ini.parent / "keys.json").exists()


def test_a_database_of_a_newer_version_is_left_alone(dealpay: Dealpay, ini: Path) -> None:
    dealpay("init")
    engine = make_engine(f"sqlite:///{ini.parent}/var/dealpay.sqlite")
    with engine.begin() as connection:
        connection.execute(text("update alembic_version set version_num = '9999'"))
    engine.dispose()
    said = refusal(dealpay("upgrade"))
    assert "written by a newer version of Dealpay" in said
    assert "Nothing was changed" in said


def test_serve_asks_for_the_migrations(dealpay: Dealpay, ini: Path) -> None:
    assert f"run `dealpay upgrade {ini}`" in refusal(dealpay("serve"))


def test_the_keys_are_asked_for(dealpay: Dealpay, ini: Path) -> None:
    dealpay("upgrade")
    said = refusal(dealpay("serve"))
    assert "keys.json can't be read (No such file or directory)" in said
    assert "`dealpay init` makes it" in said


@pytest.mark.parametrize("command", ["init", "upgrade", "serve"])
def test_a_database_that_does_not_answer_is_named(dealpay: Dealpay, ini: Path, command: str) -> None:
    away = "postgresql://dealpay:hunter2@127.0.0.1:1/dealpay?connect_timeout=2"
    ini.write_text(ini.read_text().replace("sqlite:///%(here)s/var/dealpay.sqlite", away))
    said = refusal(dealpay(command))
    assert "the database of dealpay.database_url can't be used" in said
    assert "hunter2" not in said


def test_a_place_that_can_not_be_written_to_is_named(dealpay: Dealpay, ini: Path) -> None:
    (ini.parent / "taken").write_text("")
    ini.write_text(ini.read_text().replace("%(here)s/keys.json", "%(here)s/taken/keys.json"))
    assert refusal(dealpay("init")).endswith("/taken: File exists")


def test_demo_deletes_nothing_outside_of_a_sandbox(dealpay: Dealpay, ini: Path) -> None:
    assert "needs dealpay.sandbox = true" in refusal(dealpay("demo"))
    assert not (ini.parent / "var").exists()


def test_plugins_lists_them(dealpay: Dealpay) -> None:
    dealpay("init")
    result = dealpay("plugins")
    assert result.exit_code == 0, result.output
    lines = [line.split() for line in result.output.splitlines()]
    assert ["stripe_provider", "1.0.0", "active", "(stripe)"] in lines
    assert [line[0] for line in lines] == [
        "actions_crm_field",
        "actions_pipeline",
        "actions_webhook",
        "hubspot_crm",
        "kylas_crm",
        "notes",
        "razorpay_provider",
        "stripe_provider",
    ]


def test_plugins_says_who_uses_them_and_what_is_gone(dealpay: Dealpay, ini: Path) -> None:
    dealpay("init")
    with sqlite3.connect(ini.parent / "var" / "dealpay.sqlite") as database:
        for id in ("ten_1", "ten_2"):
            database.execute(
                "insert into tenants (id, name, timezone, created_at) "
                "values (?, 'A', 'UTC', '2026-01-01')",
                [id],
            )
            database.execute(
                "insert into rules (id, tenant_id, name, event, enabled, created_at) "
                "values (?, ?, 'R', 'link.paid', 1, '2026-01-01')",
                [f"rul_{id}", id],
            )
            for action in ("write_note", "fax"):
                database.execute(
                    "insert into rule_actions "
                    "(id, tenant_id, rule_id, position, action, config, summary) "
                    "values (?, ?, ?, 0, ?, '{}', '')",
                    [f"rac_{id}_{action}", id, f"rul_{id}", action],
                )
        database.execute(
            "insert into plugins_off (id, tenant_id, plugin_id, since) "
            "values ('off_1', 'ten_1', 'notes', '2026-01-01')"
        )
    result = dealpay("plugins")
    assert result.exit_code == 0, result.output
    lines = [" ".join(line.split()) for line in result.output.splitlines()]
    used = "notes 1.0.0 active (write_note), used by 2 workspaces, switched off by 1 workspace"
    assert used in lines
    assert lines[-1] == "fax: no plugin provides this action, and 2 workspaces had it in use"


def test_plugins_are_listed_without_a_database_too(dealpay: Dealpay, ini: Path) -> None:
    dealpay("init")
    (ini.parent / "var" / "dealpay.sqlite").unlink()
    result = dealpay("plugins")
    assert result.exit_code == 0, result.output
    assert "Who uses them isn't known" in result.output
    assert "stripe_provider" in result.output


def test_what_a_plugin_needs_and_nothing_offers_is_said(dealpay: Dealpay, ini: Path) -> None:
    ini.write_text(ini.read_text() + "dealpay.disabled_plugins = kylas_crm hubspot_crm\n")
    dealpay("init")
    result = dealpay("plugins")
    assert result.exit_code == 0, result.output
    (notes,) = [line for line in result.output.splitlines() if line.startswith("notes")]
    assert "nothing offers crm_connector:" in notes
    assert re.search(r"^kylas_crm +1\.0\.0 +disabled", result.output, re.MULTILINE)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("dealpay.databse_url = x", "did you mean dealpay.database_url?"),
        ("dealpay.port = http", "dealpay.port: "),
        ("dealpay.sandbox = true", "on localhost only"),
        ("dealpay.required_plugins = nowhere", "dealpay.required_plugins names nowhere"),
        ("dealpay.disabled_plugins = nowhere", "dealpay.disabled_plugins names nowhere"),
        ("dealpay.plugin_path = /no/such/folder", "dealpay.plugin_path names /no/such/folder"),
        ("dealpay.stripe_provider.api_bse = x", "Did you mean dealpay.stripe_provider.api_base?"),
        ("dealpay.stripe.api_base = x", "there is no plugin called stripe"),
    ],
)
def test_a_setting_that_can_not_be_meant_is_one_line(
    dealpay: Dealpay, ini: Path, line: str, said: str
) -> None:
    dealpay("init")
    ini.write_text(f"{ini.read_text()}{line}\n")
    assert said in refusal(dealpay("serve"))


def test_the_environment_that_says_something_else_is_one_line(
    dealpay: Dealpay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEALPAY_PUBLIC_URL", "https://other.example.com")
    assert "dealpay.public_url and DEALPAY_PUBLIC_URL say different things" in refusal(dealpay("init"))


def test_the_texts_of_a_plugin_are_listed_to_be_translated(ini: Path) -> None:
    folder = ini.parent / "more" / "tell_acme"
    new = CliRunner().invoke(
        main, ["plugin", "new", "action", "tell_acme", "--into", str(folder.parent)]
    )
    assert new.exit_code == 0, new.output
    (folder / "texts.py").write_text('LABEL = N_("Tell Acme at once")\n')
    ini.write_text(ini.read_text() + f"dealpay.plugin_path = {folder.parent}\n")
    given = ["plugin", "texts", "tell_acme", "--ini", str(ini)]
    result = CliRunner().invoke(main, [*given, "fr", "pt_BR"])
    assert result.exit_code == 0, result.output
    assert 'msgid "Tell Acme at once"' in (folder / "locale" / "fr.po").read_text()
    assert (folder / "locale" / "pt_BR.po").is_file()
    refused = CliRunner().invoke(main, [*given, "nonsense"])
    assert refused.exit_code == 2
    assert "nonsense is no language" in refused.output

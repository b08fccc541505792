"""The commands, called as the shell calls them."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from core.cli.commands import main

INI = """
[app:main]
use = egg:dealpay
dealpay.public_url = https://pay.example.com
dealpay.mail_url = smtp://localhost
dealpay.database_url = sqlite:///%(here)s/var/dealpay.sqlite
dealpay.secret_keys = %(here)s/keys.json
"""

Dealpay = Callable[..., Result]


@pytest.fixture(autouse=True)
def _handler_of_sigterm() -> Iterator[None]:
    """`dealpay serve` sets one for its process, which is the tests' here."""
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.fixture
def ini(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An ini file in the current folder; a test may write more into it."""
    for name in [name for name in os.environ if name.startswith("DEALPAY_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "production.ini"
    file.write_text(INI)
    return file


@pytest.fixture
def dealpay(ini: Path) -> Dealpay:
    """``dealpay("init")``: a command with that ini file."""
    return lambda *command: CliRunner().invoke(main, [*command, str(ini)])

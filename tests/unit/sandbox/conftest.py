"""The sandbox without a port of its own."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from webtest import TestApp

from core.plugin_host.loading import load
from core.sandbox.run import build
from core.sandbox.server import Sandbox
from core.settings import AppSettings, read_settings

Build = Callable[..., Sandbox]


@pytest.fixture
def settings() -> AppSettings:
    return read_settings({"dealpay.sandbox": "true", "dealpay.secret_keys": "unused.json"}, {})


@pytest.fixture
def make(settings: AppSettings) -> Iterator[Build]:
    """``make(folder)``: the sandbox as it starts with what it wrote there before."""
    made: list[Sandbox] = []

    def of(folder: Path | None = None) -> Sandbox:
        made.append(build(settings, load(settings.as_ini()), folder))
        return made[-1]

    yield of
    for sandbox in made:
        sandbox.close()


@pytest.fixture
def sandbox(make: Build) -> Sandbox:
    return make()


@pytest.fixture
def browser(sandbox: Sandbox) -> TestApp:
    return TestApp(sandbox)

"""Every command of Dockerfile and compose.yaml, run outside of a container."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy.engine import make_url

from tests.packaging.containers import Image, compose
from tests.support import empty_postgres, free_port

GIVEN = {
    "DEALPAY_PUBLIC_URL": "https://pay.example.com",
    "POSTGRES_PASSWORD": "f00dcafe",
    "DEALPAY_MAIL_URL": "smtps://user:password@mail.example.com",
}
SERVICES = compose(GIVEN)["services"]


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Image:
    made = Image(tmp_path_factory.mktemp("image"))
    made.build()
    return made


class Stack:
    """The services of compose.yaml as processes, on ports and a database of the test."""

    def __init__(self, image: Image, database_url: str):
        self.image = image
        self.ports = {"6543": str(free_port()), "6544": str(free_port())}
        self._database_url = database_url

    def environ(self, service: str) -> dict[str, str]:
        """What compose.yaml gives a service, with the database and the ports of the test."""
        given: dict[str, str] = SERVICES[service]["environment"]
        ours = {"DEALPAY_DATABASE_URL": self._database_url, "DEALPAY_PORT": self.ports["6543"]}
        return {name: self.ports.get(value, value) for name, value in given.items()} | ours

    def start(self, service: str, **more: Any) -> "subprocess.Popen[str]":
        command = self.image.entrypoint + SERVICES[service]["command"]
        return self.image.run(command, self.environ(service), **more)

    @contextmanager
    def running(self, service: str) -> Iterator[None]:
        """A service from its first good health check to the signal that ends it, and in time."""
        process = self.start(service)
        try:
            until = time.monotonic() + 60
            while self.is_ill(service):
                assert process.poll() is None, f"{service} ended"
                assert time.monotonic() < until, f"{service} doesn't get well"
            yield
        finally:
            process.terminate()
            grace = SERVICES[service]["stop_grace_period"].removesuffix("s")
            assert process.wait(timeout=int(grace)) == 0

    def is_ill(self, service: str) -> int:
        """The exit code of its health check."""
        test = SERVICES[service].get("healthcheck", {}).get("test", ["CMD", *self.image.health])
        assert test[0] == "CMD"
        command = [part.replace(a, b) for part in test[1:] for a, b in [self._port(part)]]
        return self.image.run(command, self.environ(service), stderr=subprocess.DEVNULL).wait()

    def _port(self, text: str) -> tuple[str, str]:
        return next((pair for pair in self.ports.items() if pair[0] in text), ("", ""))


def test_the_services_start_in_their_order_and_get_well(image: Image) -> None:
    with empty_postgres(f"dealpay_compose_{os.getpid()}") as url, ExitStack() as running:
        stack = Stack(image, url)
        prepare = stack.start("prepare", stdout=subprocess.PIPE)
        said, _ = prepare.communicate(timeout=60)
        assert prepare.returncode == 0
        assert "The database is ready." in said
        assert Path(image.here("/var/lib/dealpay/secret-keys.json")).exists()
        for service in ("worker", "web"):
            assert stack.is_ill(service)
            running.enter_context(stack.running(service))
        answer = requests.get(f"http://127.0.0.1:{stack.ports['6543']}/readyz", timeout=10)
        assert answer.json() == {"database": "ok", "migrations": "ok", "workers": "ok"}


def test_the_database_is_asked_whether_it_is_ready() -> None:
    command = SERVICES["database"]["healthcheck"]["test"][1:]
    if shutil.which(command[0]) is None:
        pytest.skip("pg_isready is missing: it comes with PostgreSQL's client")
    with empty_postgres(f"dealpay_ready_{os.getpid()}") as url:
        port = str(make_url(url).port or 5432)
        subprocess.run(command, env={**os.environ, "PGPORT": port}, check=True)


def test_who_waits_for_whom() -> None:
    waits = {
        name: {of: how["condition"] for of, how in service.get("depends_on", {}).items()}
        for name, service in SERVICES.items()
    }
    assert waits == {
        "database": {},
        "prepare": {"database": "service_healthy"},
        "worker": {"prepare": "service_completed_successfully"},
        "web": {"prepare": "service_completed_successfully"},
    }


def test_the_app_and_the_database_agree_on_name_and_password() -> None:
    url = make_url(SERVICES["web"]["environment"]["DEALPAY_DATABASE_URL"])
    database = SERVICES["database"]["environment"]
    assert url.host in SERVICES
    assert (url.username, url.password, url.database) == (
        database["POSTGRES_USER"],
        database["POSTGRES_PASSWORD"],
        database["POSTGRES_DB"],
    )


@pytest.mark.parametrize("missing", GIVEN)
def test_what_has_to_be_set_is_asked_for(missing: str) -> None:
    with pytest.raises(AssertionError, match=f"{missing} has to be set"):
        compose({name: value for name, value in GIVEN.items() if name != missing})


def test_nothing_is_reachable_from_elsewhere_and_nobody_is_root(image: Image) -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert ports == ["127.0.0.1:6543:6543"]
    assert image.user == "10001:10001"
    for name in ("prepare", "worker", "web"):
        assert SERVICES[name]["read_only"]
        assert SERVICES[name]["cap_drop"] == ["ALL"]


def test_every_volume_is_declared() -> None:
    used = {volume.partition(":")[0] for each in SERVICES.values() for volume in each["volumes"]}
    assert used == compose(GIVEN)["volumes"].keys()


def test_no_secret_is_in_the_image(image: Image) -> None:
    assert not [name for name in image.env if "URL" in name or "TOKEN" in name or "PASSWORD" in name]
    files = {file.name for file in image.folder.rglob("*") if file.is_file()}
    assert not {".env", "development.ini", "test_container.py"} & files

"""The wheel has everything in it that the app needs, seen from an empty folder far from the checkout."""

import json
import re
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from tests.browser.place import Place, served
from tests.packaging.install import ROOT, Environment, build, run
from tests.pages import frame
from tests.production import wait_for
from tests.visitor import Visitor

PASSWORD = "sandbox-password"
TOKEN = "a-token-of-the-monitoring"
PLUGINS = (
    "actions_crm_field",
    "actions_webhook",
    "actions_pipeline",
    "hubspot_crm",
    "kylas_crm",
    "notes",
    "razorpay_provider",
    "stripe_provider",
)

# The app's routes in the order in which it tries them, and whether they have a page to GET.
_ROUTES = """
import json
from pyramid.interfaces import IRoutesMapper
from pyramid.paster import get_appsettings
from core import main
registry = main({}, **get_appsettings("development.ini")).registry
views = [each["introspectable"] for each in registry.introspector.get_category("views")]
pages = {view["route_name"] for view in views if "GET" in (view["request_methods"] or ["GET"])}
routes = registry.getUtility(IRoutesMapper).get_routes()
print(json.dumps([[route.pattern, route.name in pages] for route in routes]))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    return Environment.install(wheel, tmp_path_factory.mktemp("environment"))


@pytest.fixture(scope="module")
def place(environment: Environment, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """The installed app and its sandbox, in a folder of their own."""
    folder = tmp_path_factory.mktemp("place")
    with served(folder, environment.program("dealpay"), DEALPAY_METRICS_TOKEN=TOKEN) as place:
        yield place


def test_the_wheel_has_every_file_and_no_test(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    tops = {top: f"core/{top}" for top in ("templates", "static", "scaffold")}
    tops |= {"core": "core", "plugins": "plugins", "docs/guide": "core/guide"}
    expected = {
        f"{inside}/{file.relative_to(ROOT / top).as_posix()}"
        for top, inside in tops.items()
        for file in (ROOT / top).rglob("*")
        # What a new plugin is made of has tests too.
        if file.is_file()
        and not {"__pycache__", *(["tests"] if top != "scaffold" else [])} & set(file.parts)
    }
    assert names == expected


def test_nothing_comes_from_the_checkout(environment: Environment, tmp_path: Path) -> None:
    found = environment.python(
        "import core, plugins; print(core.__file__, plugins.__file__)", cwd=tmp_path
    )
    assert [Path(file).is_relative_to(environment.folder) for file in found.split()] == [True, True]


def test_init_prepares_an_empty_folder(environment: Environment, tmp_path: Path) -> None:
    (tmp_path / "development.ini").write_text((ROOT / "development.ini").read_text())
    said = run(environment.program("dealpay"), "init", cwd=tmp_path)
    assert "The database is ready." in said
    assert {file.name for file in (tmp_path / "var").iterdir()} == {"dealpay.sqlite", "secret-keys.json"}


def test_the_plugins_are_active(environment: Environment, place: Place) -> None:
    said = run(environment.program("dealpay"), "plugins", cwd=place.folder)
    for plugin in PLUGINS:
        assert re.search(rf"^{plugin} .* active", said, re.MULTILINE), said


def test_every_page_and_all_that_it_names_is_there(environment: Environment, place: Place) -> None:
    visitor = Visitor(place.app)
    visitor.look_at("/login")
    visitor.send_form("/signup", name="Noor Shah", email="noor@example.com", password=PASSWORD)
    visitor.look_at("/signup", "/verify", mailed_link(place, "verify"))
    visitor.send_form("/password?email=owner@example.com")
    visitor.look_at("/password", mailed_link(place, "password"))
    visitor.send_form("/login", email="owner@example.com", password=PASSWORD)
    visitor.send_form(frame("links/new"))
    visitor.look_at(pay(place, str(visitor.read(frame("links")))))
    wait_for(lambda: visitor.read("/deliveries").select("a[href*='/deliveries/']"))
    visitor.send_form("/users/new", email="Meera Nair <meera@example.com>")
    invitation = mailed_link(place, "invites")
    visitor.look_at(invitation)
    address = {"address-email": "asha@example.com", "address-password": PASSWORD}
    visitor.send_form("/account?from=here", what="address", **address)
    visitor.look_at(mailed_link(place, "address"))
    visitor.walk("/", frame(""), frame("links/new"), frame("links"), "/deliveries")
    visitor.look_at("/healthz", "/readyz", "/x/kylas_crm/callback", "/install/kylas/start", "/logout")
    visitor.look_at(f"/popup?crm=kylas&for={'0' * 64}", f"{invitation}/continue/kylas")
    visitor.look_at("/continue/kylas", "/continue/kylas/ask", "/login/code")
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    assert "dealpay_workers" in requests.get(f"{place.app}/metrics", headers=bearer, timeout=30).text
    visitor.visited.add(f"{place.app}/metrics")
    routes = json.loads(environment.python(_ROUTES, cwd=place.folder))
    seen = {_route(url, [pattern for pattern, _ in routes]) for url in visitor.visited | visitor.assets}
    assert [pattern for pattern, is_page in routes if is_page and pattern not in seen] == []
    assert {Path(url).suffix for url in visitor.assets} >= {".css", ".js", ".svg"}


def test_every_page_of_the_sandbox_is_there(place: Place) -> None:
    visitor = Visitor(place.sandbox)
    visitor.walk("/")
    assert {"/mail/", "/faults/", "/kylas_crm/", "/stripe_provider/"} <= {
        urlsplit(url).path for url in visitor.visited
    }
    assert {Path(url).suffix for url in visitor.assets} >= {".css", ".js", ".svg"}


def pay(place: Place, page: str) -> str:
    """Pay a link of ``page`` as a customer does; where that leads the payer."""
    link = re.search(rf"{place.provider}/[^\s\"<]+", page)
    assert link
    visit = requests.get(link[0], timeout=30)
    card = {"method": "card", "number": "4242424242424242", "expiry": "12/34", "code": "123"}
    payer = {"name": "Meena Payer", "email": "meena@payer.example"}
    paid = requests.post(visit.url, data=card | payer, timeout=30)
    return paid.url


def mailed_link(place: Place, kind: str) -> str:
    """The first link below ``/<kind>/`` that a mail holds; a job sends it."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        for number in range(1, 6):
            mail = requests.get(f"{place.sandbox}/mail/{number}", timeout=30)
            if link := re.search(rf'href="({place.app}/{kind}/[^"]+)"', mail.text):
                return link[1]
        time.sleep(0.1)
    raise AssertionError(place.log)


def _route(url: str, patterns: list[str]) -> str:
    """The first of the patterns, as ``/links/{id}`` or ``/static/*subpath``, that leads to ``url``."""
    path = urlsplit(url).path
    return next(pattern for pattern in patterns if re.fullmatch(_regex(pattern), path))


def _regex(pattern: str) -> str:
    named = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape("/" + pattern.lstrip("/")))
    return re.sub(r"\\\*\w+", ".+", named)

"""A bad configure_web fails its plugin; the app starts and shows the others' pages."""

import pytest
from pyramid.config import Configurator
from pyramid.exceptions import ConfigurationError, ConfigurationExecutionError
from pyramid.response import Response
from webtest import TestApp

from .conftest import the

PAGES = """
from pyramid.response import Response
from core.api.hookspecs import hookimpl

def page(request):
    return Response("{id} with " + ", ".join(sorted(request.plugins.actions)))

@hookimpl
def configure_web(config):
"""
ROUTE = "    config.add_route('{id}.page', '/x/{id}/page')\n"
VIEW = "    config.add_view(page, route_name='{id}.page')\n"


def pages(id: str, *lines: str) -> str:
    body = "".join(lines) or ROUTE + VIEW
    return (PAGES + body).replace("{id}", id)


def start(disk, **settings) -> tuple[Configurator, TestApp]:
    """An app with a page of its own, the host, and whatever plugins are on the disk."""
    config = Configurator(settings=disk.settings(**settings))
    config.add_route("home", "/")
    config.add_view(lambda request: Response("home"), route_name="home")
    config.include("core.plugin_host")
    return config, TestApp(config.make_wsgi_app())


def reason(disk, init: str, id: str = "bad") -> str:
    """Why a plugin with this module fails, while the core and another plugin go on."""
    disk.write("works", pages("works"))
    disk.write(id, init)
    config, app = start(disk)
    assert app.get("/").text == "home"
    assert app.get("/x/works/page").text == "works with "
    app.get(f"/x/{id}/page", status=404)
    failed = the(config.registry.plugins, id)
    assert (failed.state, failed.stage) == ("failed", "configured")
    assert not config.registry.plugins.hooks.has_plugin(id)
    assert [route.name for route in config.get_routes_mapper().get_routes()] == ["home", "works.page"]
    return failed.reason


def test_a_plugin_with_pages(disk):
    disk.action("act")
    disk.write("good", pages("good"))
    config, app = start(disk)
    assert app.get("/x/good/page").text == "good with act"
    assert the(config.registry.plugins, "good").stage == "active"


def test_pages_come_in_by_include_and_with_files(disk):
    lines = ROUTE + VIEW + "    config.include(more)\n"
    more = "def more(config):\n    config.add_static_view('x/good/static', 'plugins.good:static')\n"
    folder = disk.write("good", more + pages("good", lines))
    (folder / "static").mkdir()
    (folder / "static" / "a.txt").write_text("a file")
    config, app = start(disk)
    assert the(config.registry.plugins, "good").reason == ""
    assert app.get("/x/good/static/a.txt").text == "a file"


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (["    1 / 0\n"], "ZeroDivisionError: division by zero"),
        ([ROUTE, VIEW, "    1 / 0\n"], "ZeroDivisionError: division by zero"),
        ([ROUTE, VIEW, "    raise SystemExit(3)\n"], "SystemExit: 3"),
        (
            ["    config.add_route('bad.page', '/login')\n"],
            "the route /login is not below /x/bad/: move it there",
        ),
        (
            ["    config.add_route('bad.page', '/x/badly/page')\n"],
            "the route /x/badly/page is not below /x/bad/: move it there",
        ),
        (
            ["    config.add_route('home', '/x/bad/page')\n"],
            "a route named home is there already: call it bad.home",
        ),
        (
            ["    config.add_route('works.page', '/x/bad/page')\n"],
            "a route named works.page is there already: call it bad.works.page",
        ),
        (
            [ROUTE, "    config.add_view(page, route_name='home')\n"],
            "the view function plugins.bad.page is not on a route of this plugin: pass its route_name",
        ),
        (
            [ROUTE, VIEW, "    config.add_notfound_view(page)\n"],
            "the view function plugins.bad.page is not on a route of this plugin: pass its route_name",
        ),
        (
            [ROUTE, VIEW, "    config.add_tween('plugins.bad.page')\n"],
            "configure_web adds tweens: it may add routes and views only",
        ),
        (
            [ROUTE, VIEW, "    config.set_root_factory(page)\n"],
            "configure_web adds root factories: it may add routes and views only",
        ),
        (
            [ROUTE, VIEW, "    config.action(None, lambda: 1 / 0)\n"],
            "ZeroDivisionError: division by zero",
        ),
        (
            [ROUTE, VIEW, "    config.commit()\n"],
            "configure_web calls commit: the host does that when all is checked",
        ),
        (
            [ROUTE, VIEW, "    config.add_view(page, route_name='bad.page', colour='red')\n"],
            "ConfigurationError: Unknown view options: {'colour': 'red'}",
        ),
    ],
)
def test_a_bad_configure_web(disk, lines, why):
    id = "bad"
    if "works" in why:
        id, lines, why = (
            "xbad",
            [each.replace("/bad/", "/xbad/") for each in lines],
            why.replace("bad.", "xbad."),
        )
    assert reason(disk, pages(id, *lines), id) == why


def test_two_views_of_one_plugin_in_conflict(disk):
    assert "ConfigurationConflictError" in reason(disk, pages("bad", ROUTE, VIEW, VIEW))


def test_the_actions_of_a_plugin_go_when_its_pages_fail(disk):
    folder = disk.action("act")
    with (folder / "__init__.py").open("a") as module:
        module.write("\n@hookimpl\ndef configure_web(config):\n    raise RuntimeError('no pages')\n")
    disk.write("needs_it", pages("needs_it"), requires=["act"])
    config, app = start(disk)
    registry = config.registry.plugins
    assert registry.actions == {}
    assert the(registry, "needs_it").reason == "it requires act, which failed"
    assert the(registry, "needs_it").stage == "ordered"
    app.get("/x/needs_it/page", status=404)


def test_a_required_plugin_that_fails_at_load_refuses_the_start(disk):
    disk.write("bad", "1 / 0")
    with pytest.raises(ConfigurationError) as refused:
        start(disk, required_plugins="bad")
    assert str(refused.value) == (
        "dealpay.required_plugins names bad, which stands at imported: ZeroDivisionError: division "
        "by zero. Dealpay doesn't start without it: put it right, or take it off that list."
    )


def test_a_required_plugin_that_is_not_there_refuses_the_start(disk):
    with pytest.raises(ConfigurationError, match="names gone, which is not installed"):
        start(disk, required_plugins="gone")


def test_a_required_plugin_whose_pages_fail_refuses_the_start(disk):
    disk.write("bad", pages("bad", "    1 / 0\n"))
    with pytest.raises(ConfigurationExecutionError, match="names bad, which stands at configured"):
        start(disk, required_plugins="bad")


def test_a_required_plugin_that_works(disk):
    disk.write("good", pages("good"))
    _, app = start(disk, required_plugins="good")
    assert app.get("/x/good/page").text == "good with "


def test_two_apps_have_registries_of_their_own(disk):
    disk.action("act")
    (one, _), (two, _) = start(disk), start(disk)
    assert one.registry.plugins is not two.registry.plugins

"""Where templates and static files are found.

A template is looked for in the site's folder, then in the core's, so that a site can replace any
page by a file of the same name; with ``core/`` before its name it is always the core's own, for a
replacement that extends what it replaces.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, TemplateNotFound
from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request
from pyramid.security import NO_PERMISSION_REQUIRED
from pyramid.static import static_view
from pyramid_jinja2 import PARENT_RELATIVE_DELIM

from core.resources import packaged, static_folders, template_folders

_YEAR = 365 * 24 * 3600  # seconds


class _CoresOwn(FileSystemLoader):
    """Loads ``core/<name>`` from the core's folder."""

    def get_source(self, environment: Environment, template: str) -> Any:
        # pyramid_jinja2 hands over the extending template's name too, behind a delimiter.
        prefix, _, name = template.partition(PARENT_RELATIVE_DELIM)[0].partition("/")
        if prefix != "core":
            raise TemplateNotFound(template)
        return super().get_source(environment, name)


class _FirstFound:
    """Static files: of several folders the first that has one of that name serves it."""

    def __init__(self, folders: Sequence[Path]):
        self._views = [
            static_view(str(folder), use_subpath=True, cache_max_age=_YEAR) for folder in folders
        ]

    def __call__(self, context: Any, request: Request) -> Any:
        for view in self._views[:-1]:
            try:
                return view(context, request)
            except HTTPNotFound:
                continue
        return self._views[-1](context, request)


def digest(*folders: Path) -> str:
    """Changes with any file in ``folders``."""
    content = hashlib.sha256()
    for folder in folders:
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            content.update(str(file.relative_to(folder)).encode() + file.read_bytes())
    return content.hexdigest()[:16]


def includeme(config: Configurator) -> None:
    """Jinja, the search path, and the static files under an address that changes with them."""
    site = config.registry.app.settings.template_path
    config.add_settings({"jinja2.undefined": "strict", "jinja2.trim_blocks": "true"})
    config.include("pyramid_jinja2")
    for folder in reversed(template_folders(site)):
        config.add_jinja2_search_path(str(folder), prepend=True)

    def add_prefix() -> None:
        environment = config.get_jinja2_environment()
        environment.loader = ChoiceLoader([environment.loader, _CoresOwn(packaged("templates"))])

    config.action(None, add_prefix, order=999)

    folders = static_folders(config.registry.app.settings.static_path)
    # One folder name for all of them: a script that imports another by a relative address gets
    # the version it belongs to. The name of the route is what Pyramid calls those of static files.
    config.add_route("__static", f"static/{digest(*folders)}/*subpath")
    config.add_view(
        _FirstFound(folders),
        route_name="__static",
        permission=NO_PERMISSION_REQUIRED,
        require_csrf=False,
    )
    config.add_request_method(_asset, "asset")


def _asset(request: Request, name: str) -> str:
    """The address of a static file."""
    path: str = request.route_path("__static", subpath=name)
    return path

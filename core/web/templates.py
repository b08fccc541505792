"""Where templates and static files are found.

A template is looked for in the site's folder, then in the core's, so that a site can replace any
page by a file of the same name; with ``core/`` before its name it is always the core's own, for a
replacement that extends what it replaces.
"""

import hashlib
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, TemplateNotFound
from pyramid.config import Configurator
from pyramid.request import Request
from pyramid_jinja2 import PARENT_RELATIVE_DELIM

from core.resources import packaged, template_folders

_YEAR = 365 * 24 * 3600  # seconds


class _CoresOwn(FileSystemLoader):
    """Loads ``core/<name>`` from the core's folder."""

    def get_source(self, environment: Environment, template: str) -> Any:
        # pyramid_jinja2 hands over the extending template's name too, behind a delimiter.
        prefix, _, name = template.partition(PARENT_RELATIVE_DELIM)[0].partition("/")
        if prefix != "core":
            raise TemplateNotFound(template)
        return super().get_source(environment, name)


def digest(folder: Path) -> str:
    """Changes with any file in ``folder``."""
    content = hashlib.sha256()
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

    static = packaged("static")
    # One folder name for all of them: a script that imports another by a relative address gets
    # the version it belongs to.
    config.add_static_view(f"static/{digest(static)}", str(static), cache_max_age=_YEAR)
    config.add_request_method(lambda request, name: _asset(request, static / name), "asset")


def _asset(request: Request, file: Path) -> str:
    path: str = request.static_path(str(file))
    return path

"""The first page, and the plugins."""

from typing import Any

from pyramid.request import Request

from core.home.service import steps
from core.people.roles import Permission
from core.web.pages import page


@page("home", "home/index.jinja2")
def home(request: Request) -> dict[str, Any]:
    """The checklist of a new workspace."""
    return {"steps": steps(request.app, request.identity.tenant_id)}


@page("plugins", "plugins/index.jinja2", permission=Permission.PLUGINS_READ)
def plugins(request: Request) -> dict[str, Any]:
    """Every plugin that was found, and why one of them isn't active."""
    return {"plugins": request.app.plugins.report()}

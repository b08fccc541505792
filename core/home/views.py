"""The first page, and the plugins."""

from typing import Any

from pyramid.httpexceptions import HTTPNotFound
from pyramid.interfaces import IRoutesMapper
from pyramid.request import Request

from core.home.service import steps
from core.home.switching import installed, retired
from core.people.roles import Permission
from core.tenants import service as tenants
from core.web.pages import page
from core.web.replies import see_other


@page("home", "home/index.jinja2")
def home(request: Request) -> dict[str, Any]:
    """The checklist of a new workspace."""
    return {"steps": steps(request.app, request.identity.tenant_id)}


@page("plugins", "plugins/index.jinja2", permission=Permission.PLUGINS_READ)
def plugins(request: Request) -> dict[str, Any]:
    """Every plugin that was found, why one of them isn't active, and what it is used for here."""
    patterns = [route.pattern for route in request.registry.getUtility(IRoutesMapper).get_routes()]
    return {
        "plugins": installed(request.app, request.db, patterns),
        "retired": retired(request.app, request.db),
        "may_switch": request.identity.may(Permission.PLUGINS_SWITCH),
    }


@page("plugin_switch", permission=Permission.PLUGINS_SWITCH, method="POST")
def switch(request: Request) -> Any:
    """Switch a plugin on or off for the workspace."""
    plugin = request.app.plugins.plugin(request.matchdict["id"])
    if plugin is None or plugin.manifest is None:
        raise HTTPNotFound
    on, name = request.POST.get("on") == "on", plugin.manifest.name
    with request.app.db.unit_of_work(request.identity.tenant_id) as session:
        tenants.switch_plugin(session, plugin.id, on=on, actor_id=request.identity.user_id)
    request.session.flash(f"{name} is {'on' if on else 'off'} in your workspace.")
    return see_other(request, "plugins")

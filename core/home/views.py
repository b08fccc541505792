"""The first page, and the plugins."""

from typing import Any

from pyramid.httpexceptions import HTTPNotFound
from pyramid.interfaces import IRoutesMapper
from pyramid.request import Request

from core.home.calls import CallFilter, list_calls
from core.home.service import steps
from core.home.switching import installed, retired
from core.people.roles import Permission
from core.plugin_host import hearing
from core.plugin_host.models import PluginCall
from core.rules import service as rules
from core.tenants import service as tenants
from core.web.pages import page
from core.web.replies import see_other

#: Work as people know it, and the page about a row of it.
_WORK = {
    "request": ("A page", None),
    "payment_links": ("Payment link", "/links/{}"),
    "payment_accounts": ("A look for news", "/accounts/{}"),
    "webhook_deliveries": ("Webhook delivery", "/deliveries/{}"),
    "action_runs": ("Action of a rule", None),
    "plugin_notices": ("An event", None),
}


@page("home", "home/index.jinja2")
def home(request: Request) -> dict[str, Any]:
    """The checklist of a new workspace."""
    tenant_id = request.identity.tenant_id
    off = tenants.plugins_off(request.app, request.db)
    return {
        "steps": steps(request.app, tenant_id),
        "shown": hearing.shown(request.app.plugins, "home", None, workspace_id=tenant_id, off=off),
    }


@page("plugins", "plugins/index.jinja2", permission=Permission.PLUGINS_READ)
def plugins(request: Request) -> dict[str, Any]:
    """Every plugin that was found, why one of them isn't active, and what it is used for here."""
    patterns = [route.pattern for route in request.registry.getUtility(IRoutesMapper).get_routes()]
    return {
        "plugins": installed(request.app, request.db, patterns),
        "retired": retired(request.app, request.db),
        "may_switch": request.identity.may(Permission.PLUGINS_SWITCH),
    }


@page("plugin_calls", "plugins/calls.jinja2", permission=Permission.PLUGINS_READ)
def calls(request: Request) -> dict[str, Any]:
    """Which plugin answered what, newest first. The address holds the filters."""
    # So that what this process has just done is on the page.
    request.app.plugins.trace.write()
    narrow = CallFilter(
        plugin=request.GET.get("plugin", "").strip(),
        outcome=request.GET.get("outcome", "").strip(),
        work=request.GET.get("work", "").strip(),
    )
    before = request.GET.get("before")
    found = list_calls(request.db, narrow, before=before)
    return {
        "calls": found.calls,
        "next": found.next,
        "before": before,
        "narrow": narrow,
        "plugins": {row.id: row.name for row in request.app.plugins.report()},
        "days": request.app.settings.trace_days,
        "work_page": _work_page,
    }


def _work_page(call: PluginCall) -> tuple[str, str | None]:
    """What a call was made for, in words, and the page about it where there is one."""
    words, path = _WORK.get(call.work, (call.work.replace("_", " "), None))
    return words, path and path.format(call.work_id)


@page("plugin_switch", permission=Permission.PLUGINS_SWITCH, method="POST")
def switch(request: Request) -> Any:
    """Switch a plugin on or off for the workspace."""
    plugin = request.app.plugins.plugin(request.matchdict["id"])
    if plugin is None or plugin.manifest is None:
        raise HTTPNotFound
    on, name = request.POST.get("on") == "on", plugin.manifest.name
    with request.app.db.unit_of_work(request.identity.tenant_id) as session:
        actor_id = request.identity.user_id
        if tenants.switch_plugin(session, plugin.id, on=on, actor_id=actor_id):
            rules.write_switched(session, request.app, plugin.id, on=on)
    request.session.flash(f"{name} is {'on' if on else 'off'} in your workspace.")
    return see_other(request, "plugins")


@page("plugin_tell_again", permission=Permission.PLUGINS_SWITCH, method="POST")
def tell_again(request: Request) -> Any:
    """Tell a plugin again what it could not be told."""
    count = rules.tell_again(request.app, request.identity, request.matchdict["id"])
    said = "1 event is" if count == 1 else f"{count:,} events are"
    request.session.flash(f"{said} in line, and told again in a moment." if count else "Nothing failed.")
    return see_other(request, "plugins")

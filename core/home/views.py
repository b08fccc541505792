"""The first page, and the plugins."""

from typing import Any

from pyramid.httpexceptions import HTTPNotFound
from pyramid.interfaces import IRoutesMapper
from pyramid.request import Request

from core.api.text import N_, _, ngettext, show
from core.home.address import problem_with_address
from core.home.calls import CallFilter, list_calls
from core.home.checklist import steps
from core.home.setup import examine, troubles
from core.home.switching import installed, retired
from core.people.roles import Permission
from core.plugin_host import hearing
from core.plugin_host.kinds import Kind
from core.plugin_host.manifest import LEVELS
from core.plugin_host.models import PluginCall
from core.plugin_host.plugin import Stage
from core.rules import service as rules
from core.tenants import service as tenants
from core.web.pages import page
from core.web.replies import see_other

#: How long the app's own address may take to answer.
_PATIENCE = 3.0  # seconds

#: Work as people know it, and the page about a row of it.
_WORK = {
    "request": (N_("A page"), None),
    "payment_links": (N_("Payment link"), "/links/{}"),
    "payment_accounts": (N_("A look for news"), "/accounts/{}"),
    "webhook_deliveries": (N_("Webhook delivery"), "/deliveries/{}"),
    "action_runs": (N_("Action of a rule"), None),
    "plugin_notices": (N_("An event"), None),
    "link_closings": (N_("A link that is closed"), None),
    "crm_connections": (N_("A look at the users of the CRM"), "/crm"),
}


@page("home", "home/index.jinja2")
def home(request: Request) -> dict[str, Any]:
    """The checklist of a new workspace."""
    tenant_id = request.identity.tenant_id
    off = tenants.plugins_off(request.app, request.db)
    manages_rules = request.identity.may(Permission.RULES_MANAGE)
    return {
        "steps": steps(request.app, tenant_id),
        "paused": rules.paused_rules(request.db) if manages_rules else [],
        "hidden": tenants.get(request.db, tenant_id).checklist_hidden_at is not None,
        "may_hide": request.identity.may(Permission.ACCOUNTS_MANAGE),
        "shown": hearing.shown(request.app.plugins, "home", None, workspace_id=tenant_id, off=off),
    }


@page("checklist", permission=Permission.ACCOUNTS_MANAGE, method="POST")
def hide_or_show(request: Request) -> Any:
    """Keep the checklist off the first page, or bring it back, for the whole workspace."""
    hidden = request.POST.get("hidden") == "on"
    tenants.hide_checklist(request.app, request.identity.tenant_id, hidden=hidden)
    return see_other(request, "home")


@page("setup", "home/setup.jinja2", permission=Permission.ACCOUNTS_MANAGE)
def setup(request: Request) -> dict[str, Any]:
    """What is wrong with the workspace's setup, as it was found last."""
    return {
        "troubles": troubles(request.app, request.db),
        "examined_at": tenants.get(request.db, request.identity.tenant_id).examined_at,
    }


@page("setup", permission=Permission.ACCOUNTS_MANAGE, method="POST")
def examine_again(request: Request) -> Any:
    """Look at the address, the CRM and all accounts again."""
    left = examine(request.app, request.identity)
    request.session.flash(_("Everything was looked at again. What was found is below."))
    if left:
        said = _("There was no time for: %(labels)s. Look again.", labels=", ".join(left))
        request.session.flash(said, "warning")
    if problem := problem_with_address(request.app, _PATIENCE):
        request.session.flash(problem, "warning")
    return see_other(request, "setup")


@page("setup_sample", "home/sample.jinja2")
def sample(request: Request) -> dict[str, Any]:
    """How to try everything without real money: never with data of this workspace."""
    return {
        "sandbox": request.app.settings.sandbox_url,
        "providers": request.app.plugins.payment_providers.values(),
    }


@page("plugins", "plugins/index.jinja2", permission=Permission.PLUGINS_READ)
def plugins(request: Request) -> dict[str, Any]:
    """Every plugin that was found, why one of them isn't active, and what it is used for here."""
    patterns = [route.pattern for route in request.registry.getUtility(IRoutesMapper).get_routes()]
    return {
        "plugins": installed(request.app, request.db, patterns),
        "retired": retired(request.app, request.db),
        "may_switch": request.identity.may(Permission.PLUGINS_SWITCH),
        "kind_words": {str(kind): kind.words for kind in Kind},
        "stage_words": {stage: stage.words for stage in Stage},
        "level_words": LEVELS,
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
        "plugins": {row.id: show(row.name) for row in request.app.plugins.report()},
        "days": request.app.settings.trace_days,
        "work_page": _work_page,
    }


def _work_page(call: PluginCall) -> tuple[str, str | None]:
    """What a call was made for, in words, and the page about it where there is one."""
    words, path = _WORK.get(call.work, (call.work.replace("_", " "), None))
    return show(words), path and path.format(call.work_id)


@page("plugin_switch", permission=Permission.PLUGINS_SWITCH, method="POST")
def switch(request: Request) -> Any:
    """Switch a plugin on or off for the workspace."""
    plugin = request.app.plugins.plugin(request.matchdict["id"])
    if plugin is None or plugin.manifest is None:
        raise HTTPNotFound
    on, name = request.POST.get("on") == "on", show(plugin.manifest.name)
    with request.app.db.unit_of_work(request.identity.tenant_id) as session:
        actor_id = request.identity.user_id
        if tenants.switch_plugin(session, plugin.id, on=on, actor_id=actor_id):
            rules.write_switched(session, request.app, plugin.id, on=on)
    request.session.flash(
        _("%(name)s is on in your workspace.", name=name)
        if on
        else _("%(name)s is off in your workspace.", name=name)
    )
    return see_other(request, "plugins")


@page("plugin_tell_again", permission=Permission.PLUGINS_SWITCH, method="POST")
def tell_again(request: Request) -> Any:
    """Tell a plugin again what it could not be told."""
    count = rules.tell_again(request.app, request.identity, request.matchdict["id"])
    said = ngettext(
        "%(num)s event is in line, and told again in a moment.",
        "%(num)s events are in line, and told again in a moment.",
        count,
        num=f"{count:,}",
    )
    request.session.flash(said if count else _("Nothing failed."))
    return see_other(request, "plugins")

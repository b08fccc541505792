"""The page "After payment actions", and the form of a rule."""

import json
from typing import Any

from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request

from core.db.sealing import SealBroken
from core.people.roles import Permission
from core.rules import conditions, service
from core.rules.forms import RuleEditor
from core.rules.models import Rule
from core.web.pages import page
from core.web.replies import again, see_other

MANAGE = Permission.RULES_MANAGE
_MADE = "made_secrets"


@page("rules", "rules/index.jinja2", permission=MANAGE)
def index(request: Request) -> dict[str, Any]:
    """The rules, and what the last of their actions came to."""
    return {
        "rules": service.list_rules(request.db),
        "runs": service.recent_runs(request.db),
        "events": service.EVENTS,
        "actions": request.app.plugins.actions,
        "only_if": lambda rule: conditions.read(rule.only_if).words,
        "made": _made(request),
    }


@page("rule_new", "rules/edit.jinja2", permission=MANAGE, method=("GET", "POST"))
def new(request: Request) -> Any:
    """Add a rule."""
    return _edit(request, None)


@page("rule", "rules/edit.jinja2", permission=MANAGE, method=("GET", "POST"))
def edit(request: Request) -> Any:
    """Change a rule."""
    with request.app.db.unit_of_work(request.identity.tenant_id, read_only=True) as session:
        rule = service.get_rule(session, request.matchdict["id"])
    if rule is None:
        raise HTTPNotFound
    return _edit(request, rule)


@page("rule_enabled", permission=MANAGE, method="POST")
def switch(request: Request) -> Any:
    """Switch a rule on or off."""
    enabled = request.POST.get("enabled") == "on"
    if not service.set_enabled(request.app, request.identity, request.matchdict["id"], enabled):
        raise HTTPNotFound
    request.session.flash(f"The rule is {'on' if enabled else 'off'} now.")
    return see_other(request, "rules")


@page("rule_delete", permission=MANAGE, method="POST")
def delete(request: Request) -> Any:
    """Delete a rule."""
    if not service.delete_rule(request.app, request.identity, request.matchdict["id"]):
        raise HTTPNotFound
    request.session.flash("The rule is deleted. What its actions have done stays.")
    return see_other(request, "rules")


@page("run_retry", permission=MANAGE, method="POST")
def retry(request: Request) -> Any:
    """Run an action again that was given up; back to where the button was."""
    if service.retry_run(request.app, request.identity, request.matchdict["id"]):
        request.session.flash("The action runs again in a moment.")
    else:
        request.session.flash("This action is not waiting for a retry any more.", "warning")
    link_id = request.POST.get("link")
    return see_other(request, "link", id=link_id) if link_id else see_other(request, "rules")


def _edit(request: Request, rule: Rule | None) -> Any:
    editor = RuleEditor(request.app, request.identity.tenant_id, rule)
    values = {"editor": editor}
    if request.method == "GET":
        return values
    if request.POST.get("step") == "choices":
        editor.read(request.POST)
        return values
    valid = editor.validate(request.POST)
    if valid is None:
        return again(request, values)
    about, only_if, config = valid
    action = request.app.plugins.action(about.action)
    name = about.name or f"{service.EVENTS[about.event]}: {action.name}"
    service.save_rule(
        request.app,
        request.identity,
        rule_id=rule.id if rule else None,
        name=name,
        event=about.event,
        enabled=about.enabled,
        action_id=about.action,
        config=config,
        only_if=only_if,
    )
    request.session.flash("The rule is saved.")
    if made := editor.made(config):
        _keep(request, {"rule": name, "secrets": made})
    return see_other(request, "rules")


def _keep(request: Request, made: dict[str, Any]) -> None:
    """Keep a secret that was made for the rule until the next page: sealed, for this member alone."""
    sealed = request.app.secrets.seal(json.dumps(made), *_place(request))
    request.session[_MADE] = sealed


def _made(request: Request) -> dict[str, Any] | None:
    """What ``_keep`` has kept, this once."""
    sealed = request.session.pop(_MADE, None)
    if sealed is None:
        return None
    try:
        made: dict[str, Any] = json.loads(request.app.secrets.open(sealed, *_place(request)))
    except SealBroken:
        return None
    return made


def _place(request: Request) -> tuple[str, ...]:
    return request.identity.tenant_id, "web_sessions", _MADE, request.identity.user_id

"""The page "After payment actions": the rules, and the switch and the end of each."""

import json
from typing import Any

from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request

from core.api.text import _
from core.db.sealing import SealBroken
from core.people.roles import Permission
from core.rules import conditions, service, starters
from core.rules.choices import action_choices
from core.rules.conflicts import conflicts
from core.web.pages import page
from core.web.replies import see_other

MANAGE = Permission.RULES_MANAGE
_MADE = "made_secrets"


@page("rules", "rules/index.jinja2", permission=MANAGE)
def index(request: Request) -> dict[str, Any]:
    """The rules, how each went lately, and what the last of their actions came to."""
    rules = service.list_rules(request.db)
    actions = action_choices(request.app, request.identity.tenant_id)
    return {
        "rules": rules,
        "runs": service.recent_runs(request.db),
        "lately": service.lately(request.db, [rule.id for rule in rules]),
        "conflicts": conflicts(request.app, rules),
        "starters": [ready.starter for ready in starters.ready(actions)],
        "events": service.EVENTS,
        "actions": request.app.plugins.actions,
        "sentence": lambda action: service.sentence_of(request.app, action),
        "only_if": lambda rule: conditions.read(rule.only_if).words,
        "made": _made(request),
    }


@page("rule_enabled", permission=MANAGE, method="POST")
def switch(request: Request) -> Any:
    """Switch a rule on or off."""
    enabled = request.POST.get("enabled") == "on"
    if not service.set_enabled(request.app, request.identity, request.matchdict["id"], enabled):
        raise HTTPNotFound
    request.session.flash(_("The rule is on now.") if enabled else _("The rule is off now."))
    return see_other(request, "rules")


@page("rule_delete", permission=MANAGE, method="POST")
def delete(request: Request) -> Any:
    """Delete a rule."""
    if not service.delete_rule(request.app, request.identity, request.matchdict["id"]):
        raise HTTPNotFound
    request.session.flash(_("The rule is deleted. What its actions have done stays."))
    return see_other(request, "rules")


def keep_made(request: Request, made: dict[str, Any]) -> None:
    """Keep a secret that was made for a rule until the list is shown: sealed, for this member alone."""
    sealed = request.app.secrets.seal(json.dumps(made), *_place(request))
    request.session[_MADE] = sealed


def _made(request: Request) -> dict[str, Any] | None:
    """What ``keep_made`` has kept, this once."""
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

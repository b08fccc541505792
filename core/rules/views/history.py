"""What a rule has done: its runs, and Retry."""

from typing import Any

from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request

from core.api.text import _, ngettext
from core.app import App
from core.rules import service
from core.rules.configs import without_secrets
from core.rules.models import ActionRun
from core.rules.views.rules import MANAGE
from core.web import form_fields
from core.web.pages import page
from core.web.replies import see_other


@page("rule_runs", "rules/history.jinja2", permission=MANAGE)
def runs(request: Request) -> dict[str, Any]:
    """The runs of one rule, newest first."""
    rule = service.get_rule(request.db, request.matchdict["id"])
    if rule is None:
        raise HTTPNotFound
    failed, before = request.GET.get("show") == "failed", request.GET.get("before")
    found = service.runs_of_rule(request.db, rule.id, before=before, failed=failed)
    return {
        "rule": rule,
        "runs": [(run, service.event_of(run), _inputs(request.app, run)) for run in found.runs],
        "next": found.next,
        "before": before,
        "failed": failed,
        "count_failed": service.count_failed(request.db, rule.id),
        "events": service.EVENTS,
        "actions": request.app.plugins.actions,
    }


@page("rule_retry", permission=MANAGE, method="POST")
def retry_all(request: Request) -> Any:
    """Run again all that a rule gave up."""
    rule_id = request.matchdict["id"]
    with request.app.db.unit_of_work(request.identity.tenant_id, read_only=True) as session:
        if service.get_rule(session, rule_id) is None:
            raise HTTPNotFound
    count = service.retry_all(request.app, request.identity, rule_id)
    if count:
        told = ngettext("%(num)s action runs again.", "%(num)s actions run again.", count)
        request.session.flash(told)
    else:
        request.session.flash(_("There is nothing to retry any more."), "warning")
    return see_other(request, "rule_runs", id=rule_id)


@page("run_retry", permission=MANAGE, method="POST")
def retry(request: Request) -> Any:
    """Run an action again that was given up; back to where the button was."""
    if service.retry_run(request.app, request.identity, request.matchdict["id"]):
        request.session.flash(_("The action runs again in a moment."))
    else:
        request.session.flash(_("This action is not waiting for a retry any more."), "warning")
    if link_id := request.POST.get("link"):
        return see_other(request, "link", id=link_id)
    rule_id = request.POST.get("rule")
    return see_other(request, "rule_runs", id=rule_id) if rule_id else see_other(request, "rules")


def _inputs(app: App, run: ActionRun) -> list[tuple[str, str]]:
    """How the action was configured, without secrets, as its form says it."""
    values, action = without_secrets(run.config), app.plugins.actions.get(run.action)
    if action is None:
        return [(name, str(value)) for name, value in values.items() if value not in (None, "")]
    fields = action.Config.model_fields
    names = {form_fields.noted(info, "label_of"): name for name, info in fields.items()}
    return [
        (form_fields.label(name, info), str(values.get(names.get(name, "")) or values[name]))
        for name, info in fields.items()
        if not form_fields.noted(info, "label_of") and values.get(name) not in (None, "")
    ]

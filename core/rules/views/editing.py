"""The form of a rule: filled in step by step, tried on what has happened, and saved."""

from typing import Any

from pyramid.request import Request

from core.api.actions import DomainEvent
from core.api.errors import DealpayError
from core.api.text import _, ngettext
from core.links import service as links
from core.rules import service, starters
from core.rules.choices import action_choices
from core.rules.conflicts import conflicts
from core.rules.forms import RuleEditor
from core.rules.previews import Preview, how_many, preview
from core.rules.saving import RuleDraft
from core.rules.service import Saved
from core.rules.views.rules import MANAGE, keep_made
from core.web.pages import page
from core.web.replies import again, problem_of, see_other


@page("rule_new", "rules/edit.jinja2", permission=MANAGE, method=("GET", "POST"))
def new(request: Request) -> Any:
    """Add a rule, from nothing or from a template."""
    actions = action_choices(request.app, request.identity.tenant_id)
    wanted = request.GET.get("template")
    ready = next((one for one in starters.ready(actions) if one.starter.id == wanted), None)
    return _edit(request, RuleEditor(request.app, request.identity.tenant_id, None, ready))


@page("rule", "rules/edit.jinja2", permission=MANAGE, method=("GET", "POST"))
def edit(request: Request) -> Any:
    """Change a rule. What was typed stays where the rule was deleted meanwhile."""
    with request.app.db.unit_of_work(request.identity.tenant_id, read_only=True) as session:
        rule = service.get_rule(session, request.matchdict["id"])
    if rule is None:
        return _gone(request)
    return _edit(request, RuleEditor(request.app, request.identity.tenant_id, rule))


def _edit(request: Request, editor: RuleEditor) -> Any:
    if request.method == "GET":
        if editor.rule:
            editor.mark_gone()
        return _form(request, editor)
    step = request.POST.get("step", "")
    if step == "preview":
        return _tried(request, editor)
    if step:
        editor.read(request.POST)
        editor.step(step)
        return _form(request, editor)
    draft = editor.validate(request.POST)
    return again(request, _form(request, editor)) if draft is None else _save(request, editor, draft)


def _save(request: Request, editor: RuleEditor, draft: RuleDraft) -> Any:
    try:
        saved = service.save_rule(
            request.app,
            request.identity,
            draft,
            rule_id=editor.rule.id if editor.rule else None,
            version=editor.version,
            key=editor.key,
        )
    except service.Stale as stale:
        # Sent again as it is now, it replaces what the other one has saved: whoever does so knows.
        editor.version = stale.version
        return again(request, _form(request, editor, stale=stale.rule_id))
    request.session.flash(_("The rule is saved."))
    if not saved.again and (made := editor.made(draft)):
        keep_made(request, {"rule": draft.name, "secrets": made})
    return _after(request, saved)


def _after(request: Request, saved: Saved) -> Any:
    """What whoever has saved a rule has to know beside that, and where it goes on."""
    with request.app.db.unit_of_work(request.identity.tenant_id, read_only=True) as session:
        others = conflicts(request.app, service.list_rules(session)).get(saved.rule_id, [])
        failed = service.count_failed(session, saved.rule_id) if saved.resumed else 0
    for one in others:
        told = _(
            "“%(rule)s” changes the same on the same event. The rule that is older runs first.",
            rule=one.other.name,
        )
        request.session.flash(told, "warning")
    if failed:
        told = ngettext(
            "The rule is no longer paused. %(num)s action that failed meanwhile can be retried.",
            "The rule is no longer paused. %(num)s actions that failed meanwhile can be retried.",
            failed,
        )
        request.session.flash(told, "warning")
        return see_other(request, "rule_runs", id=saved.rule_id, query={"show": "failed"})
    return see_other(request, "rules")


def _tried(request: Request, editor: RuleEditor) -> Any:
    """The form with what the rule would do about something that has happened."""
    draft = editor.validate(request.POST)
    if draft is None:
        return again(request, _form(request, editor))
    events, wanted = _past(request, draft.event), request.POST.get("preview-event")
    event = next((one for one in events if _id(one) == wanted), events[0] if events else None)
    tried, problem = None, None
    if event and draft.only_if:
        try:
            crm = editor.offers.crm
            tried = preview(request.app, crm, draft.only_if, draft.actions, event)
        except DealpayError as error:
            problem = problem_of(error).message
    return _form(request, editor, tried=tried, untried=problem, events=events)


def _form(
    request: Request,
    editor: RuleEditor,
    *,
    stale: str | None = None,
    gone: bool = False,
    tried: Preview | None = None,
    untried: str | None = None,
    events: list[DomainEvent] | None = None,
) -> dict[str, Any]:
    events = _past(request, editor.event) if events is None else events
    return {
        "editor": editor,
        "stale": stale,
        "gone": gone,
        "past": [(_id(event), event) for event in events],
        "chosen": _id(tried.event) if tried else request.POST.get("preview-event"),
        "tried": tried,
        "untried": untried,
        "would_run": _would_run(editor, events),
    }


def _would_run(editor: RuleEditor, events: list[DomainEvent]) -> int | None:
    """For how many of them the rule would have run; None while its conditions aren't right."""
    try:
        given = {name: value for name, value in editor.only_if.values.items() if value != ""}
        return how_many(editor.only_if.model(**given), events)
    except ValueError:
        return None


def _past(request: Request, event: str) -> list[DomainEvent]:
    with request.app.db.unit_of_work(request.identity.tenant_id, read_only=True) as session:
        return links.past_events(request.app, session, event)


def _id(event: DomainEvent) -> str:
    return event.subject_id


def _gone(request: Request) -> Any:
    """There is no such rule, or it is another workspace's."""
    editor = RuleEditor(request.app, request.identity.tenant_id, None)
    if request.method == "POST":
        editor.read(request.POST)
        editor.version = None
    request.response.status_int = 404
    return _form(request, editor, gone=True)

"""The form of a rule: when, only if, and then a list of actions, each with what it asks for."""

import re
import secrets
from typing import Any

from webob.multidict import MultiDict

from core.api.actions import Choice
from core.api.settings import Settings, setting
from core.api.text import N_, _, show
from core.app import App
from core.rules import service
from core.rules.choices import Offers, action_choices
from core.rules.conditions import OnlyIf
from core.rules.models import Rule, RuleAction
from core.rules.rows import Row
from core.rules.saving import ActionDraft, RuleDraft
from core.rules.starters import Ready
from core.web.forms import Form

#: So many actions a rule may have.
MOST_ACTIONS = 10
#: What rules are for most of the time.
USUAL = "link.paid"

_STEP = re.compile(r"(up|down|remove)-([0-9]{1,3})")


class RuleForm(Settings):
    """When something happens, actions follow."""

    event: str = setting(label=N_("When"), choices=True)
    name: str = setting(
        "", label=N_("Name"), help=N_("Left empty, it says when and then."), max_length=120
    )
    enabled: bool = setting(True, label=N_("Switched on"))


class RuleEditor:
    """The form of ``rule``, or of a new one. Showing it calls the CRM; see ``offers`` for what failed.

    ``version`` and ``key`` go with the form: see service.save_rule. ``focus`` is the id of the input
    that goes on with what the last button has done.
    """

    def __init__(self, app: App, tenant_id: str, rule: Rule | None, ready: Ready | None = None):
        self.rule = rule
        self.version = rule.version if rule else None
        self.key = secrets.token_urlsafe(24)
        self.focus: str | None = None
        self.offers = Offers(app, tenant_id)
        self.actions = action_choices(app, tenant_id, switched_off=rule is not None)
        self._app = app
        self.about: Form[RuleForm] = Form(RuleForm, values=_about(rule, ready), options=self._events)
        self.only_if: Form[OnlyIf] = Form(
            OnlyIf,
            values=dict(rule.only_if or {}) if rule else {},
            options=self.offers.of_conditions(
                OnlyIf, "only-", lambda: self.only_if.values, (rule.only_if or {}) if rule else {}
            ),
            prefix="only-",
        )
        self.rows = self._first_rows(ready)
        for row in self.rows:
            row.open(self.event)

    @property
    def event(self) -> str:
        return str(self.about["event"].value)

    @property
    def narrowed(self) -> bool:
        """Whether any condition is filled in."""
        return bool(self.only_if.summary) or any(field.value for field in self.only_if)

    @property
    def forms(self) -> list[Form[Any]]:
        return [self.about, self.only_if, *(form for row in self.rows for form in row.forms)]

    @property
    def full(self) -> bool:
        return len(self.rows) >= MOST_ACTIONS

    def mark_gone(self) -> None:
        """Mark what the rule names and the CRM doesn't have any more."""
        self.only_if.mark_gone()
        for row in self.rows:
            row.mark_gone()

    def read(self, posted: "MultiDict[str, str]") -> None:
        """Take over what was typed so far, so that the next choices can be offered."""
        self._take(posted)
        self.about.read(posted)
        self.only_if.read(posted)
        for row in self.rows:
            row.read(posted, self.event)

    def step(self, name: str) -> None:
        """Add an action, take one out, or move one; by what the buttons are called."""
        if name == "add" and not self.full:
            row = self._row(self._free_key())
            row.open(self.event)
            self.rows.append(row)
            self.focus = f"action-{row.key}"
        if not (found := _STEP.fullmatch(name)):
            return
        what, key = found.groups()
        at = next((index for index, row in enumerate(self.rows) if row.key == key), None)
        if at is None:
            return
        if what == "remove":
            if len(self.rows) > 1:
                del self.rows[at]
            self.focus = "add-action"
            return
        to = max(0, min(at + (-1 if what == "up" else 1), len(self.rows) - 1))
        self.rows.insert(to, self.rows.pop(at))
        # At either end there is one button less.
        way = {0: "down", len(self.rows) - 1: "up"}.get(to, what)
        self.focus = f"{way}-{key}"

    def validate(self, posted: "MultiDict[str, str]") -> RuleDraft | None:
        """The rule as it is to be saved, checked with the CRM; None where the form now says what is
        wrong."""
        self._take(posted)
        about, only_if = self.about.validate(posted), self.only_if.validate(posted)
        drafts = [row.validate(posted, self.event) for row in self.rows]
        actions = [draft for draft in drafts if draft]
        if about is None or only_if is None or len(actions) < len(drafts):
            return None
        return RuleDraft(
            name=about.name or self._name(about.event, actions),
            event=about.event,
            actions=actions,
            enabled=about.enabled,
            only_if=only_if,
        )

    def made(self, draft: RuleDraft) -> dict[str, str]:
        """The secrets that were made for this rule, by their labels."""
        found: dict[str, str] = {}
        for row, action in zip(self.rows, draft.actions, strict=True):
            for label, secret in row.made(action).items():
                found[label if label not in found else f"{label} ({len(found) + 1})"] = secret
        return found

    def _name(self, event: str, actions: list[ActionDraft]) -> str:
        names = [show(self._app.plugins.action(one.action).name) for one in actions]
        name = _("%(when)s: %(then)s", when=show(service.EVENTS[event]), then=", ".join(names))
        return name[:120]

    def _take(self, posted: "MultiDict[str, str]") -> None:
        """The rows as they were sent, each with the stored action that it says it changes."""
        self.offers.read(posted)
        self.key = posted.get("key", "")[:64] or self.key
        version = posted.get("version", "")
        self.version = int(version) if version.isdecimal() and len(version) < 9 else self.version
        keys = [key for key in posted.getall("row") if re.fullmatch("[0-9]{1,3}", key)]
        stored = {action.id: action for action in self.rule.actions} if self.rule else {}
        rows = []
        for key in list(dict.fromkeys(keys))[:MOST_ACTIONS]:
            rows.append(self._row(key, stored.pop(posted.get(f"id-{key}", ""), None)))
        self.rows = rows or self.rows

    def _first_rows(self, ready: Ready | None) -> list[Row]:
        if self.rule:
            return [
                self._row(str(number), action, action=action.action, on_failure=action.on_failure)
                for number, action in enumerate(self.rule.actions, 1)
            ]
        if ready:
            return [self._row(str(number), action=id) for number, id in enumerate(ready.actions, 1)]
        return [self._row("1")]

    def _row(self, key: str, stored: RuleAction | None = None, **values: str) -> Row:
        row = Row(self._app, self.offers, self.actions, key, stored=stored, values=values)
        row.event = self.event
        return row

    def _free_key(self) -> str:
        return str(max(int(row.key) for row in self.rows) + 1)

    def _events(self, field: str, draft: dict[str, str]) -> list[Choice]:
        return [Choice(event, show(words)) for event, words in service.EVENTS.items()]


def _about(rule: Rule | None, ready: Ready | None) -> dict[str, Any]:
    if rule:
        return {"event": rule.event, "name": rule.name, "enabled": rule.enabled}
    if ready:
        return {"event": ready.starter.event, "name": show(ready.starter.name)}
    return {"event": USUAL}

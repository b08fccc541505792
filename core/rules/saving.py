"""Rules as people make and change them: two of them at once, and one who clicks twice."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from pydantic import SecretStr, ValidationError
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.api.errors import DealpayError
from core.api.settings import Settings
from core.app import App
from core.audit import service as audit
from core.db.sealing import SealBroken
from core.people.service import Member
from core.rules import configs
from core.rules.conditions import OnlyIf
from core.rules.models import OnFailure, Rule, RuleAction
from core.rules.pauses import resume


@dataclass(frozen=True, slots=True)
class ActionDraft:
    """An action of a rule that is to be saved. ``id`` is that of the stored one that it changes;
    ``made`` are the secrets that were made for it and not typed."""

    action: str
    config: Settings
    on_failure: OnFailure = "stop"
    id: str | None = None
    made: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True)
class RuleDraft:
    """A rule that is to be saved."""

    name: str
    event: str
    actions: Sequence[ActionDraft]
    enabled: bool = True
    only_if: OnlyIf | None = None

    @property
    def conditions(self) -> dict[str, object] | None:
        return (self.only_if.stored or None) if self.only_if else None


@dataclass(frozen=True, slots=True)
class Saved:
    """What came of it. ``again``: the same form was sent before, and nothing was written now.
    ``resumed``: the rule was paused until now."""

    rule_id: str
    again: bool = False
    resumed: bool = False


class Stale(DealpayError):
    """Somebody else has saved the rule since its form was opened; ``version`` is the one of now."""

    def __init__(self, rule: Rule):
        super().__init__("the rule was changed meanwhile")
        self.rule_id, self.version = rule.id, rule.version


def save_rule(
    app: App,
    actor: Member,
    draft: RuleDraft,
    *,
    rule_id: str | None = None,
    version: int | None = None,
    key: str | None = None,
) -> Saved:
    """Write a rule, new or over the one with ``rule_id``.

    An action keeps its id while it stays the same action, so that a fact that was acted upon isn't
    acted upon again. ``version`` is that of the rule whose form was filled in, and ``key`` stands for
    the form. Raises Stale.
    """
    try:
        return _save(app, actor, draft, rule_id, version, key)
    except IntegrityError:  # the same form, sent twice, arrived twice at once: one was first
        return _save(app, actor, draft, rule_id, version, key)


def _save(
    app: App, actor: Member, draft: RuleDraft, rule_id: str | None, version: int | None, key: str | None
) -> Saved:
    with app.db.unit_of_work(actor.tenant_id) as session:
        rule = _stored(session, rule_id, key)
        if rule is not None:
            if key and rule.saved_key == key and _says(app, rule, draft):
                return Saved(rule.id, again=True)
            # A form for a new rule that was sent before, and was changed since, has no version.
            expected = version if rule_id or version is not None or key is None else 0
            if expected is not None and expected != rule.version:
                raise Stale(rule)
            rule.version += 1
        else:
            rule = Rule(name=draft.name, event=draft.event, version=1)
            session.add(rule)
        resumed = rule.paused_at is not None
        resume(rule)
        rule.name, rule.event, rule.enabled = draft.name, draft.event, draft.enabled
        rule.only_if, rule.saved_key = draft.conditions, key
        rule.actions[:] = _actions(app, actor.tenant_id, list(rule.actions), draft.actions)
        session.flush()
        audit.record(
            session,
            "rule.saved",
            rule.id,
            actor_id=actor.user_id,
            event=draft.event,
            name=draft.name,
            actions=[one.action for one in draft.actions],
        )
        return Saved(rule.id, resumed=resumed)


def _stored(session: Session, rule_id: str | None, key: str | None) -> Rule | None:
    # Locked, so that of two who save at the same time one finds what the other has saved.
    known = select(Rule).with_for_update(of=Rule)
    if rule_id:
        return session.scalars(known.where(Rule.id == rule_id)).one_or_none()
    return session.scalars(known.where(Rule.saved_key == key)).one_or_none() if key else None


def _actions(
    app: App, tenant_id: str, stored: Sequence[RuleAction], drafts: Sequence[ActionDraft]
) -> list[RuleAction]:
    """The rows of a rule in their order: those that stay what they are, and new ones."""
    rows = []
    for position, draft in enumerate(drafts):
        row = _same_action(stored, draft, position)
        if row is None:
            row = RuleAction(tenant_id=tenant_id, action=draft.action)
        row.config = configs.sealed(app, tenant_id, row.id, draft.config)
        row.summary = app.plugins.action(draft.action).summary(draft.config)
        row.position, row.on_failure = position, draft.on_failure
        rows.append(row)
    return rows


def _same_action(stored: Sequence[RuleAction], draft: ActionDraft, position: int) -> RuleAction | None:
    if draft.id is None and position < len(stored):
        found: RuleAction | None = stored[position]
    else:
        found = next((one for one in stored if one.id == draft.id), None)
    return found if found and found.action == draft.action else None


def _says(app: App, rule: Rule, draft: RuleDraft) -> bool:
    """Whether a rule says already what is to be saved."""
    if (rule.name, rule.event, rule.enabled) != (draft.name, draft.event, draft.enabled):
        return False
    if (rule.only_if or None) != draft.conditions or len(rule.actions) != len(draft.actions):
        return False
    return all(_does(app, row, one) for row, one in zip(rule.actions, draft.actions, strict=True))


def _does(app: App, row: RuleAction, draft: ActionDraft) -> bool:
    if (row.action, row.on_failure) != (draft.action, draft.on_failure):
        return False
    config = config_of(app, row)
    names = set(type(draft.config).model_fields) - draft.made
    return config is not None and all(
        _bare(getattr(config, name)) == _bare(getattr(draft.config, name)) for name in names
    )


def _bare(value: object) -> object:
    return value.get_secret_value() if isinstance(value, SecretStr) else value


def config_of(app: App, row: RuleAction) -> Settings | None:
    """How an action is configured; None where its plugin is gone, or no longer takes this."""
    action = app.plugins.actions.get(row.action)
    if action is None:
        return None
    try:
        return action.Config(**configs.opened(app, row.tenant_id, row.id, row.config))
    except (SealBroken, ValidationError):
        return None


def sentence_of(app: App, row: RuleAction) -> str:
    """What an action does, in the reader's language; as it was when it was saved, where its plugin is
    gone."""
    config = config_of(app, row)
    try:
        return app.plugins.action(row.action).summary(config) if config else row.summary
    except DealpayError:
        return row.summary


def set_enabled(app: App, actor: Member, rule_id: str, enabled: bool) -> bool:
    """Switch a rule on or off; False where there is none."""
    with app.db.unit_of_work(actor.tenant_id) as session:
        rule = session.get(Rule, rule_id)
        if rule is None:
            return False
        rule.enabled = enabled
        audit.record(session, "rule.switched", rule_id, actor_id=actor.user_id, enabled=enabled)
        return True


def delete_rule(app: App, actor: Member, rule_id: str) -> bool:
    """Delete a rule; the runs it made stay. False where there is none."""
    with app.db.unit_of_work(actor.tenant_id) as session:
        rule = session.get(Rule, rule_id)
        if rule is None:
            return False
        session.delete(rule)
        audit.record(session, "rule.deleted", rule_id, actor_id=actor.user_id, name=rule.name)
        return True


def create_default_rules(app: App, session: Session, tenant_id: str) -> None:
    """Give a new workspace the rules that the installed actions come with, switched on."""
    for action_id, action in app.plugins.actions.items():
        for default in action.default_rules:
            rule = Rule(tenant_id=tenant_id, name=default.name, event=default.event)
            config = action.Config(**default.config)
            rule.actions[:] = _actions(app, tenant_id, (), [ActionDraft(action_id, config)])
            session.add(rule)

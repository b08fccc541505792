"""Rules that get in each other's way: two that change the same of a record on the same event."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import permutations

from core.api.settings import target_fields
from core.app import App
from core.rules import conditions, configs
from core.rules.models import Rule, RuleAction

# A payment that pays a link, or a part of it, is told as both.
_TOLD_TOGETHER = (
    frozenset({"payment.succeeded", "link.paid"}),
    frozenset({"payment.succeeded", "link.part_paid"}),
)

#: What an action changes: which action it is, and what its configuration says of what.
_Target = tuple[str, tuple[object, ...]]


@dataclass(frozen=True, slots=True)
class Conflict:
    """``other`` is the rule that changes the same, by ``action``."""

    other: Rule
    action: RuleAction


def conflicts(app: App, rules: Iterable[Rule]) -> dict[str, list[Conflict]]:
    """For each rule that is on, the others that are on and change the same otherwise, by its id."""
    by_target: dict[_Target, list[tuple[Rule, RuleAction]]] = defaultdict(list)
    for rule in rules:
        for action in rule.actions if rule.enabled else ():
            if target := _target(app, action):
                by_target[target].append((rule, action))
    found: dict[str, list[Conflict]] = defaultdict(list)
    for changing in by_target.values():
        for (rule, mine), (other, theirs) in permutations(changing, 2):
            named = any(one.other is other for one in found[rule.id])
            if rule is not other and not named and _collide(rule, mine, other, theirs):
                found[rule.id].append(Conflict(other, theirs))
    return {id: ones for id, ones in found.items() if ones}


def _target(app: App, action: RuleAction) -> _Target | None:
    entry = app.plugins.actions.get(action.action)
    names = target_fields(entry.Config) if entry else ()
    return (action.action, tuple(action.config.get(name) for name in names)) if names else None


def _collide(rule: Rule, mine: RuleAction, other: Rule, theirs: RuleAction) -> bool:
    events = frozenset({rule.event, other.event})
    if len(events) > 1 and events not in _TOLD_TOGETHER:
        return False
    if configs.without_secrets(mine.config) == configs.without_secrets(theirs.config):
        return False  # they do the same
    return not conditions.exclude(conditions.read(rule.only_if), conditions.read(other.only_if))

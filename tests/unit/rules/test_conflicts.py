"""Rules that change the same of a record on the same event."""

from typing import Any

import pytest

from core.app import App
from core.rules.conflicts import conflicts
from core.rules.models import Rule, RuleAction

WON = {"record_kind": "deal", "pipeline_id": "10", "stage_id": "2"}
OPEN = WON | {"stage_id": "1"}


def rule(name: str, config: dict[str, Any], **more: Any) -> Rule:
    given = {"event": "link.paid", "enabled": True, "action": "move_stage"} | more
    action = RuleAction(action=given.pop("action"), config=config, position=0)
    return Rule(name=name, id=name, actions=[action], **given)


def named(app: App, *rules: Rule) -> dict[str, list[str]]:
    return {id: [one.other.name for one in ones] for id, ones in conflicts(app, rules).items()}


def test_each_names_the_other(app: App) -> None:
    assert named(app, rule("a", WON), rule("b", OPEN)) == {"a": ["b"], "b": ["a"]}


@pytest.mark.parametrize(
    "other",
    [
        rule("b", OPEN, enabled=False),
        rule("b", OPEN, event="payment.refunded"),
        rule("b", WON),
        rule("b", OPEN | {"record_kind": "lead"}),
        rule("b", OPEN | {"pipeline_id": "20"}),
        rule("b", OPEN, only_if={"mode": "test"}),
        rule("b", {"template": "x"}, action="write_note"),
        rule("b", OPEN, action="gone"),
    ],
)
def test_others_are_in_nobodys_way(app: App, other: Rule) -> None:
    assert named(app, rule("a", WON, only_if={"mode": "live"}), other) == {}


def test_a_payment_that_pays_a_link_is_told_as_both(app: App) -> None:
    assert named(app, rule("a", WON), rule("b", OPEN, event="payment.succeeded"))
    assert not named(app, rule("a", WON), rule("b", OPEN, event="link.part_paid"))


def test_notes_are_never_in_the_way(app: App) -> None:
    notes = [rule(name, {"template": name}, action="write_note") for name in "ab"]
    assert named(app, *notes) == {}


def test_amounts_that_do_not_meet(app: App) -> None:
    small = rule("a", WON, only_if={"currency": "INR", "at_most": "100"})
    large = rule("b", OPEN, only_if={"currency": "INR", "at_least": "101"})
    assert named(app, small, large) == {}

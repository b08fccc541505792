"""Rules to begin with, from whichever actions there are."""

from core.rules.choices import ActionChoice
from core.rules.service import EVENTS
from core.rules.starters import STARTERS, ready


def action(id: str, *verbs: str, missing: tuple[str, ...] = ()) -> ActionChoice:
    needs = tuple(f"crm_connector:{verb}" for verb in verbs)
    return ActionChoice(id, id, tuple(EVENTS), needs, missing)


MOVE, NOTE = action("mover", "move_stage"), action("noter", "add_note", "find_note")
TASK = action("tasker", "create_task")


def made(*actions: ActionChoice) -> dict[str, tuple[str, ...]]:
    return {one.starter.id: one.actions for one in ready(actions)}


def test_all_of_them_where_all_is_there() -> None:
    assert made(MOVE, NOTE, TASK) == {
        "paid": ("mover",),
        "part_paid": ("noter", "tasker"),
        "failed": ("tasker",),
        "expired": ("tasker",),
        "refunded": ("mover", "noter"),
    }


def test_a_note_stands_in_for_a_task() -> None:
    assert made(MOVE, NOTE)["failed"] == ("noter",)
    assert made(MOVE, NOTE)["part_paid"] == ("noter",)


def test_what_is_missing_is_not_offered() -> None:
    lacking = action("mover", "move_stage", missing=("crm_connector:move_stage",))
    assert set(made(lacking, NOTE)) == {"part_paid", "failed", "expired"}
    assert made() == {}


def test_each_starts_from_an_event_that_there_is() -> None:
    assert all(starter.event in EVENTS for starter in STARTERS)

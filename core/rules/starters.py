"""Rules to begin with: what most workspaces want, from whichever actions and CRM there are."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.api.text import N_
from core.rules.choices import ActionChoice

_MOVE = ("move_stage",)
_NOTE = ("add_note",)
_TASK = ("create_task",)


@dataclass(frozen=True, slots=True)
class Step:
    """An action of a rule to begin with: the first there is that needs one of these verbs of the CRM.

    Without it there is no such rule, unless it is ``optional``.
    """

    verbs: tuple[str, ...]
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Starter:
    """A rule to begin with."""

    id: str
    name: str
    sentence: str
    event: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Ready:
    """A starter that works here, and the ids of its actions."""

    starter: Starter
    actions: tuple[str, ...]


STARTERS = (
    Starter(
        "paid",
        N_("Paid in full: won"),
        N_("Move the record to the stage that you choose, once all is paid."),
        "link.paid",
        (Step(_MOVE),),
    ),
    Starter(
        "part_paid",
        N_("Part paid: note what is left"),
        N_("Write down what came, and where the CRM has tasks, make one to ask for the rest."),
        "link.part_paid",
        (Step(_NOTE), Step(_TASK, optional=True)),
    ),
    Starter(
        "failed",
        N_("Payment failed: tell the owner"),
        N_("Give whoever owns the record a task, or leave a note, when a payment fails."),
        "payment.failed",
        (Step((*_TASK, *_NOTE)),),
    ),
    Starter(
        "expired",
        N_("Link expired: tell the owner"),
        N_("Give whoever owns the record a task, or leave a note, when nobody paid in time."),
        "link.expired",
        (Step((*_TASK, *_NOTE)),),
    ),
    Starter(
        "refunded",
        N_("Refunded: move back and note"),
        N_("Move the record back when all of the money is gone again, and write down why."),
        "payment.refunded",
        (Step(_MOVE), Step(_NOTE)),
    ),
)


def ready(actions: Sequence[ActionChoice]) -> list[Ready]:
    """The starters whose actions are all there, for this workspace and its CRM."""
    found = []
    for starter in STARTERS:
        chosen = [(step, _fitting(actions, starter.event, step)) for step in starter.steps]
        if all(action or step.optional for step, action in chosen):
            found.append(Ready(starter, tuple(action for _step, action in chosen if action)))
    return found


def _fitting(actions: Sequence[ActionChoice], event: str, step: Step) -> str | None:
    for verb in step.verbs:
        for one in actions:
            if event in one.triggers and not one.missing and f"crm_connector:{verb}" in one.needs:
                return one.id
    return None

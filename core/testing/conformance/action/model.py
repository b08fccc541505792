"""A CRM as an action sees it, kept in memory: records, pipelines, notes, and what can go wrong.

It stands for the port and not for a vendor: every connector keeps the same promises, which its own
suite checks.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from core.api.errors import NotFound, NotSent, OutcomeUnknown, Rejected, Unsupported
from core.api.records import (
    NoteRef,
    Pipeline,
    Record,
    RecordRef,
    Stage,
    StageChange,
    StageOutcome,
    StageRef,
)
from core.testing.context import Steps

DEAL, LEAD = RecordRef("deal", "7"), RecordRef("lead", "8")
KINDS = ("lead", "deal")
PIPELINES = {
    kind: Pipeline(
        f"{kind}-pipeline",
        f"{kind.capitalize()} pipeline",
        kind,
        (
            Stage(f"{kind}-open", "Open", 1),
            Stage(f"{kind}-won", "Won", 2, StageOutcome.WON),
            Stage(f"{kind}-lost", "Lost", 3, StageOutcome.LOST, ("Too dear", "Too late")),
        ),
    )
    for kind in KINDS
}


class Crash(Exception):
    """The process is gone: nobody catches it, and nothing is written down any more."""


@dataclass
class ModelCrm:
    """What core.api.context.Crm promises. ``written`` is every change, in words.

    ``fails`` is asked before a change (True: nothing was done) and after it (False); what it raises
    reaches the action.
    """

    steps: Steps
    #: The verbs that the CRM has; any other raises Unsupported.
    offers: frozenset[str] | None = None
    fails: Callable[[bool], None] = lambda before: None
    written: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)
    _stages: dict[RecordRef, Stage] = field(
        default_factory=lambda: {ref: PIPELINES[ref.kind].stages[0] for ref in (DEAL, LEAD)}
    )
    _notes: dict[str, NoteRef] = field(default_factory=dict)

    def fetch_record(self, ref: RecordRef) -> Record:
        self._ask("fetch_record")
        if ref not in self._stages:
            raise NotFound("There is no such record.")
        return Record(ref, "Office fit-out", "https://crm.example/7", stage=self._place(ref))

    def list_pipelines(self, kind: str) -> list[Pipeline]:
        self._ask("list_pipelines")
        return [PIPELINES[kind]] if kind in PIPELINES else []

    def move_stage(
        self, ref: RecordRef, pipeline_id: str, stage_id: str, reason: str | None
    ) -> StageChange:
        self._ask("move_stage")
        before = self._place(ref)
        if pipeline_id != before.pipeline_id:
            raise Rejected("other_pipeline", "The record is in another pipeline.")
        stage = next((one for one in PIPELINES[ref.kind].stages if one.id == stage_id), None)
        if stage is None:
            raise Rejected("stage_not_found", "There is no such stage any more.")
        if stage.reasons and reason not in stage.reasons:
            raise Rejected("reason_required", "The stage needs a reason.")
        if before.stage_id == stage_id:
            return StageChange(before, before, changed=False)
        self._change(f"{ref.kind} {ref.id} to {stage_id}", lambda: self._stages.update({ref: stage}))
        return StageChange(before, self._place(ref), changed=True)

    def add_note(self, ref: RecordRef, text: str, marker: str) -> NoteRef:
        self._ask("add_note")
        note = NoteRef(f"note-{len(self.written) + 1}")
        self._change(f"note on {ref.kind} {ref.id}: {text}", lambda: self._notes.update({marker: note}))
        return note

    def find_note(self, ref: RecordRef, marker: str) -> NoteRef | None:
        self._ask("find_note")
        return self._notes.get(marker)

    def _place(self, ref: RecordRef) -> StageRef:
        pipeline, stage = PIPELINES[ref.kind], self._stages[ref]
        return StageRef(pipeline.id, pipeline.name, stage.id, stage.name)

    def _ask(self, verb: str) -> None:
        self.asked.add(verb)
        if self.offers is not None and verb not in self.offers:
            raise Unsupported(f"The CRM doesn't offer {verb}. Nothing was done.")

    def _change(self, what: str, do: Callable[[], Any]) -> None:
        self.fails(True)
        do()
        self.written.append(what)
        if not self.steps.doing:
            self.outside.append(what)
        self.fails(False)


def not_sent(before: bool) -> None:
    """Nothing is done."""
    if before:
        raise NotSent("The CRM can't be reached at the moment. Nothing was done.")


def refused(before: bool) -> None:
    """Nothing is done, and never will be."""
    if before:
        raise Rejected("forbidden", "The CRM refuses this.")


def lost_reply(before: bool) -> None:
    """All is done, and nobody knows."""
    if not before:
        raise OutcomeUnknown("The CRM's answer was lost.")


def crash(before: bool) -> None:
    """All is done, and then the process is killed."""
    if not before:
        raise Crash

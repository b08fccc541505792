"""A CRM as an action sees it, kept in memory: records with all they have, and what can go wrong.

It stands for the port and not for a vendor: every connector keeps the same promises, which its own
suite checks.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from core.api.errors import NotFound, NotSent, OutcomeUnknown, Rejected, Unsupported
from core.api.records import (
    CrmUser,
    Field,
    FieldChange,
    FieldChoice,
    FieldType,
    NoteRef,
    OwnerChange,
    Pipeline,
    Record,
    RecordRef,
    Stage,
    StageChange,
    StageOutcome,
    StageRef,
    TaskDraft,
    TaskRef,
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
_STATES = (FieldChoice("due", "Due"), FieldChoice("paid", "Paid"))
#: The fields of either kind; all are empty at first.
FIELDS = (
    Field("reference", "Payment reference", FieldType.TEXT),
    Field("received", "Received", FieldType.NUMBER),
    Field("paid_on", "Paid on", FieldType.DATE),
    Field("state", "Payment state", FieldType.CHOICE, _STATES),
    Field("settled", "Settled", FieldType.BOOL),
    Field("changed_on", "Last change", FieldType.DATE, writable=False),
)
#: Records are the first one's; the last one has left.
USERS = (CrmUser("1", "Asha Rao"), CrmUser("2", "Ravi Iyer"), CrmUser("3", "Meera Nair", active=False))


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
    _values: dict[tuple[RecordRef, str], str] = field(default_factory=dict)
    _owners: dict[RecordRef, CrmUser] = field(
        default_factory=lambda: dict.fromkeys((DEAL, LEAD), USERS[0])
    )
    _tasks: dict[str, TaskRef] = field(default_factory=dict)

    def fetch_record(self, ref: RecordRef) -> Record:
        self._ask("fetch_record")
        if ref not in self._stages:
            raise NotFound("There is no such record.")
        owner, stage = self._owners[ref], self._place(ref)
        return Record(ref, "Office fit-out", "https://crm.example/7", owner=owner, stage=stage)

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

    def list_users(self, query: str) -> list[CrmUser]:
        self._ask("list_users")
        return [user for user in USERS if query.casefold() in user.name.casefold()]

    def list_fields(self, kind: str) -> list[Field]:
        self._ask("list_fields")
        return list(FIELDS) if kind in KINDS else []

    def set_field(self, ref: RecordRef, field_id: str, value: str) -> FieldChange:
        self._ask("set_field")
        field = next((one for one in FIELDS if one.id == field_id), None)
        if field is None:
            raise Rejected("field_not_found", "There is no such field any more.")
        if not field.writable:
            raise Rejected("field_read_only", "The field can't be written.")
        if not field.takes(value):
            raise Rejected("value_refused", "The field doesn't take this value.")
        before = self._values.get((ref, field_id))
        if before == value:
            return FieldChange(before, value, changed=False)
        what = f"{field_id} of {ref.kind} {ref.id}: {value}"
        self._change(what, lambda: self._values.update({(ref, field_id): value}))
        return FieldChange(before, value, changed=True)

    def set_owner(self, ref: RecordRef, user_id: str) -> OwnerChange:
        self._ask("set_owner")
        before, after = self._owners[ref], self._user(user_id)
        if before == after:
            return OwnerChange(before, after, changed=False)
        self._change(f"{ref.kind} {ref.id} to {user_id}", lambda: self._owners.update({ref: after}))
        return OwnerChange(before, after, changed=True)

    def create_task(self, ref: RecordRef, task: TaskDraft, marker: str) -> TaskRef:
        self._ask("create_task")
        if task.assignee_id:
            self._user(task.assignee_id)
        made = TaskRef(f"task-{len(self.written) + 1}")
        what = f"task on {ref.kind} {ref.id}: {task.title}"
        self._change(what, lambda: self._tasks.update({marker: made}))
        return made

    def find_task(self, ref: RecordRef, marker: str) -> TaskRef | None:
        self._ask("find_task")
        return self._tasks.get(marker)

    @staticmethod
    def _user(id: str) -> CrmUser:
        found = next((one for one in USERS if one.id == id and one.active), None)
        if found is None:
            raise Rejected("user_not_found", "There is no such user any more.")
        return found

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

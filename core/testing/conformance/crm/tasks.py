"""Tasks: made once, found again."""

from contextlib import suppress
from datetime import UTC, datetime

from core.api.errors import NotFound, OutcomeUnknown, Rejected
from core.api.records import TaskDraft
from core.testing.conformance.check import Level, expect, expect_raises
from core.testing.conformance.crm.checks import check
from core.testing.conformance.crm.rig import TASK, CrmRig

MARKER = "dealpay-01JD3ZS5V7"
MAKE = ("create_task",)
BOTH = ("create_task", "find_task")
_DUE = datetime(2026, 11, 10, 12, 0, tzinfo=UTC)


@check("crm.task.created", Level.BRONZE, needs=MAKE)
def created(rig: CrmRig) -> None:
    """A task stands on the record, with its title, its day and whose it is."""
    assignee = rig.driver.colleague(rig.simulator, rig.ref)
    made = rig.task(MARKER, TaskDraft(TASK, _DUE, assignee))
    expect(made.id, "The task has no id.")
    there = [one for one in rig.driver.tasks(rig.simulator, rig.ref) if TASK in one.title]
    expect(len(there) == 1, f"{len(there)} tasks of the record hold the title.")
    due = there[0].due_at
    expect(due is not None and due.date() == _DUE.date(), "The task is due on another day.")
    expect(there[0].assignee_id == assignee, "The task is somebody else's.")


@check("crm.task.found", Level.SILVER, needs=BOTH)
def found(rig: CrmRig) -> None:
    """A task is found again by its marker, on its record, however many there are.

    It decides after a lost reply whether the task is made again.
    """
    rig.driver.add_tasks(rig.simulator, rig.ref, 120)
    task = rig.task(MARKER)
    rig.driver.add_tasks(rig.simulator, rig.ref, 60)
    expect(rig.find_task(MARKER) == task, "The task isn't found among 180 others.")


@check("crm.task.not_found", Level.SILVER, needs=BOTH)
def not_found(rig: CrmRig) -> None:
    """Where no task has the marker there is None, though one has a longer or another."""
    expect(rig.find_task(MARKER) is None, "A task is found where none was made.")
    rig.task(f"{MARKER}8")
    rig.task("another")
    expect(rig.find_task(MARKER) is None, "A task is found by the beginning of its marker.")


@check("crm.task.lost_reply", Level.SILVER, needs=BOTH)
def lost_reply(rig: CrmRig) -> None:
    """Where the reply to a task is lost, it is OutcomeUnknown, and the task is found afterwards."""
    rig.fault("lost_reply", writes=True, times=1)
    with expect_raises(OutcomeUnknown, when="When the reply to a task is lost"):
        rig.task(MARKER)
    expect(rig.find_task(MARKER) is not None, "The task was made, and find_task doesn't find it.")


@check("crm.task.once", Level.SILVER, needs=MAKE)
def once(rig: CrmRig) -> None:
    """One call of create_task makes at most one task, whatever the CRM answers.

    A connector that tries writes again by itself makes two where the reply was lost.
    """
    for kind in ("lost_reply", "malformed", "server_error"):
        title = f"Call after {kind}"
        rig.fault(kind, writes=True)
        with suppress(OutcomeUnknown):
            rig.task(MARKER, TaskDraft(title))
        rig.simulator.faults.clear()
        count = sum(title in one.title for one in rig.driver.tasks(rig.simulator, rig.ref))
        expect(count <= 1, f"After {kind}, one call has made {count} tasks.")


@check("crm.task.unknown_user", Level.SILVER, needs=MAKE)
def unknown_user(rig: CrmRig) -> None:
    """A task for a user whom the CRM doesn't know is Rejected with user_not_found."""
    with expect_raises(Rejected, when="For a user who isn't there") as raised:
        rig.task(MARKER, TaskDraft(TASK, assignee_id="999999999"))
    code = getattr(raised[0], "code", "")
    expect(code == "user_not_found", f"For a user who isn't there, the code is {code}.")


@check("crm.task.foreign", Level.SILVER, needs=MAKE)
def foreign(rig: CrmRig) -> None:
    """No task is made on another tenant's record: NotFound."""
    ref = rig.driver.foreign_record(rig.simulator)
    before = rig.driver.tasks(rig.simulator, ref)
    with expect_raises(NotFound, when="For another tenant's record, create_task"):
        rig.task(MARKER, ref=ref)
    expect(rig.driver.tasks(rig.simulator, ref) == before, "A task was made there all the same.")

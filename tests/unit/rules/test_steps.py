"""``ctx.once``: a step of a run is done once, however often the run comes again."""

import pytest

from core.api.errors import NotSent, OutcomeUnknown, Rejected
from core.app import App
from core.people.service import Member
from core.rules.models import ActionRun, ActionStep
from core.rules.tasks import StepLog
from tests.rows import add_account, add_link


class Vendor:
    """Does what is asked, and sometimes says so."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.fails: list[Exception] = []
        self.loses_the_answer = False

    def do(self) -> str:
        if self.fails:
            raise self.fails.pop(0)
        self.done.append(f"note {len(self.done) + 1}")
        if self.loses_the_answer:
            self.loses_the_answer = False
            raise OutcomeUnknown("lost")
        return self.done[-1]

    def find(self) -> str | None:
        return self.done[-1] if self.done else None


@pytest.fixture
def vendor() -> Vendor:
    return Vendor()


@pytest.fixture
def once(app: App, owner: Member) -> StepLog:
    """The steps of one run."""
    link = add_link(app, owner, add_account(app, owner))
    run = ActionRun(
        record_key="deal:7",
        rule_id="rul_1",
        rule_action_id="rac_1",
        rule_name="Note",
        event_name="link.created",
        subject_id=link.id,
        link_id=link.id,
        action="write_note",
        config={},
        event={},
    )
    with app.db.unit_of_work(owner.tenant_id) as session:
        app.jobs.submit(session, run)
    return StepLog(app, owner.tenant_id, run.id)


def test_a_step_that_was_done_is_skipped(once: StepLog, vendor: Vendor) -> None:
    assert [once("note", vendor.do, find=vendor.find) for _ in range(3)] == ["note 1"] * 3
    assert vendor.done == ["note 1"]
    assert once("another", vendor.do) == "note 2"


def test_after_a_lost_answer_the_vendor_is_asked_first(once: StepLog, vendor: Vendor) -> None:
    vendor.loses_the_answer = True
    with pytest.raises(OutcomeUnknown):
        once("note", vendor.do, find=vendor.find)
    assert once("note", vendor.do, find=vendor.find) == "note 1"
    assert vendor.done == ["note 1"]


def test_what_the_vendor_does_not_find_is_done(once: StepLog, vendor: Vendor) -> None:
    vendor.fails = [OutcomeUnknown("perhaps")]
    with pytest.raises(OutcomeUnknown):
        once("note", vendor.do, find=vendor.find)
    assert once("note", vendor.do, find=vendor.find) == "note 1"


@pytest.mark.parametrize("error", [NotSent("busy"), Rejected("no", "No.")])
def test_what_was_certainly_not_done_needs_no_search(
    once: StepLog, vendor: Vendor, error: Exception
) -> None:
    vendor.fails = [error]
    with pytest.raises(type(error)):
        once("note", vendor.do, find=vendor.find)
    vendor.done.append("somebody else's")
    assert once("note", vendor.do, find=vendor.find) == "note 2"


def test_a_refusal_after_a_lost_answer_still_needs_one(once: StepLog, vendor: Vendor) -> None:
    vendor.loses_the_answer = True
    with pytest.raises(OutcomeUnknown):
        once("note", vendor.do, find=vendor.find)
    vendor.fails = [NotSent("busy")]
    with pytest.raises(NotSent):
        once("note", vendor.do, find=lambda: None)
    assert once("note", vendor.do, find=vendor.find) == "note 1"


def test_steps_are_rows_of_the_workspace(once: StepLog, vendor: Vendor, app: App, owner: Member) -> None:
    once("note", vendor.do)
    with app.db.unit_of_work(owner.tenant_id, read_only=True) as session:
        (step,) = session.query(ActionStep).all()
    assert (step.tenant_id, step.step, step.result) == (owner.tenant_id, "note", "note 1")

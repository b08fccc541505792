"""Pipelines, and a record on its way through one."""

from core.api.errors import NotFound, NotSent, OutcomeUnknown, Rejected
from core.testing.conformance.check import Level, NotOffered, expect, expect_raises
from core.testing.conformance.crm.checks import check
from core.testing.conformance.crm.rig import CrmRig

MOVE = ("move_stage",)


@check("crm.pipelines.listed", Level.SILVER, needs=("list_pipelines",))
def listed(rig: CrmRig) -> None:
    """The active pipelines of a kind are listed, with their stages in order.

    What a rule is made of: ids for the CRM, names for a person.
    """
    for kind in rig.member.record_kinds:
        for pipeline in rig.pipelines(kind):
            expect(pipeline.id and pipeline.name, "A pipeline has no id or no name.")
            expect(pipeline.kind == kind, f"A pipeline of another kind is listed for {kind}s.")
            places = [stage.position for stage in pipeline.stages]
            expect(places, f"The pipeline {pipeline.name} has no stages.")
            expect(places == sorted(set(places)), f"{pipeline.name}: the stages are in no order.")
    stage = rig.fetch().stage
    if stage:
        known = {
            (pipeline.id, one.id) for pipeline in rig.pipelines(rig.ref.kind) for one in pipeline.stages
        }
        there = (stage.pipeline_id, stage.stage_id)
        expect(there in known, "The stage where the record stands is in none of the pipelines.")


@check("crm.stage.moved", Level.BRONZE, needs=MOVE)
def moved(rig: CrmRig) -> None:
    """A record is brought to a stage; the answer says from where to where."""
    before = rig.fetch().stage
    pipeline_id, stage_id = rig.driver.next_stage(rig.simulator, rig.ref)
    change = rig.move(pipeline_id, stage_id)
    expect(change.changed, "The record was moved, and move_stage says that nothing has changed.")
    expect(change.before == before, "move_stage says that the record stood elsewhere before.")
    expect(change.after.stage_id == stage_id, "move_stage says that the record stands elsewhere now.")
    after = rig.fetch().stage
    expect(after == change.after, "After the move fetch_record tells another stage than move_stage.")


@check("crm.stage.there_already", Level.SILVER, needs=MOVE)
def there_already(rig: CrmRig) -> None:
    """Where the record stands at the stage already, nothing is written.

    The host tries again after a lost reply, and a move is what starts the CRM's own workflows.
    """
    there = rig.driver.next_stage(rig.simulator, rig.ref)
    rig.move(*there)
    before = len(rig.writes())
    change = rig.move(*there)
    expect(not change.changed, "The second time, move_stage says that the record was moved.")
    expect(len(rig.writes()) == before, "The second time, move_stage has written to the CRM.")


@check("crm.stage.lost_reply", Level.SILVER, needs=MOVE)
def lost_reply(rig: CrmRig) -> None:
    """Where the reply to a move is lost, it is OutcomeUnknown, and the record tells the truth."""
    pipeline_id, stage_id = rig.driver.next_stage(rig.simulator, rig.ref)
    rig.fault("lost_reply", writes=True, times=1)
    with expect_raises(OutcomeUnknown, when="When the reply to a move is lost"):
        rig.move(pipeline_id, stage_id)
    stage = rig.fetch().stage
    expect(
        stage is not None and stage.stage_id == stage_id,
        "After the move fetch_record tells another stage.",
    )


@check("crm.stage.gone", Level.SILVER, needs=MOVE)
def gone(rig: CrmRig) -> None:
    """A stage or a pipeline that isn't there any more is Rejected with stage_not_found.

    The rule that names it is paused, and somebody is told to choose another.
    """
    pipeline_id, stage_id = rig.driver.next_stage(rig.simulator, rig.ref)
    for there in ((pipeline_id, "999999999"), ("999999999", stage_id), (pipeline_id, "../1")):
        with expect_raises(Rejected, when="For a stage that isn't there") as raised:
            rig.move(*there)
        code = getattr(raised[0], "code", "")
        expect(code == "stage_not_found", f"For a stage that isn't there, the code is {code}.")
    expect(not rig.writes(), "For a stage that isn't there, something was written.")


@check("crm.stage.other_pipeline", Level.SILVER, needs=MOVE)
def other_pipeline(rig: CrmRig) -> None:
    """A stage of another pipeline is Rejected with other_pipeline, and the record stays."""
    there = rig.driver.other_pipeline(rig.simulator, rig.ref)
    before = rig.fetch().stage
    with expect_raises(Rejected, when="For a stage of another pipeline") as raised:
        rig.move(*there)
    code = getattr(raised[0], "code", "")
    expect(code == "other_pipeline", f"For a stage of another pipeline, the code is {code}.")
    expect(rig.fetch().stage == before, "The record has left its pipeline.")


@check("crm.stage.reason", Level.SILVER, needs=MOVE)
def reason(rig: CrmRig) -> None:
    """Where a stage asks for a reason, one is required, has to be known, and is passed on."""
    pipeline_id, stage_id, reason = rig.driver.lost_stage(rig.simulator, rig.ref)
    for given, wanted in ((None, "reason_required"), ("no such reason", "reason_unknown")):
        with expect_raises(Rejected, when=f"With the reason {given}") as raised:
            rig.move(pipeline_id, stage_id, given)
        code = getattr(raised[0], "code", "")
        expect(code == wanted, f"With the reason {given}, the code is {code} and not {wanted}.")
    expect(rig.move(pipeline_id, stage_id, reason).changed, "With a good reason nothing has changed.")


@check("crm.stage.foreign", Level.SILVER, needs=MOVE)
def foreign(rig: CrmRig) -> None:
    """Another tenant's record isn't moved: NotFound."""
    there = rig.driver.next_stage(rig.simulator, rig.ref)
    with expect_raises(NotFound, when="For another tenant's record, move_stage"):
        rig.move(*there, ref=rig.driver.foreign_record(rig.simulator))


@check("crm.stage.busy", Level.SILVER, needs=MOVE)
def busy(rig: CrmRig) -> None:
    """Where a move is refused because of too many requests, it is NotSent, and nothing has moved."""
    before = rig.fetch().stage
    there = rig.driver.next_stage(rig.simulator, rig.ref)
    rig.fault("rate_limited", writes=True)
    with expect_raises(NotSent, when="When the CRM answers a move with 429"):
        rig.move(*there)
    rig.simulator.faults.clear()
    if before is None:
        raise NotOffered("the record has no stage")
    expect(rig.fetch().stage == before, "The record was moved all the same.")

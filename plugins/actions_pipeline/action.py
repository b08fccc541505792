"""The action "move_stage"."""

from core.api.actions import Choice, DefaultRule, DomainEvent, Done, Outcome, Problem, Skipped
from core.api.context import ActionContext
from core.api.errors import Rejected
from core.api.hookspecs import hookimpl
from core.api.records import Pipeline, Stage
from plugins.actions_pipeline.settings import MoveStageConfig

# A part that goes back, or one of two payments, or a dispute that is won, leaves a deal where it is.
_MONEY_GOES = ("payment.refunded", "dispute.closed")

# How the recorded result of the step begins when there was nothing to move.
_ALREADY_THERE = "was in "


class MoveStage:
    """Bring the record of a link to a pipeline stage, when the rule is for its kind of record."""

    id = "move_stage"
    name = "Move the pipeline stage"
    Config = MoveStageConfig
    triggers = (
        "payment.succeeded",
        "link.paid",
        "link.part_paid",
        "payment.pending",
        "payment.failed",
        "link.created",
        "link.expired",
        "payment.refunded",
        "dispute.opened",
        "dispute.closed",
    )
    needs = ("crm_connector:move_stage", "crm_connector:list_pipelines")
    default_rules: tuple[DefaultRule, ...] = ()

    @hookimpl
    def choices(self, ctx: ActionContext, field: str, draft: dict[str, str]) -> list[Choice]:
        """Kinds, then the pipelines of the kind, then the stages, then the reasons of the stage."""
        kind = draft.get("record_kind") or ""
        if field == "record_kind":
            return [Choice(kind, kind.capitalize()) for kind in ctx.record_kinds]
        if kind not in ctx.record_kinds:
            return []
        pipelines = ctx.crm.list_pipelines(kind)
        if field == "pipeline_id":
            return [Choice(one.id, one.name) for one in pipelines]
        pipeline = _pipeline(pipelines, draft.get("pipeline_id"))
        if pipeline and field == "stage_id":
            return [Choice(stage.id, stage.name) for stage in pipeline.stages]
        stage = _stage(pipeline, draft.get("stage_id"))
        if stage and field == "reason":
            return [Choice(reason, reason) for reason in stage.reasons]
        return []

    @hookimpl
    def check(self, ctx: ActionContext, config: MoveStageConfig) -> list[Problem]:
        kind = config.record_kind
        if kind not in ctx.record_kinds:
            return [Problem(f'The CRM has no records of the kind "{kind}".', "record_kind")]
        pipeline = _pipeline(ctx.crm.list_pipelines(kind), config.pipeline_id)
        if pipeline is None:
            return [Problem(f"The CRM has no such pipeline for {kind}s any more.", "pipeline_id")]
        stage = _stage(pipeline, config.stage_id)
        if stage is None:
            return [Problem(f'"{pipeline.name}" has no such stage any more.', "stage_id")]
        if not stage.reasons or config.reason in stage.reasons:
            return []
        if config.reason:
            sentence = f'"{stage.name}" does not know the reason "{config.reason}".'
        else:
            sentence = f'"{stage.name}" needs a reason.'
        return [Problem(f"{sentence} Choose one from the list.", "reason")]

    @hookimpl
    def summary(self, config: MoveStageConfig) -> str:
        stage = config.stage_name or f"stage {config.stage_id}"
        pipeline = config.pipeline_name or f"pipeline {config.pipeline_id}"
        reason = f', with the reason "{config.reason}"' if config.reason else ""
        return f"Move the {config.record_kind} to {stage} in {pipeline}{reason}."

    @hookimpl
    def run(self, ctx: ActionContext, event: DomainEvent, config: MoveStageConfig) -> Outcome:
        if event.record.kind != config.record_kind:
            return Skipped(f"the rule is for {config.record_kind}s, this is a {event.record.kind}")
        left = event.link.left
        if event.name in _MONEY_GOES and left and left.minor > 0:
            return Skipped(f"{left} of what was paid is still there")
        assert ctx.once

        def move() -> str:
            change = ctx.crm.move_stage(event.record, config.pipeline_id, config.stage_id, config.reason)
            if not change.changed:
                return f"{_ALREADY_THERE}{change.after.stage_name} already"
            origin = f" from {change.before.stage_name}" if change.before else ""
            return f"Moved{origin} to {change.after.stage_name}"

        def moved() -> str | None:
            """After a lost answer the record itself says whether an earlier try moved it."""
            stage = ctx.crm.fetch_record(event.record).stage
            return (
                f"Moved to {stage.stage_name}" if stage and stage.stage_id == config.stage_id else None
            )

        try:
            result = ctx.once("move", move, find=moved)
        except Rejected as refused:
            if refused.code == "other_pipeline":  # another rule's record, not a failure of this one
                return Skipped(refused.user_message)
            raise
        return Skipped(result) if result.startswith(_ALREADY_THERE) else Done(result)


def _pipeline(pipelines: list[Pipeline], id: str | None) -> Pipeline | None:
    return next((one for one in pipelines if one.id == id), None)


def _stage(pipeline: Pipeline | None, id: str | None) -> Stage | None:
    return next((one for one in pipeline.stages if one.id == id), None) if pipeline else None

"""The action "move_stage"."""

from core.api.actions import (
    EVENTS,
    Choice,
    DefaultRule,
    DomainEvent,
    Done,
    Outcome,
    Planned,
    Problem,
    Skipped,
    kind_label,
    kind_word,
    kind_words,
)
from core.api.context import ActionContext
from core.api.errors import Rejected
from core.api.hookspecs import hookimpl
from core.api.records import Pipeline, RecordRef, Stage, StageRef
from core.api.text import N_, _
from plugins.actions_pipeline.direction import stands_further
from plugins.actions_pipeline.settings import MoveStageConfig

# A part that goes back, or one of two payments, or a dispute that is won, leaves a deal where it is.
_MONEY_GOES = ("payment.refunded", "dispute.closed")

# How the recorded result of the step begins when there was nothing to move.
_STAYED = "="


class MoveStage:
    """Bring the record of a link to a pipeline stage, when the rule is for its kind of record."""

    id = "move_stage"
    name = N_("Move the pipeline stage")
    Config = MoveStageConfig
    triggers = EVENTS
    needs = ("crm_connector:move_stage", "crm_connector:list_pipelines")
    default_rules: tuple[DefaultRule, ...] = ()

    @hookimpl
    def choices(self, ctx: ActionContext, field: str, draft: dict[str, str]) -> list[Choice]:
        """Kinds, then the pipelines of the kind, then the stages, then the reasons of the stage."""
        if field == "way":
            return [Choice("forward", _("Only forward")), Choice("any", _("Forward and back"))]
        kind = draft.get("record_kind") or ""
        if field == "record_kind":
            return [Choice(kind, kind_label(kind)) for kind in ctx.record_kinds]
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
            return [
                Problem(_('The CRM has no records of the kind "%(kind)s".', kind=kind), "record_kind")
            ]
        pipeline = _pipeline(ctx.crm.list_pipelines(kind), config.pipeline_id)
        if pipeline is None:
            gone = _("The CRM has no such pipeline for %(kinds)s any more.", kinds=kind_words(kind))
            return [Problem(gone, "pipeline_id")]
        stage = _stage(pipeline, config.stage_id)
        if stage is None:
            gone = _('"%(pipeline)s" has no such stage any more.', pipeline=pipeline.name)
            return [Problem(gone, "stage_id")]
        if not stage.reasons or config.reason in stage.reasons:
            return []
        if config.reason:
            sentence = _(
                '"%(stage)s" does not know the reason "%(reason)s". Choose one from the list.',
                stage=stage.name,
                reason=config.reason,
            )
        else:
            sentence = _('"%(stage)s" needs a reason. Choose one from the list.', stage=stage.name)
        return [Problem(sentence, "reason")]

    @hookimpl
    def summary(self, config: MoveStageConfig) -> str:
        names = {
            "kind": kind_word(config.record_kind),
            "stage": config.stage_name or _("stage %(id)s", id=config.stage_id),
            "pipeline": config.pipeline_name or _("pipeline %(id)s", id=config.pipeline_id),
        }
        if not config.reason:
            return _("Move the %(kind)s to %(stage)s in %(pipeline)s.", **names)
        return _(
            'Move the %(kind)s to %(stage)s in %(pipeline)s, with the reason "%(reason)s".',
            reason=config.reason,
            **names,
        )

    @hookimpl
    def run(self, ctx: ActionContext, event: DomainEvent, config: MoveStageConfig) -> Outcome:
        if skipped := _not_meant(event, config):
            return skipped
        assert ctx.once

        def move() -> str:
            further = _further(ctx, event, config, _place(ctx, event.record))
            if further:
                return _STAYED + _stays(further)
            change = ctx.crm.move_stage(event.record, config.pipeline_id, config.stage_id, config.reason)
            if not change.changed:
                return _STAYED + _("was in %(stage)s already", stage=change.after.stage_name)
            if change.before is None:
                return _("Moved to %(stage)s", stage=change.after.stage_name)
            return _(
                "Moved from %(before)s to %(stage)s",
                before=change.before.stage_name,
                stage=change.after.stage_name,
            )

        def moved() -> str | None:
            """After a lost answer the record itself says whether an earlier try moved it."""
            stage = _place(ctx, event.record)
            if stage is None or stage.stage_id != config.stage_id:
                return None
            return _("Moved to %(stage)s", stage=stage.stage_name)

        try:
            result = ctx.once("move", move, find=moved)
        except Rejected as refused:
            if refused.code == "other_pipeline":  # another rule's record, not a failure of this one
                return Skipped(refused.user_message)
            raise
        return Skipped(result.removeprefix(_STAYED)) if result.startswith(_STAYED) else Done(result)

    @hookimpl
    def preview(
        self, ctx: ActionContext, event: DomainEvent, config: MoveStageConfig
    ) -> list[Planned] | Skipped:
        if skipped := _not_meant(event, config):
            return skipped
        place = _place(ctx, event.record)
        pipeline = _pipeline(ctx.crm.list_pipelines(config.record_kind), config.pipeline_id)
        stage = _stage(pipeline, config.stage_id)
        if pipeline is None or stage is None:
            raise Rejected(
                "stage_not_found", _("The CRM has no such stage any more. Choose another one.")
            )
        if place and place.pipeline_id != pipeline.id:
            return Skipped(
                _("The record is in the pipeline %(pipeline)s.", pipeline=place.pipeline_name)
            )
        if place and place.stage_id == stage.id:
            return Skipped(_("was in %(stage)s already", stage=stage.name))
        if further := _further(ctx, event, config, place):
            return Skipped(_stays(further))
        names = {"kind": kind_word(event.record.kind), "title": event.record_title, "stage": stage.name}
        if place is None:
            return [Planned(_("Move the %(kind)s “%(title)s” to %(stage)s.", **names))]
        what = _(
            "Move the %(kind)s “%(title)s” from %(before)s to %(stage)s.",
            before=place.stage_name,
            **names,
        )
        return [Planned(what)]


def _not_meant(event: DomainEvent, config: MoveStageConfig) -> Skipped | None:
    """Why the rule leaves the record of an event alone, wherever it stands."""
    if event.record.kind != config.record_kind:
        kinds, kind = kind_words(config.record_kind), kind_word(event.record.kind)
        return Skipped(_("the rule is for %(kinds)s, this is a %(kind)s", kinds=kinds, kind=kind))
    left = event.link.left
    if event.name in _MONEY_GOES and left and left.minor > 0:
        return Skipped(_("%(amount)s of what was paid is still there", amount=left))
    return None


def _place(ctx: ActionContext, record: RecordRef) -> StageRef | None:
    return ctx.crm.fetch_record(record).stage


def _further(
    ctx: ActionContext, event: DomainEvent, config: MoveStageConfig, place: StageRef | None
) -> Stage | None:
    """The stage in which the record stands, where the event must not take it back from there."""
    if place is None or place.pipeline_id != config.pipeline_id:
        return None
    pipeline = _pipeline(ctx.crm.list_pipelines(config.record_kind), config.pipeline_id)
    if pipeline is None:
        return None
    return stands_further(event.name, config.way, pipeline, place.stage_id, config.stage_id)


def _stays(stage: Stage) -> str:
    return _("is in %(stage)s, and isn't taken back from there", stage=stage.name)


def _pipeline(pipelines: list[Pipeline], id: str | None) -> Pipeline | None:
    return next((one for one in pipelines if one.id == id), None)


def _stage(pipeline: Pipeline | None, id: str | None) -> Stage | None:
    return next((one for one in pipeline.stages if one.id == id), None) if pipeline else None

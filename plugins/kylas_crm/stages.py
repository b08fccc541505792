"""How a record gets to a stage."""

from core.api.errors import Rejected
from core.api.records import Pipeline, Stage, StageOutcome, StageRef
from core.api.text import _
from plugins.kylas_crm.values import Json, product_line


def find(pipeline: Pipeline, kind: str, stage_id: str) -> Stage:
    """The stage that was asked for. Raises Rejected where the pipeline hasn't got it (any more)."""
    for stage in pipeline.stages:
        if stage.id == stage_id and pipeline.kind in (kind, ""):
            return stage
    raise gone(stage_id)


def gone(stage_id: str) -> Rejected:
    """What to raise for a stage, or its whole pipeline, that Kylas doesn't know."""
    return Rejected(
        "stage_not_found",
        _(
            "Kylas has no stage %(id)s in this pipeline any more. Choose a stage again in the rule. "
            "The payment is not affected.",
            id=stage_id,
        ),
    )


def check_pipeline(before: StageRef | None, pipeline: Pipeline) -> None:
    """Refuse to take a record from one pipeline to another.

    What Kylas does when a stage of a foreign pipeline is activated is unknown. Writing the whole
    record back with another pipeline would do it, but could overwrite what someone else changes
    meanwhile, and write masked phone numbers back as if they were real. Nor did whoever chose a
    stage in one pipeline ask to uproot the records of another.
    """
    if before and before.pipeline_id != pipeline.id:
        raise Rejected(
            "other_pipeline",
            _(
                'The record is in the pipeline "%(here)s", and the stage belongs to "%(there)s". '
                "The payment is not affected.",
                here=before.pipeline_name,
                there=pipeline.name,
            ),
        )


def check_reason(stage: Stage, reason: str | None) -> str | None:
    """The closing reason to send: Kylas takes only the exact words of the pipeline's list."""
    if not stage.reasons:
        return reason if stage.outcome is StageOutcome.LOST else None
    known = ", ".join(f'"{one}"' for one in stage.reasons)
    if not reason:
        raise Rejected(
            "reason_required",
            _(
                'The stage "%(stage)s" needs a reason. Choose one of %(known)s. '
                "The payment is not affected.",
                stage=stage.name,
                known=known,
            ),
        )
    if reason not in stage.reasons:
        raise Rejected(
            "reason_unknown",
            _(
                'The stage "%(stage)s" does not know the reason "%(reason)s". Choose one of %(known)s. '
                "The payment is not affected.",
                stage=stage.name,
                reason=reason,
                known=known,
            ),
        )
    return reason


def route(pipeline: Pipeline, before: StageRef | None, target: Stage) -> list[Stage]:
    """The stages to activate, in order: all open ones on the way where none may be left out.

    A record is given up from wherever it stands: walking it on first would start Kylas's
    workflows for stages that it never reached.
    """
    if not pipeline.sequential or target.outcome is StageOutcome.LOST:
        return [target]
    here = next((one.position for one in pipeline.stages if before and one.id == before.stage_id), 0)
    between = [
        one
        for one in pipeline.stages
        if here < one.position < target.position and one.outcome is StageOutcome.OPEN
    ]
    return [*between, target]


def activation(kind: str, raw: Json, stage: Stage, reason: str | None) -> Json:
    """The body of ``POST …/pipeline-stages/{id}/activate``.

    Kylas's samples close a deal as lost without its products. In any other move a deal's products
    and value go back as they are, for whether null would wipe them isn't documented.
    """
    body: Json = {"reasonForClosing": reason, "actualValue": None}
    if kind == "deal" and stage.outcome is not StageOutcome.LOST:
        body["products"] = [product_line(product) for product in raw.get("products") or []] or None
        worth = raw.get("actualValue") or {}
        if worth.get("currencyId") is not None and worth.get("value") is not None:
            body["actualValue"] = {key: worth[key] for key in ("currencyId", "value")}
    return body

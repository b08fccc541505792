"""The rules of a move from stage to stage, and the history it leaves. Nothing here is stored."""

from typing import Any

from core.testing.store import Doc
from plugins.kylas_crm.simulator import refusals
from plugins.kylas_crm.simulator.state import Tenant, named

#: Where a closing reason must come from.
REASONS = {"CLOSED_LOST": "lostReasons", "CLOSED_UNQUALIFIED": "unqualifiedReasons"}


def pipeline_of_stage(tenant: Tenant, stage_id: int) -> Doc | None:
    """Stage ids are unique, so a stage leads to its one pipeline."""
    found = tenant.all("pipeline", lambda one: any(stage["id"] == stage_id for stage in one["stages"]))
    return found[0] if found else None


def stage_in(pipeline: Doc, stage_id: int) -> Doc:
    return next(stage for stage in pipeline["stages"] if stage["id"] == stage_id)


def check(tenant: Tenant, kind: str, record: Doc, stage_id: int, reason: Any) -> tuple[Doc, Doc]:
    """The pipeline and stage to go to.

    Raises Refused: 404 for a stage that isn't there, 400 for one of another pipeline, for a
    missing or unknown closing reason, and for a stage skipped where the pipeline is sequential
    (the codes but the last are not publicly known).
    """
    pipeline = pipeline_of_stage(tenant, stage_id)
    if not pipeline or pipeline["entityType"] != kind.upper():
        raise refusals.missing(kind)
    stage = stage_in(pipeline, stage_id)
    current = record.get("pipeline")
    if current and current["id"] != pipeline["id"]:
        raise refusals.invalid("Pipeline stage does not belong to the pipeline of the record.")
    reasons = REASONS.get(stage["forecastingType"])
    if reasons and reason not in pipeline[reasons]:
        raise refusals.invalid("Reason for closing is missing or unknown.")
    if pipeline["sequentialStageFlow"] and _skips(pipeline, current, stage):
        raise refusals.java(400, "01001086", "Stages of this pipeline can't be skipped.")
    return pipeline, stage


def _skips(pipeline: Doc, current: Doc | None, stage: Doc) -> bool:
    """Whether a move passes over an open stage; a record can be given up from any stage."""
    if stage["forecastingType"] in REASONS:
        return False
    position = stage_in(pipeline, current["stage"]["id"])["position"] if current else 0
    between = [
        one
        for one in pipeline["stages"]
        if position < one["position"] < stage["position"] and one["forecastingType"] == "OPEN"
    ]
    return bool(between)


def moved(record: Doc, pipeline: Doc, stage: Doc, reason: Any) -> Doc:
    """``record`` standing at ``stage``."""
    return {
        **record,
        "pipeline": {
            **named(pipeline["id"], pipeline["name"]),
            "stage": named(stage["id"], stage["name"]),
        },
        "forecastingType": stage["forecastingType"],
        "pipelineStageReason": reason if stage["forecastingType"] in REASONS else None,
    }


def history(before: Doc, pipeline: Doc, stage: Doc, reason: Any, now: str) -> Doc:
    """What is known of each stage, by stage id, after a move to ``stage``.

    A stage once visited is COMPLETED, one passed over is SKIPPED, those ahead are UNEXPLORED; a
    closed stage is COMPLETED on arrival (official samples of 2026).
    """
    after: Doc = {}
    for one in pipeline["stages"]:
        key = str(one["id"])
        was = before.get(key, {"status": "UNEXPLORED", "startedAt": None, "completedAt": None})
        if one["id"] == stage["id"]:
            closed = stage["forecastingType"] != "OPEN"
            after[key] = {
                "status": "COMPLETED" if closed else "IN_PROGRESS",
                "startedAt": now,
                "completedAt": now if closed else None,
                "reason": reason if stage["forecastingType"] in REASONS else None,
            }
        elif one["position"] > stage["position"] or one["forecastingType"] != "OPEN":
            after[key] = {"status": "UNEXPLORED", "startedAt": None, "completedAt": None}
        elif was["status"] == "IN_PROGRESS":
            after[key] = {**was, "status": "COMPLETED", "completedAt": now}
        elif was["status"] == "UNEXPLORED":
            after[key] = {**was, "status": "SKIPPED"}
        else:
            after[key] = was
    return after


def status_view(pipeline: Doc, stages: Doc) -> Doc:
    """The answer to an activation: the pipeline with the state of each stage for this record."""
    return {
        "id": pipeline["id"],
        "name": pipeline["name"],
        "unqualifiedReasons": pipeline["unqualifiedReasons"],
        "lostReasons": pipeline["lostReasons"],
        "stages": [
            {
                "id": stage["id"],
                "name": stage["name"],
                "description": stage["description"],
                "forecastingType": stage["forecastingType"],
                "position": stage["position"],
                "winLikelihood": stage["winLikelihood"],
                "reason": None,
                **stages[str(stage["id"])],
            }
            for stage in pipeline["stages"]
        ],
    }

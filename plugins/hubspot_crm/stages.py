"""How a deal gets to a stage."""

from collections.abc import Iterable

from core.api.errors import Rejected
from core.api.records import Pipeline, Stage, StageOutcome, StageRef
from core.api.text import _

_DEFAULT = "default"  # the id of the pipeline that every account begins with


def find(pipelines: Iterable[Pipeline], pipeline_id: str, stage_id: str) -> tuple[Pipeline, Stage]:
    """The stage that was asked for. Raises Rejected where HubSpot hasn't got it (any more)."""
    for pipeline in pipelines:
        for stage in pipeline.stages:
            if (pipeline.id, stage.id) == (pipeline_id, stage_id):
                return pipeline, stage
    raise gone(stage_id)


def gone(stage_id: str) -> Rejected:
    """What to raise for a stage, or its whole pipeline, that HubSpot doesn't know."""
    return Rejected(
        "stage_not_found",
        _(
            "HubSpot has no stage %(id)s in this pipeline any more. Choose a stage again in the rule. "
            "The payment is not affected.",
            id=stage_id,
        ),
    )


def check_pipeline(before: StageRef | None, pipeline: Pipeline) -> None:
    """Refuse to take a deal from one pipeline to another.

    HubSpot would do it, but whoever chose a stage in one pipeline did not ask to uproot the deals
    of another.
    """
    if before and before.pipeline_id != pipeline.id:
        raise Rejected(
            "other_pipeline",
            _(
                'The deal is in the pipeline "%(here)s", and the stage belongs to "%(there)s". '
                "The payment is not affected.",
                here=before.pipeline_name or before.pipeline_id,
                there=pipeline.name,
            ),
        )


def change(pipeline: Pipeline, stage: Stage, reason: str | None) -> dict[str, str]:
    """The properties to write. HubSpot asks for no reason and lists none: it is free text."""
    properties = {"dealstage": stage.id}
    if pipeline.id != _DEFAULT:
        # HubSpot docs, "Pipelines": a stage of another pipeline than the default one needs it named.
        properties["pipeline"] = pipeline.id
    if reason and stage.outcome is StageOutcome.LOST:
        properties["closed_lost_reason"] = reason
    return properties

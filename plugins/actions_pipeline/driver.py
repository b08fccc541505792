"""A move for the conformance suite: what the action is set up with."""

from core.api.settings import Settings
from core.testing.conformance import ActionDriver
from plugins.actions_pipeline.action import MoveStage
from plugins.actions_pipeline.settings import MoveStageConfig

_GOOD = {"record_kind": "deal", "pipeline_id": "deal-pipeline", "stage_id": "deal-won"}


class MoveStageDriver(ActionDriver):
    """Deals that are paid are won."""

    event = "link.paid"

    @property
    def member(self) -> MoveStage:
        return MoveStage()

    def config(self, url: str) -> Settings:
        return MoveStageConfig.model_validate(_GOOD)

    def stale(self) -> list[Settings]:
        gone = (
            {"record_kind": "ticket"},
            {"pipeline_id": "gone"},
            {"stage_id": "gone"},
            {"stage_id": "deal-lost"},
            {"stage_id": "deal-lost", "reason": "gone"},
        )
        return [MoveStageConfig.model_validate(_GOOD | one) for one in gone]

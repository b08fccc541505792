"""Move the lead or deal of a payment link to another pipeline stage."""

from core.api.hookspecs import hookimpl
from plugins.actions_pipeline.action import MoveStage


@hookimpl
def register_actions() -> list[MoveStage]:
    return [MoveStage()]

"""Whether the plugin keeps what its kind promises."""

from core.testing.conformance import action_suite
from plugins.actions_pipeline.driver import MoveStageDriver

TestConformance = action_suite(MoveStageDriver)

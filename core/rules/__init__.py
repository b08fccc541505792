"""After-payment rules and the runs of their actions."""

from typing import Any

from core.rules.models import ActionRun
from core.rules.tasks import run_action


def includeme(config: Any) -> None:
    """What runs the actions."""
    config.registry.app.jobs.register(ActionRun, run_action)

"""After-payment rules and the runs of their actions."""

from typing import Any

from core.rules import figures
from core.rules.models import ActionRun, PluginNotice
from core.rules.notices import clean_up, tell
from core.rules.service import create_default_rules
from core.rules.tasks import run_action


def includeme(config: Any) -> None:
    """What runs the actions, and the page of the rules."""
    config.add_route("rules", "/rules")
    config.add_route("rule_new", "/rules/new")
    config.add_route("rule", "/rules/{id}")
    config.add_route("rule_enabled", "/rules/{id}/enabled")
    config.add_route("rule_delete", "/rules/{id}/delete")
    config.add_route("rule_runs", "/rules/{id}/runs")
    config.add_route("rule_retry", "/rules/{id}/retry")
    config.add_route("run_retry", "/runs/{id}/retry")
    config.scan("core.rules.views")
    config.add_figures(figures.figures)
    app = config.registry.app
    app.jobs.register(ActionRun, run_action)
    app.jobs.register(PluginNotice, tell)
    app.jobs.periodic("plugins.forget_notices", 3600, clean_up)
    app.new_workspace.append(create_default_rules)

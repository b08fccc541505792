"""Which actions were due lately, and how they went."""

from collections.abc import Iterator

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from sqlalchemy import func, select

from core.app import App
from core.db.session import ALL_TENANTS
from core.jobs.figures import is_recent
from core.rules.models import ActionRun


def figures(app: App) -> Iterator[Metric]:
    """Action runs of the last minutes."""
    recent = GaugeMetricFamily(
        "dealpay_actions_recent",
        "Actions that payments led to during the last 5 minutes, by how they went.",
        labels=["action", "state"],
    )
    query = (
        select(ActionRun.action, ActionRun.job_state, func.count())
        .where(is_recent(ActionRun, app.clock()))
        .group_by(ActionRun.action, ActionRun.job_state)
    )
    with app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
        for action, state, count in session.execute(query):
            recent.add_metric([action, state], count)
    yield recent

"""What came in from providers lately, and what has become of it."""

from collections.abc import Iterator

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from sqlalchemy import func, select

from core.app import App
from core.connections.service import PaymentAccount
from core.db.session import ALL_TENANTS
from core.inbox.models import WebhookDelivery
from core.jobs.figures import is_recent


def figures(app: App) -> Iterator[Metric]:
    """Deliveries of the last minutes; applied ones are `done`, those without effect `skipped`."""
    recent = GaugeMetricFamily(
        "dealpay_deliveries_recent",
        "Verified events that came in during the last 5 minutes, by what has become of them.",
        labels=["provider", "state"],
    )
    query = (
        select(PaymentAccount.provider, WebhookDelivery.job_state, func.count())
        .join(PaymentAccount, PaymentAccount.id == WebhookDelivery.account_id)
        .where(is_recent(WebhookDelivery, app.clock()))
        .group_by(PaymentAccount.provider, WebhookDelivery.job_state)
    )
    with app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
        for provider, state, count in session.execute(query):
            recent.add_metric([provider, state], count)
    yield recent

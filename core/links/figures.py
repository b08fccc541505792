"""Which payment links were made lately."""

from collections.abc import Iterator

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from sqlalchemy import func, select

from core.app import App
from core.connections.service import PaymentAccount
from core.db.session import ALL_TENANTS
from core.jobs.figures import is_recent
from core.links.models import PaymentLink


def figures(app: App) -> Iterator[Metric]:
    """Links of the last minutes; `draft` ones aren't known to be at the provider yet."""
    recent = GaugeMetricFamily(
        "dealpay_links_recent",
        "Payment links asked for during the last 5 minutes, by the state they are in.",
        labels=["provider", "state"],
    )
    query = (
        select(PaymentAccount.provider, PaymentLink.state, func.count())
        .join(PaymentAccount, PaymentAccount.id == PaymentLink.account_id)
        .where(is_recent(PaymentLink, app.clock()))
        .group_by(PaymentAccount.provider, PaymentLink.state)
    )
    with app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
        for provider, state, count in session.execute(query):
            recent.add_metric([provider, state], count)
    yield recent

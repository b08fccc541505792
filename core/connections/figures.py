"""How the accounts at the providers are."""

from collections.abc import Iterator

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from sqlalchemy import func, select

from core.app import App
from core.connections.models import PaymentAccount
from core.db.session import ALL_TENANTS


def figures(app: App) -> Iterator[Metric]:
    """Deliveries that were refused, and accounts by health."""
    refused = CounterMetricFamily(
        "dealpay_deliveries_refused", "Deliveries that couldn't be verified.", labels=["provider"]
    )
    accounts = GaugeMetricFamily(
        "dealpay_accounts", "Active payment accounts, by health.", labels=["provider", "health"]
    )
    by_health = (
        select(PaymentAccount.provider, PaymentAccount.health, func.count())
        .where(PaymentAccount.active, ~PaymentAccount.draft)
        .group_by(PaymentAccount.provider, PaymentAccount.health)
    )
    by_provider = select(PaymentAccount.provider, func.sum(PaymentAccount.refused_count)).group_by(
        PaymentAccount.provider
    )
    with app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
        for provider, count in session.execute(by_provider):
            refused.add_metric([provider], count)
        for provider, health, count in session.execute(by_health):
            accounts.add_metric([provider, health], count)
    yield refused
    yield accounts

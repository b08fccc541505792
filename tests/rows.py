"""Rows that services work on, written without asking any vendor."""

from typing import Any

from pydantic import SecretStr

from core.api.money import Money
from core.api.settings import Settings, setting
from core.app import App
from core.connections.models import PaymentAccount
from core.connections.vault import keep_settings
from core.links.models import PaymentLink
from core.people.service import Member

KEY = "sk_test_of_nobody_51Hq8"


class Key(Settings):
    """The settings of some provider."""

    secret_key: SecretStr = setting(label="Secret key")


def add_account(app: App, owner: Member, external_id: str = "acct_1") -> PaymentAccount:
    """A connected account in euro."""
    account = PaymentAccount(
        tenant_id=owner.tenant_id,
        provider="stripe",
        label="Head office",
        external_id=external_id,
        external_name="Northwind",
        mode="test",
        currency="EUR",
        webhook_token=f"token-{external_id}",
    )
    keep_settings(app, account, Key(secret_key=KEY))
    with app.db.unit_of_work(owner.tenant_id) as session:
        session.add(account)
    return account


def add_link(
    app: App, owner: Member, account: PaymentAccount, amount: Money | None = None, **more: Any
) -> PaymentLink:
    """A draft of a link for 12.34 euro."""
    link = PaymentLink(
        record_key="",
        account_id=account.id,
        crm="kylas",
        record_kind="deal",
        record_id="7",
        record_title="Rooftop",
        record_url="https://crm.example/deals/7",
        created_by=owner.user_id,
        form_key="",
        idempotency_key="",
        product_ref="price_1",
        product_name="Panel",
        unit_price=amount or Money(1234, "EUR"),
        quantity=1,
        amount=amount or Money(1234, "EUR"),
        mode="test",
        **more,
    )
    link.record_key = link.form_key = link.idempotency_key = link.id
    with app.db.unit_of_work(owner.tenant_id) as session:
        app.jobs.submit(session, link)
    return link

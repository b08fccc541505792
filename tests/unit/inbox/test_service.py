"""Deliveries in the inbox: listed, and taken up again once the key works."""

from datetime import timedelta

import pytest

from core.app import App
from core.connections.models import PaymentAccount
from core.inbox import service
from core.inbox.models import WebhookDelivery
from core.jobs.local import due
from core.people.service import Member
from tests.rows import add_account


@pytest.fixture
def account(app: App, owner: Member) -> PaymentAccount:
    return add_account(app, owner)


def add(app: App, account: PaymentAccount, event_id: str, **state: object) -> WebhookDelivery:
    delivery = WebhookDelivery(
        record_key=event_id,
        account_id=account.id,
        event_id=event_id,
        type="checkout.session.completed",
        event={},
        body="{}",
        **state,
    )
    with app.db.unit_of_work(account.tenant_id) as session:
        app.jobs.submit(session, delivery)
    return delivery


def test_the_newest_come_first(app: App, account: PaymentAccount) -> None:
    for number in range(7):
        add(app, account, f"evt_{number}", job_state="done")
    found = service.deliveries(app, account.tenant_id, account.id)
    assert [one.event_id for one in found] == ["evt_6", "evt_5", "evt_4", "evt_3", "evt_2"]


def test_what_could_not_be_applied_is_taken_up(app: App, owner: Member, account: PaymentAccount) -> None:
    other, later = add_account(app, owner, "acct_2"), app.clock() + timedelta(hours=1)
    stuck = [
        add(app, account, "evt_failed", job_state="failed", attempts=11),
        add(app, account, "evt_waits", job_state="pending", attempts=3, due_at=later),
    ]
    add(app, account, "evt_in_line", job_state="pending")
    add(app, account, "evt_done", job_state="done", attempts=1)
    add(app, account, "evt_ignored", job_state="skipped")
    add(app, other, "evt_of_another", job_state="failed", attempts=11)
    service.take_up(app, account.tenant_id, account.id)
    assert len(due(app, 99)) == 3
    with app.db.unit_of_work(account.tenant_id, read_only=True) as session:
        assert [session.get_one(WebhookDelivery, one.id).attempts for one in stuck] == [0, 0]

"""Past events: the same as the webhooks bring, a hundred at a time."""

from datetime import UTC, datetime, timedelta

import pytest

from core.api.errors import CredentialsError
from plugins.stripe_provider import webhook
from plugins.stripe_provider.simulator import disputes, refunds, seed
from plugins.stripe_provider.tests.driving import receiving

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def _all(provider, ctx, since=LONG_AGO):
    found, page = [], None
    while True:
        answer = provider.list_events(ctx, since, page)
        found += answer.items
        if (page := answer.next) is None:
            return found


def test_a_list_tells_what_the_webhooks_told(provider, ctx, context, simulator, account, link, payer):
    with receiving() as endpoint:
        provider.ensure_webhook(context(simulator), endpoint.url, None)
        payer.pay(link)
        payer.pay(link, action="abandon")
        intent = account.all("checkout.session")[1]["payment_intent"]
        refunds.create(account, {"payment_intent": intent, "amount": 100})
        disputes.close(account, disputes.open(account, intent)["id"], won=False)
        told = {body for body, _ in endpoint.wait(6)}
        simulator.deliveries.stop()
    events = [webhook.translate(webhook._event(body), "test") for body in told]
    listed = _all(provider, ctx)
    assert sorted(listed, key=lambda one: one.event_id) == sorted(events, key=lambda one: one.event_id)
    assert [one.type for one in listed] == [
        "charge.dispute.closed",
        "charge.dispute.created",
        "charge.refunded",
        "refund.created",
        "checkout.session.expired",
        "checkout.session.completed",
    ]
    assert {one.intent_ref for one in listed if one.type != "checkout.session.expired"} == {intent}
    assert [one.type for one in listed if one.link_ref == link.ref] == [
        "checkout.session.expired",
        "checkout.session.completed",
    ]
    assert {one.link_id for one in listed if one.type == "charge.refunded"} == {"lnk_1"}


def test_a_page_holds_a_hundred(provider, ctx, link, payer):
    for _ in range(101):
        payer.pay(link, action="abandon")
    first = provider.list_events(ctx, LONG_AGO, None)
    rest = provider.list_events(ctx, LONG_AGO, first.next)
    assert (len(first.items), len(rest.items), rest.next) == (100, 1, None)
    assert len({one.event_id for one in first.items + rest.items}) == 101


def test_what_is_older_is_left_out(provider, ctx, link, payer):
    payer.pay(link)
    assert len(_all(provider, ctx, datetime.now(UTC) - timedelta(minutes=5))) == 1
    assert _all(provider, ctx, datetime.now(UTC) + timedelta(minutes=5)) == []


def test_one_event_that_makes_no_sense_does_not_hide_the_others(provider, ctx, account, link, payer):
    payer.pay(link)
    [event] = account.all("event", lambda one: one["type"] == "checkout.session.completed")
    broken = ({"created": 10**12}, {"data": None}, {"id": "e" * 300}, {"livemode": True})
    for number, fields in enumerate(broken):
        account.put(event | {"id": f"evt_{number}"} | fields)
    payer.pay(link)
    listed = _all(provider, ctx)
    assert [bool(one.ignored) for one in listed] == [False, True, False]
    assert listed[1].event_id == "evt_3"


def test_a_key_that_may_not_read_events_is_told_so(provider, context, simulator):
    with pytest.raises(CredentialsError, match="Events Read"):
        provider.list_events(context(simulator, key=seed.RESTRICTED_KEY), LONG_AGO, None)

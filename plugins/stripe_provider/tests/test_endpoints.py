"""Our webhook endpoint, and what it is sent."""

import logging
from datetime import UTC, datetime

from core.api.payments import Delivery, ProviderEvent
from plugins.stripe_provider.client import Api
from plugins.stripe_provider.simulator import signed

URL = "https://dealpay.example/webhooks/stripe/token"


class TestWebhooks:
    def test_an_endpoint_is_made_with_our_events_and_version(self, provider, ctx, account):
        made = provider.ensure_webhook(ctx, URL)
        [endpoint] = account.all("webhook_endpoint")
        assert (made.ref, made.created) == (endpoint["id"], True)
        assert made.secret.startswith("whsec_")
        assert endpoint["url"] == URL
        assert set(endpoint["enabled_events"]) == set(provider.event_types)
        assert endpoint["api_version"] == "2026-05-27.dahlia"
        assert endpoint["metadata"] == {"dealpay": "1"}

    def test_its_secret_is_in_no_log(self, provider, ctx, caplog):
        caplog.set_level(logging.DEBUG)
        secret = provider.ensure_webhook(ctx, URL).secret
        assert secret not in caplog.text
        assert secret not in str(ctx.log.lines)

    def test_it_is_found_again_without_its_secret(self, provider, ctx, account):
        made = provider.ensure_webhook(ctx, URL)
        found = provider.ensure_webhook(ctx, URL)
        assert (found.ref, found.secret, found.created) == (made.ref, None, False)
        assert len(account.all("webhook_endpoint")) == 1

    def test_one_made_by_hand_is_completed_and_switched_on(self, provider, ctx, account):
        api = Api(ctx)
        by_hand = {"url": URL, "enabled_events": ["charge.refunded", "checkout.session.completed"]}
        ref = api.write(api.v1.webhook_endpoints.create, by_hand)["id"]
        api.write(api.v1.webhook_endpoints.update, ref, {"disabled": True})
        assert provider.ensure_webhook(ctx, URL).ref == ref
        endpoint = account.get("webhook_endpoint", ref)
        assert endpoint["status"] == "enabled"
        assert set(endpoint["enabled_events"]) == {"charge.refunded", *provider.event_types}

    def test_one_that_takes_everything_is_left_alone(self, provider, ctx, account):
        api = Api(ctx)
        api.write(api.v1.webhook_endpoints.create, {"url": URL, "enabled_events": ["*"]})
        provider.ensure_webhook(ctx, URL)
        [endpoint] = account.all("webhook_endpoint")
        assert endpoint["enabled_events"] == ["*"]

    def test_another_address_gets_its_own(self, provider, context, simulator, account):
        provider.ensure_webhook(context(simulator), URL)
        assert provider.ensure_webhook(context(simulator), URL + "2").created
        assert len(account.all("webhook_endpoint")) == 2

    def test_what_the_simulator_sends_is_understood(self, provider, ctx, account, link, payer):
        payer.pay(link)
        [event] = account.all("event", lambda one: one["type"] == "checkout.session.completed")
        body, headers = signed(event, "whsec_1")
        delivery = Delivery(
            body=body,
            headers={name.lower(): value for name, value in headers.items()},
            secrets=("whsec_1",),
            received_at=datetime.now(UTC),
        )
        [told] = provider.parse_webhook(ctx, delivery)
        assert told == ProviderEvent(
            event["id"],
            event["type"],
            link_ref=link.ref,
            link_id="lnk_1",
            intent_ref=event["data"]["object"]["payment_intent"],
            at=datetime.fromtimestamp(event["created"], UTC),
        )

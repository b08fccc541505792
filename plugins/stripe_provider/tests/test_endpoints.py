"""Our webhook endpoint, and what it is sent."""

import logging
from datetime import UTC, datetime

import pytest

from core.api.errors import Rejected
from core.api.payments import Delivery, ProviderEvent
from plugins.stripe_provider import endpoints
from plugins.stripe_provider.client import Api
from plugins.stripe_provider.simulator import endpoints as simulated
from plugins.stripe_provider.simulator import signed

URL = "https://dealpay.example/webhooks/stripe/token"


class TestWebhooks:
    def test_an_endpoint_is_made_with_our_events_and_version(self, provider, ctx, account):
        made = provider.ensure_webhook(ctx, URL, None)
        [endpoint] = account.all("webhook_endpoint")
        assert (made.ref, made.created) == (endpoint["id"], True)
        assert made.secret.startswith("whsec_")
        assert endpoint["url"] == URL
        assert set(endpoint["enabled_events"]) == set(provider.event_types)
        assert endpoint["api_version"] == "2026-05-27.dahlia"
        assert endpoint["metadata"] == {"dealpay": "1"}

    def test_its_secret_is_in_no_log(self, provider, ctx, caplog):
        caplog.set_level(logging.DEBUG)
        secret = provider.ensure_webhook(ctx, URL, None).secret
        assert secret not in caplog.text
        assert secret not in str(ctx.log.lines)

    def test_it_is_found_again_without_its_secret(self, provider, ctx, account):
        made = provider.ensure_webhook(ctx, URL, None)
        found = provider.ensure_webhook(ctx, URL, None)
        assert (found.ref, found.secret, found.created) == (made.ref, None, False)
        assert len(account.all("webhook_endpoint")) == 1

    def test_one_made_by_hand_is_completed_and_switched_on(self, provider, ctx, account):
        api = Api(ctx)
        by_hand = {"url": URL, "enabled_events": ["charge.refunded", "checkout.session.completed"]}
        ref = api.write(api.v1.webhook_endpoints.create, by_hand)["id"]
        api.write(api.v1.webhook_endpoints.update, ref, {"disabled": True})
        assert provider.ensure_webhook(ctx, URL, None).ref == ref
        endpoint = account.get("webhook_endpoint", ref)
        assert endpoint["status"] == "enabled"
        assert set(endpoint["enabled_events"]) == {"charge.refunded", *provider.event_types}

    def test_one_that_takes_everything_is_left_alone(self, provider, ctx, account):
        api = Api(ctx)
        api.write(api.v1.webhook_endpoints.create, {"url": URL, "enabled_events": ["*"]})
        provider.ensure_webhook(ctx, URL, None)
        [endpoint] = account.all("webhook_endpoint")
        assert endpoint["enabled_events"] == ["*"]

    def test_one_that_leads_to_another_host_is_led_here(self, provider, context, simulator, account):
        """The app was reached elsewhere before; by its id, or by the path that nobody can guess."""
        elsewhere = URL.replace("dealpay.example", "before.example")
        made = provider.ensure_webhook(context(simulator), elsewhere, None)
        assert provider.ensure_webhook(context(simulator), URL, None).ref == made.ref
        moved = "https://dealpay.example/webhooks/stripe/another-token"
        assert provider.ensure_webhook(context(simulator), moved, made.ref).ref == made.ref
        assert [one["url"] for one in account.all("webhook_endpoint")] == [moved]

    def test_of_two_that_are_ours_the_one_that_is_known_is_kept(
        self, provider, context, simulator, account
    ):
        api = Api(context(simulator))
        by_hand = api.write(api.v1.webhook_endpoints.create, {"url": URL, "enabled_events": ["*"]})
        api.write(api.v1.webhook_endpoints.create, {"url": URL, "enabled_events": ["*"]})
        assert provider.ensure_webhook(context(simulator), URL, by_hand["id"]).ref == by_hand["id"]
        assert len(account.all("webhook_endpoint")) == 2

    def test_a_new_secret_takes_a_new_endpoint_in_the_place_of_ours(
        self, provider, context, simulator, account
    ):
        made = provider.ensure_webhook(context(simulator), URL, None)
        new = provider.renew_webhook(context(simulator), URL, made.ref)
        assert new.secret not in (None, made.secret)
        assert [one["id"] for one in account.all("webhook_endpoint")] == [new.ref] != [made.ref]

    def test_a_new_secret_is_told_though_the_old_endpoint_cant_be_deleted(
        self, provider, context, simulator, account
    ):
        made = provider.ensure_webhook(context(simulator), URL, None)
        simulator.faults.add("server_error", path="/v1/webhook_endpoints", method="DELETE", times=None)
        assert provider.renew_webhook(context(simulator), URL, made.ref).secret
        assert len(account.all("webhook_endpoint")) == 2

    def test_an_account_that_has_all_it_may_have_says_so(self, provider, context, simulator, account):
        full = [f"https://other.example/{number}" for number in range(endpoints.MOST)]
        for url in full:
            simulated.create(account, {"url": url, "enabled_events": ["*"]})
        for verb in (provider.ensure_webhook, provider.renew_webhook):
            with pytest.raises(Rejected, match="16 webhook endpoints, and this one has 16") as refused:
                verb(context(simulator), URL, None)
            assert refused.value.code == "endpoint_limit"
        listed = provider.list_webhooks(context(simulator))
        assert sorted(one.url for one in listed) == sorted(full)
        assert {one.events for one in listed} == {None}

    def test_another_refusal_is_not_taken_for_the_limit(self, provider, context, simulator, account):
        with pytest.raises(Rejected) as refused:
            provider.ensure_webhook(context(simulator), "ftp://dealpay.example/x", None)
        assert refused.value.code == "url_invalid"

    def test_another_address_gets_its_own(self, provider, context, simulator, account):
        provider.ensure_webhook(context(simulator), URL, None)
        assert provider.ensure_webhook(context(simulator), URL + "2", None).created
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

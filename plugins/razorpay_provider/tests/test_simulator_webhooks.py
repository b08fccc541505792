"""What the simulator sends, to an address that answers."""

import hashlib
import hmac
import json
import threading
from contextlib import contextmanager
from functools import partial

from core.testing.server import serve
from plugins.razorpay_provider.simulator import RazorpaySimulator, links, seed
from plugins.razorpay_provider.simulator.webhooks import EVENT_TYPES


@contextmanager
def receiving(statuses=()):
    """A webhook address that answers with ``statuses``, then 200; and what it got, when it did."""
    got, came, answers = [], threading.Condition(), list(statuses)

    def app(environ, start_response):
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        with came:
            got.append((body, environ["HTTP_X_RAZORPAY_SIGNATURE"], environ["HTTP_X_RAZORPAY_EVENT_ID"]))
            status = answers.pop(0) if answers else 200
            came.notify_all()
        start_response(f"{status} Said", [("Content-Length", "0")])
        return [b""]

    def wait(count):
        with came:
            assert came.wait_for(lambda: len(got) >= count, timeout=30), got
        return got

    with serve(lambda url: app, threads=2) as url:
        yield url, wait


class TestWebhooks:
    SECRET = "made up"

    def test_every_event_is_signed(self, http, made, dashboard):
        with receiving() as (url, wait):
            dashboard("webhooks", url=url, secret=self.SECRET, events=EVENT_TYPES)
            http.post(made["short_url"], data={"method": "upi"})
            [(body, signature, _)] = wait(1)
        event = json.loads(body)
        expected = hmac.new(self.SECRET.encode(), body, hashlib.sha256).hexdigest()
        assert signature == expected
        assert (event["event"], event["account_id"]) == ("payment_link.paid", f"acc_{seed.NORTHWIND.id}")
        assert event["payload"]["payment_link"]["entity"]["id"] == made["id"]

    def test_a_refused_delivery_comes_again_with_the_same_id(self, simulator, http, made, dashboard):
        simulator.webhooks.retry_delays = (0.01,)
        with receiving([500]) as (url, wait):
            dashboard("webhooks", url=url, secret=self.SECRET, events=EVENT_TYPES)
            http.post(made["short_url"], data={"method": "upi"})
            first, second = wait(2)
        assert first == second

    def test_only_what_was_chosen_is_sent_and_can_be_sent_again(self, http, made, dashboard, account):
        with receiving() as (url, wait):
            dashboard("webhooks", url=url, secret=self.SECRET, events=["refund.created"])
            http.post(made["short_url"], data={"method": "upi"})
            dashboard(f"payments/{account.all('payment')[0]['id']}/refunds", amount="1")
            wait(1)
            [delivery] = account.all("delivery")
            dashboard(f"deliveries/{delivery['id']}")
            assert len({event_id for _, _, event_id in wait(2)}) == 1
        [webhook] = account.all("webhook")
        dashboard(f"webhooks/{webhook['id']}/delete")
        assert account.all("webhook") == []


def test_what_waits_when_all_is_reset_is_sent_once(simulate):
    simulator = simulate(partial(RazorpaySimulator, held=True, transport=lambda *_: 500))
    account = simulator.account(seed.NORTHWIND.id)
    simulator.webhooks.add(account, "https://a.example", "made up", EVENT_TYPES)
    links.cancel(account, links.create(account, {"amount": 100})["id"])
    simulator.reset()
    assert simulator.deliveries.flush() == [500]
    assert simulator.deliveries.flush() == []

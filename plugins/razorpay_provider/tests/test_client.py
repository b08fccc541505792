"""What each failure means, and that nothing secret gets out with it."""

import json
import socketserver
import threading
import traceback
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from core.api.errors import (
    CredentialsError,
    DealpayError,
    NotFound,
    NotSent,
    OutcomeUnknown,
    Rejected,
)
from core.api.payments import ProviderLinkState
from plugins.razorpay_provider import client
from plugins.razorpay_provider.client import Api
from plugins.razorpay_provider.simulator import seed
from plugins.razorpay_provider.tests.variants import Lagging

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def refusal(description):
    return json.dumps(
        {"error": {"code": "BAD_REQUEST_ERROR", "description": description, "field": None}}
    )


@contextmanager
def hanging_up():
    """An address that takes requests and answers none."""

    class HangUp(socketserver.BaseRequestHandler):
        def handle(self):
            self.request.recv(65536)

    with socketserver.TCPServer(("127.0.0.1", 0), HangUp) as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.01], daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join(timeout=30)


class TestLostReplies:
    @pytest.mark.parametrize("kind", ["lost_reply", "malformed"])
    def test_of_a_link_that_was_made(self, provider, ctx, request_of, account, simulator, kind):
        simulator.faults.add(kind, path="/v1/payment_links", method="POST")
        with pytest.raises(OutcomeUnknown):
            provider.create_link(ctx, request_of())
        again = provider.create_link(ctx, request_of())
        assert [one["id"] for one in account.all("payment_link")] == [again.ref]
        assert provider.find_link(ctx, "lnk_1", LONG_AGO) == again

    @pytest.mark.parametrize("kind", ["unavailable", "server_error"])
    def test_of_a_link_that_was_not_made(self, provider, ctx, request_of, account, simulator, kind):
        simulator.faults.add(kind, path="/v1/payment_links", method="POST")
        with pytest.raises(OutcomeUnknown):
            provider.create_link(ctx, request_of())
        assert provider.find_link(ctx, "lnk_1", LONG_AGO) is None
        again = provider.create_link(ctx, request_of())
        assert [one["id"] for one in account.all("payment_link")] == [again.ref]

    def test_of_a_link_that_cannot_be_looked_up_now(self, provider, ctx, link, request_of, simulator):
        simulator.faults.add("unavailable", path="/v1/payment_links", method="GET")
        with pytest.raises(OutcomeUnknown, match="its reference is lnk_1"):
            provider.create_link(ctx, request_of())
        assert provider.create_link(ctx, request_of()) == link

    def test_of_a_link_that_the_list_does_not_show_yet(self, provider, context, request_of, simulate):
        simulator = simulate(Lagging)
        ctx = context(simulator)
        made = provider.create_link(ctx, request_of())
        with pytest.raises(OutcomeUnknown, match="doesn't show it yet"):
            provider.create_link(ctx, request_of())
        simulator.lags = False
        assert provider.create_link(ctx, request_of()) == made

    def test_where_the_connection_breaks(self, provider, context, request_of):
        with hanging_up() as url:
            with pytest.raises(OutcomeUnknown):
                provider.create_link(context(url), request_of())
            with pytest.raises(NotSent):
                provider.fetch_status(context(url), "plink_1")

    def test_of_a_cancellation(self, provider, ctx, link, account, simulator):
        simulator.faults.add("lost_reply", path="/cancel")
        with pytest.raises(OutcomeUnknown):
            provider.deactivate_link(ctx, link.ref)
        assert account.get("payment_link", link.ref)["status"] == "cancelled"
        assert provider.deactivate_link(ctx, link.ref).state is ProviderLinkState.INACTIVE

    def test_of_a_read(self, provider, ctx, link, simulator):
        simulator.faults.add("lost_reply", path=f"/v1/payment_links/{link.ref}")
        with pytest.raises(NotSent):
            provider.fetch_status(ctx, link.ref)
        assert provider.fetch_status(ctx, link.ref).ref == link.ref


class TestErrors:
    @pytest.mark.parametrize("verb", ["read", "write"])
    @pytest.mark.parametrize(
        ("status", "body", "kind"),
        [
            ("401 Unauthorized", refusal("Authentication failed"), CredentialsError),
            ("400 Bad Request", refusal("The id provided does not exist"), NotFound),
            ("400 Bad Request", refusal("The requested URL was not found on the server."), NotFound),
            ("404 Not Found", "", NotFound),
            ("400 Bad Request", refusal("amount: cannot be blank."), Rejected),
            ("400 Bad Request", '{"error": "no"}', Rejected),
            ("403 Forbidden", "Access Denied", Rejected),
            ("429 Too Many Requests", refusal("Too many requests"), NotSent),
        ],
    )
    def test_clear_answers(self, context, answering, verb, status, body, kind):
        with answering(status, body) as (url, asked), pytest.raises(DealpayError) as raised:
            getattr(Api(context(url)), verb)("payment_links")
        assert type(raised.value) is kind
        assert len(asked) == 1

    @pytest.mark.parametrize(("verb", "kind"), [("read", NotSent), ("write", OutcomeUnknown)])
    @pytest.mark.parametrize(
        ("status", "body", "headers"),
        [
            ("500 Internal Server Error", refusal("We are facing some trouble"), {}),
            ("502 Bad Gateway", "<html>", {}),
            ("408 Request Timeout", "{}", {}),
            ("200 OK", "<html>", {}),
            ("200 OK", "[]", {}),
            ("302 Found", "{}", {"Location": "https://elsewhere.example/"}),
        ],
    )
    def test_answers_that_say_nothing(self, context, answering, verb, kind, status, body, headers):
        with answering(status, body, **headers) as (url, asked), pytest.raises(kind):
            getattr(Api(context(url)), verb)("payment_links")
        assert len(asked) == 1

    def test_a_refusal_is_told_in_razorpays_words(self, context, answering):
        served = answering("400 Bad Request", refusal("amount: cannot be blank."))
        with served as (url, _), pytest.raises(Rejected) as refused:
            Api(context(url)).write("payment_links")
        assert refused.value.user_message == (
            "Razorpay refused this: amount: cannot be blank. Nothing was charged."
        )

    @pytest.mark.parametrize("verb", ["read", "write"])
    def test_where_nothing_listens_nothing_was_done(self, context, verb):
        with pytest.raises(NotSent, match="can't be reached"):
            getattr(Api(context("http://127.0.0.1:9")), verb)("payment_links")

    @pytest.mark.parametrize(("verb", "kind"), [("read", NotSent), ("write", OutcomeUnknown)])
    def test_the_time_limit_is_kept(self, context, simulator, verb, kind):
        simulator.faults.add("slow", seconds=1.0)
        with pytest.raises(kind):
            getattr(Api(context(simulator, timeout=0.1)), verb)("payment_links")

    def test_a_list_that_is_too_long_is_not_cut_short(self, ctx, link, account, monkeypatch):
        monkeypatch.setattr(client, "MAX_ROWS", 200)
        for number in range(200):
            account.put(
                "payment_link", account.get("payment_link", link.ref) | {"id": f"plink_{number}"}
            )
        with pytest.raises(OutcomeUnknown, match="more than 200"):
            list(Api(ctx).pages("payment_links", rows="payment_links"))


@pytest.mark.parametrize(
    "fault", ["rate_limited", "unavailable", "server_error", "lost_reply", "malformed", "slow"]
)
def test_no_secret_in_logs_or_exceptions(context, simulator, fault):
    ctx = context(simulator, timeout=0.2)
    for verb in ("read", "write"):
        simulator.faults.add(fault, seconds=0.5)
        with pytest.raises(DealpayError) as raised:
            getattr(Api(ctx), verb)("payments", "pay_1")
        trace = "".join(traceback.format_exception(raised.value))
        assert seed.NORTHWIND.key_secret not in trace + repr(ctx.log.lines) + repr(ctx.settings)

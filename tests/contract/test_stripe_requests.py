"""Every request that the Stripe provider sends, held against Stripe's OpenAPI document.

A story that uses every verb is recorded at the HTTP session, below the SDK.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from urllib.parse import quote_plus, urlsplit

import pytest
import requests

from core.api.errors import CredentialsError, NotFound
from core.api.payments import LinkRequest
from core.testing.context import provider_context
from core.testing.server import serve
from plugins.stripe_provider.client import API_VERSION
from plugins.stripe_provider.provider import StripeProvider
from plugins.stripe_provider.settings import StripeSettings
from plugins.stripe_provider.simulator import (
    StripeSimulator,
    auth,
    checkout,
    disputes,
    refunds,
    seed,
)
from tests.contract.schema import stripe

URL = "https://dealpay.example/webhooks/stripe/token"


@dataclass
class Sent:
    """One request. ``form`` is the body, or the query string of a GET."""

    method: str
    path: str
    form: str
    headers: Any

    @classmethod
    def of(cls, request):
        url = urlsplit(request.url)
        form = url.query if request.method == "GET" else request.body or ""
        return cls(request.method, url.path, form, request.headers)

    @property
    def operation(self):
        words = {"v1", "account", "products", "prices", "payment_links", "checkout", "sessions"}
        words |= {"expire", "webhook_endpoints", "events", "refunds", "disputes"}
        parts = self.path.strip("/").split("/")
        return f"{self.method} /{'/'.join(part if part in words else '{id}' for part in parts)}"


@pytest.fixture(scope="module")
def requests_sent():
    """What was sent to the API while every verb did its work."""
    made, recorded = [], []

    def record(response, **_):
        if "/v1/" in response.url:
            recorded.append(Sent.of(response.request))

    with (
        serve(lambda url: made.append(StripeSimulator(base_url=url)) or made[0]) as url,
        requests.Session() as http,
    ):
        http.hooks["response"].append(record)
        _story(StripeProvider(), made[0], http, {"api_base": url})
    return recorded


def _story(provider, simulator, http, options):
    def context(key=seed.NORTHWIND.key, **fields):
        settings = StripeSettings(secret_key=key)
        return provider_context(settings, http=http, options=options, **fields)

    ctx = context(idempotency_key="lnk_1-create")
    provider.validate_credentials(ctx)
    permissions = ("connected_account_read", "product_read")
    auth.add_key(simulator.store, "rk_test_narrow", seed.NORTHWIND.id, permissions=permissions)
    assert provider.validate_credentials(context("rk_test_narrow")).missing_permissions
    with pytest.raises(CredentialsError):
        provider.validate_credentials(context(seed.REVOKED_KEY))

    unit = provider.ensure_unit_product(ctx)
    account = simulator.account(seed.NORTHWIND.id)
    price = account.get("price", unit.ref)
    account.put(price | {"active": False})
    account.put(account.get("product", price["product"]) | {"active": False})
    assert provider.ensure_unit_product(ctx) == unit
    page = provider.list_products(ctx, "", None)
    provider.list_products(ctx, "licence", page.items[-1].ref)

    request = LinkRequest("lnk_1", unit.ref, unit.price, 4500, {"record": "deal:7"})
    link = provider.create_link(ctx, request)
    for form in ({"method": "bank_debit"}, {"action": "abandon"}, None):
        visit = http.get(link.url, allow_redirects=False).headers["Location"]
        if form:
            payer = {"name": "Zoë & Søn", "email": "zoe@payer.example"}
            http.post(visit, data=payer | form, allow_redirects=False)
    [payment] = provider.fetch_status(ctx, link.ref).payments
    _afterwards(provider, ctx, account, request, payment.intent_ref)
    provider.deactivate_link(ctx, link.ref)
    with pytest.raises(NotFound):
        provider.fetch_status(context(seed.LAKESIDE.key), link.ref)

    made = provider.ensure_webhook(context(), URL, None)
    endpoint = account.get("webhook_endpoint", made.ref)
    account.put(endpoint | {"status": "disabled", "enabled_events": ["charge.refunded"]})
    assert provider.ensure_webhook(context(), URL, None).ref == made.ref


def _afterwards(provider, ctx, account, request, intent_ref):
    """The money comes and goes again, and the link is looked for."""
    session = account.all("checkout.session", lambda one: one["payment_intent"] == intent_ref)[0]
    checkout.settle(account, session["id"], succeeded=True)
    for _ in range(11):
        refunds.create(account, {"payment_intent": intent_ref, "amount": 100})
    disputes.open(account, intent_ref)
    [payment] = provider.fetch_status(ctx, session["payment_link"]).payments
    assert (len(payment.refunds), len(payment.disputes)) == (11, 1)

    returning = replace(request, link_id="lnk_2", return_url="https://dealpay.example/p/t0k?a=b")
    other = provider.create_link(replace(ctx, idempotency_key="lnk_2-create"), returning)
    now = ctx.clock()
    assert provider.find_link(ctx, "lnk_2", now - timedelta(days=1)) == other
    account.clock = lambda: now.timestamp() + 3600
    assert provider.find_link(ctx, "lnk_2", now + timedelta(minutes=30)) is None
    first = provider.list_events(ctx, now - timedelta(days=30), None)
    assert len(first.items) > 11
    provider.list_events(ctx, now - timedelta(days=30), first.items[0].event_id)


def test_the_story_uses_all_that_the_provider_calls(requests_sent):
    assert {one.operation for one in requests_sent} == {
        "GET /v1/account",
        "GET /v1/products",
        "POST /v1/products/{id}",
        "GET /v1/prices",
        "GET /v1/prices/{id}",
        "POST /v1/prices",
        "POST /v1/prices/{id}",
        "GET /v1/payment_links",
        "GET /v1/payment_links/{id}",
        "POST /v1/payment_links",
        "POST /v1/payment_links/{id}",
        "GET /v1/checkout/sessions",
        "POST /v1/checkout/sessions/{id}/expire",
        "GET /v1/refunds",
        "GET /v1/disputes",
        "GET /v1/events",
        "GET /v1/webhook_endpoints",
        "POST /v1/webhook_endpoints",
        "POST /v1/webhook_endpoints/{id}",
    }


def test_every_request_is_valid(requests_sent):
    for one in requests_sent:
        errors = stripe().request_errors(one.method, one.path, one.form)
        assert errors == [], f"{one.method} {one.path}?{one.form}"


def test_every_request_names_the_version_of_the_document(requests_sent):
    assert {one.headers["Stripe-Version"] for one in requests_sent} == {API_VERSION}
    assert all(one.headers["Authorization"].startswith("Bearer ") for one in requests_sent)


def test_every_write_is_safe_to_repeat(requests_sent):
    writes = [one for one in requests_sent if one.method == "POST"]
    assert all(one.headers["Idempotency-Key"] for one in writes)
    created, returning = [one for one in writes if one.path == "/v1/payment_links"]
    back = "https://dealpay.example/p/t0k?a=b&payment={CHECKOUT_SESSION_ID}"
    assert f"after_completion[redirect][url]={quote_plus(back)}" in returning.form
    assert "after_completion" not in created.form
    assert created.headers["Idempotency-Key"] == "lnk_1-create"
    assert "metadata[dealpay_link_id]=lnk_1" in created.form
    assert "payment_intent_data[metadata][dealpay_link_id]=lnk_1" in created.form

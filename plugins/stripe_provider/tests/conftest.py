"""The simulator over real HTTP, and the context that a verb is handed."""

from contextlib import contextmanager

import pytest
import requests
import stripe

from core.api.payments import LinkRequest
from core.testing.context import provider_context
from core.testing.server import serve
from plugins.stripe_provider import register_payment_providers
from plugins.stripe_provider.settings import StripeSettings
from plugins.stripe_provider.simulator import StripeSimulator, seed


@pytest.fixture(autouse=True)
def _no_pause_between_retries(monkeypatch):
    monkeypatch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0)
    monkeypatch.setattr(stripe.HTTPClient, "MAX_DELAY", 0)


@pytest.fixture
def simulator():
    """A running simulator; ``base_url`` is where it answers."""
    made = []
    with serve(lambda url: made.append(StripeSimulator(base_url=url)) or made[0]):
        yield made[0]


@pytest.fixture
def http():
    with requests.Session() as session:
        yield session


@pytest.fixture
def context(http):
    """A function that makes a context for a base URL or a simulator."""

    def make(target, key=seed.NORTHWIND.key, **fields):
        api_base = getattr(target, "base_url", target)
        settings = StripeSettings(secret_key=key)
        return provider_context(settings, http=http, options={"api_base": api_base}, **fields)

    return make


@pytest.fixture
def provider():
    [provider] = register_payment_providers()
    return provider


@pytest.fixture
def ctx(context, simulator):
    return context(simulator, idempotency_key="lnk_1-create")


@pytest.fixture
def account(simulator):
    """The account on Stripe's side."""
    return simulator.account(seed.NORTHWIND.id)


@pytest.fixture
def unit(provider, ctx):
    return provider.ensure_unit_product(ctx)


@pytest.fixture
def request_of(unit):
    """A function that makes a request for a link on the unit product."""

    def make(quantity=4500, link_id="lnk_1", **fields):
        wanted = {"product_ref": unit.ref, "unit_price": unit.price} | fields
        return LinkRequest(link_id=link_id, quantity=quantity, **wanted)

    return make


@pytest.fixture
def link(provider, ctx, request_of):
    return provider.create_link(ctx, request_of(metadata={"record": "deal:7"}))


@pytest.fixture
def payer(http):
    return Payer(http)


class Payer:
    """Someone with a browser: opens a link, which makes a session, and acts on its page."""

    def __init__(self, http):
        self.http = http

    def visit(self, link):
        """The address of the session's own page."""
        return self.http.get(link.url, allow_redirects=False).headers["Location"]

    def pay(self, link, **form):
        return self.act(self.visit(link), **form)

    def act(self, page, **form):
        filled_in = {
            "name": "Asha Payer",
            "email": "asha@payer.example",
            "method": "card",
            "number": "4242424242424242",
            "expiry": "12/34",
            "code": "123",
        }
        self.http.post(page, data=filled_in | form, allow_redirects=False)
        return page

    def settle(self, page, outcome):
        """What the payer's bank says about a debit, days later."""
        self.http.post(f"{page}/settle", data={"outcome": outcome}, allow_redirects=False)


@pytest.fixture
def answering():
    """A function that serves one fixed answer, and keeps the requests that ask for it."""

    @contextmanager
    def start(status, body, **headers):
        asked = []

        def app(environ, start_response):
            asked.append(environ)
            names = [(name.replace("_", "-"), value) for name, value in headers.items()]
            start_response(status, [("Content-Type", "application/json"), *names])
            return [body.encode()]

        with serve(lambda url: app) as url:
            yield url, asked

    return start

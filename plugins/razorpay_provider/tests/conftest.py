"""The simulator over real HTTP, and the context that a verb is handed."""

from contextlib import contextmanager

import pytest
import requests

from core.api.payments import LinkRequest
from core.testing.context import provider_context
from core.testing.server import serve
from plugins.razorpay_provider import register_payment_providers
from plugins.razorpay_provider.settings import RazorpaySettings
from plugins.razorpay_provider.simulator import RazorpaySimulator, seed

KEYS = (seed.NORTHWIND.key_id, seed.NORTHWIND.key_secret)


class Address:
    """An address for all tests; each has a simulator of its own behind it."""

    url = ""
    simulator = None

    def __call__(self, environ, start_response):
        return self.simulator(environ, start_response)


@pytest.fixture(scope="session")
def address():
    address = Address()
    with serve(lambda _: address) as address.url:
        yield address


@pytest.fixture
def simulate(address):
    """A function that puts a simulator, or a variant of it, behind the address."""

    def start(kind=RazorpaySimulator, **options):
        address.simulator = kind(base_url=address.url, **options)
        return address.simulator

    yield start
    address.simulator.deliveries.stop()


@pytest.fixture
def simulator(simulate):
    """A running simulator; ``base_url`` is where it answers."""
    return simulate()


@pytest.fixture
def http():
    with requests.Session() as session:
        yield session


@pytest.fixture
def context(http):
    """A function that makes a context for a base URL or a simulator."""

    def make(target, start=seed.NORTHWIND, currency="INR", keys=None, **fields):
        key_id, key_secret = keys or (start.key_id, start.key_secret)
        settings = RazorpaySettings(
            key_id=key_id, key_secret=key_secret, merchant_id=start.id, currency=currency
        )
        api_base = getattr(target, "base_url", target)
        return provider_context(settings, http=http, options={"api_base": api_base}, **fields)

    return make


@pytest.fixture
def provider():
    [provider] = register_payment_providers()
    return provider


@pytest.fixture
def ctx(context, simulator):
    return context(simulator)


@pytest.fixture
def account(simulator):
    """The account on Razorpay's side."""
    return simulator.account(seed.NORTHWIND.id)


@pytest.fixture
def request_of(provider, context):
    """A function that makes a request for a link on the unit product."""

    def make(quantity=4500, link_id="lnk_1", currency="INR", **fields):
        unit = provider.ensure_unit_product(context("http://nowhere.example", currency=currency))
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
    """Someone with a browser on a link's page, where time and the seller act as well."""

    def __init__(self, http):
        self.http = http

    def pay(self, link, **form):
        """The address that paying leads to."""
        filled_in = {"email": "asha@payer.example", "method": "upi", "action": "pay"}
        return self._post(link.url, filled_in | form)

    def change(self, link, action):
        self._post(f"{link.url}/change", {"action": action})

    def _post(self, url, form):
        return self.http.post(url, data=form, allow_redirects=False).headers.get("Location")


@pytest.fixture
def dashboard(http, simulator):
    """A function that sends a form of the account's dashboard."""

    def send(path, **form):
        url = f"{simulator.base_url}/dashboard/{seed.NORTHWIND.id}/{path}"
        return http.post(url, data=form, allow_redirects=False)

    return send


@pytest.fixture
def api(simulator, http):
    """A function that asks the API: status and body of the answer."""

    def ask(method, path, body=None, keys=KEYS, **options):
        url = f"{simulator.base_url}/v1/{path}"
        reply = http.request(method, url, auth=keys, json=body, **options)
        return reply.status_code, reply.json()

    return ask


@pytest.fixture
def made(api):
    """A payment link over 1,000.00 INR."""
    _, link = api("POST", "payment_links", {"amount": 100_000, "reference_id": "TS1989"})
    return link


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

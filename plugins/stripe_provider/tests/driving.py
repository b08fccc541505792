"""Drive the simulator as an app, a payer and a webhook receiver would, over real HTTP."""

import re
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field

import requests
import stripe

from core.testing.server import serve
from plugins.stripe_provider.simulator.seed import NORTHWIND

VERSION = "2026-05-27.dahlia"
CARD = {
    "email": "ada@example.com",
    "name": "Ada Payer",
    "method": "card",
    "number": "4242 4242 4242 4242",
    "expiry": "12/34",
    "code": "123",
    "action": "pay",
}
DECLINED = CARD | {"number": "4000 0000 0000 0002"}
BANK_DEBIT = CARD | {"method": "bank_debit"}


def client_of(simulator, http, key=NORTHWIND.key, *, retries=0, timeout=10):
    """The real client as ``key`` opens it."""
    return stripe.StripeClient(
        key,
        base_addresses={"api": simulator.base_url},
        stripe_version=VERSION,
        max_network_retries=retries,
        http_client=stripe.RequestsClient(timeout=timeout, session=http),
    ).v1


def price_of(client):
    """The seeded price of 4,500.00 INR."""
    return next(one for one in client.prices.list().data if one.unit_amount == 450_000)


def link_of(client, quantity=1, **params):
    items = [{"price": price_of(client).id, "quantity": quantity}]
    return client.payment_links.create({"line_items": items, **params})


def visit(http, url):
    """The session's own page, to which opening a link leads."""
    page = http.get(url)
    page.raise_for_status()
    return page.url


def pay(http, url, form=CARD):
    """Open a link and send the form of its page; answers with the page that comes."""
    return http.post(visit(http, url), data=form)


def session_of(client, link, **params):
    """The only session of a link."""
    (session,) = client.checkout.sessions.list({"payment_link": link.id, **params}).data
    return session


@dataclass
class Receiver:
    """A webhook endpoint; ``statuses`` are its next answers, 200 when there are none."""

    url: str = ""
    statuses: list = field(default_factory=list)
    got: list = field(default_factory=list)
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def __call__(self, environ, start_response):
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        with self._changed:
            status = self.statuses.pop(0) if self.statuses else 200
            self.got.append((body, environ["HTTP_STRIPE_SIGNATURE"]))
            self._changed.notify_all()
        start_response(f"{status} Said", [("Content-Length", "0")])
        return [b""]

    def wait(self, count):
        """The first ``count`` deliveries, as (body, signature header)."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.got) >= count, timeout=30), self.types()
        return self.got[:count]

    def types(self):
        return [re.search(rb'"type": "([a-z_.]+\.[a-z_.]+)"', body)[1].decode() for body, _ in self.got]


@contextmanager
def receiving(*statuses):
    receiver = Receiver(statuses=list(statuses))

    def made(url):
        receiver.url = url
        return receiver

    with serve(made, threads=2):
        yield receiver


def raw(simulator, method, path, key=NORTHWIND.key, **options):
    """A request without the client, for what it would never send."""
    headers = {"Authorization": f"Bearer {key}"} | options.pop("headers", {})
    return requests.request(method, simulator.base_url + path, headers=headers, timeout=10, **options)

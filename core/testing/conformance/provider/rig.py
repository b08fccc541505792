"""The world of one check of a payment provider: a seller, a payer, a webhook that was added by hand."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from core.api.context import ProviderContext
from core.api.money import Money
from core.api.payments import (
    Account,
    Delivery,
    Link,
    LinkRequest,
    LinkStatus,
    PaymentState,
    PaymentStatus,
    Product,
    ProviderEvent,
)
from core.api.settings import Settings
from core.testing.conformance.check import Broken, expect
from core.testing.conformance.driver import MadeLink, ProviderDriver
from core.testing.conformance.rig import Address, VendorRig, lower

#: Where the deliveries would go, were they not held.
HOOK = "https://dealpay.example/hooks/acc_1"
LINK_ID = "lnk_01JD3ZS5V7"
#: A signing secret that isn't ours.
OTHER = "not-the-one"
QUANTITY = 4500


class ProviderRig(VendorRig[ProviderDriver]):
    """What a check needs again and again. Nothing is made before a check asks for it."""

    def __init__(self, driver: ProviderDriver, address: Address):
        super().__init__(driver, address)
        self.account: Account | None = None
        self.secret = ""
        self._delivery: Delivery | None = None

    def context(
        self,
        settings: Settings | None = None,
        *,
        key: str = "key-1",
        timeout: float = 10.0,
        url: str | None = None,
    ) -> ProviderContext[Any]:
        """What a verb is handed; ``key`` is the idempotency key, ``url`` where the vendor answers."""
        return ProviderContext(
            options=self.driver.options(url or self.address.url),
            http=self.http,
            clock=lambda: datetime.now(UTC),
            log=self.log,
            settings=settings or self.settings,
            account=None if settings else self.account,
            idempotency_key=key,
            timeout=timeout,
        )

    def open(self, settings: Settings | None = None, *, timeout: float = 10.0) -> Account:
        ctx = self.context(settings, timeout=timeout)
        account: Account = self.call("validate_credentials", ctx=ctx)
        if settings is None:
            self.account = account
        return account

    def reader(self) -> tuple[str, Callable[..., Any]]:
        link = self.link("lnk_read")
        return "fetch_status", lambda **context: self.status(link, **context)

    def writer(self) -> tuple[str, Callable[..., Any]]:
        request = self.request("lnk_written")
        return "create_link", lambda **context: self.create(request, key="key-written", **context)

    def use_everything(self) -> None:
        self.open()
        self._delivery = self.paid_delivery()
        self.parse(self._delivery)
        since = datetime.now(UTC) - timedelta(minutes=10)
        link = self.link("lnk_2")
        self.status(link)
        optional: dict[str, dict[str, object]] = {
            "find_link": {"link_id": LINK_ID, "since": since},
            "list_events": {"since": since, "page": None},
            "list_products": {"query": "", "page": None},
            "ensure_webhook": {"url": "https://dealpay.example/hooks/acc_2", "ref": None},
            "renew_webhook": {"url": "https://dealpay.example/hooks/acc_2", "ref": None},
            "list_webhooks": {},
            "account_url": {},
            "deactivate_link": {"ref": link.ref},
        }
        for verb, arguments in optional.items():
            if verb in self.offers:
                self.call(verb, ctx=self.context(key=verb), **arguments)

    def mistakes(self) -> list[Callable[[], Any]]:
        delivery = self._delivery or self.paid_delivery()
        forged = self.signed(delivery.body, secret=OTHER)
        return [
            lambda: self.parse(forged),
            lambda: self.parse(replace(forged, headers={})),
            lambda: self.parse(self.signed(b"nonsense")),
            lambda: self.status("conformance_unknown"),
        ]

    def learned(self) -> tuple[str, ...]:
        return (self.secret,)

    def use(self, settings: Settings) -> None:
        """Work with another account from here on."""
        self.settings, self.account = settings, None
        self.open()

    def product(self) -> Product:
        """What links are made for: the unit product where the plugin has one."""
        account = self.account or self.open()
        if "ensure_unit_product" in self.offers:
            unit: Product = self.call("ensure_unit_product", ctx=self.context(key="unit-1"))
            return unit
        if "list_products" in self.offers:
            page = self.call("list_products", ctx=self.context(), query="", page=None)
            expect(page.items, "list_products shows nothing, so no link can be made.")
            first: Product = page.items[0]
            return first
        return Product(ref="", name="", price=Money.of(1, account.currency), unit=True)

    def request(
        self, link_id: str = LINK_ID, product: Product | None = None, **fields: Any
    ) -> LinkRequest:
        """A request for a link: 4,500 of the product, unless ``quantity`` says something else."""
        product = product or self.product()
        wanted: dict[str, Any] = {"quantity": QUANTITY, "metadata": {"record": "deal:7"}} | fields
        return LinkRequest(link_id=link_id, product_ref=product.ref, unit_price=product.price, **wanted)

    def create(self, request: LinkRequest, *, key: str = "key-1", **context: Any) -> Link:
        link: Link = self.call("create_link", ctx=self.context(key=key, **context), request=request)
        return link

    def link(self, link_id: str = LINK_ID, **fields: Any) -> Link:
        """A link that was made by the plugin."""
        return self.create(self.request(link_id, **fields), key=f"key-of-{link_id}")

    def status(self, link: Link | str, **context: Any) -> LinkStatus:
        ref = link if isinstance(link, str) else link.ref
        status: LinkStatus = self.call("fetch_status", ctx=self.context(**context), ref=ref)
        return status

    def at_vendor(self, link: Link) -> MadeLink:
        """The link as the vendor has it."""
        found = [one for one in self.driver.made(self.simulator) if one.ref == link.ref]
        if not found:
            raise Broken("The vendor knows no link with the ref that create_link answered.")
        return found[0]

    def paid(self, link: Link) -> PaymentStatus:
        """The only payment of a link that was paid once."""
        payments = self.status(link).payments
        done = [one for one in payments if one.state is PaymentState.SUCCEEDED]
        expect(done, "After a customer has paid, fetch_status tells of no payment that succeeded.")
        expect(len(done) == 1, f"A link that was paid once has {len(done)} payments that succeeded.")
        return done[0]

    def subscribe(self) -> None:
        """Have deliveries sent, signed with ``self.secret``."""
        self.secret = self.driver.subscribe(self.simulator, HOOK)

    def deliveries(self) -> list[Delivery]:
        """What has been sent since this was asked last."""
        outgoing = self.simulator.deliveries
        held, outgoing.held = outgoing.held or [], []
        now = datetime.now(UTC)
        return [Delivery(one.body, lower(one.headers()), (self.secret,), now) for one in held]

    def parse(self, delivery: Delivery) -> list[ProviderEvent]:
        events: list[ProviderEvent] = self.call("parse_webhook", ctx=self.context(), delivery=delivery)
        return events

    def parsed(self) -> list[ProviderEvent]:
        """The events of all that was sent since this was asked last."""
        return [event for one in self.deliveries() for event in self.parse(one)]

    def paid_delivery(self) -> Delivery:
        """A delivery that tells of a payment on a link of ours."""
        self.subscribe()
        link = self.link()
        self.deliveries()
        self.driver.pay(self.simulator, link)
        return self._about(link, self.deliveries())

    def _about(self, link: Link, deliveries: list[Delivery]) -> Delivery:
        for one in deliveries:
            if leads_to(self.parse(one), link):
                return one
        raise Broken(
            "A customer has paid, and of all deliveries that the vendor sent none leads to the link: "
            "no event has its link_ref or link_id."
        )

    def signed(
        self, body: bytes, *, late: float = 0, secret: str | None = None, secrets: Iterable[str] = ()
    ) -> Delivery:
        """A delivery of ``body``, signed ``late`` seconds ago with ``secret``, or the webhook's own."""
        now = datetime.now(UTC)
        with_secret = self.secret if secret is None else secret
        headers = self.driver.sign(body, with_secret, now - timedelta(seconds=late))
        return Delivery(body, lower(headers), tuple(secrets) or (self.secret,), now)

    def signature_headers(self, delivery: Delivery) -> list[str]:
        """The names of the headers that hang on the secret."""
        now = datetime.now(UTC)
        one, two = (lower(self.driver.sign(delivery.body, key, now)) for key in ("aaaa", "bbbb"))
        return [name for name in one if one[name] != two.get(name)]


def with_headers(delivery: Delivery, **headers: str) -> Delivery:
    """The delivery with other values for some of its headers."""
    return replace(delivery, headers={**delivery.headers, **headers})


def leads_to(events: Iterable[ProviderEvent], link: Link, payment: PaymentStatus | None = None) -> bool:
    """Whether one of the events is about the link or its payment."""
    return any(
        not event.ignored
        and (
            event.link_ref == link.ref
            or event.link_id == LINK_ID
            or (payment is not None and None is not payment.intent_ref == event.intent_ref)
        )
        for event in events
    )

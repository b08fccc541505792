"""The API's endpoints: who may call them, what they accept, and who answers."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from plugins.stripe_provider.simulator import (
    catalog,
    checkout,
    disputes,
    endpoints,
    events,
    links,
    merchant,
    refunds,
)
from plugins.stripe_provider.simulator.account import Doc
from plugins.stripe_provider.simulator.errors import Refusal
from plugins.stripe_provider.simulator.forms import Params
from plugins.stripe_provider.simulator.listing import EXPAND, LISTING

Handler = Callable[..., Doc]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """``handle(account, params, *ids of the path)``; ``permission`` as restricted keys name it."""

    method: str
    path: str
    permission: str
    accepts: Params
    handle: Handler

    def ids(self, method: str, path: str) -> tuple[str, ...] | None:
        """The ids in ``path``, None where the request is for another endpoint."""
        pattern = re.sub(r"\{\w+\}", "([^/]+)", self.path)
        match = re.fullmatch(pattern, path.rstrip("/")) if method == self.method else None
        return match and match.groups()


def find(method: str, path: str) -> tuple[Endpoint, tuple[str, ...]]:
    """Raises Refusal (404) for a path that this simulator doesn't serve."""
    for endpoint in ENDPOINTS:
        if (ids := endpoint.ids(method, path)) is not None:
            return endpoint, ids
    raise Refusal(f"Unrecognized request URL ({method}: {path}).", status=404)


def _retrieve(kind: str) -> Handler:
    return lambda account, params, id: account.get(kind, id)


def _resource(
    path: str,
    permission: str,
    *,
    retrieve: Handler,
    list: tuple[Handler, Params] | None = None,
    create: tuple[Handler, Params] | None = None,
    update: tuple[Handler, Params] | None = None,
) -> Iterator[Endpoint]:
    """The usual endpoints of one kind of object."""
    one = f"{path}/{{id}}"
    yield Endpoint("GET", one, f"{permission}_read", EXPAND, retrieve)
    if list:
        yield Endpoint("GET", path, f"{permission}_read", list[1], list[0])
    if create:
        yield Endpoint("POST", path, f"{permission}_write", create[1], create[0])
    if update:
        yield Endpoint("POST", one, f"{permission}_write", update[1], update[0])


_LINKS, _SESSIONS, _HOOKS = "/v1/payment_links", "/v1/checkout/sessions", "/v1/webhook_endpoints"
ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint("GET", "/v1/account", "connected_account_read", EXPAND, merchant.retrieve),
    Endpoint("GET", "/v1/balance", "balance_read", EXPAND, merchant.balance),
    *_resource(
        "/v1/products",
        "product",
        retrieve=_retrieve("product"),
        list=(catalog.list_products, catalog.PRODUCT_LIST),
        create=(catalog.create_product, catalog.PRODUCT_CREATE),
        update=(catalog.update_product, catalog.PRODUCT_UPDATE),
    ),
    *_resource(
        "/v1/prices",
        "plan",
        retrieve=catalog.retrieve_price,
        list=(catalog.list_prices, catalog.PRICE_LIST),
        create=(catalog.create_price, catalog.PRICE_CREATE),
        update=(catalog.update_price, catalog.PRICE_UPDATE),
    ),
    *_resource(
        _LINKS,
        "payment_links",
        retrieve=_retrieve("payment_link"),
        list=(links.list_links, links.LIST),
        create=(links.create, links.CREATE),
        update=(links.update, links.UPDATE),
    ),
    Endpoint("GET", f"{_LINKS}/{{id}}/line_items", "payment_links_read", LISTING, links.list_items),
    *_resource(
        _SESSIONS,
        "checkout_session",
        retrieve=checkout.retrieve,
        list=(checkout.list_sessions, checkout.LIST),
    ),
    Endpoint("POST", f"{_SESSIONS}/{{id}}/expire", "checkout_session_write", EXPAND, checkout.expire),
    Endpoint(
        "GET", f"{_SESSIONS}/{{id}}/line_items", "checkout_session_read", LISTING, checkout.list_items
    ),
    *_resource("/v1/payment_intents", "payment_intent", retrieve=_retrieve("payment_intent")),
    *_resource("/v1/charges", "charge", retrieve=_retrieve("charge")),
    *_resource(
        "/v1/refunds",
        "charge",
        retrieve=_retrieve("refund"),
        list=(refunds.list_refunds, refunds.LIST),
        create=(refunds.create, refunds.CREATE),
    ),
    *_resource(
        "/v1/disputes",
        "dispute",
        retrieve=_retrieve("dispute"),
        list=(disputes.list_disputes, disputes.LIST),
    ),
    *_resource(
        "/v1/events",
        "event",
        retrieve=_retrieve("event"),
        list=(events.list_events, events.LIST),
    ),
    *_resource(
        _HOOKS,
        "webhook",
        retrieve=_retrieve("webhook_endpoint"),
        list=(endpoints.list_endpoints, endpoints.LIST),
        create=(endpoints.create, endpoints.CREATE),
        update=(endpoints.update, endpoints.UPDATE),
    ),
    Endpoint("DELETE", f"{_HOOKS}/{{id}}", "webhook_write", {}, endpoints.delete),
)

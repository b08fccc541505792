"""Lists and expansion, the same for every kind of object."""

from collections.abc import Callable
from itertools import islice, takewhile
from typing import Any

from plugins.stripe_provider.simulator.account import Account, Doc
from plugins.stripe_provider.simulator.errors import Refusal, no_such
from plugins.stripe_provider.simulator.forms import Params

EXPAND: Params = {"expand": [str]}
LISTING: Params = {"limit": int, "starting_after": str, "ending_before": str, **EXPAND}
_DEEPEST = 4
_BOUNDS: dict[str, Callable[[int, int], bool]] = {
    "gt": int.__gt__,
    "gte": int.__ge__,
    "lt": int.__lt__,
    "lte": int.__le__,
}
# Which field holds the id of which kind of object.
_REFERENCES = {
    "charge": "charge",
    "default_price": "price",
    "latest_charge": "charge",
    "payment_intent": "payment_intent",
    "payment_link": "payment_link",
    "product": "product",
}
# What a restricted key must be allowed for it. Whether Stripe asks for that is not written down;
# that it does asks more of an app.
_PERMISSIONS = {
    "charge": "charge_read",
    "payment_intent": "payment_intent_read",
    "payment_link": "payment_links_read",
    "price": "plan_read",
    "product": "product_read",
}


def within(obj: Doc, created: dict[str, int]) -> bool:
    """Whether an object was created inside the bounds."""
    return all(_BOUNDS[bound](obj["created"], limit) for bound, limit in created.items())


def matches(params: Params, *names: str) -> Callable[[Doc], bool]:
    """A filter on equal fields and on ``created``, for the parameters that are given."""

    def match(obj: Doc) -> bool:
        return within(obj, params.get("created", {})) and all(
            obj[name] == params[name] for name in names if name in params
        )

    return match


def page(url: str, objects: list[Doc], params: Params) -> Doc:
    """One page of ``objects``, which come newest first."""
    limit = _limit(params)
    ids = [obj["id"] for obj in objects]
    for cursor in ("starting_after", "ending_before"):
        if cursor in params and params[cursor] not in ids:
            kind = url.rsplit("/", 1)[-1].removesuffix("s")
            raise no_such(kind, params[cursor], cursor)
    if "ending_before" in params:
        before = objects[: ids.index(params["ending_before"])]
        data, has_more = before[-limit:], len(before) > limit
    else:
        start = ids.index(params["starting_after"]) + 1 if "starting_after" in params else 0
        data, has_more = objects[start : start + limit], len(objects) > start + limit
    return {"object": "list", "url": url, "has_more": has_more, "data": data}


def stored_page(
    account: Account,
    kind: str,
    url: str,
    params: Params,
    *names: str,
    where: Callable[[Doc], bool] = lambda obj: True,
) -> Doc:
    """One page of a kind that there may be very many of; ``names`` are the filters on equal fields.

    Objects are kept in the order in which they were created, so a lower bound ends the search.
    """
    limit = _limit(params)
    equal = {name: params[name] for name in names if name in params}
    back, created = "ending_before" not in params, params.get("created", {})
    start = params.get("starting_after" if back else "ending_before")
    if start and not account.find(kind, start):
        raise no_such(kind, start, "starting_after" if back else "ending_before")
    found = account.walk(kind, start=start, back=back, **equal)
    if back and created:
        found = takewhile(lambda obj: within(obj, _lower(created)), found)
    wanted = (obj for obj in found if within(obj, created) and where(obj))
    data = list(islice(wanted, limit + 1))
    has_more = len(data) > limit
    data = data[:limit] if back else data[:limit][::-1]
    return {"object": "list", "url": url, "has_more": has_more, "data": data}


def _lower(created: dict[str, int]) -> dict[str, int]:
    return {bound: limit for bound, limit in created.items() if bound in ("gt", "gte")}


def _limit(params: Params) -> int:
    limit: int = params.get("limit", 10)
    if not 1 <= limit <= 100:
        raise Refusal(
            f"Invalid integer: limit must be between 1 and 100 (it currently is {limit}).",
            code="parameter_invalid_integer",
            param="limit",
        )
    return limit


def items_of(account: Account, owner_id: str) -> list[Doc]:
    """The line items of a link or a session; an adopted sample has none."""
    return list((account.find("line_items", owner_id) or {"items": []})["items"])


def line_item_page(account: Account, owner: Doc, params: Params) -> Doc:
    """The list of line items of a payment link or a session."""
    path = owner["object"].replace(".", "/") + "s"
    items = items_of(account, owner["id"])
    return page(f"/v1/{path}/{owner['id']}/line_items", items, params)


def refund_page(account: Account, charge: Doc) -> Doc:
    """The newest ten refunds of a charge."""
    params = {"charge": charge["id"]}
    return stored_page(account, "refund", f"/v1/charges/{charge['id']}/refunds", params, "charge")


def expanded(account: Account, body: Doc, paths: list[str], may: Callable[[str], None]) -> Doc:
    """``body`` with the ids at ``paths`` (``data.product``) replaced by the objects.

    ``may`` raises Refusal for a permission that the key lacks.
    """
    for path in paths:
        parts = path.split(".")
        if len(parts) > _DEEPEST:
            raise Refusal(f"You cannot expand more than {_DEEPEST} levels: {path}", param="expand")
        for kind in map(_REFERENCES.get, parts):
            if kind:
                may(_PERMISSIONS[kind])
        _expand(account, body, parts, path)
    return body


def _expand(account: Account, body: Any, parts: list[str], path: str) -> None:
    if isinstance(body, list):
        for item in body:
            _expand(account, item, parts, path)
    elif isinstance(body, dict):
        name, *rest = parts
        if name == "line_items" and body.get("object") in ("payment_link", "checkout.session"):
            body[name] = line_item_page(account, body, {})
        elif name == "refunds" and body.get("object") == "charge":
            body[name] = refund_page(account, body)
        elif name in _REFERENCES and isinstance(body.get(name), str):
            body[name] = account.get(_REFERENCES[name], body[name])
        elif name not in body or not isinstance(body[name], (dict, list, type(None))):
            raise Refusal(f"This property cannot be expanded ({path}).", param="expand")
        if rest:
            _expand(account, body[name], rest, path)

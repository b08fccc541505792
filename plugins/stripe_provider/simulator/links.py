"""Payment links.

Two things that Stripe's documentation leaves open are decided here the way that asks most of an
app: a link that reaches its limit turns inactive with a ``payment_link.updated``, and a session
that is open by then can still be paid.
"""

from plugins.stripe_provider.simulator import line_items
from plugins.stripe_provider.simulator.account import Account, Doc, new_id
from plugins.stripe_provider.simulator.errors import Refusal
from plugins.stripe_provider.simulator.forms import METADATA, Params, Text, merged
from plugins.stripe_provider.simulator.listing import (
    EXPAND,
    LISTING,
    items_of,
    line_item_page,
    matches,
    stored_page,
)

_RESTRICTIONS: Params = {"completed_sessions!": {"limit!": int}}
_ECHOED: Params = {
    "billing_address_collection": {"auto", "required"},
    "inactive_message?": Text(500),
    "phone_number_collection": {"enabled!": bool},
    "submit_type": {"auto", "book", "donate", "pay"},
}
_SHARED: Params = {
    **_ECHOED,
    **EXPAND,
    "after_completion": {
        "type!": {"hosted_confirmation", "redirect"},
        "hosted_confirmation": {"custom_message": Text(500)},
        "redirect": {"url!": str},
    },
    "metadata": METADATA,
    "payment_intent_data": {
        "description?": Text(1000),
        "metadata": METADATA,
        "statement_descriptor?": Text(22),
        "statement_descriptor_suffix?": Text(22),
    },
}
CREATE: Params = _SHARED | {
    "currency": str,
    "line_items!": line_items.CREATE,
    "restrictions": _RESTRICTIONS,
}
UPDATE: Params = _SHARED | {
    "active": bool,
    "line_items": line_items.UPDATE,
    "restrictions?": _RESTRICTIONS,
}
LIST: Params = LISTING | {"active": bool}
_TEXTS = ("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")


def create(account: Account, params: Params) -> Doc:
    items = line_items.made(account, params["line_items"])
    if params.get("currency", items[0]["currency"]) != items[0]["currency"]:
        raise Refusal("The currency doesn't match that of the prices.", param="currency")
    id = new_id("plink_1", 23)
    link = {
        "id": id,
        "object": "payment_link",
        "active": True,
        "after_completion": _after_completion(params.get("after_completion")),
        "allow_promotion_codes": False,
        "application": None,
        "application_fee_amount": None,
        "application_fee_percent": None,
        "automatic_tax": {"enabled": False, "liability": None},
        "billing_address_collection": "auto",
        "consent_collection": None,
        "currency": items[0]["currency"],
        "custom_fields": [],
        "custom_text": dict.fromkeys(_TEXTS),
        "customer_creation": "if_required",
        "inactive_message": None,
        "invoice_creation": {"enabled": False, "invoice_data": None},
        "livemode": account.livemode,
        "metadata": merged({}, params.get("metadata", {})),
        "on_behalf_of": None,
        "payment_intent_data": _payment_data({}, params.get("payment_intent_data")),
        "payment_method_collection": "always",
        "payment_method_types": None,
        "phone_number_collection": {"enabled": False},
        "restrictions": _restrictions(params.get("restrictions"), 0),
        "shipping_address_collection": None,
        "shipping_options": [],
        "submit_type": "auto",
        "subscription_data": None,
        "tax_id_collection": {"enabled": False, "required": "never"},
        "transfer_data": None,
        "url": f"{account.base_url}/pay/{id}",
        **_echoed(params),
    }
    line_items.keep(account, id, items)
    return account.create(link, "payment_link.created")


def update(account: Account, params: Params, id: str) -> Doc:
    link = account.get("payment_link", id)
    changes = _echoed(params)
    if "active" in params:
        changes["active"] = params["active"]
    if "metadata" in params:
        changes["metadata"] = merged(link["metadata"], params["metadata"])
    if "payment_intent_data" in params:
        before = link["payment_intent_data"] or {}
        changes["payment_intent_data"] = _payment_data(before, params["payment_intent_data"])
    if "after_completion" in params:
        changes["after_completion"] = _after_completion(params["after_completion"])
    if "restrictions" in params:
        changes["restrictions"] = _restrictions(params["restrictions"], _completed(account, id))
    if "line_items" in params:
        items = items_of(account, id)
        line_items.keep(account, id, line_items.changed(items, params["line_items"]))
    return account.update(link, changes, "payment_link.updated")


def list_links(account: Account, params: Params) -> Doc:
    match = matches(params, "active")
    return stored_page(account, "payment_link", "/v1/payment_links", params, where=match)


def list_items(account: Account, params: Params, id: str) -> Doc:
    return line_item_page(account, account.get("payment_link", id), params)


def count_completed(account: Account, id: str) -> None:
    """Count one more completed session; at its limit the link turns inactive."""
    link = account.find("payment_link", id)
    if link is None or not link["restrictions"]:
        return
    limit = link["restrictions"]["completed_sessions"]
    count = _completed(account, id)
    changes = {
        "active": link["active"] and count < limit["limit"],
        "restrictions": {"completed_sessions": limit | {"count": count}},
    }
    account.update(link, changes, "payment_link.updated")


def _completed(account: Account, id: str) -> int:
    sessions = account.walk("checkout.session", payment_link=id)
    return sum(session["status"] == "complete" for session in sessions)


def _echoed(params: Params) -> Doc:
    names = [name.rstrip("?") for name in _ECHOED]
    return {name: params[name] for name in names if name in params}


def _after_completion(given: Params | None) -> Doc:
    if given is None or given["type"] == "hosted_confirmation":
        message = (given or {}).get("hosted_confirmation", {}).get("custom_message")
        return {"type": "hosted_confirmation", "hosted_confirmation": {"custom_message": message}}
    url = given.get("redirect", {}).get("url", "")
    if not url.startswith(("https://", "http://")):
        raise Refusal("Not a valid URL", code="url_invalid", param="after_completion[redirect][url]")
    return {"type": "redirect", "redirect": {"url": url}}


def _payment_data(before: Doc, given: Params | None) -> Doc | None:
    """Its metadata is declared anew at each change, where the link's own is merged."""
    if given is None:
        return None
    metadata: dict[str, str] = (before | given).get("metadata") or {}
    return {
        "capture_method": None,
        "description": None,
        "setup_future_usage": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "transfer_group": None,
        **before,
        **given,
        "metadata": merged({}, metadata),
    }


def _restrictions(given: Params | None, count: int) -> Doc | None:
    if given is None:
        return None
    limit = given["completed_sessions"]["limit"]
    if limit < 1:
        raise Refusal(
            f"Invalid integer: the limit must be at least 1 (it is {limit}).",
            code="parameter_invalid_integer",
            param="restrictions[completed_sessions][limit]",
        )
    return {"completed_sessions": {"count": count, "limit": limit}}

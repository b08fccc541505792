"""The truth about a link and all its payments, in as few requests as it takes.

One request for the link and one for its newest hundred visits. Only more visits than that, and a
payment that is disputed or has more refunds than Stripe nests in it, take more.
"""

from collections.abc import Callable, Sequence
from typing import Any

from core.api.payments import LinkStatus, PaymentStatus, ProviderLinkState
from plugins.stripe_provider import payments
from plugins.stripe_provider.client import Api, PermissionMissing
from plugins.stripe_provider.mapping import Raw, utc

# What is nested in a session, most first. A restricted key may not read it all, and its payments
# must be told nevertheless. Four levels are the deepest that Stripe nests.
_NESTED = ("data.payment_intent.latest_charge.refunds", "data.payment_intent", None)
_VISITS = 100


def fetch(api: Api, ref: str) -> LinkStatus:
    """The link now. Each visit opens a session, and one by a link preview does, too; those completed
    are the payments. Of older visits than the newest hundred only payments are told.
    """
    link = api.read(api.v1.payment_links.retrieve, ref)
    newest, asked = _visits(api, ref, _NESTED)
    visits = newest["data"]
    completed = [one for one in visits if one["status"] == "complete"]
    if newest["has_more"]:
        completed = list(api.pages(api.v1.checkout.sessions.list, asked | {"status": "complete"}))
    refused = [payments.refused(one) for one in visits if one["status"] != "complete"]
    return LinkStatus(
        ref=link["id"],
        url=link["url"],
        state=ProviderLinkState.OPEN if link["active"] else ProviderLinkState.INACTIVE,
        payments=(*(_payment(api, one) for one in completed), *filter(None, refused)),
        opened_at=min((utc(one["created"]) for one in visits), default=None),
    )


def _visits(api: Api, ref: str, nested: Sequence[str | None]) -> tuple[Raw, dict[str, Any]]:
    """The newest sessions, with as much nested in them as the key may read, and what asked for them."""
    first, *rest = nested
    params: dict[str, Any] = {"payment_link": ref, "limit": _VISITS}
    if first:
        params["expand"] = [first]
    try:
        return api.read(api.v1.checkout.sessions.list, params), params
    except PermissionMissing:
        if not rest:
            raise
        return _visits(api, ref, rest)


def _payment(api: Api, session: Raw) -> PaymentStatus:
    charge = payments.charge_of(session)
    disputes = _all(api, api.v1.disputes.list, charge) if charge.get("disputed") else []
    return payments.payment(session, _refunds(api, charge), disputes)


def _refunds(api: Api, charge: Raw) -> list[Raw]:
    """All refunds of a charge, those that failed too; Stripe nests the newest ten."""
    nested = charge.get("refunds")
    if nested and not nested["has_more"]:
        return list(nested["data"])
    if nested or charge.get("amount_refunded"):
        return _all(api, api.v1.refunds.list, charge)
    return []


def _all(api: Api, call: Callable[..., Any], charge: Raw) -> list[Raw]:
    """What a list holds of a charge; nothing where the key may not read it."""
    try:
        return list(api.pages(call, {"charge": charge["id"]}))
    except PermissionMissing:
        return []

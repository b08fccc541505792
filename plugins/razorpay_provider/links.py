"""Payment links: made, found again by our id, taken back, and what was paid on them."""

from contextlib import suppress
from datetime import datetime
from typing import Any
from urllib.parse import quote

from core.api.errors import NotFound, NotSent, OutcomeUnknown, Rejected
from core.api.payments import Link, LinkRequest, LinkStatus, PaymentStatus, ProviderLinkState
from core.api.text import _
from plugins.razorpay_provider import mapping
from plugins.razorpay_provider.client import Api, ReferenceTaken

_LINKS = "payment_links"


def create(api: Api, request: LinkRequest, amount: int, options: dict[str, Any]) -> Link:
    """A link over ``amount`` minor units, or the one that an earlier try with the same id has made.

    Our id is its reference, and Razorpay refuses a second link with the same one: so the payer is
    written to once, too. ``options`` are Razorpay's fields for what was asked for beside the amount.
    """
    body: dict[str, Any] = {
        "amount": amount,
        "currency": request.total.currency,
        "reference_id": request.link_id,
        "notes": {**request.metadata, mapping.LINK_ID: request.link_id},
        **options,
    }
    if request.return_url:
        body |= {"callback_url": request.return_url, "callback_method": "get"}
    try:
        return mapping.link(api.write(_LINKS, body=body))
    except ReferenceTaken:
        return _made_before(api, request.link_id)


def find(api: Api, link_id: str, since: datetime) -> Link | None:
    """The link with our id. Where asking for the reference shows none, the list is gone through."""
    if found := _by_reference(api, link_id):
        return found
    start = int(since.timestamp())
    for raw in api.pages(_LINKS, rows=_LINKS, since=start):
        if mapping.is_ours(raw, link_id):
            return mapping.link(raw)
        if raw["created_at"] < start:  # the newest come first, should ``from`` be overlooked
            return None
    return None


def cancel(api: Api, ref: str) -> LinkStatus:
    """Take no more payments on a link. Razorpay refuses to cancel one that takes none any more."""
    try:
        return _status(api, api.write(_LINKS, ref, "cancel"))
    except NotFound:
        raise
    except Rejected as refused:
        status = fetch(api, ref)
        if status.state is not ProviderLinkState.OPEN:
            return status
        if not status.payments:
            raise
        raise Rejected(
            "link_partly_paid",
            _(
                "Razorpay cancels no link that is partly paid. It still takes the rest. Set an "
                "expiry date for it in Razorpay's dashboard."
            ),
        ) from refused


def notify(api: Api, ref: str, medium: str) -> None:
    """Have Razorpay send a link to its customer. There is no key that would keep it from doing so
    twice, so that after a lost answer nobody knows."""
    api.write(_LINKS, ref, "notify_by", medium)


def fetch(api: Api, ref: str) -> LinkStatus:
    """The link now, with all that was paid on it, given back and disputed."""
    return _status(api, api.read(_LINKS, ref))


def _made_before(api: Api, link_id: str) -> Link:
    """The link that holds our reference. Raises OutcomeUnknown where Razorpay doesn't show it now."""
    with suppress(NotSent):
        if found := _by_reference(api, link_id):
            return found
    raise OutcomeUnknown(
        _(
            "Razorpay has a link with this reference but doesn't show it yet. Nothing was "
            "charged. It has to be looked up: its reference is %(link_id)s.",
            link_id=link_id,
        )
    )


def _by_reference(api: Api, link_id: str) -> Link | None:
    found = api.read(_LINKS, reference_id=link_id).get(_LINKS) or []
    return next((mapping.link(raw) for raw in found if mapping.is_ours(raw, link_id)), None)


def _status(api: Api, raw: mapping.Raw) -> LinkStatus:
    return LinkStatus(
        ref=raw["id"],
        url=raw["short_url"],
        state=mapping.link_state(raw),
        payments=_payments(api, [one["payment_id"] for one in raw.get("payments") or []]),
    )


def _payments(api: Api, ids: list[str]) -> tuple[PaymentStatus, ...]:
    payments = [api.read("payments", id) for id in ids]
    disputes = _disputes(api, min(one["created_at"] for one in payments)) if payments else []
    return tuple(
        mapping.payment(
            raw,
            api.pages("payments", raw["id"], "refunds"),
            [one for one in disputes if one["payment_id"] == raw["id"]],
        )
        for raw in payments
    )


def _disputes(api: Api, since: int) -> list[mapping.Raw]:
    """The account's disputes from ``since`` on: they can't be asked for by payment.

    An account without the feature has none.
    """
    with suppress(NotFound):
        return list(api.pages("disputes", since=since))
    return []


def dashboard_url(ref: str) -> str:
    """Where a seller sees a link; the mode is the dashboard's own switch."""
    return f"https://dashboard.razorpay.com/app/paymentlinks/{quote(ref, safe='')}"

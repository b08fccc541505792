"""Payment links: made, found again by our id, taken back."""

from contextlib import suppress
from datetime import datetime
from itertools import islice
from typing import Any
from urllib.parse import quote, urlsplit

from core.api.errors import NotSent, OutcomeUnknown, Rejected
from core.api.payments import Link, LinkRequest, LinkStatus
from core.api.text import _
from plugins.stripe_provider import mapping, status
from plugins.stripe_provider.client import Api, PermissionMissing

MAX_SEARCHED = 10_000
"""Links that are looked through for one of ours: a hundred requests."""


def create(api: Api, request: LinkRequest, idempotency_key: str | None) -> Link:
    """A link with one line: a stored price and a quantity."""
    metadata = {**request.metadata, mapping.LINK_ID: request.link_id}
    # No restrictions.completed_sessions: a bank debit that fails would use up the one
    # completion and leave the payer with a dead link.
    params: dict[str, Any] = {
        "line_items": [{"price": request.product_ref, "quantity": request.quantity}],
        "metadata": metadata,
        "payment_intent_data": {"metadata": metadata},
    }
    if request.return_url:
        url = _with_payment(request.return_url)
        params["after_completion"] = {"type": "redirect", "redirect": {"url": url}}
    return mapping.link(api.write(api.v1.payment_links.create, params, idempotency_key=idempotency_key))


def find(api: Api, link_id: str, since: datetime) -> Link | None:
    """The link with our id, among those made from ``since`` on; the newest are looked at first.

    Stripe's links don't say when they were made, and their list knows no times; its events do.
    The newest link that is older than ``since`` ends the search, where an event still tells of one.
    Raises OutcomeUnknown where there are too many links to look through.
    """
    older = _newest_before(api, since)
    made = api.pages(api.v1.payment_links.list, {})
    for raw in islice(made, MAX_SEARCHED):
        if raw["id"] == older:
            return None
        if (raw.get("metadata") or {}).get(mapping.LINK_ID) == link_id:
            return mapping.link(raw)
    if next(made, None) is None:
        return None
    raise OutcomeUnknown(
        _(
            "The link isn't among the newest %(most)s. Look in Stripe's dashboard for a "
            "payment link with %(name)s %(id)s.",
            most=f"{MAX_SEARCHED:,}",
            name=mapping.LINK_ID,
            id=link_id,
        )
    )


def deactivate(api: Api, ref: str) -> LinkStatus:
    """Take no more payments on a link: neither from new visitors nor on pages that are open."""
    api.write(api.v1.payment_links.update, ref, {"active": False})
    try:
        _close_open_pages(api, ref)
        return status.fetch(api, ref)
    except NotSent as error:
        raise OutcomeUnknown(
            _(
                "The link takes no new visitors, but a payment page that was open may still be paid. "
                "Deactivate the link once more."
            )
        ) from error


def _with_payment(url: str) -> str:
    """The address with the session's id as ``payment``; Stripe fills in what is in braces, and
    only where they stand as they are (Stripe docs: After a payment link payment)."""
    parts = urlsplit(url)
    query = f"{parts.query}&" if parts.query else ""
    return parts._replace(query=f"{query}payment={{CHECKOUT_SESSION_ID}}").geturl()


def _newest_before(api: Api, since: datetime) -> str | None:
    """The id of the newest link older than ``since``; None where Stripe remembers none, or the key
    may not read events."""
    params = {
        "types": ["payment_link.created"],
        "created": {"lt": int(since.timestamp())},
        "limit": 1,
    }
    try:
        events = api.read(api.v1.events.list, params)["data"]
    except PermissionMissing:
        return None
    return str(events[0]["data"]["object"]["id"]) if events else None


def _close_open_pages(api: Api, ref: str) -> None:
    """Expire the sessions that could still be paid on a link that is off."""
    sessions = api.v1.checkout.sessions
    for session in list(api.pages(sessions.list, {"payment_link": ref, "status": "open"})):
        # Refused when it was completed or has expired since the list was made.
        with suppress(Rejected):
            api.write(sessions.expire, session["id"], {})


def dashboard_url(mode: str, ref: str) -> str:
    """Where a seller sees a link; test mode has pages of its own."""
    test = "test/" if mode == "test" else ""
    return f"https://dashboard.stripe.com/{test}payment-links/{quote(ref, safe='')}"

"""Events, as the API lists them."""

from fnmatch import fnmatchcase

from plugins.stripe_provider.simulator.account import Account, Doc
from plugins.stripe_provider.simulator.forms import RANGE, Params
from plugins.stripe_provider.simulator.listing import LISTING, stored_page
from plugins.stripe_provider.simulator.webhooks import delivered

LIST: Params = LISTING | {
    "created": RANGE,
    "delivery_success": bool,
    "type": str,
    "types": [str],
}


def list_events(account: Account, params: Params) -> Doc:
    """Newest first; ``type`` may be a pattern such as ``checkout.*`` (Stripe docs: List events)."""
    kinds = params.get("types") or [params.get("type", "*")]
    success = params.get("delivery_success")

    def match(event: Doc) -> bool:
        return any(fnmatchcase(event["type"], kind) for kind in kinds) and (
            success is None or success == delivered(account, event)
        )

    return stored_page(account, "event", "/v1/events", params, where=match)

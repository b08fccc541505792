"""Events, as the API lists them."""

from fnmatch import fnmatchcase

from plugins.stripe_provider.simulator.account import Account, Doc
from plugins.stripe_provider.simulator.forms import RANGE, Params
from plugins.stripe_provider.simulator.listing import LISTING, matches, page
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
    created = matches({name: params[name] for name in ("created",) if name in params})

    def match(event: Doc) -> bool:
        return (
            created(event)
            and any(fnmatchcase(event["type"], kind) for kind in kinds)
            and params.get("delivery_success") in (None, delivered(account, event))
        )

    return page("/v1/events", account.all("event", match), params)

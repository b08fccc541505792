"""Webhook endpoints: where an account wants its events."""

import re

from plugins.stripe_provider.simulator.account import VERSION_FORM, Account, Doc, new_id
from plugins.stripe_provider.simulator.errors import Refusal
from plugins.stripe_provider.simulator.forms import METADATA, Params, Text, merged
from plugins.stripe_provider.simulator.listing import EXPAND, LISTING, page

_SHARED: Params = {"description?": Text(5000), "metadata": METADATA, **EXPAND}
CREATE: Params = _SHARED | {"api_version": str, "enabled_events!": [str], "url!": str}
UPDATE: Params = _SHARED | {"disabled": bool, "enabled_events": [str], "url": str}
LIST: Params = LISTING
MOST_ENDPOINTS = 16
_KIND = "webhook_endpoint"
_EVENT = re.compile(r"\*|[a-z0-9_]+(\.[a-z0-9_]+)+")


def create(account: Account, params: Params) -> Doc:
    """A new endpoint. Its secret is in this answer only."""
    if len(account.all(_KIND)) >= MOST_ENDPOINTS:
        mode = "live" if account.livemode else "test"
        raise Refusal(f"You have reached the maximum of {MOST_ENDPOINTS} {mode} webhook endpoints.")
    _check(account, params)
    version = params.get("api_version")
    if version and not VERSION_FORM.fullmatch(version):
        raise Refusal(f"Invalid api_version: {version}", param="api_version")
    endpoint = {
        "id": new_id("we_1", 23),
        "object": _KIND,
        "api_version": version,
        "application": None,
        "created": account.now(),
        "description": params.get("description"),
        "enabled_events": params["enabled_events"],
        "livemode": account.livemode,
        "metadata": merged({}, params.get("metadata", {})),
        "status": "enabled",
        "url": params["url"],
    }
    account.put(endpoint)
    secret = new_id("whsec_", 32)
    account.put({"id": endpoint["id"], "secret": secret}, "webhook_secret")
    return endpoint | {"secret": secret}


def update(account: Account, params: Params, id: str) -> Doc:
    endpoint = account.get(_KIND, id)
    _check(account, params)
    names = ("description", "enabled_events", "url")
    changes = {name: params[name] for name in names if name in params}
    if "disabled" in params:
        changes["status"] = "disabled" if params["disabled"] else "enabled"
    if "metadata" in params:
        changes["metadata"] = merged(endpoint["metadata"], params["metadata"])
    return account.update(endpoint, changes)


def delete(account: Account, params: Params, id: str) -> Doc:
    account.get(_KIND, id)
    account.delete(_KIND, id)
    return {"id": id, "object": _KIND, "deleted": True}


def list_endpoints(account: Account, params: Params) -> Doc:
    return page("/v1/webhook_endpoints", account.all(_KIND), params)


def _check(account: Account, params: Params) -> None:
    url = params.get("url", "https://")
    if not url.startswith(("https://",) if account.livemode else ("https://", "http://")):
        scheme = "https://" if account.livemode else "https:// or http://"
        raise Refusal(f"Invalid URL: it must start with {scheme}", code="url_invalid", param="url")
    for name in params.get("enabled_events", ()):
        if not _EVENT.fullmatch(name):
            raise Refusal(f"Invalid enabled_events: {name}", param="enabled_events")

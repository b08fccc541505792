"""The webhook endpoints of an account: which is ours, and which of the others nobody seems to use."""

from collections import Counter
from collections.abc import Sequence
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import select

from core.api.payments import WebhookEndpoint
from core.api.text import N_, _, ngettext
from core.app import App
from core.connections.checkup import Finding
from core.connections.models import PaymentAccount
from core.db.session import ALL_TENANTS
from core.plugin_host.entries import ProviderEntry

#: Why an endpoint looks as if nobody uses it, by the word that is kept for it.
UNUSED = {
    "off": N_("switched off there"),
    "unreachable": N_("leads to an address that the internet doesn't reach, or not for long"),
    "orphan": N_("made by a Dealpay, for no account that is connected here"),
    "twice": N_("leads to the same address as another one"),
}
_MOST_SHOWN = 50
#: Names that lead nowhere outside, and of services that lend an address for the length of a test.
_PASSING = (
    ".local", ".localhost", ".test", ".internal", ".ngrok.io", ".ngrok.app", ".ngrok-free.app",
    ".ngrok-free.dev", ".trycloudflare.com", ".loca.lt", ".localhost.run", ".serveo.net",
    ".webhook.site", ".requestbin.com", ".pipedream.net",
)  # fmt: skip


def is_ours(endpoint: WebhookEndpoint, url: str, ref: str | None) -> bool:
    """Whether it is the account's: nobody else can know the path of its ``url``."""
    return endpoint.ref == ref or urlsplit(endpoint.url).path == urlsplit(url).path


def judged(
    listed: Sequence[WebhookEndpoint], url: str, ref: str | None, provider: ProviderEntry
) -> Finding:
    """Whether our endpoint is there, switched on, leads here and gets what it needs."""
    ours = [one for one in listed if is_ours(one, url, ref)]
    name = provider.name
    if not ours:
        said = _(
            "%(provider)s has no endpoint for the webhook URL below. Register the webhook, or add it "
            "by hand.",
            provider=name,
        )
        return Finding("webhook", "bad", said, "webhook_missing")
    here = [one for one in ours if one.url == url]
    if not here:
        said = _(
            "The endpoint leads to %(url)s, where this app isn't reached any more. Register the "
            "webhook: "
            "then it leads here.",
            url=ours[0].url,
        )
        return Finding("webhook", "bad", said, "webhook_elsewhere")
    on = [one for one in here if one.active]
    if not on:
        said = _(
            "The endpoint is switched off at %(provider)s. Register the webhook: that switches it on.",
            provider=name,
        )
        return Finding("webhook", "bad", said, "webhook_off")
    heard = set().union(*(provider.event_types if one.events is None else one.events for one in on))
    if missing := [one for one in provider.event_types if one not in heard]:
        said = ngettext(
            "%(num)s event that Dealpay needs isn't sent: %(events)s. Register the webhook: that "
            "adds it.",
            "%(num)s events that Dealpay needs aren't sent: %(events)s. Register the webhook: that adds "
            "them.",
            len(missing),
            events=", ".join(missing),
        )
        return Finding("webhook", "warn", said, "events_missing")
    if len(on) > 1:
        said = _(
            "%(count)s endpoints lead here, so every event comes more than once. It is kept once. "
            "Delete "
            "all but one at %(provider)s.",
            count=len(on),
            provider=name,
        )
        return Finding("webhook", "warn", said, "webhook_twice")
    return Finding("webhook")


def told(app: App, listed: Sequence[WebhookEndpoint], provider: str) -> tuple[dict[str, Any], ...]:
    """The endpoints as a finding keeps them, those first that look unused."""
    known = _known_tokens(app, listed, provider)
    urls = Counter(one.url for one in listed)
    found = [
        {
            "url": one.url,
            "active": one.active,
            "created_at": one.created_at.isoformat() if one.created_at else None,
            "unused": _why_unused(one, urls, known, provider),
        }
        for one in listed
    ]
    return tuple(sorted(found, key=lambda one: one["unused"] is None)[:_MOST_SHOWN])


def _why_unused(
    endpoint: WebhookEndpoint, urls: Counter[str], known: set[str], provider: str
) -> str | None:
    if not endpoint.active:
        return "off"
    token = _token(endpoint.url, provider)
    if token is not None and token not in known:
        return "orphan"
    if _is_passing(urlsplit(endpoint.url).hostname or ""):
        return "unreachable"
    return "twice" if urls[endpoint.url] > 1 else None


def _is_passing(host: str) -> bool:
    try:
        return not ip_address(host).is_global
    except ValueError:
        return host == "localhost" or f".{host}".endswith(tuple(_PASSING))


def _token(url: str, provider: str) -> str | None:
    """What would be an account's token, in an address that looks like ours."""
    before, _sep, token = urlsplit(url).path.rpartition("/")
    return token if before == f"/webhooks/{provider}" else None


def _known_tokens(app: App, listed: Sequence[WebhookEndpoint], provider: str) -> set[str]:
    """Whoever's they are: another workspace may have the same account connected."""
    asked = [token for one in listed if (token := _token(one.url, provider))]
    if not asked:
        return set()
    query = select(PaymentAccount.webhook_token).where(PaymentAccount.webhook_token.in_(asked))
    with app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
        return set(session.scalars(query))

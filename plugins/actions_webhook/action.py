"""The action "send_webhook"."""

from urllib.parse import urlsplit

from core.api.actions import EVENTS, DomainEvent, Done, Outcome, Planned, Problem
from core.api.context import ActionContext
from core.api.hookspecs import hookimpl
from core.api.text import N_, _
from plugins.actions_webhook import client, message
from plugins.actions_webhook.settings import SendWebhookConfig


class SendWebhook:
    """Post a signed message to the rule's address, once per run as far as the receiver is concerned."""

    id = "send_webhook"
    name = N_("Send a webhook")
    Config = SendWebhookConfig
    triggers = EVENTS
    needs = ()
    default_rules = ()

    @hookimpl
    def summary(self, config: SendWebhookConfig) -> str:
        return _("Send a webhook to %(host)s.", host=client.host_of(config.url))

    @hookimpl
    def check(self, ctx: ActionContext, config: SendWebhookConfig) -> list[Problem]:
        known = map(_origin, ctx.options["origins"].split())
        if urlsplit(config.url).scheme == "https" or _origin(config.url) in known:
            return []
        return [Problem(_("The address has to begin with https://."), "url")]

    @hookimpl
    def run(self, ctx: ActionContext, event: DomainEvent, config: SendWebhookConfig) -> Outcome:
        assert ctx.once
        assert ctx.run_id
        run_id = ctx.run_id

        def send() -> str:
            return client.post(ctx, config, run_id, message.body(event))

        # Nothing to look up after a lost answer: sent again, it has the id that receivers know it by.
        status = ctx.once("sent", send)
        return Done(_("%(host)s answered %(status)s", host=client.host_of(config.url), status=status))

    @hookimpl
    def preview(self, event: DomainEvent, config: SendWebhookConfig) -> list[Planned]:
        what = _("Post a signed message to %(host)s.", host=client.host_of(config.url))
        return [Planned(what, message.readable(event))]


def _origin(url: str) -> tuple[str, str | None, int]:
    """As the host compares them: names in either case, and a port that needn't be written."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)

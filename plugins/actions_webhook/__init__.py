"""Post a signed message to an address of one's own when something happens to a payment link."""

from core.api.hookspecs import hookimpl
from plugins.actions_webhook.action import SendWebhook


@hookimpl
def register_actions() -> list[SendWebhook]:
    return [SendWebhook()]

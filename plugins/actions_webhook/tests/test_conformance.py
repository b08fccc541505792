"""Whether the action keeps what its kind promises."""

from core.testing.conformance import action_suite
from plugins.actions_webhook.driver import WebhookDriver

TestConformance = action_suite(WebhookDriver)

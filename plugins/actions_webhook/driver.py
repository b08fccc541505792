"""A webhook for the conformance suite: to the simulated receiver."""

from collections.abc import Mapping
from typing import Any

from core.api.settings import Settings
from core.testing.conformance import ActionDriver
from plugins.actions_webhook.action import SendWebhook
from plugins.actions_webhook.settings import SendWebhookConfig
from plugins.actions_webhook.simulator import SECRET, WebhookReceiver


class WebhookDriver(ActionDriver):
    """One rule whose messages the receiver verifies and keeps."""

    simulator = WebhookReceiver

    @property
    def member(self) -> SendWebhook:
        return SendWebhook()

    def options(self, url: str) -> Mapping[str, str]:
        return {"origins": url}

    def config(self, url: str) -> Settings:
        return SendWebhookConfig.model_validate({"url": f"{url}/hooks/orders", "secret": SECRET})

    def stale(self) -> list[Settings]:
        address = "http://elsewhere.example/hooks"
        return [SendWebhookConfig.model_validate({"url": address, "secret": SECRET})]

    def moved(self, simulator: Any) -> Settings:
        return SendWebhookConfig.model_validate(
            {"url": f"{simulator.base_url}/hooks/moved", "secret": SECRET}
        )

    def effects(self, simulator: Any) -> list[str]:
        return [f"{one['id']}: {one['message']['type']}" for one in simulator.messages()]

    def secrets(self) -> tuple[str, ...]:
        return (SECRET, SECRET.removeprefix("whsec_"))

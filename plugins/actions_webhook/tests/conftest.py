"""A receiver on real HTTP, and what a run of the action is handed."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import requests

from core.api.context import ActionContext
from core.testing.context import Steps, action_context
from core.testing.server import serve
from plugins.actions_webhook.settings import SendWebhookConfig
from plugins.actions_webhook.simulator import SECRET, WebhookReceiver


@pytest.fixture
def receiver() -> Iterator[WebhookReceiver]:
    made: list[WebhookReceiver] = []

    def start(url: str) -> WebhookReceiver:
        made.append(WebhookReceiver(base_url=url, held=True))
        return made[0]

    with serve(start):
        yield made[0]
    made[0].store.close()


@pytest.fixture
def config(receiver: WebhookReceiver) -> Callable[..., SendWebhookConfig]:
    """``config(path, secret)``: a rule that sends there."""

    def config(path: str = "/hooks/orders", secret: str = SECRET) -> SendWebhookConfig:
        return SendWebhookConfig.model_validate({"url": receiver.base_url + path, "secret": secret})

    return config


@pytest.fixture
def ctx(receiver: WebhookReceiver) -> Iterator[ActionContext]:
    with requests.Session() as http:
        made = action_context(_NoCrm(), http=http, once=Steps())
        yield replace(made, options={"origins": receiver.base_url})


class _NoCrm:
    def __getattr__(self, verb: str) -> Any:
        raise AssertionError(f"the CRM was asked for {verb}")

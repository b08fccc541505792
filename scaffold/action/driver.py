"""A rule for the conformance suite."""

from core.api.settings import Settings
from core.testing.conformance import ActionDriver
from plugins.acme_action.action import AcmeAction
from plugins.acme_action.settings import AcmeConfig


class AcmeDriver(ActionDriver):
    """Deals that are paid are thanked for."""

    @property
    def member(self) -> AcmeAction:
        return AcmeAction()

    def config(self, url: str) -> Settings:
        return AcmeConfig(record_kind="deal")

    def stale(self) -> list[Settings]:
        return [AcmeConfig(record_kind="ticket")]

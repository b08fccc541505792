"""One rule of each action for the conformance suite."""

from core.api.settings import Settings
from core.testing.conformance import ActionDriver
from plugins.actions_crm_field.action import ChangeOwner, CreateTask, SetField
from plugins.actions_crm_field.settings import ChangeOwnerConfig, CreateTaskConfig, SetFieldConfig

_PAID = {"record_kind": "deal", "field_id": "state", "choice": "paid"}
_LEFT = "3"  # the model's user who has left


class SetFieldDriver(ActionDriver):
    """Deals that are paid say so."""

    event = "link.paid"

    @property
    def member(self) -> SetField:
        return SetField()

    def config(self, url: str) -> Settings:
        return SetFieldConfig.model_validate(_PAID)

    def stale(self) -> list[Settings]:
        gone = (
            {"record_kind": "ticket"},
            {"field_id": "gone"},
            {"field_id": "changed_on"},
            {"choice": "gone"},
            {"choice": None},
            {"field_id": "reference"},
            {"field_id": "received", "choice": None, "text": "all of it"},
            {"field_id": "paid_on", "choice": None, "text": "{{payer.name}}"},
        )
        return [SetFieldConfig.model_validate(_PAID | one) for one in gone]


class ChangeOwnerDriver(ActionDriver):
    """Deals that are paid go to whoever delivers."""

    event = "link.paid"

    @property
    def member(self) -> ChangeOwner:
        return ChangeOwner()

    def config(self, url: str) -> Settings:
        return ChangeOwnerConfig(record_kind="deal", user_id="2")

    def stale(self) -> list[Settings]:
        return [
            ChangeOwnerConfig(record_kind="ticket", user_id="2"),
            ChangeOwnerConfig(record_kind="deal", user_id="gone"),
            ChangeOwnerConfig(record_kind="deal", user_id=_LEFT),
        ]


class CreateTaskDriver(ActionDriver):
    """Whoever is paid sends an invoice."""

    event = "link.paid"

    @property
    def member(self) -> CreateTask:
        return CreateTask()

    def config(self, url: str) -> Settings:
        return CreateTaskConfig(title="Send the invoice over {{amount}} {{currency}}", user_id="2")

    def stale(self) -> list[Settings]:
        return [CreateTaskConfig(title="Send the invoice", user_id=id) for id in ("gone", _LEFT)]

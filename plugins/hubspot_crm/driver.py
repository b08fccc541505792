"""HubSpot's side of the conformance suite: accounts and colleagues over the simulator."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from core.api.records import Launch, RecordRef, TaskDraft
from core.api.settings import Settings
from core.testing.conformance import CrmDriver
from plugins.hubspot_crm.connector import HubSpotConnector
from plugins.hubspot_crm.settings import HubSpotSettings
from plugins.hubspot_crm.simulator import HubSpotSimulator, oauth
from plugins.hubspot_crm.simulator import seed_data as data
from plugins.hubspot_crm.simulator.pages import shown
from plugins.hubspot_crm.simulator.ratelimit import RateLimits
from plugins.hubspot_crm.simulator.seed import owner_row

_PATHS = {"deal": "deals", "contact": "contacts"}
_NOBODYS = "777777"
_UNKNOWN = "pat-eu1-00000000-0000-4000-8000-000000000000"


class Unlimited(HubSpotSimulator):
    """HubSpot without its rate limit, which the checks provoke where they want it."""

    def __init__(self, **options: Any):
        super().__init__(**options)
        self.limits = RateLimits(lambda: self.clock(), most=1_000_000)


class HubSpotDriver(CrmDriver):
    """Brightwater Studios is the account, Alder & Finch the other one."""

    simulator = Unlimited
    write_methods = ("POST", "PATCH")
    reads = ("/batch/read", "/get/access-token-info")

    @property
    def member(self) -> HubSpotConnector:
        return HubSpotConnector()

    def options(self, url: str) -> dict[str, str]:
        app = {"client_id": oauth.CLIENT_ID, "client_secret": oauth.CLIENT_SECRET}
        return {"api_base": url, "app_base": "https://app.hubspot.com", **app}

    def settings(self) -> Settings:
        return _settings(data.BRIGHTWATER.token)

    def wrong(self) -> Settings:
        return _settings(_UNKNOWN)

    def other(self) -> Settings:
        return _settings(data.ALDER.token)

    def revoked(self) -> Settings:
        return _settings(data.ROTATED)

    def secrets(self) -> tuple[str, ...]:
        return (data.BRIGHTWATER.token,)

    def record(self, simulator: Any) -> RecordRef:
        return RecordRef("deal", data.HARBOUR)

    def foreign_record(self, simulator: Any) -> RecordRef:
        return RecordRef("deal", data.KITCHEN)

    def missing_record(self, simulator: Any) -> RecordRef:
        return RecordRef("deal", _NOBODYS)

    def launch(self, ref: RecordRef) -> Launch:
        return Launch(
            {
                "userId": "61500101",
                "userEmail": "imogen@brightwater.example",
                "associatedObjectId": ref.id,
                "associatedObjectType": ref.kind.upper(),
                "portalId": str(data.BRIGHTWATER.portal),
            }
        )

    def notes(self, simulator: Any, ref: RecordRef) -> list[str]:
        return [
            shown(note["properties"]["hs_note_body"])
            for account in data.ACCOUNTS
            for note in simulator.notes_on(account.portal, _PATHS[ref.kind], ref.id)
        ]

    def add_notes(self, simulator: Any, ref: RecordRef, count: int) -> None:
        for number in range(count):
            text = f"<p>Called, nobody answered ({number})</p>"
            values = {"hs_note_body": text, "hs_timestamp": simulator.now()}
            on = [[_PATHS[ref.kind], ref.id]]
            simulator.add("notes", data.BRIGHTWATER.portal, on, values)

    def add_users(self, simulator: Any, count: int) -> None:
        for number in range(count):
            email = f"new{number}@brightwater.example"
            row = owner_row(90_000_000 + number, 70_000_000 + number, "New", f"Person {number}", email)
            simulator.store.put(f"{data.BRIGHTWATER.portal}/owners", row["id"], row)

    def next_stage(self, simulator: Any, ref: RecordRef) -> tuple[str, str]:
        return "default", "contractsent"

    def other_pipeline(self, simulator: Any, ref: RecordRef) -> tuple[str, str]:
        return data.RETAINERS, data.RETAINER_SIGNED

    def authorize(self, simulator: Any) -> str:
        return str(simulator.issue_code(data.BRIGHTWATER.portal))

    def take_back(self, simulator: Any) -> None:
        simulator.revoke(data.BRIGHTWATER.portal)

    def fields(self, simulator: Any, ref: RecordRef) -> Mapping[str, str]:
        own = {"payment_reference": "pay_1", "amount_received": "1250.5", "paid_on": "2026-11-03"}
        return own | {"closedate": "2026-11-30", "deposit_paid": "true", "payment_status": "paid"}

    def field_value(self, simulator: Any, ref: RecordRef, field_id: str) -> str | None:
        held = (
            simulator.store.get(f"{account.portal}/{_PATHS[ref.kind]}", ref.id)
            for account in data.ACCOUNTS
        )
        value: str | None = next(one for one in held if one)["properties"].get(field_id)
        return value[:10] if value and field_id == "closedate" else value

    def colleague(self, simulator: Any, ref: RecordRef) -> str:
        return "61500102"

    def tasks(self, simulator: Any, ref: RecordRef) -> list[TaskDraft]:
        return [
            _task(task["properties"], simulator.owners(account.portal))
            for account in data.ACCOUNTS
            for task in simulator.tasks_on(account.portal, _PATHS[ref.kind], ref.id)
        ]

    def add_tasks(self, simulator: Any, ref: RecordRef, count: int) -> None:
        for number in range(count):
            values = {"hs_task_subject": f"Call ({number})", "hs_timestamp": simulator.now()}
            simulator.add("tasks", data.BRIGHTWATER.portal, [[_PATHS[ref.kind], ref.id]], values)


def _task(values: Mapping[str, str], owners: list[Mapping[str, Any]]) -> TaskDraft:
    owner = next((one for one in owners if one["id"] == values.get("hubspot_owner_id")), None)
    due_at = datetime.fromisoformat(values["hs_timestamp"])
    return TaskDraft(values["hs_task_subject"], due_at, str(owner["userId"]) if owner else None)


def _settings(token: str) -> HubSpotSettings:
    return HubSpotSettings.model_validate({"access_token": token})

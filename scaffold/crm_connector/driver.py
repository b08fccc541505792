"""Acme's side of the conformance suite: tenants and colleagues over the simulator."""

from collections.abc import Mapping
from typing import Any

from core.api.records import Launch, RecordRef
from core.api.settings import Settings
from core.testing.conformance import CrmDriver
from plugins.acme_crm.connector import AcmeConnector
from plugins.acme_crm.settings import AcmeSettings
from plugins.acme_crm.simulator import LAKESIDE, NORTHWIND, REASONS, REVOKED_KEY, AcmeSimulator


class AcmeDriver(CrmDriver):
    """Northwind Trading is the tenant, Lakeside Clinics the other one."""

    simulator = AcmeSimulator

    @property
    def member(self) -> AcmeConnector:
        return AcmeConnector()

    def options(self, url: str) -> Mapping[str, str]:
        return {"api_base": url, "app_base": "https://app.acme.example"}

    def settings(self) -> Settings:
        return _settings(NORTHWIND.key)

    def wrong(self) -> Settings:
        return _settings("key-nobody-knows")

    def other(self) -> Settings:
        return _settings(LAKESIDE.key)

    def revoked(self) -> Settings:
        return _settings(REVOKED_KEY)

    def secrets(self) -> tuple[str, ...]:
        return (NORTHWIND.key,)

    def record(self, simulator: Any) -> RecordRef:
        return RecordRef("deal", str(NORTHWIND.deal))

    def foreign_record(self, simulator: Any) -> RecordRef:
        return RecordRef("deal", str(LAKESIDE.deal))

    def missing_record(self, simulator: Any) -> RecordRef:
        return RecordRef("deal", "777777")

    def launch(self, ref: RecordRef) -> Launch:
        who = {"tenant": NORTHWIND.id, "user": "1"}
        return Launch(who | {"kind": ref.kind, "id": ref.id})

    def notes(self, simulator: Any, ref: RecordRef) -> list[str]:
        tenants = (NORTHWIND.id, LAKESIDE.id)
        return [note["text"] for one in tenants for note in simulator.notes(one, ref.kind, ref.id)]

    def add_notes(self, simulator: Any, ref: RecordRef, count: int) -> None:
        for number in range(count):
            simulator.add_note(NORTHWIND.id, ref.kind, ref.id, f"Called, nobody answered ({number})")

    def add_users(self, simulator: Any, count: int) -> None:
        for number in range(count):
            simulator.add_user(NORTHWIND.id, 1000 + number, f"Colleague {number}")

    def next_stage(self, simulator: Any, ref: RecordRef) -> tuple[str, str]:
        pipeline = f"{NORTHWIND.id}-{ref.kind}-Sales"
        return pipeline, f"{pipeline}-Offer"

    def other_pipeline(self, simulator: Any, ref: RecordRef) -> tuple[str, str]:
        pipeline = f"{NORTHWIND.id}-{ref.kind}-Renewals"
        return pipeline, f"{pipeline}-Offer"

    def lost_stage(self, simulator: Any, ref: RecordRef) -> tuple[str, str, str]:
        pipeline = f"{NORTHWIND.id}-{ref.kind}-Sales"
        return pipeline, f"{pipeline}-Lost", REASONS[0]


def _settings(key: str) -> AcmeSettings:
    return AcmeSettings.model_validate({"api_key": key})

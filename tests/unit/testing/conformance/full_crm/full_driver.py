"""Acme's side of the checks that the scaffold's connector doesn't come to."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from core.api.records import RecordRef, TaskDraft
from plugins.acme_crm.driver import AcmeDriver
from plugins.acme_crm.full_connector import FullConnector
from plugins.acme_crm.full_simulator import FullSimulator
from plugins.acme_crm.simulator import LAKESIDE, NORTHWIND


class FullDriver(AcmeDriver):
    """Northwind Trading with fields, owners and tasks."""

    simulator = FullSimulator

    @property
    def member(self) -> FullConnector:
        return FullConnector()

    def options(self, url: str) -> dict[str, str]:
        app = {"client_id": "acme-app", "client_secret": "secret-of-the-acme-app"}
        return {**super().options(url), **app}

    def authorize(self, simulator: Any) -> str:
        return str(simulator.issue("code"))

    def take_back(self, simulator: Any) -> None:
        simulator.take_back()

    def fields(self, simulator: Any, ref: RecordRef) -> Mapping[str, str]:
        dated = {"paid_on": "2026-11-03", "state": "paid", "settled": "true"}
        return {"reference": "pay_1", "received": "1250.50", **dated}

    def field_value(self, simulator: Any, ref: RecordRef, field_id: str) -> str | None:
        records = (simulator.store.get(f"{one.id} {ref.kind}", ref.id) for one in (NORTHWIND, LAKESIDE))
        return next(record for record in records if record)["fields"].get(field_id)

    def colleague(self, simulator: Any, ref: RecordRef) -> str:
        return "2"

    def tasks(self, simulator: Any, ref: RecordRef) -> list[TaskDraft]:
        return [
            TaskDraft(
                task["title"],
                datetime.fromisoformat(task["due"]) if task["due"] else None,
                task["assignee"],
            )
            for tenant in (NORTHWIND.id, LAKESIDE.id)
            for task in simulator.tasks(tenant, ref.id)
        ]

    def add_tasks(self, simulator: Any, ref: RecordRef, count: int) -> None:
        nobodys = {"assignee": None, "due": None, "marker": None}
        for number in range(count):
            simulator.add_task(NORTHWIND.id, ref.id, title=f"Call again ({number})", **nobodys)

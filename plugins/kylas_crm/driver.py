"""Kylas's side of the conformance suite: tenants and colleagues over the simulator."""

import html
import re
import time
from collections.abc import Mapping
from typing import Any

from core.api.records import Launch, RecordRef
from core.api.settings import Settings
from core.testing.conformance import CrmDriver
from plugins.kylas_crm.connector import KylasConnector
from plugins.kylas_crm.settings import KylasSettings
from plugins.kylas_crm.simulator import KylasSimulator, oauth
from plugins.kylas_crm.simulator import seed_data as data
from plugins.kylas_crm.simulator.notes import new_note, notes_of
from plugins.kylas_crm.simulator.ratelimit import RateLimits
from plugins.kylas_crm.simulator.state import millis_time

_BREAK = re.compile(r"<br/?>|</(?:div|p)>")
_TAG = re.compile(r"<[^>]*>")
_AT_PROPOSAL, _RAVIS_LEAD, _NOBODYS = "4486", "3102", "777777"
_REVOKED_KEY = "00000000-0000-0000-0000-000000000000:8301"


class Unlimited(KylasSimulator):
    """Kylas without its rate limit, which the checks provoke where they want it."""

    def __init__(self, **options: Any):
        super().__init__(**options)
        self.limits = RateLimits(lambda: time.time() * 1000)


class KylasDriver(CrmDriver):
    """Northwind Trading is the tenant, Lakeside Clinics the other one."""

    simulator = Unlimited
    write_methods = ("POST", "PUT", "PATCH")
    reads = ("/search",)

    @property
    def member(self) -> KylasConnector:
        return KylasConnector()

    def options(self, url: str) -> dict[str, str]:
        app = {"client_id": oauth.CLIENT_ID, "client_secret": oauth.CLIENT_SECRET}
        return {"api_base": url, "app_base": "https://app.kylas.io", **app}

    def settings(self) -> Settings:
        return _settings(data.API_KEY_A)

    def wrong(self) -> Settings:
        return _settings("nobody-knows-this-one:1")

    def other(self) -> Settings:
        return _settings(data.API_KEY_B)

    def revoked(self) -> Settings:
        """Kylas deletes a key that is revoked; it answers as to one that never was."""
        return _settings(_REVOKED_KEY)

    def secrets(self) -> tuple[str, ...]:
        return (data.API_KEY_A,)

    def record(self, simulator: Any) -> RecordRef:
        return RecordRef("deal", _AT_PROPOSAL)

    def foreign_record(self, simulator: Any) -> RecordRef:
        [deal, *_] = simulator.tenant(data.TENANT_B).all("deal")
        return RecordRef("deal", str(deal["id"]))

    def missing_record(self, simulator: Any) -> RecordRef:
        return RecordRef("deal", _NOBODYS)

    def launch(self, ref: RecordRef) -> Launch:
        return Launch(
            {
                "tenantId": str(data.TENANT_A),
                "userId": str(data.ASHA),
                "entityType": ref.kind.upper(),
                "entityId": ref.id,
            }
        )

    def notes(self, simulator: Any, ref: RecordRef) -> list[str]:
        return [
            _read(note["description"])
            for id in (data.TENANT_A, data.TENANT_B)
            for note in notes_of(simulator.tenant(id), ref.kind.upper(), int(ref.id))
        ]

    def add_notes(self, simulator: Any, ref: RecordRef, count: int) -> None:
        tenant, at = simulator.tenant(data.TENANT_A), millis_time(simulator.clock())
        for number in range(count):
            text = f"<div>Called, nobody answered ({number})</div>"
            new_note(tenant, simulator.next_id(), "DEAL", int(ref.id), data.RAVI, text, at)

    def add_users(self, simulator: Any, count: int) -> None:
        tenant = simulator.tenant(data.TENANT_A)
        like = tenant.get("user", data.RAVI)
        for number in range(count):
            user = {"id": simulator.next_id(), "firstName": "New", "lastName": f"Colleague {number}"}
            tenant.put("user", like | user | {"email": f"new{number}@northwind.example"})

    def next_stage(self, simulator: Any, ref: RecordRef) -> tuple[str, str]:
        return str(data.DEAL_PIPELINE), str(data.DEAL_NEGOTIATION)

    def other_pipeline(self, simulator: Any, ref: RecordRef) -> tuple[str, str]:
        return str(data.TENDER_PIPELINE), str(data.TENDER_OPEN)

    def lost_stage(self, simulator: Any, ref: RecordRef) -> tuple[str, str, str]:
        return str(data.DEAL_PIPELINE), str(data.DEAL_LOST), data.LOST_REASONS[0]

    def authorize(self, simulator: Any) -> str:
        return str(simulator.issue_code(data.TENANT_A, data.ASHA))

    def take_back(self, simulator: Any) -> None:
        simulator.revoke(data.TENANT_A, data.ASHA)

    def fields(self, simulator: Any, ref: RecordRef) -> Mapping[str, str]:
        custom = {"cfPaymentReference": "pay_1", "cfAmountReceived": "1250.5", "cfInvoiceSent": "true"}
        return custom | {"estimatedClosureOn": "2026-11-03", "source": "699", "cfPaymentStatus": "91003"}

    def field_value(self, simulator: Any, ref: RecordRef, field_id: str) -> str | None:
        records = (simulator.tenant(id).get(ref.kind, ref.id) for id in (data.TENANT_A, data.TENANT_B))
        record = next(one for one in records if one)
        value = {**record, **record["customFieldValues"]}.get(field_id)
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, dict):
            return str(value["id"])
        return value[:10] if field_id == "estimatedClosureOn" and value else value and str(value)

    def owned_record(self, simulator: Any) -> RecordRef:
        """Kylas lets apps change the owner of leads only."""
        return RecordRef("lead", _RAVIS_LEAD)

    def colleague(self, simulator: Any, ref: RecordRef) -> str:
        return str(data.MEERA)


def _settings(key: str) -> KylasSettings:
    return KylasSettings.model_validate({"api_key": key})


def _read(description: str) -> str:
    """A note's HTML as a browser shows it."""
    return html.unescape(_TAG.sub("", _BREAK.sub("\n", description)))

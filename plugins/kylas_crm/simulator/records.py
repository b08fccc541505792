"""Leads, deals and contacts: read, made, replaced, and moved along their pipeline."""

from typing import Any

from webob import Request, Response

from core.testing.simulator import answer, route
from core.testing.store import Doc
from plugins.kylas_crm.simulator import fields, moves, refusals
from plugins.kylas_crm.simulator.callers import Caller
from plugins.kylas_crm.simulator.deals import is_money, priced
from plugins.kylas_crm.simulator.state import full_name, millis_time, named, seconds_time, without_nulls
from plugins.kylas_crm.simulator.views import record_view
from plugins.kylas_crm.simulator.webhooks import Webhooks

_COMMON = (
    "createdBy", "updatedBy", "createdAt", "updatedAt", "createdViaId", "createdViaName",
    "createdViaType", "pipelineStageReason", "forecastingType", "pipeline", "customFieldValues",
)  # fmt: skip
#: The fields of each kind, beside ``id``; what a PUT leaves out of them becomes null.
FIELDS = {
    "lead": (
        *_COMMON, "ownerId", "salutation", "firstName", "lastName", "emails", "phoneNumbers",
        "companyName", "requirementName", "requirementCurrency", "requirementBudget", "products",
        "campaign", "source", "city", "country", "timezone", "latestActivityCreatedAt",
    ),
    "deal": (
        *_COMMON, "name", "ownedBy", "estimatedValue", "actualValue", "estimatedClosureOn",
        "actualClosureDate", "associatedContacts", "company", "products", "campaign", "source",
        "partPayments",
    ),
    "contact": (
        *_COMMON, "ownerId", "salutation", "firstName", "lastName", "emails", "phoneNumbers",
        "company", "designation", "department", "associatedDeals",
    ),
}  # fmt: skip
#: What the server alone writes.
OWNED = frozenset(_COMMON[:9]) | {"ownerId", "ownedBy", "actualClosureDate", "latestActivityCreatedAt"}


def kind_of(request: Request) -> str:
    """``lead``, ``deal`` or ``contact``, by the second part of the path."""
    return str(request.path_info.split("/")[2]).removesuffix("s")


class Records(Webhooks):
    """``/v1/leads``, ``/v1/deals``, ``/v1/contacts``"""

    @route("GET", "/v1/leads/{id}")
    @route("GET", "/v1/deals/{id}")
    @route("GET", "/v1/contacts/{id}")
    def read_record(self, request: Request, id: str) -> Response:
        caller, kind = self.caller(request), kind_of(request)
        return answer(record_view(caller, kind, self.record(caller, kind, id)))

    @route("POST", "/v1/leads")
    @route("POST", "/v1/deals")
    @route("POST", "/v1/contacts")
    def create_record(self, request: Request) -> Response:
        """A deal is answered with its id alone, a lead without its empty fields."""
        caller, kind = self.caller(request), kind_of(request)
        if not caller.may(kind, "write"):
            raise refusals.missing(kind)
        body = self.body(request)
        blank: Doc = dict.fromkeys(FIELDS[kind])
        start = {
            "createdBy": self._by(caller, kind),
            "createdAt": self._now(kind),
            **caller.created_via(),
        }
        owner = {"ownedBy": named(caller.id, caller.name)} if kind == "deal" else {"ownerId": caller.id}
        record = {"id": self.next_id(), **blank, **start, **owner}
        record = self._merged(caller, kind, record, body)
        self._save(caller, kind, record, "CREATED")
        if kind == "deal":
            return answer({"id": record["id"]})
        return answer(without_nulls(record_view(caller, kind, record)))

    @route("PUT", "/v1/leads/{id}")
    @route("PUT", "/v1/deals/{id}")
    @route("PUT", "/v1/contacts/{id}")
    def replace_record(self, request: Request, id: str) -> Response:
        """The whole record: what isn't sent is gone, but for what the server alone writes."""
        caller, kind = self.caller(request), kind_of(request)
        before = self.record(caller, kind, id, "update")
        record = self._merged(caller, kind, before, self.body(request))
        return answer(record_view(caller, kind, self._save(caller, kind, record, "UPDATED")))

    @route("PUT", "/v1/leads/{id}/owner")
    def give_lead(self, request: Request, id: str) -> Response:
        caller = self.caller(request)
        lead = self.record(caller, "lead", id, "update")
        owner = caller.tenant.get("user", str(self.body(request).get("ownerId")))
        if not owner or not owner["active"]:
            raise refusals.invalid("Invalid owner.")
        self._save(caller, "lead", {**lead, "ownerId": owner["id"]}, "UPDATED")
        return Response(status=200)

    @route("DELETE", "/v1/leads/{id}")
    @route("DELETE", "/v1/contacts/{id}")
    def delete_record(self, request: Request, id: str) -> Response:
        caller, kind = self.caller(request), kind_of(request)
        record = self.record(caller, kind, id, "delete")
        caller.tenant.delete(kind, id)
        self.emit(caller.tenant, f"{kind.upper()}_DELETED", kind, record)
        return Response(status=200)

    @route("POST", "/v1/leads/{id}/pipeline-stages/{stage}/activate")
    @route("POST", "/v1/deals/{id}/pipeline-stages/{stage}/activate")
    def activate(self, request: Request, id: str, stage: str) -> Response:
        """Move a record to a stage.

        Whether ``products: null`` takes a deal's lines away is not publicly known; it does here,
        so that nobody comes to rely on the kinder answer.
        """
        caller, kind = self.caller(request), kind_of(request)
        record, body = self.record(caller, kind, id, "update"), self.body(request)
        if body.get("actualValue") is not None and not is_money(body["actualValue"]):
            raise refusals.invalid("Invalid actualValue", "01001400")
        record = self._moved(caller, kind, record, _int(stage), body.get("reasonForClosing"))
        if kind == "deal":
            if body.get("actualValue"):
                record["actualValue"] = body["actualValue"]
            if "products" in body:
                record = priced({**record, "products": body["products"]})
        self._save(caller, kind, record, "UPDATED")
        pipeline = caller.tenant.get("pipeline", record["pipeline"]["id"])
        stages = caller.tenant.get(f"{kind}_stages", id)
        assert pipeline
        assert stages
        return answer(moves.status_view(pipeline, stages))

    def _moved(self, caller: Caller, kind: str, record: Doc, stage_id: int, reason: Any) -> Doc:
        """``record`` at another stage, its history written."""
        pipeline, stage = moves.check(caller.tenant, kind, record, stage_id, reason)
        now, stages, current = self._now(kind), f"{kind}_stages", record["pipeline"]
        before = caller.tenant.get(stages, record["id"])
        if before is None and current:
            start = moves.stage_in(pipeline, current["stage"]["id"])
            before = moves.history({}, pipeline, start, None, record["createdAt"])
        history = moves.history(before or {}, pipeline, stage, reason, now)
        caller.tenant.put(stages, history, record["id"])
        record = moves.moved(record, pipeline, stage, reason)
        if kind == "deal":
            record["actualClosureDate"] = None if stage["forecastingType"] == "OPEN" else now
        return record

    def _merged(self, caller: Caller, kind: str, before: Doc, body: Doc) -> Doc:
        """``before`` with what a client may write taken from ``body``. Raises Refused with 400."""
        written = {name: body.get(name) for name in FIELDS[kind] if name not in OWNED | {"pipeline"}}
        record = {**before, **written, "customFieldValues": body.get("customFieldValues") or {}}
        if not record["name" if kind == "deal" else "lastName"]:
            raise refusals.invalid("A name is required.")
        fields.check(caller.tenant, kind, record)
        for phone in record.get("phoneNumbers") or ():
            if not str(phone.get("value", "")).isdecimal():
                raise refusals.invalid("Invalid Mobile Number.", "002008")
        if kind == "deal":
            asked = [one["id"] for one in record["associatedContacts"] or ()]
            contacts = [self.record(caller, "contact", id) for id in asked]
            record["associatedContacts"] = [named(one["id"], full_name(one)) for one in contacts]
            record = priced(record)
        stage = ((body.get("pipeline") or {}).get("stage") or {}).get("id")
        current = before["pipeline"]
        if stage is not None and (not current or current["stage"]["id"] != stage):
            reason = body.get("pipelineStageReason")
            record = self._moved(caller, kind, record, _int(stage), reason)
        return record

    def _save(self, caller: Caller, kind: str, record: Doc, happened: str) -> Doc:
        record = {**record, "updatedBy": self._by(caller, kind), "updatedAt": self._now(kind)}
        caller.tenant.put(kind, record)
        self.emit(caller.tenant, f"{kind.upper()}_{happened}", kind, record)
        return record

    def _now(self, kind: str) -> str:
        return (seconds_time if kind == "deal" else millis_time)(self.clock())

    @staticmethod
    def _by(caller: Caller, kind: str) -> Doc | int:
        return named(caller.id, caller.name) if kind == "deal" else caller.id


def _int(id: str | int) -> int:
    """A stage id out of a path or a body; what isn't a number is no stage."""
    return int(id) if str(id).isdecimal() else 0

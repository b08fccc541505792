"""Deals and contacts: read one by one or a hundred at a time, and changed."""

from webob import Request, Response

from core.testing.simulator import answer, route
from core.testing.store import Doc
from plugins.hubspot_crm.simulator import properties, refusals
from plugins.hubspot_crm.simulator.definitions import Definitions

_MOST_INPUTS = 100


class Objects(Definitions):
    """``/crm/v3/objects/deals``, ``/crm/v3/objects/contacts``"""

    @route("GET", "/crm/v3/objects/{kind}/{id}")
    def read_object(self, request: Request, kind: str, id: str) -> Response:
        kind = self.kind(kind)
        portal = self.caller(request, f"crm.objects.{_scope(kind)}.read").portal
        doc = self.object(portal, kind, id)
        shown = self.shown(portal, kind, doc, _names(request.GET.get("properties")))
        if kind == "deals" and "contacts" in request.GET.get("associations", "").split(","):
            shown |= _associated(doc["contacts"])
        return answer(shown)

    @route("PATCH", "/crm/v3/objects/{kind}/{id}")
    def change_object(self, request: Request, kind: str, id: str) -> Response:
        kind = self.kind(kind)
        portal = self.caller(request, f"crm.objects.{_scope(kind)}.write").portal
        doc = self.object(portal, kind, id)
        wanted = properties.check(
            self.body(request, "properties").get("properties"), self.defined(portal, kind)
        )
        if kind == "deals" and {"dealstage", "pipeline"} & set(wanted):
            self._check_stage(portal, wanted)
        doc = properties.changed(kind, doc, wanted, self.now())
        self.store.put(f"{portal}/{kind}", doc["id"], doc)
        return answer(self.shown(portal, kind, doc, [*wanted]))

    @route("POST", "/crm/v3/objects/{kind}/batch/read")
    def read_objects(self, request: Request, kind: str) -> Response:
        """200 where all are there, else 207 with the missing ones under ``errors``."""
        kind = self.kind(kind, "notes", "tasks")
        portal = self.caller(request, f"crm.objects.{_scope(kind)}.read").portal
        body = self.body(request, "properties", "propertiesWithHistory", "inputs", "idProperty")
        inputs = body.get("inputs")
        if not isinstance(inputs, list) or not 1 <= len(inputs) <= _MOST_INPUTS:
            raise refusals.invalid(f"inputs: between 1 and {_MOST_INPUTS}")
        ids = list(dict.fromkeys(str(one["id"]) for one in inputs))
        found = [doc for id in ids if (doc := self.store.get(f"{portal}/{kind}", id))]
        lost = sorted(set(ids) - {doc["id"] for doc in found})
        now, known = self.now(), self.defined(portal, kind)
        shown: Doc = {
            "status": "COMPLETE",
            "results": [
                properties.view(kind, doc, body.get("properties") or None, known) for doc in found
            ],
            "startedAt": now,
            "completedAt": now,
        }
        if lost:
            shown["numErrors"] = 1
            shown["errors"] = [
                {
                    "status": "error",
                    "category": "OBJECT_NOT_FOUND",
                    "message": f"Could not get some {kind.upper()} objects, they may be deleted or "
                    "not exist. Check that ids are valid.",
                    "context": {"ids": lost},
                }
            ]
        return answer(shown, 207 if lost else 200)

    def shown(self, portal: int, kind: str, doc: Doc, asked: list[str] | None) -> Doc:
        """An object as the API shows it to an account."""
        return properties.view(kind, doc, asked, self.defined(portal, kind))

    def object(self, portal: int, kind: str, id: str) -> Doc:
        """Raises Refused with 404."""
        if (doc := self.store.get(f"{portal}/{kind}", id)) is None:
            raise refusals.not_found()
        return doc

    def _check_stage(self, portal: int, wanted: Doc) -> None:
        """A stage is one of its pipeline: the default one where none is named with it.

        HubSpot's documentation of pipelines says so. Whether a change of the stage alone is taken
        for a deal that stands in another pipeline isn't: here it is refused.
        """
        pipeline = wanted.get("pipeline", "default")
        known = {one["id"]: one for one in self.pipelines(portal) if not one["archived"]}
        if pipeline not in known:
            raise refusals.invalid_property(
                "pipeline", "INVALID_OPTION", f"{pipeline} was not one of the allowed options"
            )
        stage, options = wanted.get("dealstage"), [one["id"] for one in known[pipeline]["stages"]]
        if stage not in options:
            raise refusals.invalid_property(
                "dealstage", "INVALID_OPTION", f"{stage} was not one of the allowed options: {options}"
            )


def _scope(kind: str) -> str:
    """Notes and tasks have no scope of their own."""
    return "contacts" if kind in ("notes", "tasks") else kind


def _names(text: str | None) -> list[str] | None:
    return None if text is None else [name.strip() for name in text.split(",")]


def _associated(contacts: list[str]) -> Doc:
    """As a read with ``associations=contacts`` shows them: not at all where there are none."""
    if not contacts:
        return {}
    rows = [{"id": id, "type": "deal_to_contact"} for id in contacts]
    return {"associations": {"contacts": {"results": rows}}}

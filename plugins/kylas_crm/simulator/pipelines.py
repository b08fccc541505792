"""Pipelines and their stages, as the API lists them."""

from webob import Request, Response

from core.testing.simulator import answer, route
from core.testing.store import Doc
from plugins.kylas_crm.simulator import refusals
from plugins.kylas_crm.simulator.base import KylasBase
from plugins.kylas_crm.simulator.paging import ordered, paged
from plugins.kylas_crm.simulator.rules import matching
from plugins.kylas_crm.simulator.users import looked_up


def _row(pipeline: Doc) -> Doc:
    return {name: pipeline[name] for name in ("id", "name", "entityType", "active")}


def _summary(pipeline: Doc) -> Doc:
    return {
        "id": pipeline["id"],
        "name": pipeline["name"],
        "stages": [
            {name: stage[name] for name in ("id", "name", "position", "forecastingType")}
            for stage in pipeline["stages"]
        ],
    }


class Pipelines(KylasBase):
    """``/v1/pipelines``"""

    @route("POST", "/v1/pipelines/search")
    def search_pipelines(self, request: Request) -> Response:
        """Those of leads and deals together."""
        caller, body = self.caller(request), self.body(request)
        actions = {"read": True, "update": caller.may("pipeline", "update")}
        found = matching(caller.tenant.all("pipeline"), body.get("jsonRule"))
        rows = [{**_row(pipeline), "recordActions": actions} for pipeline in ordered(request, found)]
        return answer(paged(request, rows))

    @route("GET", "/v1/pipelines/lookup")
    def look_pipelines_up(self, request: Request) -> Response:
        kind = request.GET.get("entityType", "").upper()
        found = self.caller(request).tenant.all(
            "pipeline", lambda one: one["active"] and kind in ("", one["entityType"])
        )
        rows = [{"id": pipeline["id"], "name": pipeline["name"]} for pipeline in found]
        return answer(paged(request, looked_up(request, rows), most=50))

    @route("GET", "/v1/pipelines/{id}")
    def pipeline(self, request: Request, id: str) -> Response:
        found = self.caller(request).tenant.get("pipeline", id)
        if not found:
            raise refusals.missing("pipeline")
        return answer(found)

    @route("POST", "/v1/pipelines/summary")
    def summarise_pipelines(self, request: Request) -> Response:
        """A bare array, not a page."""
        caller, body = self.caller(request), self.body(request)
        found = matching(caller.tenant.all("pipeline"), body.get("jsonRule"))
        return answer([_summary(pipeline) for pipeline in found])

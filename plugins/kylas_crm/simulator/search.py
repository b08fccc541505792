"""``POST /v1/search/...``: leads, deals and contacts by a rule."""

from webob import Request, Response

from core.testing.simulator import answer, route
from core.testing.store import Doc
from plugins.kylas_crm.simulator.base import KylasBase
from plugins.kylas_crm.simulator.callers import Caller
from plugins.kylas_crm.simulator.paging import ordered, paged
from plugins.kylas_crm.simulator.rules import matching
from plugins.kylas_crm.simulator.views import free_text, row_view


class Search(KylasBase):
    """The three searches."""

    @route("POST", "/v1/search/lead")
    @route("POST", "/v1/search/deal")
    @route("POST", "/v1/search/contact")
    def search(self, request: Request) -> Response:
        """What the caller may see; only the asked fields, and ``metaData`` never unasked."""
        caller, body = self.caller(request), self.body(request)
        kind = request.path_info.rstrip("/").rpartition("/")[2]
        texts = {record["id"]: free_text(kind, record) for record in caller.tenant.all(kind)}
        found = matching(self._rows(caller, kind), body.get("jsonRule"), lambda row: texts[row["id"]])
        fields = body.get("fields") or []
        rows = [_chosen(row, fields) for row in ordered(request, found)]
        return answer(paged(request, rows))

    def _rows(self, caller: Caller, kind: str) -> list[Doc]:
        visible = caller.tenant.all(kind, lambda record: caller.may_on(kind, record, "read"))
        return [row_view(caller, kind, record) for record in visible]


def _chosen(row: Doc, fields: list[str]) -> Doc:
    if not fields:
        return {name: value for name, value in row.items() if name != "metaData"}
    return {name: row[name] for name in ("id", *fields, "recordActions") if name in row}

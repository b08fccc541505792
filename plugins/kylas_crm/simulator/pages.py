"""Leads, deals and users as a sales person sees them.

The addresses are those of the real web app, so that links into the CRM work here too.
"""

from typing import Any
from urllib.parse import urlencode

from webob import Request, Response

from core.testing.simulator import route
from plugins.kylas_crm.simulator import presentation
from plugins.kylas_crm.simulator.callers import Caller
from plugins.kylas_crm.simulator.sessions import Sessions
from plugins.kylas_crm.simulator.state import full_name

#: The word in the address, the kind of record, the title of the list.
WORDS = {"leads": ("lead", "Leads"), "deals": ("deal", "Deals")}


class Pages(Sessions):
    """The pages about records and people."""

    def page(self, request: Request, template: str, person: Caller, **values: Any) -> Response:
        """A page with the navigation and the switch around it."""
        return self.render(
            template,
            person=person,
            company=person.tenant.details()["companyName"],
            people=self.people(),
            path=request.path_info,
            **values,
        )

    def frame_url(self, person: Caller, path: str, **record: Any) -> str:
        """A page of the app in its frame: the CRM says who and what, and signs nothing."""
        query = urlencode({"tenantId": person.tenant.id, "userId": person.id, **record})
        return f"{self.app_url}/embed/kylas/{path}?{query}"

    @route("GET", "/")
    def home(self, request: Request) -> Response:
        return Response(status=302, location=f"{self.base_url}/sales/deals/list")

    @route("GET", "/sales/{words}/list")
    def record_list(self, request: Request, words: str) -> Response:
        person = self.person(request)
        if words not in WORDS:
            return self.missing_page(request, person)
        kind, title = WORDS[words]
        found = person.tenant.all(kind, lambda one: person.may_on(kind, one, "read"))
        rows = [presentation.summary(person, kind, record) for record in found]
        return self.page(request, "list.jinja2", person, title=title, words=words, rows=rows)

    @route("GET", "/sales/{words}/details/{id}")
    def record_page(self, request: Request, words: str, id: str) -> Response:
        """A record, with the two doors into the app: the modal and the side panel."""
        person = self.person(request)
        kind, title = WORDS.get(words, ("", ""))
        record = person.tenant.get(kind, id)
        if not record or not person.may_on(kind, record, "read"):
            return self.missing_page(request, person)
        about = {"entityId": record["id"], "entityType": kind.upper()}
        return self.page(
            request,
            "record.jinja2",
            person,
            title=title,
            words=words,
            record=presentation.summary(person, kind, record),
            facts=presentation.facts(person, kind, record),
            lines=presentation.product_lines(person, record) if kind == "deal" else [],
            steps=presentation.steps(person, record),
            reason=record["pipelineStageReason"],
            notes=presentation.notes(person, kind, record),
            new_link=self.frame_url(person, "links/new", **about),
            links=self.frame_url(person, "links", **about),
        )

    @route("GET", "/setup/users/list")
    def users_page(self, request: Request) -> Response:
        person = self.person(request)
        profiles = {one["id"]: one["name"] for one in person.tenant.all("profile")}
        rows = [
            {**user, "name": full_name(user), "profile": profiles[user["profileId"]]}
            for user in person.tenant.all("user")
        ]
        return self.page(request, "users.jinja2", person, title="Users", rows=rows)

    def missing_page(self, request: Request, person: Caller) -> Response:
        response = self.page(request, "missing.jinja2", person, title="Not found")
        response.status_int = 404
        return response

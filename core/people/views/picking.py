"""Choosing users of the CRM: a search, and the first of those it found."""

from collections.abc import Collection

from pyramid.request import Request

from core.api.errors import DealpayError
from core.api.records import CrmUser
from core.api.text import _
from core.connections import service as connections
from core.people import service
from core.people.service import CrmPerson
from core.plugin_host.ports import CrmPort
from core.web.replies import problem_of

#: So many are shown; whoever isn't among them is searched for by name or address.
SHOWN = 20
_SEARCH, _CHOICE = "crm_search", "crm_user"


class Picker:
    """The part of a form that says which user of the CRM somebody is; ``current`` is who it is now. With
    ``several`` it says which of them are to become members.

    The CRM is asked only where somebody searches or has chosen: a list of thousands takes its time.
    ``unreachable`` says why it couldn't be asked, ``problem`` why the choice can't be taken.
    """

    def __init__(self, request: Request, current: CrmPerson | None = None, *, several: bool = False):
        self._app, self._tenant_id = request.app, request.identity.tenant_id
        connector = request.app.plugins.crm_connectors.get(request.identity.crm or "")
        self.crm_name = connector.name if connector else None
        able = connector.capabilities if connector else frozenset()
        self.offered, self._one_by_one = "list_users" in able, "get_user" in able
        self.current, self.several = current, several
        self.query = request.POST.get(_SEARCH, "").strip()[:100]
        given = request.POST.getall(_CHOICE) or [current.id if current else ""]
        #: The ids of those who are chosen, each once.
        self.values = [one for one in dict.fromkeys(given) if one][: None if several else 1]
        self.searching = request.POST.get("step") == "search"
        self.found: list[CrmUser] = []
        self.more = 0
        self.unreachable: str | None = None
        self.problem: str | None = None
        with self._app.db.unit_of_work(self._tenant_id, read_only=True) as session:
            self._mapped = service.mapped_users(session)
        if self.searching:
            self._look()

    def taken(self, user: CrmUser) -> bool:
        """Whether somebody else here is this user already."""
        return user.id in self._mapped and not (self.current and self.current.id == user.id)

    def chosen(self) -> list[CrmUser]:
        """Those who were chosen, as the CRM knows them now; without the one who it was before. Calls
        out."""
        ids = [one for one in self.values if not (self.current and one == self.current.id)]
        people = self._known(ids)
        if self.unreachable:
            self.problem = self.unreachable
        elif len(people) < len(ids):
            self.problem = _("This user isn't in the CRM any more. Choose somebody else.")
        elif gone := next((one for one in people if not one.active), None):
            self.problem = _("%(name)s is deactivated in the CRM. Choose somebody else.", name=gone.name)
        # Shown again with what was typed, should anything be wrong with it.
        self.found = people
        return people

    def crm_person(self, people: list[CrmUser]) -> CrmPerson | None:
        """What to keep of the choice: the person, else who it was before if that was left as it is."""
        if people:
            return CrmPerson(people[0].id, people[0].name)
        return self.current if self.current and self.current.id in self.values else None

    def leave(self, ids: Collection[str | None]) -> None:
        """Show only these of those who were chosen: the others are done with."""
        self.found = [one for one in self.found if one.id in ids]
        self.values = [one for one in self.values if one in ids]

    def _look(self) -> None:
        if not self.offered:
            return
        try:
            everybody = self._crm().list_users(self.query)
        except DealpayError as error:
            self.unreachable = problem_of(error).message
            return
        active = [one for one in everybody if one.active]
        shown = active[:SHOWN]
        self.more = max(0, len(active) - SHOWN)
        # Whoever was chosen in an earlier search stays so.
        ids = {one.id for one in shown} | {self.current.id if self.current else ""}
        self.found = shown + self._known([one for one in self.values if one not in ids])

    def _known(self, ids: list[str]) -> list[CrmUser]:
        """The users with these ids. A list of users may lack their addresses."""
        if not (ids and self.offered):
            return []
        try:
            if self._one_by_one:
                return [user for id in ids if (user := self._crm().get_user(id))]
            return [one for one in self._crm().list_users(self.query) if one.id in ids]
        except DealpayError as error:
            self.unreachable = problem_of(error).message
            return []

    def _crm(self) -> CrmPort:
        return connections.crm_port(self._app, self._tenant_id)

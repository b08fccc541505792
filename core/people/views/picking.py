"""Choosing a user of the CRM: a search, and the first of those it found."""

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
    """The part of a form that says which user of the CRM somebody is; ``current`` is who it is now.

    The CRM is asked only where somebody searches or has chosen: a list of thousands takes its time.
    ``unreachable`` says why it couldn't be asked, ``problem`` why the choice can't be taken.
    """

    def __init__(self, request: Request, current: CrmPerson | None = None):
        self._app, self._tenant_id = request.app, request.identity.tenant_id
        connector = request.app.plugins.crm_connectors.get(request.identity.crm or "")
        self.crm_name = connector.name if connector else None
        able = connector.capabilities if connector else frozenset()
        self.offered, self._one_by_one = "list_users" in able, "get_user" in able
        self.current = current
        self.query = request.POST.get(_SEARCH, "").strip()[:100]
        self.value = request.POST.get(_CHOICE, current.id if current else "")
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

    def chosen(self) -> CrmUser | None:
        """The user that was chosen, as the CRM knows them now; None for nobody. Calls out."""
        if not self.value or (self.current and self.value == self.current.id):
            return None
        person = self._chosen_now()
        if self.unreachable:
            self.problem = self.unreachable
        elif person is None:
            self.problem = _("This user isn't in the CRM any more. Choose somebody else.")
        elif not person.active:
            self.problem = _(
                "%(name)s is deactivated in the CRM. Choose somebody else.", name=person.name
            )
        # Shown again with what was typed, should anything be wrong with it.
        self.found = [person] if person else []
        return person

    def crm_person(self, person: CrmUser | None) -> CrmPerson | None:
        """What to keep of the choice: the person, else who it was before if that was left as it is."""
        if person:
            return CrmPerson(person.id, person.name)
        return self.current if self.current and self.value == self.current.id else None

    def _look(self) -> None:
        if not self.offered:
            return
        try:
            everybody = self._crm().list_users(self.query)
        except DealpayError as error:
            self.unreachable = problem_of(error).message
            return
        active = [one for one in everybody if one.active]
        self.found, self.more = active[:SHOWN], max(0, len(active) - SHOWN)
        if self.value and all(one.id != self.value for one in self.found):
            self.found += [one for one in active if one.id == self.value]

    def _chosen_now(self) -> CrmUser | None:
        if not self.offered:
            return None
        try:
            if self._one_by_one:
                return self._crm().get_user(self.value)
            everybody = self._crm().list_users(self.query)
        except DealpayError as error:
            self.unreachable = problem_of(error).message
            return None
        return next((one for one in everybody if one.id == self.value), None)

    def _crm(self) -> CrmPort:
        return connections.crm_port(self._app, self._tenant_id)

"""Who calls the API, and what their profile lets them do."""

from dataclasses import dataclass

from core.testing.store import Doc
from plugins.kylas_crm.simulator.state import Tenant, full_name, owner_id

#: The actions of ``recordActions`` and of each permission, in the API's own order.
ACTIONS = (
    "read", "write", "update", "delete", "email", "call", "sms", "task", "note", "meeting",
    "document", "readAll", "updateAll", "deleteAll", "quotation",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Caller:
    """A user, or the API key that a user made."""

    tenant: Tenant
    user: Doc
    profile: Doc
    by_key: bool = False

    @property
    def id(self) -> int:
        return int(self.user["id"])

    @property
    def name(self) -> str:
        return full_name(self.user)

    @property
    def is_admin(self) -> bool:
        """An admin is one by the built-in profile of that name."""
        return self.profile["name"] == "Admin" and bool(self.profile["systemDefault"])

    def may(self, entity: str, action: str) -> bool:
        return action in self.profile["permissions"].get(entity, ())

    def may_on(self, kind: str, record: Doc, action: str) -> bool:
        """Whether ``action`` is allowed on this record: on all of them, or because it is their own."""
        own = owner_id(kind, record) == self.id
        if action in ("read", "update", "delete"):
            return self.may(kind, f"{action}All") or (own and self.may(kind, action))
        return self.may(kind, action) and self.may_on(kind, record, "read")

    def record_actions(self, kind: str, record: Doc) -> Doc:
        """The ``recordActions`` of a record: what this caller may do with it."""
        return {action: self.may_on(kind, record, action) for action in ACTIONS}

    def created_via(self) -> Doc:
        """How a record that this caller makes is said to have come about."""
        if self.by_key:
            return {
                "createdViaId": "universal-app-key",
                "createdViaName": "Universal API Key",
                "createdViaType": "API Key",
            }
        return {"createdViaId": str(self.id), "createdViaName": "User", "createdViaType": "Web"}

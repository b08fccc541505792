"""CRM records as the core sees them, whichever CRM they live in."""

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from core.api.money import Money
from core.api.settings import Settings


@dataclass(frozen=True, slots=True)
class RecordRef:
    """Which record: ``kind`` is one of the connector's ``record_kinds``, ``id`` the CRM's own."""

    kind: str
    id: str


class StageOutcome(StrEnum):
    """What reaching a stage means for the record."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Stage:
    """A pipeline stage. ``reasons`` is filled where the CRM asks for one of them on arrival."""

    id: str
    name: str
    position: int
    outcome: StageOutcome = StageOutcome.OPEN
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A pipeline of one kind of record, with its stages in their order."""

    id: str
    name: str
    kind: str
    stages: tuple[Stage, ...] = ()
    sequential: bool = False


@dataclass(frozen=True, slots=True)
class StageRef:
    """Where a record stands: pipeline and stage, with the names to show."""

    pipeline_id: str
    pipeline_name: str
    stage_id: str
    stage_name: str


@dataclass(frozen=True, slots=True)
class StageChange:
    """The result of a move. ``changed`` is false when the record stood there already."""

    before: StageRef | None
    after: StageRef
    changed: bool


@dataclass(frozen=True, slots=True)
class Contact:
    """A person on the customer's side; the address and the number may be unknown."""

    name: str
    email: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class CrmUser:
    """A user of the CRM. ``email`` is None where the CRM's list doesn't say."""

    id: str
    name: str
    email: str | None = None
    active: bool = True


@dataclass(frozen=True, slots=True)
class Record:
    """A lead or a deal, read now.

    ``value`` is what the CRM says the record is worth, a hint for the form.
    ``permissions`` are the words of what this caller may do: ``update``, ``note``.
    """

    ref: RecordRef
    title: str
    url: str
    owner: CrmUser | None = None
    stage: StageRef | None = None
    value: Money | None = None
    contacts: tuple[Contact, ...] = ()
    permissions: frozenset[str] = frozenset()


class FieldType(StrEnum):
    """What a field holds. Its value is text everywhere: a number as ``1250.50``, a date as
    ``2026-11-03``, a choice by its id, a bool as ``true`` or ``false``."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    CHOICE = "choice"
    BOOL = "bool"


@dataclass(frozen=True, slots=True)
class FieldChoice:
    """One of the values that a field of the type ``choice`` takes."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Field:
    """A field of one kind of record. ``choices`` is filled for the type ``choice`` only.

    ``writable`` is false for what the CRM itself keeps, such as the date of the last change.
    """

    id: str
    name: str
    type: FieldType
    choices: tuple[FieldChoice, ...] = ()
    writable: bool = True

    def takes(self, value: str) -> bool:
        """Whether ``value`` is one of the choices, or of the field's type; an empty one never is."""
        if self.type is FieldType.CHOICE:
            return any(one.id == value for one in self.choices)
        if self.type is FieldType.DATE:
            return _is_day(value)
        if self.type is FieldType.BOOL:
            return value in ("true", "false")
        if self.type is FieldType.NUMBER:
            return re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", value) is not None
        return bool(value.strip())


@dataclass(frozen=True, slots=True)
class FieldChange:
    """What a field held and holds now; None is empty. ``changed`` is false where it held that."""

    before: str | None
    after: str
    changed: bool


@dataclass(frozen=True, slots=True)
class OwnerChange:
    """Whose record it was and whose it is now. ``changed`` is false where it was theirs already.

    ``before`` is None for a record that nobody owned.
    """

    before: CrmUser | None
    after: CrmUser
    changed: bool


@dataclass(frozen=True, slots=True)
class TaskDraft:
    """A task to be made. ``due_at`` is aware UTC; without ``assignee_id``, a CrmUser's id, the CRM
    decides whose task it is."""

    title: str
    due_at: datetime | None = None
    assignee_id: str | None = None


@dataclass(frozen=True, slots=True)
class TaskRef:
    """A task in the CRM, by the CRM's own id."""

    id: str


@dataclass(frozen=True, slots=True)
class NoteRef:
    """A note in the CRM, by the CRM's own id."""

    id: str


@dataclass(frozen=True, slots=True)
class CrmAccount:
    """The CRM tenant that a set of credentials opens, and whom the CRM takes us for."""

    external_id: str
    name: str
    currency: str | None = None
    timezone: str | None = None
    user: CrmUser | None = None
    missing_permissions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Grant:
    """Access that somebody has given us by OAuth. ``settings`` are of the connector's
    ``GrantSettings`` and hold the tokens; ``expires_at`` is when the access token runs out, aware
    UTC, None where it doesn't."""

    settings: Settings
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Launch:
    """The query parameters with which the CRM opened our frame: hints, never proof."""

    parameters: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Identity:
    """What a launch claims: CRM tenant, CRM user and record, each None when it isn't said."""

    tenant_id: str | None = None
    user_id: str | None = None
    record: RecordRef | None = None


@dataclass(frozen=True, slots=True)
class Permission:
    """A permission the app asks of the CRM at install, or of a provider's key, with the reason a person
    reads."""

    name: str
    actions: tuple[str, ...]
    reason: str

    @property
    def words(self) -> str:
        """Its name and what it allows, as ``missing_permissions`` names it: ``Products (write)``."""
        return f"{self.name} ({', '.join(self.actions)})"


@dataclass(frozen=True, slots=True)
class Note:
    """A note as the CRM stores it; ``created_at`` is aware UTC."""

    id: str
    text: str
    created_at: datetime | None = None


def _is_day(value: str) -> bool:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True

"""What a plugin is handed with each call: enough to do the job and nothing that reaches further.

There is no request, no database session and no registry in here, so a plugin can't touch
another tenant by mistake and can be tested without the host.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

import requests
from sqlalchemy.orm import Session

from core.api.payments import Account
from core.api.records import (
    CrmUser,
    Field,
    FieldChange,
    NoteRef,
    OwnerChange,
    Pipeline,
    Record,
    RecordRef,
    StageChange,
    TaskDraft,
    TaskRef,
)
from core.api.settings import Settings

S = TypeVar("S", bound=Settings)


class Log(Protocol):
    """A structured logger: a constant event name and ids, never a secret, never a sentence."""

    def info(self, event: str, **values: Any) -> Any: ...

    def warning(self, event: str, **values: Any) -> Any: ...


class TokenBucket(Protocol):
    """A rate limit that every caller with the same credential shares."""

    def acquire(self, timeout: float) -> None:
        """Wait at most ``timeout`` seconds for a token. Raises NotSent(retry_after) without one."""

    def pause(self, seconds: float) -> None:
        """Hand out nothing for ``seconds``: the vendor has asked for it."""


@dataclass(frozen=True, kw_only=True)
class Context:
    """The part that every plugin gets.

    ``options`` are the operator's, named in the manifest (an API base, for example).
    ``http`` reaches only the hosts of the manifest and of the options, has a time limit on every
    request and follows no redirect to another host. ``clock`` gives aware UTC.
    """

    options: Mapping[str, str]
    http: requests.Session
    clock: Callable[[], datetime]
    log: Log


@dataclass(frozen=True, kw_only=True)
class ProviderContext(Context, Generic[S]):
    """For payment providers. ``account`` is None until the credentials have been verified once.

    ``idempotency_key`` was stored before the call: a verb that creates something passes it on.
    ``timeout`` is how long one request may take, in seconds.
    """

    settings: S
    account: Account | None = None
    idempotency_key: str | None = None
    timeout: float = 10.0


@dataclass(frozen=True, kw_only=True)
class CrmContext(Context, Generic[S]):
    """For CRM connectors. ``token_bucket(credential, per_second, burst)`` is the shared limit."""

    settings: S
    token_bucket: Callable[[str, float, int], TokenBucket]
    timeout: float = 10.0


class Crm(Protocol):
    """The CRM of the tenant, as an action reaches it: the connector's verbs without their ctx."""

    def fetch_record(self, ref: RecordRef) -> Record: ...

    def list_pipelines(self, kind: str) -> list[Pipeline]: ...

    def move_stage(
        self, ref: RecordRef, pipeline_id: str, stage_id: str, reason: str | None
    ) -> StageChange: ...

    def add_note(self, ref: RecordRef, text: str, marker: str) -> NoteRef: ...

    def find_note(self, ref: RecordRef, marker: str) -> NoteRef | None: ...

    def list_users(self, query: str) -> list[CrmUser]: ...

    def list_fields(self, kind: str) -> list[Field]: ...

    def set_field(self, ref: RecordRef, field_id: str, value: str) -> FieldChange: ...

    def set_owner(self, ref: RecordRef, user_id: str) -> OwnerChange: ...

    def create_task(self, ref: RecordRef, task: TaskDraft, marker: str) -> TaskRef: ...

    def find_task(self, ref: RecordRef, marker: str) -> TaskRef | None: ...


class Once(Protocol):
    """Do a step of a run once, however often the run comes again."""

    def __call__(
        self, step: str, do: Callable[[], str], *, find: Callable[[], str | None] | None = None
    ) -> str:
        """The result of ``step``: as recorded, or as ``find`` knows it after a lost reply, or of ``do``.

        ``find`` is asked only when an earlier try may have reached the vendor.
        """


@dataclass(frozen=True, kw_only=True)
class EventContext(Context):
    """For listeners. ``notice_id`` is the same each time that the same thing is told again.

    ``unit_of_work()`` is a short transaction for the plugin's own tables (core.api.tables), in which
    only rows of the workspace are seen and written.
    """

    workspace_id: str
    notice_id: str
    unit_of_work: Callable[[], AbstractContextManager[Session]]


@dataclass(frozen=True, kw_only=True)
class SlotContext(Context):
    """For what is shown on a page of ``workspace_id``."""

    workspace_id: str


@dataclass(frozen=True, kw_only=True)
class ActionContext(Context):
    """For post-payment actions. ``run_id`` is the same in every attempt of one run."""

    crm: Crm
    record_kinds: tuple[str, ...] = ()
    once: Once | None = None
    run_id: str | None = None

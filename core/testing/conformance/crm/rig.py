"""The world of one check of a CRM connector."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from core.api.context import CrmContext
from core.api.records import (
    CrmAccount,
    Field,
    FieldChange,
    Launch,
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
from core.testing.conformance.check import NotOffered
from core.testing.conformance.driver import CrmDriver
from core.testing.conformance.rig import Address, VendorRig
from core.testing.context import Buckets

TASK = "Send the invoice"
NOTE = "Payment link for 1,250.00 INR was generated."


class CrmRig(VendorRig[CrmDriver]):
    """What a check needs again and again. ``ref`` is a record of ours, with a stage."""

    def __init__(self, driver: CrmDriver, address: Address):
        super().__init__(driver, address)
        self.buckets = Buckets()
        self.ref: RecordRef = driver.record(self.simulator)

    def context(
        self, settings: Settings | None = None, *, timeout: float = 10.0, url: str | None = None
    ) -> CrmContext[Any]:
        """What a verb is handed; ``url`` is where the vendor answers."""
        return CrmContext(
            options=self.driver.options(url or self.address.url),
            http=self.http,
            clock=lambda: datetime.now(UTC),
            log=self.log,
            settings=settings or self.settings,
            token_bucket=self.buckets,
            timeout=timeout,
        )

    def first_context(self) -> CrmContext[Any]:
        """What a verb is handed before the account is connected."""
        return replace(self.context(), settings=None)

    def open(self, settings: Settings | None = None, *, timeout: float = 10.0) -> CrmAccount:
        ctx = self.context(settings, timeout=timeout)
        account: CrmAccount = self.call("validate_credentials", ctx=ctx)
        return account

    def reader(self) -> tuple[str, Callable[..., Any]]:
        return "fetch_record", lambda **context: self.fetch(**context)

    def writer(self) -> tuple[str, Callable[..., Any]]:
        if "add_note" in self.offers:
            return "add_note", lambda **context: self.note("written", **context)
        if "move_stage" in self.offers:
            there = self.driver.next_stage(self.simulator, self.ref)
            return "move_stage", lambda **context: self.move(*there, **context)
        raise NotOffered("it writes nothing")

    def use_everything(self) -> None:
        self.open()
        self.call("identify", launch=self.driver.launch(self.ref))
        self.fetch()
        if "add_note" in self.offers:
            self.note("everything")
        if "find_note" in self.offers:
            self.find("everything")
        if "list_pipelines" in self.offers:
            self.pipelines(self.ref.kind)
        if "move_stage" in self.offers:
            self.move(*self.driver.next_stage(self.simulator, self.ref))
        if "list_users" in self.offers:
            self.call("list_users", ctx=self.context(), query="")
        if "list_fields" in self.offers:
            self.fields(self.ref.kind)
        if "set_field" in self.offers:
            for field_id, value in self.driver.fields(self.simulator, self.ref).items():
                self.set_field(field_id, value)
        if "set_owner" in self.offers:
            ref = self.driver.owned_record(self.simulator)
            self.give(self.driver.colleague(self.simulator, ref), ref)
        if "create_task" in self.offers:
            self.task("everything")
        if "find_task" in self.offers:
            self.find_task("everything")

    def mistakes(self) -> list[Callable[[], Any]]:
        return [
            lambda: self.fetch(RecordRef(self.ref.kind, "conformance")),
            lambda: self.fetch(self.driver.foreign_record(self.simulator)),
            lambda: self.call("identify", launch=Launch({"nonsense": "?"})),
        ]

    def fetch(self, ref: RecordRef | None = None, **context: Any) -> Record:
        record: Record = self.call("fetch_record", ctx=self.context(**context), ref=ref or self.ref)
        return record

    def pipelines(self, kind: str) -> list[Pipeline]:
        pipelines: list[Pipeline] = self.call("list_pipelines", ctx=self.context(), kind=kind)
        return pipelines

    def move(
        self,
        pipeline_id: str,
        stage_id: str,
        reason: str | None = None,
        ref: RecordRef | None = None,
        **context: Any,
    ) -> StageChange:
        change: StageChange = self.call(
            "move_stage",
            ctx=self.context(**context),
            ref=ref or self.ref,
            pipeline_id=pipeline_id,
            stage_id=stage_id,
            reason=reason,
        )
        return change

    def note(
        self, marker: str, text: str = NOTE, ref: RecordRef | None = None, **context: Any
    ) -> NoteRef:
        note: NoteRef = self.call(
            "add_note", ctx=self.context(**context), ref=ref or self.ref, text=text, marker=marker
        )
        return note

    def find(self, marker: str) -> NoteRef | None:
        note: NoteRef | None = self.call("find_note", ctx=self.context(), ref=self.ref, marker=marker)
        return note

    def fields(self, kind: str) -> list[Field]:
        fields: list[Field] = self.call("list_fields", ctx=self.context(), kind=kind)
        return fields

    def set_field(self, field_id: str, value: str, ref: RecordRef | None = None) -> FieldChange:
        change: FieldChange = self.call(
            "set_field", ctx=self.context(), ref=ref or self.ref, field_id=field_id, value=value
        )
        return change

    def give(self, user_id: str, ref: RecordRef) -> OwnerChange:
        change: OwnerChange = self.call("set_owner", ctx=self.context(), ref=ref, user_id=user_id)
        return change

    def task(
        self, marker: str, task: TaskDraft = TaskDraft(TASK), ref: RecordRef | None = None
    ) -> TaskRef:
        made: TaskRef = self.call(
            "create_task", ctx=self.context(), ref=ref or self.ref, task=task, marker=marker
        )
        return made

    def find_task(self, marker: str) -> TaskRef | None:
        task: TaskRef | None = self.call("find_task", ctx=self.context(), ref=self.ref, marker=marker)
        return task

    def writes(self) -> list[str]:
        """What the connector asked the vendor to change, as ``POST /path``."""
        return [one for one in self.reached if self.driver.is_write(one)]

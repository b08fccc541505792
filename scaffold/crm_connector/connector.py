"""The verbs of the CRM port, for Acme."""

import re

from core.api.context import CrmContext
from core.api.errors import NotFound, Rejected
from core.api.hookspecs import hookimpl
from core.api.records import (
    CrmAccount,
    CrmUser,
    Identity,
    Launch,
    NoteRef,
    Permission,
    Pipeline,
    Record,
    RecordRef,
    StageChange,
)
from plugins.acme_crm import mapping
from plugins.acme_crm.client import Api, Json
from plugins.acme_crm.settings import AcmeSettings

Ctx = CrmContext[AcmeSettings]


class AcmeConnector:
    """Acme CRM, reached with the tenant's API key."""

    id = "acme"
    name = "Acme"
    Settings = AcmeSettings
    record_kinds = mapping.KINDS
    frame_origins = ("https://app.acme.example",)
    permissions = (
        Permission(
            "deals", ("read", "update"), "To show payment links on a deal and to move its stage."
        ),
        Permission("notes", ("read", "write"), "To write what was paid where the team looks."),
    )

    @hookimpl
    def validate_credentials(self, ctx: Ctx) -> CrmAccount:
        return mapping.account(Api(ctx).read("/account"))

    @hookimpl
    def identify(self, launch: Launch) -> Identity:
        return mapping.identity(launch.parameters)

    @hookimpl
    def fetch_record(self, ctx: Ctx, ref: RecordRef) -> Record:
        return mapping.record(ref, Api(ctx).read(_path(ref)), ctx.options["app_base"])

    @hookimpl
    def list_pipelines(self, ctx: Ctx, kind: str) -> list[Pipeline]:
        found = map(mapping.pipeline, Api(ctx).read("/pipelines")["pipelines"])
        return [pipeline for pipeline in found if pipeline.kind == kind]

    @hookimpl
    def move_stage(
        self, ctx: Ctx, ref: RecordRef, pipeline_id: str, stage_id: str, reason: str | None
    ) -> StageChange:
        api = Api(ctx)
        before = mapping.stage_ref(api.read(_path(ref)))
        if before.stage_id == stage_id:
            return StageChange(before, before, changed=False)
        _check_stage(self.list_pipelines(ctx, ref.kind), pipeline_id, stage_id, reason)
        if before.pipeline_id != pipeline_id:
            raise Rejected("other_pipeline", f"The record is in the pipeline {before.pipeline_name}.")
        moved = api.write(f"{_path(ref)}/stage", {"stage": stage_id, "reason": reason})
        return StageChange(before, mapping.stage_ref(moved), changed=True)

    @hookimpl
    def add_note(self, ctx: Ctx, ref: RecordRef, text: str, marker: str) -> NoteRef:
        note = Api(ctx).write(f"{_path(ref)}/notes", {"text": f"{text}\n\nref: {marker}"})
        return NoteRef(str(note["id"]))

    @hookimpl
    def find_note(self, ctx: Ctx, ref: RecordRef, marker: str) -> NoteRef | None:
        for note in Api(ctx).pages(f"{_path(ref)}/notes", "notes"):
            if _carries(note, marker):
                return NoteRef(str(note["id"]))
        return None

    @hookimpl
    def list_users(self, ctx: Ctx, query: str) -> list[CrmUser]:
        wanted = query.strip().casefold()
        users = map(mapping.user, Api(ctx).pages("/users", "users"))
        return [user for user in users if wanted in f"{user.name} {user.email}".casefold()]


def _path(ref: RecordRef) -> str:
    """Ids come from the frame's address and end up in a path. Raises NotFound for what is none."""
    if ref.kind not in mapping.KINDS or not mapping.is_id(ref.id):
        raise NotFound("There is no such record in Acme CRM.")
    return f"/{ref.kind}s/{ref.id}"


def _carries(note: Json, marker: str) -> bool:
    """Whether the note was written with ``marker``: the whole word, not its beginning."""
    return re.search(rf"(?<!\S)ref: {re.escape(marker)}(?!\S)", note["text"]) is not None


def _check_stage(pipelines: list[Pipeline], pipeline_id: str, stage_id: str, reason: str | None) -> None:
    """Raise Rejected for a stage that isn't there, or that asks for another reason."""
    stages = [stage for one in pipelines if one.id == pipeline_id for stage in one.stages]
    stage = next((one for one in stages if one.id == stage_id), None)
    if stage is None:
        raise Rejected("stage_not_found", "Acme CRM has no such stage any more. Choose another.")
    if stage.reasons and reason not in stage.reasons:
        known = ", ".join(stage.reasons)
        code = "reason_unknown" if reason else "reason_required"
        raise Rejected(code, f"The stage {stage.name} needs one of these reasons: {known}.")

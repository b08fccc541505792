"""The verbs of the Kylas connector."""

from core.api.context import CrmContext
from core.api.errors import DealpayError, NotFound, NotSent, OutcomeUnknown, Rejected
from core.api.hookspecs import hookimpl
from core.api.records import (
    Contact,
    CrmAccount,
    CrmUser,
    Identity,
    Launch,
    NoteRef,
    Pipeline,
    Record,
    RecordRef,
    StageChange,
    StageRef,
)
from plugins.kylas_crm import mapping, notes, stages
from plugins.kylas_crm.client import Credential, KylasClient
from plugins.kylas_crm.currencies import Currencies
from plugins.kylas_crm.permissions import PERMISSIONS
from plugins.kylas_crm.settings import KylasSettings
from plugins.kylas_crm.values import Json

Context = CrmContext[KylasSettings]


class KylasConnector:
    """Kylas CRM, reached with the tenant's API key."""

    id = "kylas"
    name = "Kylas"
    Settings = KylasSettings
    record_kinds = ("lead", "deal")
    frame_origins = ("https://app.kylas.io",)
    permissions = PERMISSIONS

    def __init__(self) -> None:
        self._currencies = Currencies()

    @hookimpl
    def validate_credentials(self, ctx: Context) -> CrmAccount:
        client = _client(ctx)
        tenant = client.read("GET", "/v1/tenants", permission="User: read")
        return mapping.account(tenant, client.read("GET", "/v1/users/me", permission="User: read"))

    @hookimpl
    def identify(self, launch: Launch) -> Identity:
        return mapping.identity(launch.parameters)

    @hookimpl
    def fetch_record(self, ctx: Context, ref: RecordRef) -> Record:
        client = _client(ctx)
        raw = _read(client, ref)
        return mapping.record(
            ref,
            raw,
            app_base=ctx.options["app_base"],
            value=mapping.value(ref.kind, raw, lambda id: self._currencies.code(client, id)),
            contacts=_contacts(client, ref.kind, raw),
        )

    @hookimpl
    def list_pipelines(self, ctx: Context, kind: str) -> list[Pipeline]:
        client = _client(ctx)
        rows = client.pages(
            "POST",
            "/v1/pipelines/search",
            permission="Pipeline: read",
            body={"fields": ["id", "name", "entityType", "active"], "jsonRule": None},
        )
        # The closing reasons stand only in a pipeline's own answer.
        return [_pipeline(client, id) for id in mapping.active_pipeline_ids(rows, kind)]

    @hookimpl
    def move_stage(
        self, ctx: Context, ref: RecordRef, pipeline_id: str, stage_id: str, reason: str | None
    ) -> StageChange:
        client = _client(ctx)
        raw = _read(client, ref)
        before = mapping.stage_ref(raw)
        if before and before.stage_id == stage_id:
            return StageChange(before, before, changed=False)
        try:
            pipeline = _pipeline(client, pipeline_id)
        except NotFound as error:
            raise stages.gone(stage_id) from error
        target = stages.find(pipeline, ref.kind, stage_id)
        stages.check_pipeline(before, pipeline)
        reason = stages.check_reason(target, reason)
        for stage in stages.route(pipeline, before, target):
            client.write(
                "POST",
                f"/v1/{ref.kind}s/{ref.id}/pipeline-stages/{stage.id}/activate",
                stages.activation(ref.kind, raw, stage, reason if stage is target else None),
                permission=f"{ref.kind.capitalize()}: update",
            )
        return _moved(client, ref, before)

    @hookimpl
    def add_note(self, ctx: Context, ref: RecordRef, text: str, marker: str) -> NoteRef:
        _check(ref)
        answer = _client(ctx).write(
            "POST",
            "/v1/notes/relation",
            {
                "sourceEntity": {"description": notes.to_html(text, marker)},
                "targetEntityId": int(ref.id),
                "targetEntityType": ref.kind.upper(),
            },
            permission=f"{ref.kind.capitalize()}: note",
        )
        if not isinstance(answer, dict) or answer.get("id") is None:
            raise OutcomeUnknown("Kylas took the note, but did not say under which id.")
        return NoteRef(str(answer["id"]))

    @hookimpl
    def find_note(self, ctx: Context, ref: RecordRef, marker: str) -> NoteRef | None:
        client = _client(ctx)
        owner = mapping.owner(_read(client, ref))
        rows = client.pages(
            "GET",
            "/v1/notes/relation",
            permission="Note: read",
            params={
                "targetEntityId": ref.id,
                "targetEntityType": ref.kind.upper(),
                "targetEntityOwnerId": owner.id if owner else None,
            },
        )
        # The newest note may be on any page: Kylas lists them in no order.
        for note in map(notes.note, rows):
            if notes.carries(note, marker):
                return NoteRef(note.id)
        return None

    @hookimpl
    def list_users(self, ctx: Context, query: str) -> list[CrmUser]:
        rows = _client(ctx).pages(
            "POST",
            "/v1/users/search",
            permission="User: read",
            params={"sort": "updatedAt,desc"},
            body={"fields": ["id", "firstName", "lastName", "email", "active"]},
        )
        wanted = query.strip().casefold()
        return sorted(
            (
                user
                for user in map(mapping.user, rows)
                if wanted in f"{user.name} {user.email or ''}".casefold()
            ),
            key=lambda user: user.name.casefold(),
        )


def _client(ctx: Context) -> KylasClient:
    return KylasClient(ctx, Credential.api_key(ctx.settings.api_key.get_secret_value()))


def _check(ref: RecordRef) -> None:
    """Ids come from the frame's address and end up in a path: only Kylas's own kind may pass."""
    if ref.kind not in KylasConnector.record_kinds or not mapping.is_id(ref.id):
        raise NotFound("There is no such record in Kylas.")


def _read(client: KylasClient, ref: RecordRef) -> Json:
    _check(ref)
    raw: Json = client.read(
        "GET", f"/v1/{ref.kind}s/{ref.id}", permission=f"{ref.kind.capitalize()}: read"
    )
    return raw


def _pipeline(client: KylasClient, id: str) -> Pipeline:
    if not mapping.is_id(id):
        raise NotFound("There is no such pipeline in Kylas.")
    return mapping.pipeline(client.read("GET", f"/v1/pipelines/{id}", permission="Pipeline: read"))


def _moved(client: KylasClient, ref: RecordRef, before: StageRef | None) -> StageChange:
    """The move as the record shows it: what Kylas answers to an activation differs by source."""
    try:
        after = mapping.stage_ref(_read(client, ref))
    except DealpayError as error:
        raise OutcomeUnknown("Kylas took the move, but could not be asked for the result.") from error
    if after is None or (before and after.stage_id == before.stage_id):
        raise OutcomeUnknown("Kylas took the move, but still shows the record where it was.")
    # Another stage than the target is fine: a workflow in Kylas has moved the record on.
    return StageChange(before, after, changed=True)


def _contacts(client: KylasClient, kind: str, raw: Json) -> tuple[Contact, ...]:
    """Who may pay. A deal has no addresses of its own: one search brings those of its contacts."""
    if kind == "lead":
        return (mapping.contact(raw),)
    named = {str(row["id"]): row.get("name") or "" for row in raw.get("associatedContacts") or []}
    if not named:
        return ()
    rule = {"operator": "in", "id": "id", "field": "id", "type": "double", "value": ",".join(named)}
    try:
        rows = client.pages(
            "POST",
            "/v1/search/contact",
            permission="Contact: read",
            body={
                "fields": ["id", "firstName", "lastName", "emails", "phoneNumbers"],
                "jsonRule": {"condition": "AND", "valid": True, "rules": [rule]},
            },
        )
        found = {str(row["id"]): mapping.contact(row) for row in rows}
    except (NotSent, Rejected):
        found = {}  # a hint for the form: without it the names are still there
    return tuple(found.get(id) or Contact(name) for id, name in named.items())

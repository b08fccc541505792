"""The verbs of the Kylas connector."""

from core.api.context import CrmContext
from core.api.errors import DealpayError, NotFound, OutcomeUnknown, Rejected
from core.api.hookspecs import hookimpl
from core.api.records import (
    CrmAccount,
    CrmUser,
    Field,
    FieldChange,
    Grant,
    Identity,
    Launch,
    NoteRef,
    OwnerChange,
    Pipeline,
    Record,
    RecordRef,
    StageChange,
    StageRef,
)
from core.api.text import _
from plugins.kylas_crm import contacts, fields, mapping, notes, oauth, reads, stages
from plugins.kylas_crm.client import Credential, KylasClient
from plugins.kylas_crm.currencies import Currencies
from plugins.kylas_crm.permissions import PERMISSIONS
from plugins.kylas_crm.settings import KylasGrant, KylasSettings
from plugins.kylas_crm.turns import Turns
from plugins.kylas_crm.values import Json

Context = CrmContext[KylasSettings | KylasGrant]


class KylasConnector:
    """Kylas CRM, reached with the tenant's API key or the tokens of the user who installed the app."""

    id = "kylas"
    name = "Kylas"
    Settings = KylasSettings
    GrantSettings = KylasGrant
    record_kinds = reads.KINDS
    frame_origins = ("https://app.kylas.io",)
    permissions = PERMISSIONS
    names_user = True

    def __init__(self) -> None:
        self._currencies = Currencies()
        self._turns = Turns()

    @hookimpl
    def validate_credentials(self, ctx: Context) -> CrmAccount:
        client = _client(ctx)
        tenant = client.read("GET", "/v1/tenants", permission="User: read")
        return mapping.account(tenant, client.read("GET", "/v1/users/me", permission="User: read"))

    @hookimpl
    def authorize_url(self, ctx: Context, state: str, redirect_uri: str) -> str:
        return oauth.authorize_url(ctx, state, redirect_uri)

    @hookimpl
    def exchange_code(self, ctx: Context, code: str, redirect_uri: str) -> Grant:
        return oauth.exchange(ctx, code, redirect_uri)

    @hookimpl
    def refresh_auth(self, ctx: Context) -> Grant:
        assert isinstance(ctx.settings, KylasGrant)
        return oauth.refresh(ctx, ctx.settings)

    @hookimpl
    def identify(self, launch: Launch) -> Identity:
        return mapping.identity(launch.parameters)

    @hookimpl
    def fetch_record(self, ctx: Context, ref: RecordRef) -> Record:
        client = _client(ctx)
        raw = reads.record(client, ref)
        return mapping.record(
            ref,
            raw,
            app_base=ctx.options["app_base"],
            value=mapping.value(ref.kind, raw, lambda id: self._currencies.code(client, id)),
            contacts=contacts.of(client, ref.kind, raw),
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
        return [reads.pipeline(client, id) for id in mapping.active_pipeline_ids(rows, kind)]

    @hookimpl
    def move_stage(
        self, ctx: Context, ref: RecordRef, pipeline_id: str, stage_id: str, reason: str | None
    ) -> StageChange:
        client = _client(ctx)
        with self._turns.taken(client.scope, ref, ctx.timeout):
            raw = reads.record(client, ref)
            before = mapping.stage_ref(raw)
            if before and before.stage_id == stage_id:
                return StageChange(before, before, changed=False)
            try:
                pipeline = reads.pipeline(client, pipeline_id)
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
        reads.check(ref)
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
            raise OutcomeUnknown(_("Kylas took the note, but did not say under which id."))
        return NoteRef(str(answer["id"]))

    @hookimpl
    def find_note(self, ctx: Context, ref: RecordRef, marker: str) -> NoteRef | None:
        client = _client(ctx)
        owner = mapping.owner(reads.record(client, ref))
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
        return reads.users(_client(ctx), query)

    @hookimpl
    def get_user(self, ctx: Context, user_id: str) -> CrmUser | None:
        return reads.known_user(_client(ctx), user_id)

    @hookimpl
    def list_fields(self, ctx: Context, kind: str) -> list[Field]:
        return [
            field for field, _row in fields.listed(reads.field_definitions(_client(ctx), kind)).values()
        ]

    @hookimpl
    def set_field(self, ctx: Context, ref: RecordRef, field_id: str, value: str) -> FieldChange:
        reads.check(ref)
        client = _client(ctx)
        rows = list(reads.field_definitions(client, ref.kind))
        field, row = fields.wanted(fields.listed(rows), field_id, value)
        with self._turns.taken(client.scope, ref, ctx.timeout):
            # Read last of all: what others change between this and the write is overwritten.
            raw = reads.record(client, ref)
            before = fields.held(field, row, raw)
            if fields.holds(field, before, value):
                return FieldChange(before, value, changed=False)
            fields.check_nothing_hidden(raw, rows)
            client.write(
                "PUT",
                f"/v1/{ref.kind}s/{ref.id}",
                fields.body(ref.kind, raw, field, row, value),
                permission=f"{ref.kind.capitalize()}: update",
            )
            _expect_changed(client, ref, field, row, before)
            return FieldChange(before, value, changed=True)

    @hookimpl
    def set_owner(self, ctx: Context, ref: RecordRef, user_id: str) -> OwnerChange:
        client = _client(ctx)
        before = mapping.owner(reads.record(client, ref))
        if ref.kind != "lead":
            raise Rejected(
                "owner_fixed",
                _(
                    "Kylas lets apps change the owner of leads, not of deals. Change it in Kylas. "
                    "The payment is not affected."
                ),
            )
        after = reads.user(client, user_id)
        if before and before.id == after.id:
            return OwnerChange(before, after, changed=False)
        path, permission = f"/v1/leads/{ref.id}/owner", "Lead: update"
        with self._turns.taken(client.scope, ref, ctx.timeout):
            client.write("PUT", path, {"ownerId": int(after.id)}, permission=permission)
        return OwnerChange(before, after, changed=True)


def _client(ctx: Context) -> KylasClient:
    settings = ctx.settings
    if isinstance(settings, KylasGrant):
        return KylasClient(ctx, Credential.bearer(settings.access_token.get_secret_value()))
    return KylasClient(ctx, Credential.api_key(settings.api_key.get_secret_value()))


def _moved(client: KylasClient, ref: RecordRef, before: StageRef | None) -> StageChange:
    """The move as the record shows it: what Kylas answers to an activation differs by source."""
    try:
        after = mapping.stage_ref(reads.record(client, ref))
    except DealpayError as error:
        said = _("Kylas took the move, but could not be asked for the result.")
        raise OutcomeUnknown(said) from error
    if after is None or (before and after.stage_id == before.stage_id):
        raise OutcomeUnknown(_("Kylas took the move, but still shows the record where it was."))
    # Another stage than the target is fine: a workflow in Kylas has moved the record on.
    return StageChange(before, after, changed=True)


def _expect_changed(
    client: KylasClient, ref: RecordRef, field: Field, row: Json, before: str | None
) -> None:
    """Kylas may take a record and leave out what it doesn't like: the record itself tells.

    Another value than the one that was sent is fine: a workflow in Kylas has gone on from it.
    """
    try:
        after = fields.held(field, row, reads.record(client, ref))
    except DealpayError as error:
        said = _("Kylas took the change, but could not be asked for the result.")
        raise OutcomeUnknown(said) from error
    if after == before:
        raise OutcomeUnknown(
            _('Kylas took the change, but "%(field)s" still holds what it held.', field=field.name)
        )

"""The verbs of the HubSpot connector."""

from datetime import UTC, datetime

from core.api.context import CrmContext
from core.api.errors import DealpayError, NotFound, OutcomeUnknown
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
    TaskDraft,
    TaskRef,
)
from core.api.text import N_, _, show
from plugins.hubspot_crm import fields, mapping, notes, oauth, reads, stages
from plugins.hubspot_crm.accounts import Accounts, read_details
from plugins.hubspot_crm.client import HubSpotClient, Json
from plugins.hubspot_crm.permissions import PERMISSIONS
from plugins.hubspot_crm.settings import HubSpotGrant, HubSpotSettings

Context = CrmContext[HubSpotSettings | HubSpotGrant]

# HubSpot's association types, from the note's or the task's side.
_TO_RECORD = {"notes": {"deal": 214, "contact": 202}, "tasks": {"deal": 216, "contact": 204}}
_OWNERS_PAGE = 100


class HubSpotConnector:
    """HubSpot, reached with the access token of an app in the account."""

    id = "hubspot"
    name = "HubSpot"
    Settings = HubSpotSettings
    GrantSettings = HubSpotGrant
    record_kinds = ("deal", "contact")
    frame_origins = ("https://app.hubspot.com", "https://app-eu1.hubspot.com")
    permissions = PERMISSIONS

    def __init__(self) -> None:
        self._accounts = Accounts()

    @hookimpl
    def validate_credentials(self, ctx: Context) -> CrmAccount:
        client = HubSpotClient(ctx)
        return mapping.account(read_details(client), reads.scopes(client))

    @hookimpl
    def authorize_url(self, ctx: Context, state: str, redirect_uri: str) -> str:
        return oauth.authorize_url(ctx, state, redirect_uri)

    @hookimpl
    def exchange_code(self, ctx: Context, code: str, redirect_uri: str) -> Grant:
        return oauth.exchange(ctx, code, redirect_uri)

    @hookimpl
    def refresh_auth(self, ctx: Context) -> Grant:
        assert isinstance(ctx.settings, HubSpotGrant)
        return oauth.refresh(ctx, ctx.settings)

    @hookimpl
    def identify(self, launch: Launch) -> Identity:
        return mapping.identity(launch.parameters)

    @hookimpl
    def fetch_record(self, ctx: Context, ref: RecordRef) -> Record:
        client = HubSpotClient(ctx)
        raw = reads.record(client, ref)
        account = mapping.account(self._accounts.details(client, ctx.clock()), None)
        deal = ref.kind == "deal"
        return mapping.record(
            ref,
            raw,
            portal=account.external_id,
            app_base=ctx.options["app_base"],
            owner=reads.owner(client, raw),
            stage=mapping.stage_ref(raw, reads.known_pipelines(client)) if deal else None,
            company_currency=account.currency,
            contacts=reads.contacts(client, raw) if deal else (mapping.contact(raw),),
        )

    @hookimpl
    def list_pipelines(self, ctx: Context, kind: str) -> list[Pipeline]:
        # A contact's lifecycle stage is no pipeline: nothing moves along it in an order.
        return reads.pipelines(HubSpotClient(ctx)) if kind == "deal" else []

    @hookimpl
    def move_stage(
        self, ctx: Context, ref: RecordRef, pipeline_id: str, stage_id: str, reason: str | None
    ) -> StageChange:
        client = HubSpotClient(ctx)
        raw = reads.record(client, ref)
        if ref.kind != "deal":
            raise stages.gone(stage_id)
        known = reads.pipelines(client)
        before = mapping.stage_ref(raw, known)
        if before and (before.pipeline_id, before.stage_id) == (pipeline_id, stage_id):
            return StageChange(before, before, changed=False)
        pipeline, stage = stages.find(known, pipeline_id, stage_id)
        stages.check_pipeline(before, pipeline)
        _change(client, ref, raw, stages.change(pipeline, stage, reason))
        try:
            after = mapping.stage_ref(reads.record(client, ref), known)
        except DealpayError as error:
            said = _("HubSpot took the move, but could not be asked for the result.")
            raise OutcomeUnknown(said) from error
        if after is None or (before and after.stage_id == before.stage_id):
            raise OutcomeUnknown(_("HubSpot took the move, but still shows the deal where it was."))
        # Another stage than the target is fine: a workflow in HubSpot has moved the deal on.
        return StageChange(before, after, changed=True)

    @hookimpl
    def add_note(self, ctx: Context, ref: RecordRef, text: str, marker: str) -> NoteRef:
        properties = {"hs_note_body": notes.to_html(text, marker), "hs_timestamp": _time(ctx.clock())}
        return NoteRef(_add(HubSpotClient(ctx), ref, "notes", properties))

    @hookimpl
    def find_note(self, ctx: Context, ref: RecordRef, marker: str) -> NoteRef | None:
        id = _find(HubSpotClient(ctx), ref, "notes", "hs_note_body", marker)
        return NoteRef(id) if id else None

    @hookimpl
    def create_task(self, ctx: Context, ref: RecordRef, task: TaskDraft, marker: str) -> TaskRef:
        client = HubSpotClient(ctx)
        properties = {
            "hs_task_subject": task.title,
            "hs_task_body": notes.to_html("", marker),
            "hs_task_status": "NOT_STARTED",
            "hs_task_type": "TODO",
            # When it is due; HubSpot has no task without.
            "hs_timestamp": _time(task.due_at or ctx.clock()),
        }
        if task.assignee_id is not None:
            properties["hubspot_owner_id"], _user = reads.owner_of_user(client, task.assignee_id)
        return TaskRef(_add(client, ref, "tasks", properties))

    @hookimpl
    def find_task(self, ctx: Context, ref: RecordRef, marker: str) -> TaskRef | None:
        id = _find(HubSpotClient(ctx), ref, "tasks", "hs_task_body", marker)
        return TaskRef(id) if id else None

    @hookimpl
    def list_fields(self, ctx: Context, kind: str) -> list[Field]:
        path = f"/crm/v3/properties/{mapping.PATHS[kind]}"
        answer = HubSpotClient(ctx).read("GET", path, scope=f"crm.objects.{mapping.PATHS[kind]}.read")
        return fields.listed(answer.get("results") or [])

    @hookimpl
    def set_field(self, ctx: Context, ref: RecordRef, field_id: str, value: str) -> FieldChange:
        client = HubSpotClient(ctx)
        reads.check(ref)
        row = _property(client, ref, field_id)
        field = fields.field(row)
        if field is None:
            raise fields.gone()
        fields.check(field, value)
        raw = reads.record(client, ref, field_id)
        before = fields.held(field, raw)
        if fields.holds(field, before, value):
            return FieldChange(before, value, changed=False)
        _change(client, ref, raw, {field_id: fields.wire(field, row, value)})
        return FieldChange(before, value, changed=True)

    @hookimpl
    def set_owner(self, ctx: Context, ref: RecordRef, user_id: str) -> OwnerChange:
        client = HubSpotClient(ctx)
        raw = reads.record(client, ref)
        owner_id, user = reads.owner_of_user(client, user_id)
        before = reads.owner(client, raw)
        if mapping.owner_id(raw) == owner_id:
            return OwnerChange(user, user, changed=False)
        _change(client, ref, raw, {"hubspot_owner_id": owner_id})
        return OwnerChange(before, user, changed=True)

    @hookimpl
    def list_users(self, ctx: Context, query: str) -> list[CrmUser]:
        rows = HubSpotClient(ctx).pages("/crm/v3/owners", scope=reads.OWNERS, limit=_OWNERS_PAGE)
        wanted = query.strip().casefold()
        users = {user.id: user for row in rows if (user := mapping.user(row))}
        return sorted(
            (one for one in users.values() if wanted in f"{one.name} {one.email or ''}".casefold()),
            key=lambda one: one.name.casefold(),
        )

    @hookimpl
    def get_user(self, ctx: Context, user_id: str) -> CrmUser | None:
        return reads.known_user(HubSpotClient(ctx), user_id)


def _change(client: HubSpotClient, ref: RecordRef, raw: Json, properties: Json) -> None:
    """Write these properties of a record, and no others. A merged record has another id by now."""
    path = f"/crm/v3/objects/{mapping.PATHS[ref.kind]}/{raw['id']}"
    client.write("PATCH", path, {"properties": properties}, scope=reads.scope(ref, "write"))


def _property(client: HubSpotClient, ref: RecordRef, name: str) -> Json:
    """What HubSpot says of one property. Raises Rejected where it has no such one."""
    if not fields.is_name(name):
        raise fields.gone()
    try:
        path = f"/crm/v3/properties/{mapping.PATHS[ref.kind]}/{name}"
        return client.read("GET", path, scope=reads.scope(ref))
    except NotFound:
        raise fields.gone() from None


def _add(client: HubSpotClient, ref: RecordRef, kind: str, properties: Json) -> str:
    """Make a note or a task on a record; its id."""
    # Read first: what HubSpot does with a note for a record that isn't there is not documented,
    # and a note that belongs to nothing would be found by nobody.
    target = reads.record(client, ref)["id"]
    type = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": _TO_RECORD[kind][ref.kind]}
    answer = client.write(
        "POST",
        f"/crm/v3/objects/{kind}",
        {"properties": properties, "associations": [{"to": {"id": target}, "types": [type]}]},
        scope=f"{reads.ACTIVITIES}.write",
    )
    if not isinstance(answer, dict) or not answer.get("id"):
        said = {
            "notes": N_("HubSpot took the note, but did not say under which id."),
            "tasks": N_("HubSpot took the task, but did not say under which id."),
        }
        raise OutcomeUnknown(show(said[kind]))
    return str(answer["id"])


def _find(client: HubSpotClient, ref: RecordRef, kind: str, body: str, marker: str) -> str | None:
    """The id of the note or task whose ``body`` carries ``marker``."""
    for one in reads.activities(client, ref, kind, body):
        if notes.carries((one.get("properties") or {}).get(body), marker):
            return str(one["id"])
    return None


def _time(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"

"""The verbs of the HubSpot connector."""

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
)
from plugins.hubspot_crm import mapping, notes, stages
from plugins.hubspot_crm.accounts import Accounts, read_details
from plugins.hubspot_crm.client import HubSpotClient, Json
from plugins.hubspot_crm.permissions import PERMISSIONS
from plugins.hubspot_crm.settings import HubSpotSettings

Context = CrmContext[HubSpotSettings]

_NOTE_TO = {"deal": 214, "contact": 202}  # HubSpot's association types, from the note's side
_OWNERS = "crm.objects.owners.read"
_OWNERS_PAGE = 100
_ASSOCIATIONS_PAGE = 500


class HubSpotConnector:
    """HubSpot, reached with the access token of an app in the account."""

    id = "hubspot"
    name = "HubSpot"
    Settings = HubSpotSettings
    record_kinds = ("deal", "contact")
    frame_origins = ("https://app.hubspot.com", "https://app-eu1.hubspot.com")
    permissions = PERMISSIONS

    def __init__(self) -> None:
        self._accounts = Accounts()

    @hookimpl
    def validate_credentials(self, ctx: Context) -> CrmAccount:
        client = HubSpotClient(ctx)
        return mapping.account(read_details(client), _scopes(client))

    @hookimpl
    def identify(self, launch: Launch) -> Identity:
        return mapping.identity(launch.parameters)

    @hookimpl
    def fetch_record(self, ctx: Context, ref: RecordRef) -> Record:
        client = HubSpotClient(ctx)
        raw = _read(client, ref)
        account = mapping.account(self._accounts.details(client, ctx.clock()), None)
        deal = ref.kind == "deal"
        return mapping.record(
            ref,
            raw,
            portal=account.external_id,
            app_base=ctx.options["app_base"],
            owner=_owner(client, raw),
            stage=mapping.stage_ref(raw, _known_pipelines(client)) if deal else None,
            company_currency=account.currency,
            contacts=_contacts(client, raw) if deal else (mapping.contact(raw),),
        )

    @hookimpl
    def list_pipelines(self, ctx: Context, kind: str) -> list[Pipeline]:
        # A contact's lifecycle stage is no pipeline: nothing moves along it in an order.
        return _pipelines(HubSpotClient(ctx)) if kind == "deal" else []

    @hookimpl
    def move_stage(
        self, ctx: Context, ref: RecordRef, pipeline_id: str, stage_id: str, reason: str | None
    ) -> StageChange:
        client = HubSpotClient(ctx)
        raw = _read(client, ref)
        if ref.kind != "deal":
            raise stages.gone(stage_id)
        known = _pipelines(client)
        before = mapping.stage_ref(raw, known)
        if before and (before.pipeline_id, before.stage_id) == (pipeline_id, stage_id):
            return StageChange(before, before, changed=False)
        pipeline, stage = stages.find(known, pipeline_id, stage_id)
        stages.check_pipeline(before, pipeline)
        client.write(
            "PATCH",
            f"/crm/v3/objects/deals/{raw['id']}",
            {"properties": stages.change(pipeline, stage, reason)},
            scope="crm.objects.deals.write",
        )
        try:
            after = mapping.stage_ref(_read(client, ref), known)
        except DealpayError as error:
            raise OutcomeUnknown(
                "HubSpot took the move, but could not be asked for the result."
            ) from error
        if after is None or (before and after.stage_id == before.stage_id):
            raise OutcomeUnknown("HubSpot took the move, but still shows the deal where it was.")
        # Another stage than the target is fine: a workflow in HubSpot has moved the deal on.
        return StageChange(before, after, changed=True)

    @hookimpl
    def add_note(self, ctx: Context, ref: RecordRef, text: str, marker: str) -> NoteRef:
        client = HubSpotClient(ctx)
        # Read first: what HubSpot does with a note for a record that isn't there is not documented,
        # and a note that belongs to nothing would be found by nobody.
        target = _read(client, ref)["id"]
        kind = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": _NOTE_TO[ref.kind]}
        answer = client.write(
            "POST",
            "/crm/v3/objects/notes",
            {
                "properties": {
                    "hs_note_body": notes.to_html(text, marker),
                    "hs_timestamp": f"{ctx.clock():%Y-%m-%dT%H:%M:%SZ}",
                },
                "associations": [{"to": {"id": target}, "types": [kind]}],
            },
            scope="crm.objects.contacts.write",
        )
        if not isinstance(answer, dict) or not answer.get("id"):
            raise OutcomeUnknown("HubSpot took the note, but did not say under which id.")
        return NoteRef(str(answer["id"]))

    @hookimpl
    def find_note(self, ctx: Context, ref: RecordRef, marker: str) -> NoteRef | None:
        client = HubSpotClient(ctx)
        _check(ref)
        # Not by a search: HubSpot's search sees a new note only after a while.
        rows = client.pages(
            f"/crm/v4/objects/{mapping.PATHS[ref.kind]}/{ref.id}/associations/notes",
            scope=_scope(ref),
            limit=_ASSOCIATIONS_PAGE,
        )
        ids = {str(row["toObjectId"]) for row in rows if row.get("toObjectId")}
        # Newest first: it is asked about a note of minutes ago.
        newest = sorted(ids, key=lambda id: (len(id), id), reverse=True)
        found = client.batch("notes", newest, ("hs_note_body",), scope="crm.objects.contacts.read")
        for note in found:
            if notes.carries((note.get("properties") or {}).get("hs_note_body"), marker):
                return NoteRef(str(note["id"]))
        return None

    @hookimpl
    def list_users(self, ctx: Context, query: str) -> list[CrmUser]:
        rows = HubSpotClient(ctx).pages("/crm/v3/owners", scope=_OWNERS, limit=_OWNERS_PAGE)
        wanted = query.strip().casefold()
        users = {user.id: user for row in rows if (user := mapping.user(row))}
        return sorted(
            (one for one in users.values() if wanted in f"{one.name} {one.email or ''}".casefold()),
            key=lambda one: one.name.casefold(),
        )


def _check(ref: RecordRef) -> None:
    """Ids come from the frame's address and end up in a path: only HubSpot's own kind may pass."""
    if ref.kind not in HubSpotConnector.record_kinds or not mapping.is_id(ref.id):
        raise NotFound("There is no such record in HubSpot.")


def _scope(ref: RecordRef) -> str:
    return f"crm.objects.{mapping.PATHS[ref.kind]}.read"


def _read(client: HubSpotClient, ref: RecordRef) -> Json:
    _check(ref)
    params = {"properties": ",".join(mapping.PROPERTIES[ref.kind])}
    if ref.kind == "deal":
        params["associations"] = "contacts"
    path = f"/crm/v3/objects/{mapping.PATHS[ref.kind]}/{ref.id}"
    return client.read("GET", path, scope=_scope(ref), params=params)


def _pipelines(client: HubSpotClient) -> list[Pipeline]:
    answer = client.read("GET", "/crm/v3/pipelines/deals", scope="crm.objects.deals.read")
    return mapping.pipelines(answer.get("results") or [])


def _scopes(client: HubSpotClient) -> list[str] | None:
    """What the token may do; None where HubSpot doesn't tell, as for tokens of another kind."""
    try:
        answer = client.read(
            "POST",
            "/oauth/v2/private-apps/get/access-token-info",
            scope="oauth",
            body={"tokenKey": client.token},
        )
    except (NotSent, Rejected):
        return None
    scopes = answer.get("scopes")
    return [str(scope) for scope in scopes] if isinstance(scopes, list) else None


# What follows are hints for the form: without them a record can still be shown.


def _known_pipelines(client: HubSpotClient) -> list[Pipeline]:
    try:
        return _pipelines(client)
    except (NotSent, Rejected):
        return []


def _owner(client: HubSpotClient, raw: Json) -> CrmUser | None:
    id = mapping.owner_id(raw)
    if id is None:
        return None
    try:
        return mapping.user(client.read("GET", f"/crm/v3/owners/{id}", scope=_OWNERS))
    except (NotSent, Rejected):
        return None


def _contacts(client: HubSpotClient, raw: Json) -> tuple[Contact, ...]:
    """Who may pay for a deal, in HubSpot's order."""
    ids = mapping.contact_ids(raw)
    try:
        rows = list(
            client.batch(
                "contacts", ids, mapping.PROPERTIES["contact"], scope="crm.objects.contacts.read"
            )
        )
    except (NotSent, Rejected):
        return ()
    found = {str(row["id"]): mapping.contact(row) for row in rows}
    return tuple(found[id] for id in ids if id in found)

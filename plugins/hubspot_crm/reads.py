"""What the verbs read of HubSpot, and what they do without where it can't be read."""

from collections.abc import Iterator

from core.api.errors import NotFound, NotSent, Rejected
from core.api.records import Contact, CrmUser, Pipeline, RecordRef
from core.api.text import _
from plugins.hubspot_crm import mapping
from plugins.hubspot_crm.client import HubSpotClient, Json

OWNERS = "crm.objects.owners.read"
#: Notes and tasks have no scope of their own.
ACTIVITIES = "crm.objects.contacts"
_ASSOCIATIONS_PAGE = 500


def check(ref: RecordRef) -> None:
    """Ids come from the frame's address and end up in a path: only HubSpot's own kind may pass."""
    if ref.kind not in mapping.PATHS or not mapping.is_id(ref.id):
        raise NotFound(_("There is no such record in HubSpot."))


def scope(ref: RecordRef, what: str = "read") -> str:
    return f"crm.objects.{mapping.PATHS[ref.kind]}.{what}"


def record(client: HubSpotClient, ref: RecordRef, *more: str) -> Json:
    """The record as HubSpot has it, with the properties ``more`` beside those that are shown.

    Raises NotFound.
    """
    check(ref)
    params = {"properties": ",".join((*mapping.PROPERTIES[ref.kind], *more))}
    if ref.kind == "deal":
        params["associations"] = "contacts"
    path = f"/crm/v3/objects/{mapping.PATHS[ref.kind]}/{ref.id}"
    return client.read("GET", path, scope=scope(ref), params=params)


def pipelines(client: HubSpotClient) -> list[Pipeline]:
    """The active pipelines of deals."""
    answer = client.read("GET", "/crm/v3/pipelines/deals", scope="crm.objects.deals.read")
    return mapping.pipelines(answer.get("results") or [])


def activities(client: HubSpotClient, ref: RecordRef, kind: str, *properties: str) -> Iterator[Json]:
    """The ``notes`` or ``tasks`` of a record, newest first: it is asked about one of minutes ago.

    Not by a search: HubSpot's search sees a new one only after a while.
    """
    check(ref)
    rows = client.pages(
        f"/crm/v4/objects/{mapping.PATHS[ref.kind]}/{ref.id}/associations/{kind}",
        scope=scope(ref),
        limit=_ASSOCIATIONS_PAGE,
    )
    ids = {str(row["toObjectId"]) for row in rows if row.get("toObjectId")}
    newest = sorted(ids, key=lambda id: (len(id), id), reverse=True)
    return client.batch(kind, newest, properties, scope=f"{ACTIVITIES}.read")


def owner_of_user(client: HubSpotClient, user_id: str) -> tuple[str, CrmUser]:
    """The owner's id of a user, which stands on records, and the user. Raises Rejected."""
    unknown = Rejected(
        "user_not_found",
        _(
            "HubSpot has no such user any more. Choose somebody again in the rule. The payment is not "
            "affected."
        ),
    )
    if not mapping.is_id(user_id):
        raise unknown
    try:
        row = client.read(
            "GET", f"/crm/v3/owners/{user_id}", scope=OWNERS, params={"idProperty": "userId"}
        )
    except NotFound:
        raise unknown from None
    user = mapping.user(row)
    if user is None or not user.active:
        raise unknown
    return str(row["id"]), user


def known_user(client: HubSpotClient, user_id: str) -> CrmUser | None:
    """One user, archived or not; None where HubSpot has none."""
    if not mapping.is_id(user_id):
        return None
    try:
        row = client.read(
            "GET", f"/crm/v3/owners/{user_id}", scope=OWNERS, params={"idProperty": "userId"}
        )
    except NotFound:
        return None
    return mapping.user(row)


# What follows are hints for the form: without them a record can still be shown.


def scopes(client: HubSpotClient) -> list[str] | None:
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
    found = answer.get("scopes")
    return [str(one) for one in found] if isinstance(found, list) else None


def known_pipelines(client: HubSpotClient) -> list[Pipeline]:
    try:
        return pipelines(client)
    except (NotSent, Rejected):
        return []


def owner(client: HubSpotClient, raw: Json) -> CrmUser | None:
    """Whose a record is; None for nobody's."""
    id = mapping.owner_id(raw)
    if id is None:
        return None
    try:
        return mapping.user(client.read("GET", f"/crm/v3/owners/{id}", scope=OWNERS))
    except (NotSent, Rejected):
        return None


def contacts(client: HubSpotClient, raw: Json) -> tuple[Contact, ...]:
    """Who may pay for a deal, in HubSpot's order."""
    ids = mapping.contact_ids(raw)
    try:
        rows = list(
            client.batch("contacts", ids, mapping.PROPERTIES["contact"], scope=f"{ACTIVITIES}.read")
        )
    except (NotSent, Rejected):
        return ()
    found = {str(row["id"]): mapping.contact(row) for row in rows}
    return tuple(found[id] for id in ids if id in found)

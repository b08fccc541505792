"""What the verbs read of Kylas before they do anything. Ids are checked: they end up in paths."""

from collections.abc import Iterator

from core.api.errors import NotFound, Rejected
from core.api.records import CrmUser, Pipeline, RecordRef
from core.api.text import _
from plugins.kylas_crm import mapping
from plugins.kylas_crm.client import KylasClient
from plugins.kylas_crm.values import Json

KINDS = ("lead", "deal")

#: Kylas's own limit of a page of a lookup, and how many users are enough to choose from.
_LOOKUP_PAGE, _LOOKED_UP = 50, 100


def check(ref: RecordRef) -> None:
    """Ids come from the frame's address: only Kylas's own kind may pass. Raises NotFound."""
    if ref.kind not in KINDS or not mapping.is_id(ref.id):
        raise NotFound(_("There is no such record in Kylas."))


def record(client: KylasClient, ref: RecordRef) -> Json:
    """A lead or a deal as Kylas shows it now."""
    check(ref)
    raw: Json = client.read(
        "GET", f"/v1/{ref.kind}s/{ref.id}", permission=f"{ref.kind.capitalize()}: read"
    )
    return raw


def pipeline(client: KylasClient, id: str) -> Pipeline:
    """One pipeline with its stages and closing reasons."""
    if not mapping.is_id(id):
        raise NotFound(_("There is no such pipeline in Kylas."))
    return mapping.pipeline(client.read("GET", f"/v1/pipelines/{id}", permission="Pipeline: read"))


def field_definitions(client: KylasClient, kind: str) -> Iterator[Json]:
    """All fields of a kind as Kylas defines them, its own and the tenant's."""
    if kind not in KINDS:
        return iter(())
    return client.pages(
        "GET",
        f"/v1/entities/{kind}/fields",
        permission=f"{kind.capitalize()}: read",
        params={"entityType": kind.upper(), "custom-only": "false"},
    )


def users(client: KylasClient, query: str) -> list[CrmUser]:
    """Users by name or address, in the order of their names.

    Kylas looks for names itself, and answers with no more than ids and names. Addresses, and an empty
    query, take the whole list, which goes to 5,000.
    """
    wanted = query.strip().casefold()
    if wanted and "@" not in wanted:
        return sorted(_named(client, query.strip()), key=_name)
    rows = client.pages(
        "POST",
        "/v1/users/search",
        permission="User: read",
        params={"sort": "updatedAt,desc"},
        body={"fields": ["id", "firstName", "lastName", "email", "active"]},
        whole=True,
    )
    try:
        found = [mapping.user(row) for row in rows]
    except Rejected as error:
        if error.code != "too_many_rows":
            raise
        raise Rejected(
            "too_many_rows",
            _("Kylas has too many users to look through. Search for a part of the name."),
        ) from error
    return sorted((one for one in found if wanted in f"{one.name} {one.email}".casefold()), key=_name)


def _named(client: KylasClient, text: str) -> Iterator[CrmUser]:
    for page in range(_LOOKED_UP // _LOOKUP_PAGE):
        answer = client.read(
            "GET",
            "/v1/users/lookup",
            permission="User: read",
            params={"q": f"name:{text}", "page": page, "size": _LOOKUP_PAGE},
        )
        rows = [row for row in answer.get("content") or [] if isinstance(row, dict)]
        yield from (CrmUser(str(row["id"]), str(row.get("name") or row["id"])) for row in rows)
        if len(rows) < _LOOKUP_PAGE:
            return


def _name(user: CrmUser) -> str:
    return user.name.casefold()


def known_user(client: KylasClient, id: str) -> CrmUser | None:
    """One user, active or not; None where there is none."""
    if not mapping.is_id(id):
        return None
    try:
        return mapping.user(client.read("GET", f"/v1/users/{id}", permission="User: read"))
    except NotFound:
        return None


def user(client: KylasClient, id: str) -> CrmUser:
    """A user who is there. Raises Rejected for one who isn't, or who has left."""
    found = known_user(client, id)
    if found is None or not found.active:
        raise Rejected(
            "user_not_found",
            _(
                "Kylas has no active user %(id)s. Choose somebody else in the rule. "
                "The payment is not affected.",
                id=id,
            ),
        )
    return found

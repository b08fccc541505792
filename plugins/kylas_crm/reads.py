"""What the verbs read of Kylas before they do anything. Ids are checked: they end up in paths."""

from collections.abc import Iterator

from core.api.errors import NotFound, Rejected
from core.api.records import CrmUser, Pipeline, RecordRef
from plugins.kylas_crm import mapping
from plugins.kylas_crm.client import KylasClient
from plugins.kylas_crm.values import Json

KINDS = ("lead", "deal")


def check(ref: RecordRef) -> None:
    """Ids come from the frame's address: only Kylas's own kind may pass. Raises NotFound."""
    if ref.kind not in KINDS or not mapping.is_id(ref.id):
        raise NotFound("There is no such record in Kylas.")


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
        raise NotFound("There is no such pipeline in Kylas.")
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


def user(client: KylasClient, id: str) -> CrmUser:
    """A user who is there. Raises Rejected for one who isn't, or who has left."""
    try:
        if not mapping.is_id(id):
            raise NotFound("There is no such user in Kylas.")
        found = mapping.user(client.read("GET", f"/v1/users/{id}", permission="User: read"))
    except NotFound:
        found = None
    if found is None or not found.active:
        raise Rejected(
            "user_not_found",
            f"Kylas has no active user {id}. Choose somebody else in the rule. "
            "The payment is not affected.",
        )
    return found

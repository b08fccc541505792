"""Leads, deals and contacts as the API shows them: as one record, and as a row of a search."""

from core.testing.store import Doc
from plugins.kylas_crm.simulator.callers import Caller
from plugins.kylas_crm.simulator.state import full_name, named, owner_id, without_nulls


def record_view(caller: Caller, kind: str, record: Doc) -> Doc:
    """The answer to a GET."""
    view = {**record, "recordActions": caller.record_actions(kind, record)}
    if kind == "lead":
        view["metaData"] = {"idNameStore": _names(caller, record)}
    return without_nulls(view) if kind == "contact" else view


def row_view(caller: Caller, kind: str, record: Doc) -> Doc:
    """A search row: the stage stands beside the pipeline, as bare ids on leads."""
    row = record_view(caller, kind, record)
    if kind == "contact":
        return row
    pipeline = record["pipeline"]
    if kind == "lead":
        row["pipeline"] = pipeline["id"] if pipeline else None
        row["pipelineStage"] = pipeline["stage"]["id"] if pipeline else None
    else:
        row["ownerId"] = owner_id(kind, record)
        row["pipeline"] = named(pipeline["id"], pipeline["name"]) if pipeline else None
        row["pipelineStage"] = pipeline["stage"] if pipeline else None
    return row


def free_text(kind: str, record: Doc) -> str:
    """What a ``multi_field`` search looks through."""
    stage = (record.get("pipeline") or {}).get("stage", {}).get("name")
    if kind == "deal":
        company = (record.get("company") or {}).get("name")
        words = [record["name"], stage, company]
        words += [contact["name"] for contact in record["associatedContacts"]]
    else:
        words = [full_name(record), record.get("companyName"), stage]
        words += [one["value"] for one in record.get("emails") or ()]
        words += [one["value"] for one in record.get("phoneNumbers") or ()]
    return "\n".join(word for word in words if word)


def _names(caller: Caller, lead: Doc) -> Doc:
    """The names behind the bare ids of a lead."""
    store: Doc = {}
    for field in ("ownerId", "createdBy", "updatedBy"):
        if user := caller.tenant.get("user", lead[field]):
            store[field] = {str(user["id"]): full_name(user)}
    if pipeline := lead["pipeline"]:
        store["pipeline"] = {str(pipeline["id"]): pipeline["name"]}
        store["pipelineStage"] = {str(pipeline["stage"]["id"]): pipeline["stage"]["name"]}
    return store

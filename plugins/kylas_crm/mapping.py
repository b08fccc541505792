"""Kylas's JSON as the core's records. Pure; any key but ``id`` may be null or missing.

Leads and deals differ: a lead names its owner by a bare id with the name in
``metaData.idNameStore`` and its money by ISO code; a deal has ``{id, name}`` objects and
``{currencyId, value}`` money.
"""

from collections.abc import Callable, Iterable
from typing import Any

from core.api.money import Money
from core.api.records import (
    Contact,
    CrmAccount,
    CrmUser,
    Identity,
    Pipeline,
    Record,
    RecordRef,
    Stage,
    StageOutcome,
    StageRef,
)
from core.api.text import _
from plugins.kylas_crm.permissions import missing
from plugins.kylas_crm.values import Json, iso_code, money, person_name, primary, stored_name

_KINDS = {"lead": "lead", "leads": "lead", "deal": "deal", "deals": "deal"}
_OUTCOMES = {
    "CLOSED_WON": StageOutcome.WON,
    "CLOSED_LOST": StageOutcome.LOST,
    "CLOSED_UNQUALIFIED": StageOutcome.LOST,
    "CLOSED": StageOutcome.LOST,  # in Kylas's enum, seen on no stage: closed, and not won
}
_REASONS = {"CLOSED_LOST": "lostReasons", "CLOSED_UNQUALIFIED": "unqualifiedReasons"}


def identity(parameters: dict[str, str]) -> Identity:
    """The frame's parameters; the record's kind comes as ``LEAD``, ``deal``, ``Deals`` …"""
    kind = _KINDS.get(parameters.get("entityType", "").lower())
    id = parameters.get("entityId", "")
    return Identity(
        tenant_id=parameters.get("tenantId") or None,
        user_id=parameters.get("userId") or None,
        record=RecordRef(kind, id) if kind and is_id(id) else None,
    )


def is_id(text: str) -> bool:
    """Kylas's ids are whole numbers: anything else has no place in a path."""
    return text.isascii() and text.isdigit() and len(text) < 20


def account(tenant: Json, me: Json) -> CrmAccount:
    """The tenant, and the user that the credentials belong to."""
    return CrmAccount(
        external_id=str(tenant["id"]),
        name=tenant.get("companyName") or tenant.get("accountName") or f"Kylas tenant {tenant['id']}",
        currency=iso_code(tenant.get("currency")),
        timezone=tenant.get("timezone"),
        user=user(me),
        missing_permissions=missing(me),
    )


def user(raw: Json) -> CrmUser:
    """A row of /v1/users/search or the answer of /v1/users/me, where ``active`` may be absent."""
    email = raw.get("email")
    return CrmUser(
        id=str(raw["id"]),
        name=person_name(raw) or email or _("User %(id)s", id=raw["id"]),
        email=email,
        active=raw.get("active") is not False,
    )


def record(
    ref: RecordRef, raw: Json, *, app_base: str, value: Money | None, contacts: tuple[Contact, ...]
) -> Record:
    """A lead or a deal; ``value`` and ``contacts`` may have needed calls of their own."""
    title = raw.get("name") or person_name(raw) or raw.get("companyName")
    return Record(
        ref=ref,
        title=title or f"{ref.kind.capitalize()} {ref.id}",
        url=f"{app_base.rstrip('/')}/sales/{ref.kind}s/details/{ref.id}",
        owner=owner(raw),
        stage=stage_ref(raw),
        value=value,
        contacts=contacts,
        permissions=frozenset(
            word for word, granted in (raw.get("recordActions") or {}).items() if granted is True
        ),
    )


def owner(raw: Json) -> CrmUser | None:
    """``ownedBy`` of a deal, ``ownerId`` of a lead."""
    owned_by = raw.get("ownedBy") or {"id": raw.get("ownerId")}
    id = owned_by.get("id")
    if id is None:
        return None
    name = owned_by.get("name") or stored_name(raw, "ownerId", id)
    return CrmUser(id=str(id), name=name or _("User %(id)s", id=id))


def stage_ref(raw: Json) -> StageRef | None:
    """Where a record stands; None for one that is in no pipeline."""
    pipeline = raw.get("pipeline") or {}
    stage = pipeline.get("stage") or {}
    pipeline_id, stage_id = pipeline.get("id"), stage.get("id")
    if pipeline_id is None or stage_id is None:
        return None
    return StageRef(
        pipeline_id=str(pipeline_id),
        pipeline_name=pipeline.get("name") or stored_name(raw, "pipeline", pipeline_id) or "",
        stage_id=str(stage_id),
        stage_name=stage.get("name") or stored_name(raw, "pipelineStage", stage_id) or "",
    )


def value(kind: str, raw: Json, code_of: Callable[[str], str | None]) -> Money | None:
    """A lead's budget; a deal's actual value, else its estimate.

    ``code_of`` gives the ISO code for a currency id.
    """
    if kind == "lead":
        amount, currency = raw.get("requirementBudget"), raw.get("requirementCurrency")
    else:
        worth = raw.get("actualValue") or raw.get("estimatedValue") or {}
        amount, currency = worth.get("value"), worth.get("currencyId")
    if amount is None or currency is None:
        return None
    return money(amount, iso_code(currency) or code_of(str(currency)))


def contact(raw: Json) -> Contact:
    """A lead itself, or a contact of a deal."""
    phone = primary(raw.get("phoneNumbers"))
    number = f"{phone.get('dialCode') or ''}{phone.get('value') or ''}"
    return Contact(
        name=person_name(raw),
        email=primary(raw.get("emails")).get("value"),
        phone=number or None,
    )


def active_pipeline_ids(rows: Iterable[Json], kind: str) -> list[str]:
    """The ids of the active pipelines of one kind: Kylas lists those of leads and deals mixed."""
    return [
        str(row["id"])
        for row in rows
        if str(row.get("entityType", "")).lower() == kind and row.get("active") is not False
    ]


def pipeline(raw: Json) -> Pipeline:
    """The answer of /v1/pipelines/{id}."""
    stages = [stage(row, raw) for row in raw.get("stages") or [] if row.get("id") is not None]
    return Pipeline(
        id=str(raw["id"]),
        name=raw.get("name") or _("Pipeline %(id)s", id=raw["id"]),
        kind=str(raw.get("entityType") or "").lower(),
        stages=tuple(sorted(stages, key=lambda one: one.position)),
        sequential=raw.get("sequentialStageFlow") is True,
    )


def stage(raw: Json, of: Json) -> Stage:
    """One stage; the closing reasons stand on the pipeline ``of``, for lost and unqualified apart."""
    forecast = raw.get("forecastingType") or ""
    reasons: list[Any] = of.get(_REASONS.get(forecast, "")) or []
    return Stage(
        id=str(raw["id"]),
        name=raw.get("name") or _("Stage %(id)s", id=raw["id"]),
        position=raw.get("position") or 0,
        outcome=_OUTCOMES.get(forecast, StageOutcome.OPEN),
        reasons=tuple(str(reason) for reason in reasons),
    )

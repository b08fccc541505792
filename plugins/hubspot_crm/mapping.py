"""HubSpot's JSON as the core's records. Pure; any property may be null, empty or missing.

Property values are strings, money and booleans too. A user has two ids: the owner's stands on
records, the user's in the frame's parameters. The core sees the user's.
"""

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from core.api.money import Money, exponent
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
from plugins.hubspot_crm.permissions import missing

Json = dict[str, Any]

#: The path of each kind, and the number of its type, which the addresses of the web app have.
PATHS = {"deal": "deals", "contact": "contacts"}
_TYPES = {"deal": "0-3", "contact": "0-1"}
PROPERTIES = {
    "deal": (
        "dealname", "amount", "deal_currency_code", "pipeline", "dealstage", "hubspot_owner_id",
    ),
    "contact": ("firstname", "lastname", "email", "phone", "mobilephone", "hubspot_owner_id"),
}  # fmt: skip
_KINDS = {
    name: kind for kind, path in PATHS.items() for name in (kind, path, _TYPES[kind])
}  # ``DEAL`` of a card, ``deals`` of a path, ``0-3`` of a UI extension
_MOST_DIGITS = 20
# HubSpot doesn't say what may be done with a record: the token's scopes decide for all of them.
_ACTIONS = frozenset({"read", "update", "note"})


def identity(parameters: dict[str, str]) -> Identity:
    """The frame's parameters, as HubSpot's cards name them."""
    kind = _KINDS.get(parameters.get("associatedObjectType", "").lower())
    id = parameters.get("associatedObjectId", "")
    return Identity(
        tenant_id=parameters.get("portalId") or None,
        user_id=parameters.get("userId") or None,
        record=RecordRef(kind, id) if kind and is_id(id) else None,
    )


def is_id(text: str) -> bool:
    """HubSpot's ids of records are whole numbers: anything else has no place in a path."""
    return text.isascii() and text.isdigit() and len(text) < 20


def account(details: Json, scopes: Iterable[str] | None) -> CrmAccount:
    """The answer of /account-info/v3/details, and the token's ``scopes`` where they are known."""
    portal = details["portalId"]
    return CrmAccount(
        external_id=str(portal),
        name=details.get("portalName") or f"HubSpot account {portal}",
        currency=currency(details.get("companyCurrency")),
        timezone=details.get("timeZone"),
        missing_permissions=missing(frozenset(scopes)) if scopes is not None else (),
    )


def user(raw: Json) -> CrmUser | None:
    """A row of /crm/v3/owners; None for an owner that was never a user, such as a queue."""
    id = raw.get("userId") or raw.get("userIdIncludingInactive")
    if not id:
        return None
    email = raw.get("email")
    return CrmUser(
        id=str(id),
        name=_person(raw, "firstName", "lastName") or email or _("User %(id)s", id=id),
        email=email or None,
        active=bool(raw.get("userId")) and raw.get("archived") is not True,
    )


def record(
    ref: RecordRef,
    raw: Json,
    *,
    portal: str,
    app_base: str,
    owner: CrmUser | None = None,
    stage: StageRef | None = None,
    company_currency: str | None = None,
    contacts: tuple[Contact, ...] = (),
) -> Record:
    """A deal or a contact; what needed calls of its own is handed in."""
    properties = raw.get("properties") or {}
    if ref.kind == "deal":
        title = properties.get("dealname")
        value = money(properties.get("amount"), properties.get("deal_currency_code"), company_currency)
    else:
        title = _person(properties, "firstname", "lastname") or properties.get("email")
        value = None
    return Record(
        ref=ref,
        title=title or f"{ref.kind.capitalize()} {ref.id}",
        # A merged record answers under the id that has stayed.
        url=f"{app_base.rstrip('/')}/contacts/{portal}/record/{_TYPES[ref.kind]}/{raw['id']}",
        owner=owner,
        stage=stage,
        value=value,
        contacts=contacts,
        permissions=_ACTIONS,
    )


def owner_id(raw: Json) -> str | None:
    """The owner of a record, by the owner's id; None for nobody."""
    id = str((raw.get("properties") or {}).get("hubspot_owner_id") or "")
    return id if is_id(id) else None


def contact(raw: Json) -> Contact:
    """A contact, whose mobile number stands in where there is no other."""
    properties = raw.get("properties") or {}
    return Contact(
        name=_person(properties, "firstname", "lastname") or properties.get("email") or "",
        email=properties.get("email") or None,
        phone=properties.get("phone") or properties.get("mobilephone") or None,
    )


def contact_ids(raw: Json) -> list[str]:
    """The contacts of a deal, each once: a contact with a label is listed twice."""
    rows = ((raw.get("associations") or {}).get("contacts") or {}).get("results") or []
    return list(dict.fromkeys(str(row["id"]) for row in rows if row.get("id")))


def money(amount: object, code: object, company_currency: str | None) -> Money | None:
    """A decimal string in the deal's currency, else the account's, rounded to its minor unit.

    None where there is no amount: an account with one currency leaves ``code`` empty.
    """
    of = currency(code) or company_currency
    if of is None or not isinstance(amount, str) or not amount.strip():
        return None
    try:
        exact = Decimal(amount)
    except InvalidOperation:
        return None
    # Beyond any amount of money, "1E+999999" would become a number of a million digits.
    if not exact.is_finite() or exact.adjusted() > _MOST_DIGITS:
        return None
    return Money(int(exact.scaleb(exponent(of)).to_integral_value(ROUND_HALF_UP)), of)


def currency(value: object) -> str | None:
    """``value`` where it is an ISO currency code."""
    if isinstance(value, str) and len(value) == 3 and value.isascii() and value.isalpha():
        return value.upper()
    return None


def pipelines(rows: Iterable[Json]) -> list[Pipeline]:
    """The answer of /crm/v3/pipelines/deals without what is archived, in HubSpot's own order."""
    return [
        Pipeline(
            id=str(row["id"]),
            name=row.get("label") or _("Pipeline %(id)s", id=row["id"]),
            kind="deal",
            stages=tuple(
                Stage(
                    id=str(one["id"]),
                    name=one.get("label") or _("Stage %(id)s", id=one["id"]),
                    position=position,
                    outcome=_outcome(one.get("metadata") or {}),
                )
                for position, one in enumerate(_shown(row.get("stages") or []), 1)
            ),
        )
        for row in _shown(rows)
    ]


def stage_ref(raw: Json, known: Iterable[Pipeline]) -> StageRef | None:
    """Where a deal stands, with the names of ``known``; None for a deal in no pipeline."""
    properties = raw.get("properties") or {}
    pipeline_id, stage_id = properties.get("pipeline"), properties.get("dealstage")
    if not pipeline_id or not stage_id:
        return None
    pipeline = next((one for one in known if one.id == pipeline_id), None)
    stages = pipeline.stages if pipeline else ()
    return StageRef(
        pipeline_id=pipeline_id,
        pipeline_name=pipeline.name if pipeline else "",
        stage_id=stage_id,
        stage_name=next((one.name for one in stages if one.id == stage_id), ""),
    )


def _shown(rows: Iterable[Json]) -> list[Json]:
    """HubSpot: those with the same ``displayOrder`` stand in the order of the alphabet."""
    return sorted(
        (row for row in rows if row.get("id") is not None and row.get("archived") is not True),
        key=lambda row: (row.get("displayOrder") or 0, str(row.get("label") or "")),
    )


def _outcome(metadata: Json) -> StageOutcome:
    """``isClosed`` and ``probability`` are strings; a stage without the first goes by the second."""
    try:
        probability = Decimal(str(metadata.get("probability")))
    except InvalidOperation:
        probability = Decimal("0.5")
    closed = str(metadata.get("isClosed", probability in (0, 1))).lower() == "true"
    if not closed:
        return StageOutcome.OPEN
    return StageOutcome.WON if probability == 1 else StageOutcome.LOST


def _person(raw: Json, first: str, last: str) -> str:
    return " ".join(part for key in (first, last) if (part := raw.get(key)))

"""Acme CRM's JSON as the core's records. Nothing here calls out."""

from collections.abc import Mapping
from typing import Any

from core.api.records import (
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

Raw = Mapping[str, Any]

KINDS = ("lead", "deal")


def is_id(text: str) -> bool:
    """Ids are whole numbers: anything else has no place in a path."""
    return text.isascii() and text.isdigit() and len(text) < 20


def identity(parameters: Mapping[str, str]) -> Identity:
    """What the frame's parameters claim."""
    kind, id = parameters.get("kind", ""), parameters.get("id", "")
    return Identity(
        tenant_id=parameters.get("tenant") or None,
        user_id=parameters.get("user") or None,
        record=RecordRef(kind, id) if kind in KINDS and is_id(id) else None,
    )


def account(raw: Raw) -> CrmAccount:
    return CrmAccount(external_id=raw["id"], name=raw["name"], currency=raw["currency"])


def user(raw: Raw) -> CrmUser:
    return CrmUser(id=str(raw["id"]), name=raw["name"], email=raw["email"], active=raw["active"])


def record(ref: RecordRef, raw: Raw, app_base: str) -> Record:
    return Record(
        ref=ref,
        title=raw["title"],
        url=f"{app_base}/{ref.kind}s/{ref.id}",
        stage=stage_ref(raw),
        permissions=frozenset(raw["may"]),
    )


def stage_ref(raw: Raw) -> StageRef:
    """Where a record stands."""
    at = raw["stage"]
    return StageRef(at["pipeline_id"], at["pipeline_name"], at["id"], at["name"])


def pipeline(raw: Raw) -> Pipeline:
    stages = sorted((stage(one) for one in raw["stages"]), key=lambda one: one.position)
    return Pipeline(id=raw["id"], name=raw["name"], kind=raw["kind"], stages=tuple(stages))


def stage(raw: Raw) -> Stage:
    return Stage(
        id=raw["id"],
        name=raw["name"],
        position=raw["position"],
        outcome=StageOutcome(raw["outcome"]),
        reasons=tuple(raw["reasons"]),
    )

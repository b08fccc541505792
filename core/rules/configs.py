"""Configurations of actions as they are stored: their secrets sealed, everything else as it is.

A sealed value is bound to the action of the rule it was typed for. A run carries a copy of the
configuration and opens it by that action's id, also when the action is gone by then.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import SecretStr
from sqlalchemy import select

from core.api.settings import Settings, secret_fields
from core.app import App
from core.db.sealing import SealBroken
from core.db.session import ALL_TENANTS
from core.rules.models import RuleAction

#: A sealed value is an object with this key alone.
_SEALED = "$sealed"


def sealed(app: App, tenant_id: str, rule_action_id: str, config: Settings) -> dict[str, Any]:
    """``config`` to be stored with that action of a rule."""
    values = config.model_dump(mode="json")
    for name in secret_fields(type(config)):
        secret = getattr(config, name)
        if isinstance(secret, SecretStr):
            place = _place(tenant_id, rule_action_id, name)
            values[name] = {_SEALED: app.secrets.seal(secret.get_secret_value(), *place)}
    return values


def opened(app: App, tenant_id: str, rule_action_id: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """What was stored, its secrets as SecretStr. Raises SealBroken."""
    return {
        name: SecretStr(app.secrets.open(value[_SEALED], *_place(tenant_id, rule_action_id, name)))
        if _is_sealed(value)
        else value
        for name, value in values.items()
    }


def open_all(app: App, most: int = 1000) -> tuple[int, int]:
    """Of the newest actions of all workspaces, how many have secrets that open and how many don't."""
    opening = closed = 0
    newest = select(RuleAction).order_by(RuleAction.id.desc()).limit(most)
    with app.db.unit_of_work(ALL_TENANTS, read_only=True) as session:
        for row in session.scalars(newest):
            if any(map(_is_sealed, row.config.values())):
                try:
                    opened(app, row.tenant_id, row.id, row.config)
                    opening += 1
                except SealBroken:
                    closed += 1
    return opening, closed


def without_secrets(values: Mapping[str, Any]) -> dict[str, Any]:
    """What was stored and is no secret."""
    return {name: value for name, value in values.items() if not _is_sealed(value)}


def _is_sealed(value: Any) -> bool:
    return isinstance(value, dict) and value.keys() == {_SEALED}


def _place(tenant_id: str, rule_action_id: str, name: str) -> tuple[str, ...]:
    return (tenant_id, RuleAction.__tablename__, f"config.{name}", rule_action_id)

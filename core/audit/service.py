"""Writing down who did what, in the transaction that did it."""

from typing import Any

from sqlalchemy.orm import Session

from core.audit.models import AuditEntry


def record(
    session: Session,
    action: str,
    target: str,
    *,
    actor_id: str | None = None,
    ip: str | None = None,
    **detail: Any,
) -> None:
    """Add an entry: ``record(session, "account.connected", account.id, actor_id=…, label=…)``.

    ``detail`` holds what a person needs to understand it, never a secret.
    """
    session.add(AuditEntry(action=action, target=target, actor_id=actor_id, ip=ip, detail=detail))

"""Browser sessions in the database."""

from dataclasses import asdict, fields
from typing import Any

from sqlalchemy import bindparam, delete, select, update

from core.db.ready import kept
from core.db.session import ALL_TENANTS, Database
from core.people.models import WebSession
from core.web.sessions import SessionRecord


class WebSessionRows:
    """A store of ``core.web.sessions``; each call is a transaction of its own."""

    def __init__(self, db: Database):
        self._db = db

    def load(self, session_id: str) -> SessionRecord | None:
        for row in self._db.run(_by_id(self._db.engine.dialect), {"_id": session_id}):
            return SessionRecord(**row._asdict())
        return None

    def add(self, session_id: str, record: SessionRecord) -> None:
        with self._db.unit_of_work(ALL_TENANTS) as session:
            # What has run out goes when something comes in.
            session.execute(delete(WebSession).where(WebSession.expires_at <= record.seen_at))
            session.add(WebSession(id=session_id, **asdict(record)))

    def change(self, session_id: str, record: SessionRecord) -> None:
        changed = update(WebSession).where(WebSession.id == session_id).values(asdict(record))
        with self._db.unit_of_work(ALL_TENANTS) as session:
            session.execute(changed)

    def delete(self, session_id: str) -> None:
        with self._db.unit_of_work(ALL_TENANTS) as session:
            session.execute(delete(WebSession).where(WebSession.id == session_id))


@kept
def _by_id(_: str) -> Any:
    """Every request of a browser asks for it first."""
    columns: Any = WebSession.__table__.c
    return select(*(columns[one.name] for one in fields(SessionRecord))).where(
        columns.id == bindparam("_id")
    )

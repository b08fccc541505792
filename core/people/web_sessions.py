"""Browser sessions in the database."""

from dataclasses import asdict

from sqlalchemy import delete, update

from core.db.session import ALL_TENANTS, Database
from core.people.models import WebSession
from core.web.sessions import SessionRecord


class WebSessionRows:
    """A store of ``core.web.sessions``; each call is a transaction of its own."""

    def __init__(self, db: Database):
        self._db = db

    def load(self, session_id: str) -> SessionRecord | None:
        with self._db.unit_of_work(ALL_TENANTS, read_only=True) as session:
            row = session.get(WebSession, session_id)
        if row is None:
            return None
        return SessionRecord(
            row.user_id, row.created_at, row.seen_at, row.expires_at, row.user_agent, row.data
        )

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

"""Browser sessions in the database."""

from dataclasses import asdict

from sqlalchemy import delete
from sqlalchemy.orm import Session

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

    def save(self, session_id: str, record: SessionRecord) -> None:
        with self._db.unit_of_work(ALL_TENANTS) as session:
            # What has run out goes when something comes in.
            session.execute(delete(WebSession).where(WebSession.expires_at <= record.seen_at))
            session.merge(WebSession(id=session_id, **asdict(record)))

    def delete(self, session_id: str) -> None:
        with self._db.unit_of_work(ALL_TENANTS) as session:
            session.execute(delete(WebSession).where(WebSession.id == session_id))


def end_all(session: Session, user_id: str) -> None:
    """Sign a member out everywhere, in the caller's transaction."""
    session.execute(delete(WebSession).where(WebSession.user_id == user_id))

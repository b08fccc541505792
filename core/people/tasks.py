"""Putting away what nobody can use any more."""

from datetime import timedelta

from sqlalchemy import delete

from core.app import App
from core.db.session import ALL_TENANTS
from core.people.models import Invitation, MailedToken, SignInCode, WebSession

#: A mailed link that is long out of date is told apart from one that never was for this long.
_REMEMBERED = timedelta(days=30)


def clean_up(app: App) -> str | None:
    """Delete sessions that have run out, mailed links that ran out a month ago, and invitations that
    were answered or withdrawn then."""
    now = app.clock()
    with app.db.unit_of_work(ALL_TENANTS) as session:
        sessions = session.execute(delete(WebSession).where(WebSession.expires_at <= now))
        links = session.execute(delete(MailedToken).where(MailedToken.expires_at <= now - _REMEMBERED))
        codes = session.execute(delete(SignInCode).where(SignInCode.expires_at <= now))
        ended = delete(Invitation).where(Invitation.ended_at <= now - _REMEMBERED)
        invitations = session.execute(ended)
    count = sum(one.rowcount for one in (sessions, links, codes, invitations))  # type: ignore[attr-defined]
    return f"{count} sessions, mailed links and invitations were put away." if count else None

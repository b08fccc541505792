"""Telling members by mail that somebody has signed in as them with another kind of browser.

What a browser says of itself (``Firefox on Windows``) is what it is known by: a thief with the same kind
goes unnoticed here, and nobody is alarmed by each update or each network that they come through.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.api.text import ENGLISH
from core.app import App
from core.db.base import new_id
from core.people.agents import described
from core.people.members import mail_member
from core.people.models import KnownBrowser, User


def note(app: App, session: Session, user: User, agent: str | None) -> None:
    """Remember a browser; mail that it is new, unless it is the first one at all."""
    if agent is None:
        return
    with app.languages.speaking(ENGLISH):
        browser = described(agent)[:80]
    known = set(
        session.scalars(select(KnownBrowser.browser).where(KnownBrowser.user_id == user.id).limit(100))
    )
    if browser in known:
        return
    # Of two sign-ins at once, one wins; the other has nothing to add.
    added = app.db.insert(KnownBrowser).values(
        id=new_id(KnownBrowser.id_prefix),
        tenant_id=user.tenant_id,
        user_id=user.id,
        browser=browser,
        created_at=app.clock(),
    )
    fresh = session.execute(added.on_conflict_do_nothing(index_elements=["user_id", "browser"]))
    if known and fresh.rowcount:  # type: ignore[attr-defined]
        link = f"{app.settings.public_url}/account"
        mail_member(app, session, user, "new_browser", browser=browser, at=app.clock(), link=link)

"""Writing mails: each is a row in the transaction that decided to send it; a job sends it.

A mail is one template; its text and its HTML are made of the same sentences by two layouts.
"""

import re
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from babel import Locale
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.jobs.models import is_state
from core.mail.models import OutgoingMail
from core.mail.tasks import problem_with_server as problem_with_server
from core.resources import template_folders
from core.web.formats import format_moment, zone_called
from core.web.languages import add_texts

if TYPE_CHECKING:
    from core.app import App


def send(
    app: "App",
    session: Session,
    tenant_id: str,
    recipient: str,
    template: str,
    *,
    language: str | None = None,
    timezone: str | None = None,
    **values: Any,
) -> None:
    """Write ``mail/<template>.jinja2`` to ``recipient``, in text and HTML; it leaves after the commit.

    ``language`` is the recipient's; without one it is the language that is being spoken: that of the
    page somebody asks for a mail on. ``timezone`` is the recipient's too: ``moment(at)`` in a template
    is a time there. Into a mail to somebody who hasn't confirmed the address goes nothing that a
    stranger typed: it would be the stranger's mail in our name.
    """
    locale = Locale.parse(app.languages.best([language] if language else []))
    zone = zone_called(timezone)
    values |= {
        "public_url": app.settings.public_url,
        "language": locale.language,
        "direction": locale.text_direction,
        "moment": lambda at: format_moment(at, locale, zone),
    }
    with app.languages.speaking(language) if language else nullcontext():
        subject, text = _written(app.settings.template_path, "txt", template, values)
        _subject, html = _written(app.settings.template_path, "html", template, values)
    app.jobs.submit(
        session,
        OutgoingMail(
            tenant_id=tenant_id,
            record_key=f"mail:{recipient}"[:120],
            recipient=recipient,
            subject=subject,
            text=text,
            html=html,
        ),
    )


@dataclass(frozen=True, slots=True)
class Undelivered:
    """A mail that was given up; ``reason`` is what the mail server said."""

    recipient: str
    subject: str
    reason: str
    at: datetime


def undelivered(session: Session, limit: int = 20) -> list[Undelivered]:
    """The mails of the session's workspace that were given up and that none of the same subject has
    followed, newest first."""
    rows = session.scalars(
        select(OutgoingMail)
        .where(is_state(OutgoingMail, "failed"))
        .order_by(OutgoingMail.id.desc())
        .limit(limit)
    ).all()
    newest = select(OutgoingMail.recipient, OutgoingMail.subject, func.max(OutgoingMail.id)).where(
        OutgoingMail.recipient.in_({row.recipient for row in rows})
    )
    found = session.execute(newest.group_by(OutgoingMail.recipient, OutgoingMail.subject))
    last = {id for _recipient, _subject, id in found}
    return [
        Undelivered(
            row.recipient, row.subject, row.last_error or row.result or "", row.finished_at or row.due_at
        )
        for row in rows
        if row.id in last
    ]


def count_undelivered(session: Session, since: datetime) -> int:
    """How many mails were given up since then, in a session bound to no workspace."""
    failed = select(func.count()).select_from(OutgoingMail).where(is_state(OutgoingMail, "failed"))
    return session.scalar(failed.where(OutgoingMail.created_at >= since)) or 0


def _written(site: str, kind: str, template: str, values: dict[str, Any]) -> tuple[str, str]:
    """The subject and the body of one of the twins."""
    environment = _environments(site)[kind]
    twin = {"layout": f"mail/layout.{kind}", "parts": f"mail/parts.{kind}", **values}
    # A site may write one of the twins by itself.
    mail = environment.select_template([f"mail/{template}.{kind}", f"mail/{template}.jinja2"])
    written = mail.render(twin)
    if kind == "html":
        return "", written
    subject, _newline, text = written.partition("\n")
    return subject.strip(), re.sub(r"\n{3,}", "\n\n", text.strip()) + "\n"


@cache
def _environments(site: str) -> dict[str, Environment]:
    """For text and for HTML: with autoescape on, O'Neil would get mail as O&#39;Neil."""
    loader = FileSystemLoader(template_folders(site))
    options: dict[str, Any] = {"loader": loader, "undefined": StrictUndefined, "trim_blocks": True}
    made = {
        "txt": Environment(autoescape=False, **options),  # noqa: S701
        "html": Environment(autoescape=True, **options),
    }
    for environment in made.values():
        add_texts(environment)
    return made

"""Writing mails: each is a row in the transaction that decided to send it; a job sends it."""

from functools import cache
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlalchemy.orm import Session

from core.mail.models import OutgoingMail
from core.mail.tasks import problem_with_server as problem_with_server
from core.resources import template_folders

if TYPE_CHECKING:
    from core.app import App


def send(
    app: "App", session: Session, tenant_id: str, recipient: str, template: str, **values: Any
) -> None:
    """Write ``mail/<template>`` to ``recipient``, as text and as HTML; it leaves after the commit.

    The first line of the text is the subject. Into a mail to somebody who hasn't confirmed the
    address goes nothing that a stranger typed: it would be the stranger's mail in our name.
    """
    values["public_url"] = app.settings.public_url
    plain, rich = _environments(app.settings.template_path)
    subject, _, text = plain.get_template(f"mail/{template}.txt").render(values).partition("\n")
    app.jobs.submit(
        session,
        OutgoingMail(
            tenant_id=tenant_id,
            record_key=f"mail:{recipient}"[:120],
            recipient=recipient,
            subject=subject.strip(),
            text=text.strip() + "\n",
            html=rich.get_template(f"mail/{template}.html").render(values, subject=subject.strip()),
        ),
    )


@cache
def _environments(site: str) -> tuple[Environment, Environment]:
    """For text and for HTML: with autoescape on, O'Neil would get mail as O&#39;Neil."""
    loader = FileSystemLoader(template_folders(site))
    plain = Environment(loader=loader, autoescape=False, undefined=StrictUndefined)  # noqa: S701
    return plain, Environment(loader=loader, autoescape=True, undefined=StrictUndefined)

"""Writing mails: each is a row in the transaction that decided to send it; a job sends it."""

from contextlib import nullcontext
from functools import cache
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlalchemy.orm import Session

from core.mail.models import OutgoingMail
from core.mail.tasks import problem_with_server as problem_with_server
from core.resources import template_folders
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
    **values: Any,
) -> None:
    """Write ``mail/<template>`` to ``recipient``, as text and as HTML; it leaves after the commit.

    ``language`` is the recipient's; without one it is the language that is being spoken: that of the
    page somebody asks for a mail on. The first line of the text is the subject. Into a mail to somebody
    who hasn't confirmed the address goes nothing that a stranger typed: it would be the stranger's mail
    in our name.
    """
    values["public_url"] = app.settings.public_url
    plain, rich = _environments(app.settings.template_path)
    with app.languages.speaking(language) if language else nullcontext():
        written = plain.get_template(f"mail/{template}.txt").render(values)
        subject, _newline, text = written.partition("\n")
        subject = subject.strip()
        html = rich.get_template(f"mail/{template}.html").render(values, subject=subject)
    app.jobs.submit(
        session,
        OutgoingMail(
            tenant_id=tenant_id,
            record_key=f"mail:{recipient}"[:120],
            recipient=recipient,
            subject=subject,
            text=text.strip() + "\n",
            html=html,
        ),
    )


@cache
def _environments(site: str) -> tuple[Environment, Environment]:
    """For text and for HTML: with autoescape on, O'Neil would get mail as O&#39;Neil."""
    loader = FileSystemLoader(template_folders(site))
    plain = Environment(loader=loader, autoescape=False, undefined=StrictUndefined)  # noqa: S701
    rich = Environment(loader=loader, autoescape=True, undefined=StrictUndefined)
    for environment in (plain, rich):
        add_texts(environment)
    return plain, rich

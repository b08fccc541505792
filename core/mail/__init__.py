"""Outgoing mail."""

from typing import Any

from core.mail.models import OutgoingMail
from core.mail.tasks import clean_up, send_mail


def includeme(config: Any) -> None:
    """What sends the mails that were written."""
    config.registry.app.jobs.register(OutgoingMail, send_mail)
    config.registry.app.jobs.periodic("mail.clean_up", 3600, clean_up)

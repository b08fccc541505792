"""Acme: a thank-you note on the record of a link that was paid."""

from core.api.hookspecs import hookimpl
from plugins.acme_action.action import AcmeAction


@hookimpl
def register_actions() -> list[AcmeAction]:
    return [AcmeAction()]

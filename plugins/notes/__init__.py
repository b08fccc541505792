"""Write a note on the lead or deal of a payment link."""

from core.api.hookspecs import hookimpl
from plugins.notes.action import WriteNote


@hookimpl
def register_actions() -> list[WriteNote]:
    return [WriteNote()]

"""``dealpay two-step-off``: for a sole owner who has lost phone and recovery codes."""

from collections.abc import Mapping
from typing import Any

from core import main as make_app
from core.people import service as people
from core.settings import SettingsError


def switch_off(raw: Mapping[str, str], email: str) -> None:
    """Switch two-step sign-in off for the member with that address, and mail them. Raises
    SettingsError where nobody has it on there."""
    wsgi: Any = make_app({}, **raw)
    app = wsgi.registry.app
    try:
        if not people.switch_off_by_operator(app, email):
            raise SettingsError(f"No member with the address {email} has two-step sign-in on.")
    finally:
        app.db.engine.dispose()
        app.plugins.close()

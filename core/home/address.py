"""Whether the address at which browsers and webhooks are to reach this app leads here."""

import requests

from core.api.text import _
from core.app import App


def problem_with_address(app: App, patience: float) -> str | None:
    """What is wrong, in a sentence with the cure; None where the app answers itself there."""
    url = app.settings.public_url
    try:
        answer = requests.get(f"{url}/healthz", timeout=patience, allow_redirects=False)
    except requests.RequestException as error:
        return _(
            "%(url)s doesn't answer here (%(error)s): is the app started, the proxy too?",
            url=url,
            error=type(error).__name__,
        )
    if answer.text == "ok\n":
        return None
    return _(
        "%(url)s/healthz answers %(status)s, and it isn't Dealpay that does: look there.",
        url=url,
        status=answer.status_code,
    )

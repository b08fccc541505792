"""The answer to somebody who tries too often."""

from typing import Any

from pyramid.request import Request

from core.api.text import _
from core.web.forms import Form
from core.web.throttle import wait_in_words


def too_often(request: Request, form: Form[Any], wait: int, **values: Any) -> dict[str, Any]:
    """The form again, with how long to wait: ``wait`` seconds."""
    form.fail(_("That was tried too often. Wait %(time)s, then try again.", time=wait_in_words(wait)))
    request.response.status_int = 429
    request.response.headers["Retry-After"] = str(wait)
    return {"form": form, **values}

"""The answer to somebody who tries too often."""

from typing import Any

from pyramid.request import Request

from core.api.text import _
from core.web.forms import Form
from core.web.throttle import wait_in_words


def too_often(request: Request, form: Form[Any], wait: int, **values: Any) -> dict[str, Any]:
    """The form again, with how long to wait: ``wait`` seconds."""
    form.fail(_said(wait))
    request.response.status_int = 429
    request.response.headers["Retry-After"] = str(wait)
    return {"form": form, **values}


def waits(request: Request, form: Form[Any], what: str = "password") -> bool:
    """Whether the signed-in member has tried ``what`` too often; the form says so then."""
    if wait := request.throttle.hit(what, request.identity.user_id):
        form.fail(_said(wait))
    return bool(wait)


def _said(wait: int) -> str:
    return _("That was tried too often. Wait %(time)s, then try again.", time=wait_in_words(wait))

"""The answer to somebody who tries too often."""

from typing import Any

from pyramid.request import Request

from core.web.forms import Form
from core.web.throttle import wait_in_words


def too_often(request: Request, form: Form[Any], wait: int, **values: Any) -> dict[str, Any]:
    """The form again, with how long to wait: ``wait`` seconds."""
    form.fail(f"That was tried too often. Wait {wait_in_words(wait)}, then try again.")
    request.response.status_int = 429
    request.response.headers["Retry-After"] = str(wait)
    return {"form": form, **values}

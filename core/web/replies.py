"""How views answer: on to another page, or the same form again."""

from typing import Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request

from core.api.actions import Problem
from core.api.errors import CredentialsError, DealpayError, Rejected


def see_other(request: Request, route: str, *, query: Any = None, **parts: str) -> HTTPSeeOther:
    """After a form was taken: show ``route``, so that a reload sends nothing twice."""
    return HTTPSeeOther(request.route_path(route, _query=query, **parts))


def again(request: Request, values: dict[str, Any]) -> dict[str, Any]:
    """The form again with what is wrong with it; because of the status nothing is written."""
    request.response.status_int = 422
    return values


def problem_of(error: DealpayError) -> Problem:
    """What went wrong outside, as a form shows it."""
    if isinstance(error, Rejected):
        return Problem(error.user_message)
    return Problem(str(error), error.field if isinstance(error, CredentialsError) else None)

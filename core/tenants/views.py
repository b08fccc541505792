"""The first page."""

from typing import Any

from pyramid.request import Request

from core.tenants.onboarding import steps
from core.web.pages import page


@page("home", "home/index.jinja2")
def home(request: Request) -> dict[str, Any]:
    """The checklist of a new workspace."""
    return {"steps": steps(request.app, request.identity.tenant_id)}

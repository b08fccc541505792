"""Who may show which page in a frame.

The whole app runs inside the CRM's frame as well as on its own, so the origins of the installed
CRMs may frame every page a member uses; nothing may frame the rest.
"""

from collections.abc import Callable
from typing import Any

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.viewderivers import INGRESS


def mark_framable(view: Callable[..., Any], info: Any) -> Callable[..., Any]:
    """A view deriver: ``request.framable`` is what the view says, also where access is refused."""
    framable = bool(info.options.get("framable", False))
    if info.exception_only:
        return view

    def marked(context: Any, request: Request) -> Any:
        request.framable = framable
        return view(context, request)

    return marked


mark_framable.options = ("framable",)  # type: ignore[attr-defined]


def frame_ancestors(request: Request) -> str:
    """The value of the ``frame-ancestors`` directive for the answer to ``request``."""
    # An address that leads nowhere says so inside the frame too, rather than breaking it.
    unknown_page = getattr(request, "matched_route", None) is None
    if not getattr(request, "framable", unknown_page):
        return "'none'"
    connectors = request.app.plugins.crm_connectors.values()
    origins = sorted({origin for connector in connectors for origin in connector.frame_origins})
    return " ".join(["'self'", *origins])


def includeme(config: Configurator) -> None:
    """The view option ``framable``."""
    config.add_view_deriver(mark_framable, under=INGRESS, over="secured_view")

"""The two kinds of view: pages for people, and answers for machines.

Both fail closed: a page asks for a signed-in member unless it says otherwise, and only pages may
be framed by the CRM.
"""

from typing import Any

from pyramid.config import Configurator
from pyramid.security import NO_PERMISSION_REQUIRED
from pyramid.view import view_config

#: The permission that every signed-in member has.
MEMBER = "member"
#: Open to everybody.
PUBLIC = NO_PERMISSION_REQUIRED


def page(
    route_name: str,
    template: str | None = None,
    *,
    permission: str | None = None,
    method: str | tuple[str, ...] = "GET",
    framable: bool = True,
    **options: Any,
) -> Any:
    """Mark a view as a page: ``@page("links", "links/index.jinja2", permission=Permission.LINKS_READ)``.

    Without a ``permission`` it takes any signed-in member; ``PUBLIC`` opens it to everybody. The
    enabled CRMs may frame it unless it is not ``framable``. An unsafe method needs a CSRF token.
    """
    return view_config(
        route_name=route_name,
        renderer=template,
        permission=permission or MEMBER,
        request_method=method,
        framable=framable,
        **options,
    )


def machine(route_name: str, *, method: str = "GET", **options: Any) -> Any:
    """Mark a view that programs call: no session, no CSRF token, no frame.

    It is open to everybody: the view finds out itself who calls it.
    """
    return view_config(
        route_name=route_name,
        permission=PUBLIC,
        request_method=method,
        require_csrf=False,
        framable=False,
        **options,
    )


def local_path(target: str | None) -> str:
    """``target`` where it is a path of this site, ``/`` where it leads anywhere else."""
    # Browsers take a backslash for a slash and skip tabs and line breaks: //evil in disguise.
    harmless = target and target.isprintable() and "\\" not in target
    return target if target and harmless and target[0] == "/" and target[1:2] != "/" else "/"


def includeme(config: Configurator) -> None:
    """A view that says nothing about permissions takes signed-in members only."""
    config.set_default_permission(MEMBER)

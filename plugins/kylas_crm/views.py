"""The address that Kylas's marketplace opens after "Allow and Install"."""

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.security import NO_PERMISSION_REQUIRED


def installed(request: Request) -> HTTPSeeOther:
    """Lead the visitor on to sign up; the authorization code stays unused and out of the URL."""
    return HTTPSeeOther("/signup?from=kylas_crm", headers={"Cache-Control": "no-store"})


def includeme(config: Configurator) -> None:
    config.add_route("kylas_crm.callback", "/x/kylas_crm/callback", request_method="GET")
    config.add_view(installed, route_name="kylas_crm.callback", permission=NO_PERMISSION_REQUIRED)

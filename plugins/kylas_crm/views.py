"""The address that Kylas's marketplace opens after "Allow and Install"."""

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request
from pyramid.security import NO_PERMISSION_REQUIRED


def installed(request: Request) -> HTTPSeeOther:
    """Apps that were registered with this address: the page for all CRMs takes the code."""
    address = f"/install/kylas?{request.query_string}"
    return HTTPSeeOther(address, headers={"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})


def includeme(config: Configurator) -> None:
    config.add_route("kylas_crm.callback", "/x/kylas_crm/callback", request_method="GET")
    config.add_view(installed, route_name="kylas_crm.callback", permission=NO_PERMISSION_REQUIRED)

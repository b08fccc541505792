"""Requests that change something must come from our own pages.

The session cookie is SameSite=None, since the app runs inside the CRM's page, so it protects
against nothing by itself. Every unsafe request needs a token from the session, and must say that
it comes from our own origin (ASVS 5.0, 3.5.1 to 3.5.3).
"""

from pyramid.config import Configurator
from pyramid.csrf import SessionCSRFStoragePolicy
from pyramid.exceptions import BadCSRFOrigin
from pyramid.request import Request


def comes_from_us(request: Request) -> bool:
    """Raise BadCSRFOrigin unless a browser says that one of our pages sent the request.

    Pyramid's own check looks at https only, and at the Referer.
    """
    origin = request.headers.get("Origin")
    if origin is None:
        ours = request.headers.get("Sec-Fetch-Site") == "same-origin"
    else:
        ours = origin == request.app.settings.public_url
    if not ours:
        raise BadCSRFOrigin("the request doesn't come from this site")
    return True


def includeme(config: Configurator) -> None:
    """Both checks on every unsafe request, except where a view says ``require_csrf=False``."""
    config.set_csrf_storage_policy(SessionCSRFStoragePolicy())
    config.set_default_csrf_options(require_csrf=True, check_origin=False, callback=comes_from_us)

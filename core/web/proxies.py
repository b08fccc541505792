"""Behind a reverse proxy: whose request it is, and how the visitor came."""

from collections.abc import Callable, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response
from pyramid.tweens import INGRESS

Networks = Sequence[IPv4Network | IPv6Network]


def see_visitor(handler: Callable[[Request], Response], registry: Any) -> Callable[[Request], Response]:
    """A tween: ``request.remote_addr`` is the visitor's address, not that of the proxy in front.

    Each proxy appends the address it was called from to X-Forwarded-For, so the list is true as far
    as it was written by proxies we trust, from its end on; what stands before that a client made up.
    """
    settings = registry.app_settings
    proxies = [ip_network(each) for each in settings.trusted_proxies.replace(",", " ").split()]

    def seen(request: Request) -> Response:
        if proxies:
            forwarded = request.environ.get("HTTP_X_FORWARDED_FOR", "")
            request.remote_addr = visitor(request.remote_addr or "", forwarded, proxies)
        if settings.secure:
            # The proxy took the https off; redirects must lead back to it.
            request.scheme = "https"
        return handler(request)

    return seen


def visitor(peer: str, forwarded_for: str, proxies: Networks) -> str:
    """The nearest address that is no trusted proxy's; ``peer`` is who opened the connection to us."""
    nearest = peer
    hops = forwarded_for.split(",")
    while hops and _is_in(nearest, proxies):
        before = hops.pop().strip()
        if _parsed(before) is None:
            break  # "unknown", or nothing: the last address that is one has to do
        nearest = before
    return nearest


def _is_in(address: str, networks: Networks) -> bool:
    parsed = _parsed(address)
    return parsed is not None and any(parsed in network for network in networks)


def _parsed(address: str) -> Any:
    try:
        parsed = ip_address(address)
    except ValueError:
        return None
    # A socket that takes IPv6 shows IPv4 callers as ::ffff:192.0.2.1.
    return getattr(parsed, "ipv4_mapped", None) or parsed


def includeme(config: Configurator) -> None:
    """Before anything else looks at the request."""
    config.add_tween(f"{__name__}.see_visitor", under=INGRESS)

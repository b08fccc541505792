"""The connections of a plugin that may call any public host: ``hosts = ["*"]`` in its manifest."""

from typing import Any
from urllib.parse import urlsplit

import requests

from core.api.errors import Rejected
from core.api.text import _
from core.plugin_host.addresses import public_address
from core.plugin_host.http import CONNECT_LIMIT, BoundedAdapter, Origin, origin_of

ANY_PUBLIC = "*"


class PublicAdapter(BoundedAdapter):
    """Calls public hosts by https, and what the operator's options name as it is.

    Each request goes to an address that was looked at, under the name and the certificate of the
    host; see core.plugin_host.addresses.
    """

    def check(self, request: requests.PreparedRequest, origin: Origin | None) -> None:
        if origin in self.origins:
            return
        if origin is None or origin[0] != "https":
            raise Rejected(
                "host_not_allowed",
                _("Only addresses that begin with https:// are called. Nothing was sent."),
            )
        if "@" in urlsplit(request.url or "").netloc:
            raise Rejected("host_not_allowed", _("An address with a name or a password isn't called."))

    def build_connection_pool_key_attributes(
        self, request: requests.PreparedRequest, verify: Any, cert: Any = None
    ) -> tuple[Any, Any]:
        """Where requests takes its connection from: the address in the place of the name."""
        where: Any
        how: Any
        where, how = super().build_connection_pool_key_attributes(request, verify, cert)
        origin = origin_of(request.url or "")
        if origin is None or origin in self.origins:
            return where, how
        _, host, port = origin
        where["host"] = public_address(host, port, CONNECT_LIMIT)
        how |= {"server_hostname": host, "assert_hostname": host}
        name = f"[{host}]" if ":" in host else host
        request.headers["Host"] = name if port == 443 else f"{name}:{port}"
        return where, how


def adapter_for(plugin_id: str, hosts: tuple[str, ...], origins: frozenset[Origin]) -> BoundedAdapter:
    """The connections of a plugin, by the hosts of its manifest."""
    kind = PublicAdapter if ANY_PUBLIC in hosts else BoundedAdapter
    return kind(plugin_id, origins)

"""Which addresses of the internet a plugin may call whose hosts are typed by users.

A workspace names the host, and whoever holds its name decides where it leads: without a look at the
address, a rule could have this server call itself, its database or the metadata of its cloud (ASVS 5.0,
1.3.6).
"""

import socket
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate
from functools import cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import requests

from core.api.errors import Rejected
from core.api.text import _

Address = IPv4Address | IPv6Address

#: Prefixes behind which an IPv4 address stands that is looked at instead: NAT64 and 6to4.
_NAT64 = ip_network("64:ff9b::/96")
_LOOKUPS = 8


def is_public(address: Address) -> bool:
    """Whether anybody on the internet can be reached at it: not this machine, its network, a cloud's
    metadata service, a multicast group or a reserved block, however it is written."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            inner = IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
        if address.teredo is not None:
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def public_address(host: str, port: int, timeout: float) -> str:
    """An address of ``host`` to connect to, after all that it has turned out to be public.

    The connection is made to the very address that was looked at: a second look-up could give
    another one. Raises Rejected where one isn't public, requests.ConnectTimeout or
    requests.ConnectionError where nobody knows the name now, ``timeout`` in seconds.
    """
    try:
        found = _pool().submit(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM).result(timeout)
    except TooLate:
        raise requests.ConnectTimeout(f"the address of {host} wasn't found in time") from None
    except (OSError, UnicodeError) as error:
        raise requests.ConnectTimeout(f"the address of {host} isn't known") from error
    addresses = [str(address[0]).partition("%")[0] for *_, address in found]
    for address in addresses:
        if not is_public(ip_address(address)):
            raise Rejected(
                "address_not_public",
                _(
                    "%(host)s is in a private network, or is this server itself, so nothing was sent "
                    "there.",
                    host=host,
                ),
            )
    if not addresses:
        raise requests.ConnectTimeout(f"{host} has no address")
    return addresses[0]


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_LOOKUPS, thread_name_prefix="look-up")

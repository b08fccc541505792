"""The HTTP session that a plugin gets: known hosts, a time limit, an end to every answer.

It keeps an honest plugin from going wrong; a plugin runs in our process and is no prisoner.
"""

import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import DecodeError, HTTPError, ReadTimeoutError

from core.api.errors import Rejected
from core.api.text import _

CONNECT_LIMIT = 5.0  # seconds
MAX_ANSWER = 10 * 1024 * 1024  # bytes
_CHUNK = 64 * 1024

#: Scheme, host and port.
Origin = tuple[str, str, int]


class RedirectRefused(requests.RequestException):
    """The vendor sent us to another host. Whether it did what was asked isn't known."""


class AnswerTooLong(requests.RequestException):
    """The answer is longer than MAX_ANSWER; the rest wasn't read."""


def origin_of(url: str) -> Origin | None:
    """The origin of an http or https URL; None for anything else."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port or {"https": 443, "http": 80}[parts.scheme]
    except (ValueError, KeyError):
        return None
    return (parts.scheme, parts.hostname, port) if parts.hostname else None


def allowed_origins(hosts: Iterable[str], urls: Iterable[str]) -> frozenset[Origin]:
    """What a plugin may reach: the manifest's hosts by https, the operator's URLs as they are."""
    named = {("https", host.lower(), 443) for host in hosts if host != "*"}
    return frozenset(named | {origin for url in urls if (origin := origin_of(url))})


class BoundedAdapter(HTTPAdapter):
    """The connections of one plugin, shared by all its sessions. It never retries."""

    def __init__(self, plugin_id: str, origins: frozenset[Origin]):
        super().__init__(pool_connections=10, pool_maxsize=20)
        self.plugin_id = plugin_id
        self.origins = origins

    def check(self, request: requests.PreparedRequest, origin: Origin | None) -> None:
        """Raises Rejected for what the plugin may not call."""
        if origin not in self.origins:
            where = "{}://{}:{}".format(*origin) if origin else "an address without a host"
            raise Rejected(
                "host_not_allowed",
                _(
                    "The plugin %(plugin_id)s may not call %(where)s, so nothing was sent. Its "
                    "plugin.toml names the hosts it may call, and its options add to them.",
                    plugin_id=self.plugin_id,
                    where=where,
                ),
            )

    def send(  # type: ignore[override]  # a session names every argument
        self, request: requests.PreparedRequest, *, timeout: Any = None, **kwargs: Any
    ) -> requests.Response:
        self.check(request, origin_of(request.url or ""))
        connect, read = timeout or (CONNECT_LIMIT, CONNECT_LIMIT)
        deadline = time.monotonic() + read
        response = super().send(request, timeout=(connect, read), **kwargs)
        try:
            response._content = b"".join(_body(response, deadline))
        except BaseException:
            response.raw.close()
            raise
        response._content_consumed = True  # type: ignore[attr-defined]
        response.raw.release_conn()
        return response


def _body(response: requests.Response, deadline: float) -> Iterator[bytes]:
    """The body as it comes in, within the deadline: a time limit on each read alone would let
    a server that drips keep us for ever."""
    length = 0
    try:
        while chunk := response.raw.read1(_CHUNK, decode_content=True):
            length += len(chunk)
            if length > MAX_ANSWER:
                raise AnswerTooLong(f"the answer is longer than {MAX_ANSWER} bytes")
            if time.monotonic() > deadline:
                raise requests.ReadTimeout("the answer didn't end in time", response=response)
            yield chunk
    except ReadTimeoutError as error:
        raise requests.ReadTimeout(error, response=response) from error
    except DecodeError as error:
        raise requests.exceptions.ContentDecodingError(error, response=response) from error
    except HTTPError as error:
        raise requests.exceptions.ChunkedEncodingError(error, response=response) from error


class BoundedSession(requests.Session):
    """A session of one context: cheap, and with cookies of its own.

    ``limit`` is how many seconds one request may take; a request may ask for less. The
    environment's proxies and .netrc are not looked at: they would add credentials of their own.
    """

    def __init__(self, adapter: BoundedAdapter, limit: float):
        super().__init__()
        self.trust_env = False
        self.limit = limit
        self.adapters.clear()
        for scheme in ("https://", "http://"):
            self.mount(scheme, adapter)

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        asked = kwargs.get("timeout")
        connect, read = asked if isinstance(asked, tuple) else (asked, asked)
        kwargs["timeout"] = (
            min(CONNECT_LIMIT, self.limit, connect or self.limit),
            min(self.limit, read or self.limit),
        )
        return super().send(request, **kwargs)

    def resolve_redirects(
        self, *args: Any, yield_requests: bool = False, **kwargs: Any
    ) -> Iterator[Any]:
        """Follow redirects; a caller who follows none gets the answer as it is."""
        if not yield_requests:
            yield from super().resolve_redirects(*args, **kwargs)

    def rebuild_auth(
        self, prepared_request: requests.PreparedRequest, response: requests.Response
    ) -> None:
        """Called by requests before each redirect is followed: refuse those to another origin."""
        origin = origin_of(prepared_request.url or "")
        if origin != origin_of(response.url):
            where = origin[1] if origin else "no host"
            raise RedirectRefused(f"a redirect to {where} was refused", response=response)
        super().rebuild_auth(prepared_request, response)  # type: ignore[no-untyped-call]

    def close(self) -> None:
        """Nothing to close: the connections belong to the plugin and outlive the session."""


def option_urls(options: Mapping[str, str]) -> list[str]:
    """The options that are URLs a plugin calls, an option may hold several; frame origins are for the
    browser alone."""
    called = (value for name, value in options.items() if name != "frame_origins")
    return [url for value in called for url in value.split()]

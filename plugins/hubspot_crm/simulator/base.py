"""What every part of the simulator builds on: tokens, scopes, accounts, limits and refusals."""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from math import inf
from pathlib import Path
from typing import Any

from webob import Request, Response

from core.testing.faults import FaultKind
from core.testing.simulator import Refused, Simulator
from core.testing.store import Doc
from plugins.hubspot_crm.simulator import refusals
from plugins.hubspot_crm.simulator.ratelimit import RateLimits

HERE = Path(__file__).parent
_API = re.compile(r"/(crm|account-info|oauth/v\d)/")
_BEARER = re.compile(r"Bearer (\S+)")


@dataclass(frozen=True, slots=True)
class Caller:
    """The account that a token opens, and what the token may do there."""

    portal: int
    scopes: frozenset[str]


class HubSpotBase(Simulator):
    """The API's common ground. The parts of the API are subclasses, joined in the package."""

    id = "hubspot_crm"
    title = "HubSpot"
    templates = HERE / "templates"
    static = HERE / "static"

    def __init__(self, *, base_url: str, **options: Any):
        self.limits = RateLimits(lambda: self.clock())
        super().__init__(base_url=base_url, **options)

    def caller(self, request: Request, *scopes: str) -> Caller:
        """Who calls. Raises Refused: 401 for no good token, 403 for one without the scopes."""
        match = _BEARER.fullmatch(request.headers.get("Authorization", ""))
        token = self.store.get("token", match[1]) if match else None
        if token is None:
            raise refusals.unauthenticated()
        if token["expired"] or token.get("until", inf) < self.clock():
            raise refusals.expired()
        caller = Caller(token["portal"], frozenset(token["scopes"]))
        for scope in scopes:
            if scope not in caller.scopes:
                raise refusals.missing_scope(scope)
        return caller

    def next_id(self) -> str:
        """Ids are unique over all accounts and kinds here, and above those of the start state."""
        return str(self.store.counter("id", 50_000_000_001))

    def now(self) -> str:
        """As HubSpot writes times: ``2026-11-27T09:30:00.120Z``."""
        at = datetime.fromtimestamp(self.clock(), UTC)
        return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def body(self, request: Request, *allowed: str) -> Doc:
        """The JSON object of a request, with no other keys than ``allowed``. Raises Refused."""
        # As it comes: of more than 10 kB WebOb would make a file, which nobody closes.
        sent = request.body_file_raw.read(request.content_length or 0)
        try:
            body = json.loads(sent)
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise refusals.invalid("Invalid input JSON")
        if unknown := sorted(set(body) - set(allowed)):
            raise refusals.invalid(f"Invalid input JSON: unknown field {unknown[0]}")
        return body

    def limit(self, request: Request, default: int, most: int) -> int:
        """The query's ``limit``. Raises Refused with 400 where it isn't between one and ``most``."""
        text = request.GET.get("limit", str(default))
        if not text.isdecimal() or not 1 <= int(text) <= most:
            raise refusals.invalid(f"Invalid limit {text}: between 1 and {most}")
        return int(text)

    def paged(self, request: Request, rows: list[Doc], key: str, *, default: int, most: int) -> Doc:
        """A page of ``rows``; ``after`` is the ``key`` of the last row that was shown before."""
        limit, after = self.limit(request, default, most), request.GET.get("after")
        keys = [str(row[key]) for row in rows]
        if after is not None and after not in keys:
            raise refusals.invalid("Invalid after")
        start = keys.index(after) + 1 if after else 0
        page: Doc = {"results": rows[start : start + limit]}
        if start + limit < len(rows):
            last = keys[start + limit - 1]
            page["paging"] = {"next": {"after": last, "link": f"{request.path_url}?after={last}"}}
        return page

    def reset(self) -> None:
        super().reset()
        self.limits.clear()

    def faulty(self, request: Request) -> bool:
        return bool(_API.match(request.path_info))

    def not_found(self, request: Request) -> Response:
        return refusals.error(404, None, "resource not found").response

    def respond(self, request: Request) -> Response:
        """Serve a page as it is, and the API behind its rate limit."""
        if not self.faulty(request):
            return super().respond(request)
        served, headers = self.limits.take(request.headers.get("Authorization", ""))
        response = super().respond(request) if served else refusals.too_many().response
        for name, value in headers.items():
            response.headers[name] = value
        return response

    def dispatch(self, request: Request, path: str) -> Response:
        # One request at a time: what a handler reads can't change before it writes.
        with self.store.lock:
            return super().dispatch(request, path)

    def fault_answer(self, kind: FaultKind, request: Request) -> Response:
        refused: Refused
        if kind is FaultKind.RATE_LIMITED:
            refused = refusals.too_many()
        elif kind is FaultKind.SERVER_ERROR:
            refused = refusals.error(500, None, "internal error")
        else:
            refused = refusals.error(503, None, "Service unavailable")
        return refused.response

"""Webhooks of the CRM: managed through the API, delivered with the header they were given.

Kylas signs nothing; the receiver knows the sender by that header alone.
"""

import json
import re
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Mapping

from webob import Request, Response

from core.testing.deliveries import Outgoing
from core.testing.simulator import answer, route
from core.testing.store import Doc
from plugins.kylas_crm.simulator import refusals
from plugins.kylas_crm.simulator.base import KylasBase
from plugins.kylas_crm.simulator.callers import Caller
from plugins.kylas_crm.simulator.state import Tenant, full_name

EVENTS = frozenset(
    f"{entity}_{what}"
    for entity, happenings in {
        "LEAD": ("CREATED", "UPDATED", "DELETED"),
        "DEAL": ("CREATED", "UPDATED", "DELETED"),
        "CONTACT": ("CREATED", "UPDATED", "DELETED"),
        "USER": ("CREATED", "UPDATED", "ACTIVATED", "DEACTIVATED"),
    }.items()
    for what in happenings
)


def _auth_headers(kind: str, key: str | None) -> Mapping[str, str]:
    """The header that a webhook's ``authenticationType`` and ``authenticationKey`` stand for.

    Raises ValueError or KeyError where the key isn't the base64 of what the type needs.
    """
    if kind == "NONE":
        return {}
    try:
        given = json.loads(b64decode(key or "", validate=True))
    except NotBase64 as error:
        raise ValueError("not base64") from error
    if kind == "API_KEY":
        return {str(given["keyName"]): str(given["value"])}
    if kind == "BEARER_TOKEN":
        return {"Authorization": f"Bearer {given['token']}"}
    if kind == "BASIC_AUTH":
        pair = f"{given['username']}:{given['password']}".encode()
        return {"Authorization": f"Basic {b64encode(pair).decode()}"}
    raise ValueError(kind)


def _problems(hook: Doc) -> list[str]:
    problems = []
    if not hook.get("name"):
        problems.append("Name can't be blank")
    if not hook.get("url"):
        problems.append("Url can't be blank")
    if not re.match(r"https?://[^\s/]+", hook.get("url") or ""):
        problems.append("Url is invalid")
    if not hook.get("events") or not EVENTS.issuperset(hook["events"]):
        problems.append("Events is invalid")
    try:
        _auth_headers(hook.get("authenticationType", "NONE"), hook.get("authenticationKey"))
    except (KeyError, TypeError, ValueError):
        problems.append("Authentication key is invalid")
    return problems


def _outside(tenant: Tenant, kind: str, entity: Doc) -> Doc:
    """An entity as webhooks show it: a lead's references are ``{id, value}`` there."""
    if kind != "lead":
        return entity
    owner = tenant.get("user", entity["ownerId"])
    pipeline = entity.get("pipeline")
    stage = pipeline["stage"] if pipeline else None
    return {
        **entity,
        "ownerId": {"id": entity["ownerId"], "value": full_name(owner) if owner else None},
        "pipeline": {"id": pipeline["id"], "value": pipeline["name"]} if pipeline else None,
        "pipelineStage": {"id": stage["id"], "value": stage["name"]} if stage else None,
    }


class Webhooks(KylasBase):
    """``/v1/webhooks``"""

    def emit(self, tenant: Tenant, event: str, kind: str, entity: Doc) -> None:
        """Tell every active webhook that listens for ``event``."""
        payload = {
            "entity": _outside(tenant, kind, entity),
            "entityType": kind,
            "tenantId": tenant.id,
        }
        for hook in tenant.all("webhook", lambda one: one["active"] and event in one["events"]):
            headers = {
                "Content-Type": "application/json",
                **_auth_headers(hook["authenticationType"], hook["authenticationKey"]),
            }
            self.deliveries.send(
                Outgoing(hook["url"], json.dumps(payload).encode(), lambda headers=headers: headers)  # type: ignore[misc]
            )

    @route("POST", "/v1/webhooks")
    def add_webhook(self, request: Request) -> Response:
        caller = self._writer(request)
        return answer({"id": self._save_webhook(caller, self.next_id(), self.body(request))}, 201)

    @route("PUT", "/v1/webhooks/{id}")
    def change_webhook(self, request: Request, id: str) -> Response:
        caller = self._writer(request)
        if not caller.tenant.get("webhook", id):
            raise refusals.ruby(404, "027404", refusals.MISSING)
        return answer({"id": self._save_webhook(caller, int(id), self.body(request))})

    @route("DELETE", "/v1/webhooks/{id}")
    def drop_webhook(self, request: Request, id: str) -> Response:
        caller = self._writer(request)
        if not caller.tenant.get("webhook", id):
            raise refusals.ruby(404, "027404", refusals.MISSING)
        caller.tenant.delete("webhook", id)
        return Response(status=200)

    def _writer(self, request: Request) -> Caller:
        caller = self.caller(request)
        if not caller.may("webhook", "write"):
            raise refusals.ruby(403, "027001", "You don't have permission to manage webhooks")
        return caller

    def _save_webhook(self, caller: Caller, id: int, hook: Doc) -> int:
        if problems := _problems(hook):
            raise refusals.ruby(422, "027003", ",".join(problems))
        caller.tenant.put(
            "webhook",
            {
                "id": id,
                "name": hook["name"],
                "url": hook["url"],
                "events": hook["events"],
                "active": bool(hook.get("active", True)),
                "authenticationType": hook.get("authenticationType", "NONE"),
                "authenticationKey": hook.get("authenticationKey"),
            },
        )
        return id

"""The scaffold's connector with the verbs that it leaves to its author."""

from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlencode

import requests
from pydantic import SecretStr

from core.api.context import CrmContext
from core.api.errors import CredentialsError, NotSent, OutcomeUnknown, Rejected
from core.api.hookspecs import hookimpl
from core.api.records import (
    CrmAccount,
    CrmUser,
    Field,
    FieldChange,
    FieldChoice,
    FieldType,
    Grant,
    OwnerChange,
    Record,
    RecordRef,
    TaskDraft,
    TaskRef,
)
from plugins.acme_crm import mapping
from plugins.acme_crm.client import Api, Json
from plugins.acme_crm.connector import AcmeConnector, _path
from plugins.acme_crm.settings import AcmeSettings

Ctx = CrmContext[AcmeSettings]


class AcmeGrant(AcmeSettings):
    """The tokens that somebody has given us; the access token stands where the key does."""

    renewal: SecretStr


class FullConnector(AcmeConnector):
    """Acme CRM with fields, owners, tasks and OAuth."""

    GrantSettings = AcmeGrant
    names_user = True

    @hookimpl
    def validate_credentials(self, ctx: Ctx) -> CrmAccount:
        user = self.list_users(ctx, "")[0]
        return replace(super().validate_credentials(ctx), user=user)

    @hookimpl
    def authorize_url(self, ctx: Ctx, state: str, redirect_uri: str) -> str:
        asked = {"client_id": ctx.options["client_id"], "state": state, "redirect_uri": redirect_uri}
        return f"{ctx.options['api_base']}/oauth/authorize?{urlencode(asked)}"

    @hookimpl
    def exchange_code(self, ctx: Ctx, code: str, redirect_uri: str) -> Grant:
        return _tokens(ctx, {"code": code, "redirect_uri": redirect_uri})

    @hookimpl
    def refresh_auth(self, ctx: Ctx) -> Grant:
        return _tokens(ctx, {"renewal": ctx.settings.renewal.get_secret_value()})

    @hookimpl
    def fetch_record(self, ctx: Ctx, ref: RecordRef) -> Record:
        raw = Api(ctx).read(_path(ref))
        return replace(mapping.record(ref, raw, ctx.options["app_base"]), owner=_owner(raw))

    @hookimpl
    def list_fields(self, ctx: Ctx, kind: str) -> list[Field]:
        found = Api(ctx).read("/fields")["fields"]
        return [_field(raw) for raw in found]

    @hookimpl
    def set_field(self, ctx: Ctx, ref: RecordRef, field_id: str, value: str) -> FieldChange:
        api, path = Api(ctx), _path(ref)
        field = next((one for one in self.list_fields(ctx, ref.kind) if one.id == field_id), None)
        if field is None:
            raise Rejected("field_not_found", "Acme CRM has no such field any more.")
        if not field.writable:
            raise Rejected("field_read_only", "Acme CRM keeps this field itself.")
        if not field.takes(value):
            raise Rejected("value_refused", "The field doesn't take this value.")
        fields = api.read(path)["fields"]
        before = fields.get(field_id)
        if before == value:
            return FieldChange(before, value, changed=False)
        api.write(f"{path}/fields", {"fields": {**fields, field_id: value}})
        return FieldChange(before, value, changed=True)

    @hookimpl
    def set_owner(self, ctx: Ctx, ref: RecordRef, user_id: str) -> OwnerChange:
        api, path = Api(ctx), _path(ref)
        before, after = _owner(api.read(path)), self._user(ctx, user_id)
        if before == after:
            return OwnerChange(before, after, changed=False)
        api.write(f"{path}/owner", {"owner": user_id})
        return OwnerChange(before, after, changed=True)

    @hookimpl
    def create_task(self, ctx: Ctx, ref: RecordRef, task: TaskDraft, marker: str) -> TaskRef:
        api = Api(ctx)
        if task.assignee_id:
            self._user(ctx, task.assignee_id)
        body = {"title": task.title, "assignee": task.assignee_id, "marker": marker}
        body |= {"due": task.due_at.isoformat() if task.due_at else None}
        made = api.write(f"{_path(ref)}/tasks", body)
        return TaskRef(str(made["id"]))

    @hookimpl
    def find_task(self, ctx: Ctx, ref: RecordRef, marker: str) -> TaskRef | None:
        for task in Api(ctx).pages(f"{_path(ref)}/tasks", "tasks"):
            if task["marker"] == marker:
                return TaskRef(str(task["id"]))
        return None

    @hookimpl
    def get_user(self, ctx: Ctx, user_id: str) -> CrmUser | None:
        return self._find(ctx, user_id)

    def _find(self, ctx: Ctx, id: str) -> CrmUser | None:
        known = (user for user in self.list_users(ctx, "") if user.id == id)
        return next(known, None)

    def _user(self, ctx: Ctx, id: str) -> CrmUser:
        if user := self._find(ctx, id):
            return user
        raise Rejected("user_not_found", "Acme CRM has no such user any more.")


def _tokens(ctx: Ctx, form: dict[str, str]) -> Grant:
    app = (ctx.options["client_id"], ctx.options["client_secret"])
    try:
        reply = ctx.http.post(f"{ctx.options['api_base']}/oauth/token", data=form, auth=app, timeout=5)
        if reply.status_code == 400:
            raise CredentialsError("Acme CRM doesn't accept this any more.")
        if reply.status_code >= 429:
            raise NotSent("Acme CRM is down.")
        raw = reply.json()
    except (requests.RequestException, ValueError):
        raise OutcomeUnknown("Acme CRM's answer was lost.") from None
    settings = AcmeGrant(api_key=raw["access"], renewal=raw["renewal"])
    return Grant(settings, ctx.clock() + timedelta(seconds=raw["seconds"]))


def _owner(raw: Json) -> CrmUser:
    return mapping.user(raw["owner"])


def _field(raw: Json) -> Field:
    choices = tuple(FieldChoice(one, one.capitalize()) for one in raw["choices"])
    return Field(raw["id"], raw["name"], FieldType(raw["type"]), choices, writable=raw["writable"])

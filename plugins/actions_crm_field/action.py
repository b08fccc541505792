"""The actions "set_field", "change_owner" and "create_task"."""

from datetime import timedelta

from core.api.actions import Choice, DefaultRule, DomainEvent, Done, Outcome, Problem, Skipped
from core.api.context import ActionContext
from core.api.hookspecs import hookimpl
from core.api.records import Field, FieldChoice, FieldType, TaskDraft
from plugins.actions_crm_field import template
from plugins.actions_crm_field.settings import ChangeOwnerConfig, CreateTaskConfig, SetFieldConfig

_TRIGGERS = (
    "payment.succeeded",
    "link.paid",
    "link.part_paid",
    "payment.pending",
    "payment.failed",
    "link.created",
    "link.expired",
    "payment.refunded",
    "dispute.opened",
    "dispute.closed",
)
_YES_OR_NO = (FieldChoice("true", "Yes"), FieldChoice("false", "No"))
# How the recorded result of a step begins when there was nothing to change.
_ALREADY_THERE = "was "
_LONGEST = 80  # letters of a value in a sentence


class SetField:
    """Write a value into a field of the record, when the rule is for its kind of record."""

    id = "set_field"
    name = "Set a field"
    Config = SetFieldConfig
    triggers = _TRIGGERS
    needs = ("crm_connector:set_field", "crm_connector:list_fields")
    default_rules: tuple[DefaultRule, ...] = ()

    @hookimpl
    def choices(self, ctx: ActionContext, field: str, draft: dict[str, str]) -> list[Choice]:
        """Kinds, then the fields of the kind that can be written, then the choices of the field."""
        kind = draft.get("record_kind") or ""
        if field == "record_kind":
            return _kinds(ctx)
        if kind not in ctx.record_kinds:
            return []
        fields = {one.id: one for one in ctx.crm.list_fields(kind) if one.writable}
        if field == "field_id":
            return [Choice(one.id, one.name) for one in fields.values()]
        chosen = fields.get(draft.get("field_id") or "")
        if chosen and field == "choice":
            return [Choice(one.id, one.name) for one in _options(chosen)]
        return []

    @hookimpl
    def check(self, ctx: ActionContext, config: SetFieldConfig) -> list[Problem]:
        kind = config.record_kind
        if kind not in ctx.record_kinds:
            return [_no_such_kind(kind)]
        field = next((one for one in ctx.crm.list_fields(kind) if one.id == config.field_id), None)
        if field is None:
            return [Problem(f"The CRM has no such field for {kind}s any more.", "field_id")]
        if not field.writable:
            return [Problem(f'"{field.name}" can\'t be written in the CRM.', "field_id")]
        if _options(field):
            if config.choice is None:
                return [Problem(f'Choose what "{field.name}" is to hold.', "choice")]
            if not field.takes(config.choice):
                return [Problem(f'"{field.name}" has no such choice any more.', "choice")]
            return []
        if config.choice is not None:
            return [Problem(f'"{field.name}" has no choices: write a value.', "choice")]
        if not field.takes(template.sample(config.text)):
            return [Problem(f'"{field.name}" takes {_KIND_OF_VALUE[field.type]}.', "text")]
        return []

    @hookimpl
    def summary(self, config: SetFieldConfig) -> str:
        value = _short(config.choice_name or config.choice or config.text)
        return f'Set {_field_name(config)} of the {config.record_kind} to "{value}".'

    @hookimpl
    def run(self, ctx: ActionContext, event: DomainEvent, config: SetFieldConfig) -> Outcome:
        if event.record.kind != config.record_kind:
            return _other_kind(event, config.record_kind)
        if missing := template.unknown(config.text, event) if config.choice is None else []:
            return Skipped(f"{', '.join(missing)} is not known")
        assert ctx.once
        value = config.choice or template.render(config.text, event)
        shown = f'"{_short(config.choice_name or value)}"'
        tried = False

        def put() -> str:
            change = ctx.crm.set_field(event.record, config.field_id, value)
            # What an earlier try may have set is our doing, though it is there now.
            if change.changed or tried:
                return f"Set {_field_name(config)} to {shown}"
            return f"{_ALREADY_THERE}{shown} already"

        def look() -> str | None:
            """After a lost answer set_field looks first, and writes only where it has to."""
            nonlocal tried
            tried = True
            return None

        return _told(ctx.once("field", put, find=look))


class ChangeOwner:
    """Give the record to somebody, when the rule is for its kind of record."""

    id = "change_owner"
    name = "Change the owner"
    Config = ChangeOwnerConfig
    triggers = _TRIGGERS
    needs = ("crm_connector:set_owner", "crm_connector:list_users")
    default_rules: tuple[DefaultRule, ...] = ()

    @hookimpl
    def choices(self, ctx: ActionContext, field: str) -> list[Choice]:
        if field == "record_kind":
            return _kinds(ctx)
        return _users(ctx) if field == "user_id" else []

    @hookimpl
    def check(self, ctx: ActionContext, config: ChangeOwnerConfig) -> list[Problem]:
        if config.record_kind not in ctx.record_kinds:
            return [_no_such_kind(config.record_kind)]
        return _user_left(ctx, config.user_id)

    @hookimpl
    def summary(self, config: ChangeOwnerConfig) -> str:
        return f"Give the {config.record_kind} to {config.user_name or f'user {config.user_id}'}."

    @hookimpl
    def run(self, ctx: ActionContext, event: DomainEvent, config: ChangeOwnerConfig) -> Outcome:
        if event.record.kind != config.record_kind:
            return _other_kind(event, config.record_kind)
        assert ctx.once

        def give() -> str:
            change = ctx.crm.set_owner(event.record, config.user_id)
            if not change.changed:
                return f"{_ALREADY_THERE}with {change.after.name} already"
            origin = f" from {change.before.name}" if change.before else ""
            return f"Given{origin} to {change.after.name}"

        def given() -> str | None:
            """After a lost answer the record itself says whose it is."""
            owner = ctx.crm.fetch_record(event.record).owner
            return f"Given to {owner.name}" if owner and owner.id == config.user_id else None

        return _told(ctx.once("owner", give, find=given))


class CreateTask:
    """Make a task on the record of a link, once per run."""

    id = "create_task"
    name = "Make a task"
    Config = CreateTaskConfig
    triggers = _TRIGGERS
    needs = ("crm_connector:create_task", "crm_connector:find_task", "crm_connector:list_users")
    default_rules: tuple[DefaultRule, ...] = ()

    @hookimpl
    def choices(self, ctx: ActionContext, field: str) -> list[Choice]:
        return _users(ctx) if field == "user_id" else []

    @hookimpl
    def check(self, ctx: ActionContext, config: CreateTaskConfig) -> list[Problem]:
        return _user_left(ctx, config.user_id) if config.user_id else []

    @hookimpl
    def summary(self, config: CreateTaskConfig) -> str:
        whose = f" for {config.user_name or f'user {config.user_id}'}" if config.user_id else ""
        days = {0: "the same day", 1: "in 1 day"}.get(config.due_days, f"in {config.due_days} days")
        return f'Make a task{whose}, due {days}: "{_short(config.title)}".'

    @hookimpl
    def run(self, ctx: ActionContext, event: DomainEvent, config: CreateTaskConfig) -> Outcome:
        assert ctx.once
        assert ctx.run_id
        record, marker = event.record, f"dealpay-{ctx.run_id}"
        title = template.render(config.title, event)
        # From the event on, so that a later try makes the same task.
        draft = TaskDraft(title, event.at + timedelta(days=config.due_days), config.user_id)

        def make() -> str:
            return ctx.crm.create_task(record, draft, marker).id

        def made() -> str | None:
            task = ctx.crm.find_task(record, marker)
            return task.id if task else None

        ctx.once("task", make, find=made)
        return Done(f'Made the task "{_short(title)}"')


_KIND_OF_VALUE = {
    FieldType.TEXT: "a text",
    FieldType.NUMBER: "a number such as 1250.50",
    FieldType.DATE: "a date such as 2026-11-03",
}


def _options(field: Field) -> tuple[FieldChoice, ...]:
    return _YES_OR_NO if field.type is FieldType.BOOL else field.choices


def _kinds(ctx: ActionContext) -> list[Choice]:
    return [Choice(kind, kind.capitalize()) for kind in ctx.record_kinds]


def _users(ctx: ActionContext) -> list[Choice]:
    return [Choice(user.id, user.name) for user in ctx.crm.list_users("") if user.active]


def _no_such_kind(kind: str) -> Problem:
    return Problem(f'The CRM has no records of the kind "{kind}".', "record_kind")


def _user_left(ctx: ActionContext, user_id: str) -> list[Problem]:
    if any(user.value == user_id for user in _users(ctx)):
        return []
    return [Problem("The CRM has no such user any more, or they have left.", "user_id")]


def _other_kind(event: DomainEvent, wanted: str) -> Skipped:
    return Skipped(f"the rule is for {wanted}s, this is a {event.record.kind}")


def _told(result: str) -> Outcome:
    return Skipped(result) if result.startswith(_ALREADY_THERE) else Done(result)


def _field_name(config: SetFieldConfig) -> str:
    return config.field_name or f"field {config.field_id}"


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1].rstrip() + "…"

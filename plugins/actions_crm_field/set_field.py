"""The action "set_field"."""

from core.api.actions import (
    EVENTS,
    Choice,
    DefaultRule,
    DomainEvent,
    Outcome,
    Planned,
    Problem,
    Skipped,
    kind_word,
    kind_words,
)
from core.api.context import ActionContext
from core.api.errors import Rejected
from core.api.hookspecs import hookimpl
from core.api.records import Field, FieldChoice, FieldType
from core.api.text import N_, _, show
from plugins.actions_crm_field import template
from plugins.actions_crm_field.settings import SetFieldConfig
from plugins.actions_crm_field.shared import (
    SAME,
    kinds,
    no_such_kind,
    other_kind,
    short,
    told,
)

_YES_OR_NO = (FieldChoice("true", N_("Yes")), FieldChoice("false", N_("No")))
_WRONG_VALUE = {
    FieldType.TEXT: N_('"%(field)s" takes a text.'),
    FieldType.NUMBER: N_('"%(field)s" takes a number such as 1250.50.'),
    FieldType.DATE: N_('"%(field)s" takes a date such as 2026-11-03.'),
}


class SetField:
    """Write a value into a field of the record, when the rule is for its kind of record."""

    id = "set_field"
    name = N_("Set a field")
    Config = SetFieldConfig
    triggers = EVENTS
    needs = ("crm_connector:set_field", "crm_connector:list_fields")
    default_rules: tuple[DefaultRule, ...] = ()

    @hookimpl
    def choices(self, ctx: ActionContext, field: str, draft: dict[str, str]) -> list[Choice]:
        """Kinds, then the fields of the kind that can be written, then the choices of the field."""
        kind = draft.get("record_kind") or ""
        if field == "record_kind":
            return kinds(ctx)
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
            return [no_such_kind(kind)]
        field = _field(ctx, config)
        if field is None:
            gone = _("The CRM has no such field for %(kinds)s any more.", kinds=kind_words(kind))
            return [Problem(gone, "field_id")]
        if not field.writable:
            return [
                Problem(_('"%(field)s" can\'t be written in the CRM.', field=field.name), "field_id")
            ]
        if _options(field):
            if config.choice is None:
                return [Problem(_('Choose what "%(field)s" is to hold.', field=field.name), "choice")]
            if not field.takes(config.choice):
                return [
                    Problem(_('"%(field)s" has no such choice any more.', field=field.name), "choice")
                ]
            return []
        if config.choice is not None:
            return [Problem(_('"%(field)s" has no choices: write a value.', field=field.name), "choice")]
        if not field.takes(template.sample(config.text)):
            return [Problem(_(_WRONG_VALUE[field.type], field=field.name), "text")]
        return []

    @hookimpl
    def summary(self, config: SetFieldConfig) -> str:
        return _(
            'Set %(field)s of the %(kind)s to "%(value)s".',
            field=_name(config),
            kind=kind_word(config.record_kind),
            value=short(config.choice_name or config.choice or config.text),
        )

    @hookimpl
    def run(self, ctx: ActionContext, event: DomainEvent, config: SetFieldConfig) -> Outcome:
        if skipped := _not_meant(event, config):
            return skipped
        assert ctx.once
        value, shown = _value(event, config)
        tried = False

        def put() -> str:
            change = ctx.crm.set_field(event.record, config.field_id, value)
            # What an earlier try may have set is our doing, though it is there now.
            if change.changed or tried:
                return _('Set %(field)s to "%(value)s"', field=_name(config), value=shown)
            return SAME + _('was "%(value)s" already', value=shown)

        def look() -> str | None:
            """After a lost answer set_field looks first, and writes only where it has to."""
            nonlocal tried
            tried = True
            return None

        return told(ctx.once("field", put, find=look))

    @hookimpl
    def preview(
        self, ctx: ActionContext, event: DomainEvent, config: SetFieldConfig
    ) -> list[Planned] | Skipped:
        if skipped := _not_meant(event, config):
            return skipped
        field = _field(ctx, config)
        if field is None:
            raise Rejected(
                "field_not_found", _("The CRM has no such field any more. Choose another one.")
            )
        what = _(
            'Set %(field)s of the %(kind)s “%(title)s” to "%(value)s".',
            field=field.name,
            kind=kind_word(event.record.kind),
            title=event.record_title,
            value=_value(event, config)[1],
        )
        return [Planned(what)]


def _not_meant(event: DomainEvent, config: SetFieldConfig) -> Skipped | None:
    """Why the rule leaves the record of an event alone."""
    if event.record.kind != config.record_kind:
        return other_kind(event, config.record_kind)
    missing = template.unknown(config.text, event) if config.choice is None else []
    return Skipped(_("%(names)s is not known", names=", ".join(missing))) if missing else None


def _value(event: DomainEvent, config: SetFieldConfig) -> tuple[str, str]:
    """What is written, and as it is shown."""
    value = config.choice or template.render(config.text, event)
    return value, short(config.choice_name or value)


def _field(ctx: ActionContext, config: SetFieldConfig) -> Field | None:
    fields = ctx.crm.list_fields(config.record_kind)
    return next((one for one in fields if one.id == config.field_id), None)


def _options(field: Field) -> tuple[FieldChoice, ...]:
    if field.type is not FieldType.BOOL:
        return field.choices
    return tuple(FieldChoice(one.id, show(one.name)) for one in _YES_OR_NO)


def _name(config: SetFieldConfig) -> str:
    return config.field_name or _("field %(id)s", id=config.field_id)

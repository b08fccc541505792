"""What a rule says: the field and its value, the new owner, the task.

Ids are the CRM's; the names beside them are for ``summary``.
"""

from pydantic import field_validator

from core.api.settings import Settings, setting
from core.api.text import N_
from plugins.actions_crm_field.template import check

#: An assignee who is looked up when the task is made.
OWNER = "$owner"

# Every variable of the template by its name: a translator sees the sentence as a whole.
_VALUE_HELP = N_(
    "For a field without a list of choices; a date as {{date}} or 2026-11-03. Variables: {{amount}}, "
    "{{currency}}, {{date}}, {{record.title}}, {{link.id}}, {{link.url}}, {{payment.id}}, "
    "{{payment.method}}, {{payer.name}}."
)
_TASK_HELP = N_(
    "Variables: {{amount}}, {{currency}}, {{date}}, {{record.title}}, {{link.id}}, {{link.url}}, "
    "{{payment.id}}, {{payment.method}}, {{payer.name}}."
)


class SetFieldConfig(Settings):
    """A field, and either one of its choices or a text that makes its value."""

    record_kind: str = setting(label=N_("For"), choices=True, min_length=1, target=True)
    field_id: str = setting(
        label=N_("Field"), choices=True, depends_on="record_kind", min_length=1, target=True
    )
    field_name: str = setting("", label=N_("Field name"), label_of="field_id")
    choice: str | None = setting(None, label=N_("Choice"), choices=True, depends_on="field_id")
    choice_name: str = setting("", label=N_("Choice name"), label_of="choice")
    text: str = setting("", label=N_("Value"), help=_VALUE_HELP, max_length=500)

    @field_validator("text")
    @classmethod
    def _can_be_filled(cls, value: str) -> str:
        check(value)
        return value


class ChangeOwnerConfig(Settings):
    """Whose the record is to be."""

    record_kind: str = setting(label=N_("For"), choices=True, min_length=1, target=True)
    user_id: str = setting(label=N_("New owner"), choices=True, min_length=1)
    user_name: str = setting("", label=N_("Name of the new owner"), label_of="user_id")


class CreateTaskConfig(Settings):
    """What is to be done, by when and by whom."""

    title: str = setting(label=N_("Task"), help=_TASK_HELP, min_length=1, max_length=200)
    due_days: int = setting(1, label=N_("Due in days"), help=N_("0 is the same day."), ge=0, le=365)
    user_id: str | None = setting(
        None,
        label=N_("Assignee"),
        help=N_("Left empty, the CRM decides whose task it is."),
        choices=True,
    )
    user_name: str = setting("", label=N_("Name of the assignee"), label_of="user_id")

    @field_validator("title")
    @classmethod
    def _can_be_filled(cls, value: str) -> str:
        check(value)
        return value

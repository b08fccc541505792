"""What a rule says: the field and its value, the new owner, the task.

Ids are the CRM's; the names beside them are for ``summary``.
"""

from pydantic import field_validator

from core.api.settings import Settings, setting
from plugins.actions_crm_field.template import HELP, check


class SetFieldConfig(Settings):
    """A field, and either one of its choices or a text that makes its value."""

    record_kind: str = setting(label="For", choices=True, min_length=1)
    field_id: str = setting(label="Field", choices=True, depends_on="record_kind", min_length=1)
    field_name: str = setting("", label="Field name", label_of="field_id")
    choice: str | None = setting(None, label="Choice", choices=True, depends_on="field_id")
    choice_name: str = setting("", label="Choice name", label_of="choice")
    text: str = setting(
        "",
        label="Value",
        help=f"For a field without a list of choices; a date as {{{{date}}}} or 2026-11-03. {HELP}",
        max_length=500,
    )

    @field_validator("text")
    @classmethod
    def _can_be_filled(cls, value: str) -> str:
        check(value)
        return value


class ChangeOwnerConfig(Settings):
    """Whose the record is to be."""

    record_kind: str = setting(label="For", choices=True, min_length=1)
    user_id: str = setting(label="New owner", choices=True, min_length=1)
    user_name: str = setting("", label="Name of the new owner", label_of="user_id")


class CreateTaskConfig(Settings):
    """What is to be done, by when and by whom."""

    title: str = setting(label="Task", help=HELP, min_length=1, max_length=200)
    due_days: int = setting(1, label="Due in days", help="0 is the same day.", ge=0, le=365)
    user_id: str | None = setting(
        None, label="Assignee", help="Left empty, the CRM decides whose task it is.", choices=True
    )
    user_name: str = setting("", label="Name of the assignee", label_of="user_id")

    @field_validator("title")
    @classmethod
    def _can_be_filled(cls, value: str) -> str:
        check(value)
        return value

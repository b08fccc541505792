"""What a rule says about the note."""

from pydantic import field_validator

from core.api.settings import Settings, setting
from core.api.text import N_
from plugins.notes.template import check

# Every variable of the template by its name: a translator sees the sentence as a whole.
_HELP = N_(
    "Plain text. Variables: {{date}}, {{record.title}}, {{link.id}}, {{link.url}}, {{link.amount}}, "
    "{{link.product}}, {{link.quantity}}, {{link.mode}}, {{link.created_by}}, {{link.due}}, "
    "{{link.expires_at}}, {{link.left}}, {{payment.amount}}, {{payment.method}}, {{payment.reason}}, "
    "{{payer.name}}, {{payer.email}}, {{refund.amount}}, {{refund.reason}}, {{dispute.amount}}, "
    "{{dispute.reason}}, {{dispute.state}}, {{dispute.due_by}}."
)


class WriteNoteConfig(Settings):
    """The text of the note; an empty one, or one that names an unknown variable, is refused."""

    template: str = setting(label=N_("Note"), help=_HELP, multiline=True, min_length=1, max_length=4000)

    @field_validator("template")
    @classmethod
    def _can_be_filled(cls, value: str) -> str:
        check(value)
        return value

"""What a rule says about the note."""

from pydantic import field_validator

from core.api.settings import Settings, setting
from plugins.notes.template import VARIABLES, check

_HELP = "Plain text. Variables: " + ", ".join(f"{{{{{name}}}}}" for name in VARIABLES) + "."


class WriteNoteConfig(Settings):
    """The text of the note; an empty one, or one that names an unknown variable, is refused."""

    template: str = setting(label="Note", help=_HELP, multiline=True, min_length=1, max_length=4000)

    @field_validator("template")
    @classmethod
    def _can_be_filled(cls, value: str) -> str:
        check(value)
        return value

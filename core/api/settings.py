"""Plugin settings: one Pydantic model makes the form, the check and the stored shape.

A field typed ``SecretStr`` is encrypted at rest, never sent back to a browser, and kept when
the form comes in with the field empty.
"""

from collections.abc import Callable
from typing import Any, get_args

from pydantic import BaseModel, ConfigDict, Field, SecretStr
from pydantic.config import JsonDict
from pydantic.fields import FieldInfo


class Settings(BaseModel):
    """The base of every plugin's settings and of every action's configuration."""

    # A ValidationError prints the input it refuses, which here may be a secret.
    model_config = ConfigDict(
        extra="forbid", str_strip_whitespace=True, frozen=True, hide_input_in_errors=True
    )


def setting(
    default: Any = ...,
    *,
    label: str,
    help: str | None = None,
    placeholder: str | None = None,
    choices: bool = False,
    depends_on: str | None = None,
    label_of: str | None = None,
    multiline: bool = False,
    made_by: Callable[[], Any] | None = None,
    target: bool = False,
    **constraints: Any,
) -> Any:
    """A field of a Settings model with what its form needs.

    ``choices`` asks the action's ``choices`` verb for the options; ``depends_on`` names the
    field whose value those options hang on. A field with ``label_of`` has no input of its own: it
    keeps the label of the option that was chosen for that field, so that ``summary`` can name it.
    ``made_by`` makes the value of a field that is left empty; a secret of an action that was made so
    is shown to whoever saves the rule, once. The fields with ``target`` say together what of a record
    an action leaves changed, its stage or one of its fields: two rules that agree in all of them and run
    on the same event are shown as being in each other's way. ``constraints`` are Pydantic's own.
    """
    extra: JsonDict = {
        "placeholder": placeholder,
        "choices": choices,
        "depends_on": depends_on,
        "label_of": label_of,
        "multiline": multiline,
        "target": target,
    }
    if made_by is not None:
        constraints["default_factory"] = made_by
    elif default is not ...:
        constraints["default"] = default
    return Field(title=label, description=help, json_schema_extra=extra, **constraints)


def is_secret(field: FieldInfo) -> bool:
    """Whether a field holds a secret, optional or not."""
    return field.annotation is SecretStr or SecretStr in get_args(field.annotation)


def secret_fields(model: type[BaseModel]) -> frozenset[str]:
    """The names of the secret fields of ``model``."""
    return frozenset(name for name, field in model.model_fields.items() if is_secret(field))


def target_fields(model: type[BaseModel]) -> tuple[str, ...]:
    """The names of the fields of ``model`` that say what an action changes."""
    extras = {name: field.json_schema_extra for name, field in model.model_fields.items()}
    return tuple(
        name for name, extra in extras.items() if isinstance(extra, dict) and extra.get("target")
    )


def reveal(settings: BaseModel) -> dict[str, Any]:
    """The values of ``settings`` with secrets in clear: only for sealing, never for showing."""
    return {
        name: value.get_secret_value() if isinstance(value, SecretStr) else value
        for name, value in settings
    }

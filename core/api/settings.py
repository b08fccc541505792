"""Plugin settings: one Pydantic model makes the form, the check and the stored shape.

A field typed ``SecretStr`` is encrypted at rest, never sent back to a browser, and kept when
the form comes in with the field empty.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationInfo, field_validator
from pydantic.config import JsonDict
from pydantic.fields import FieldInfo

from core.api.text import show


@dataclass(frozen=True, slots=True)
class KeyKind:
    """What a value is that begins with one of ``prefixes``; ``says`` tells whoever pastes it.

    ``state`` is ``warn`` for what can be used, though something else would be better, and ``bad`` for
    what can't be: it is refused with the same sentence, which says what to paste instead. Raises
    ValueError for a prefix that can't be the beginning of anything.
    """

    prefixes: tuple[str, ...]
    says: str
    state: Literal["ok", "warn", "bad"] = "ok"

    def __post_init__(self) -> None:
        if not self.prefixes or any(not one or one != one.lstrip() for one in self.prefixes):
            raise ValueError(f"these are no prefixes of keys: {self.prefixes}")


class Settings(BaseModel):
    """The base of every plugin's settings and of every action's configuration."""

    # A ValidationError prints the input it refuses, which here may be a secret.
    model_config = ConfigDict(
        extra="forbid", str_strip_whitespace=True, frozen=True, hide_input_in_errors=True
    )

    @field_validator("*")
    @classmethod
    def _is_of_a_kind_that_can_be_used(cls, value: Any, info: ValidationInfo) -> Any:
        clear = value.get_secret_value() if isinstance(value, SecretStr) else value
        kind = kind_of(cls.model_fields[str(info.field_name)], clear)
        if kind and kind.state == "bad":
            raise ValueError(show(kind.says))
        return value


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
    kinds: Sequence[KeyKind] = (),
    **constraints: Any,
) -> Any:
    """A field of a Settings model with what its form needs.

    ``choices`` asks the action's ``choices`` verb for the options; ``depends_on`` names the
    field whose value those options hang on. A field with ``label_of`` has no input of its own: it
    keeps the label of the option that was chosen for that field, so that ``summary`` can name it.
    ``made_by`` makes the value of a field that is left empty; a secret of an action that was made so
    is shown to whoever saves the rule, once. The fields with ``target`` say together what of a record
    an action leaves changed, its stage or one of its fields: two rules that agree in all of them and run
    on the same event are shown as being in each other's way. ``kinds`` tell keys by how they begin: the
    form says what was pasted at once, and a kind that can't be used is refused. Where several fit, it is
    the one with the longest prefix. ``constraints`` are Pydantic's own.
    """
    extra: JsonDict = {
        "placeholder": placeholder,
        "choices": choices,
        "depends_on": depends_on,
        "label_of": label_of,
        "multiline": multiline,
        "target": target,
        "kinds": [asdict(kind) for kind in kinds],
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


def kinds_of(field: FieldInfo) -> tuple[KeyKind, ...]:
    """The kinds of keys that ``field`` tells apart."""
    extra: Any = field.json_schema_extra
    return tuple(KeyKind(**one) for one in extra.get("kinds", ())) if isinstance(extra, dict) else ()


def kind_of(field: FieldInfo, value: Any) -> KeyKind | None:
    """Which of its kinds a value of ``field`` is of, None where it begins like none of them."""
    fitting = [
        (len(prefix), kind)
        for kind in kinds_of(field)
        for prefix in kind.prefixes
        if isinstance(value, str) and value.startswith(prefix)
    ]
    return max(fitting, key=lambda pair: pair[0])[1] if fitting else None


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

"""Forms: a Pydantic model becomes an HTML form, and what comes in becomes the model.

What a person typed stays in the form when something is wrong with it, except secrets: they are
never sent back.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import Enum
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, SecretStr, ValidationError
from pydantic.fields import FieldInfo

from core.api.actions import Choice, Problem
from core.api.settings import kinds_of
from core.api.text import N_, show
from core.web import form_fields
from core.web.form_fields import Field
from core.web.form_messages import explain

M = TypeVar("M", bound=BaseModel)

GONE = N_("This choice is no longer there. Choose another one.")

#: Answers the options of a field marked ``choices``, given what the form holds so far.
Options = Callable[[str, dict[str, str]], Sequence[Choice]]


class Form(Generic[M]):
    """The form of ``model``, filled with ``values``.

    A SecretStr among the values is one that is stored: its input may be left empty to keep it.
    ``errors`` are sentences by field. ``prefix`` keeps the inputs of two forms on one page apart.
    """

    def __init__(
        self,
        model: type[M],
        *,
        values: Mapping[str, Any] | None = None,
        errors: Mapping[str, str] | None = None,
        options: Options | None = None,
        prefix: str = "",
    ):
        self.model = model
        self.values: dict[str, Any] = dict(values or {})
        self.field_errors: dict[str, str] = dict(errors or {})
        self.errors: list[str] = []
        self.prefix = prefix
        self._stored = {n: v for n, v in self.values.items() if isinstance(v, SecretStr)}
        self._ask = options
        self._fields: dict[str, Field] | None = None

    def __iter__(self) -> Iterator[Field]:
        return iter(self.fields.values())

    def __getitem__(self, name: str) -> Field:
        return self.fields[name]

    @property
    def fields(self) -> dict[str, Field]:
        """The inputs by the model's names, in its order, as the form stands now."""
        if self._fields is None:
            self._fields = self._make_fields()
        for name, made in self._fields.items():
            made.error = self.field_errors.get(name)
        return self._fields

    @property
    def summary(self) -> list[tuple[str | None, str]]:
        """Every error with the id of its input, None for those of the whole form."""
        whole: list[tuple[str | None, str]] = [(None, message) for message in self.errors]
        return whole + [(field.id, field.error) for field in self if field.error]

    def read(self, posted: Mapping[str, str]) -> None:
        """Take over what was typed, unchecked: for showing the form again."""
        self._fields = None
        self.errors, self.field_errors = [], {}
        for name, info in self._inputs():
            typed = posted.get(self.prefix + name)
            if form_fields.kind(info) == "checkbox":
                self.values[name] = typed is not None
            else:
                self.values[name] = typed or self._stored.get(name, "")

    def validate(self, posted: Mapping[str, str]) -> M | None:
        """The model made of what was typed; None where the form now says what is wrong with it."""
        self.read(posted)
        given = {name: value for name, value in self.values.items() if value != ""}
        for name, field in self.fields.items():
            if field.kind == "select" and name in given:
                given |= self._labels_of(name, field)
                if name in self.field_errors:
                    del given[name]
        try:
            made = self.model(**given)
        except ValidationError as error:
            for problem in error.errors(include_url=False, include_input=False):
                self._refuse(problem)
        return None if self.field_errors or self.errors else made

    def prefer(self, name: str, value: str) -> None:
        """Fill a field in, whatever was typed there."""
        self.values[name] = value
        self._fields = None

    def mark_gone(self) -> None:
        """Mark what was chosen once and isn't offered any more."""
        for name, field in self.fields.items():
            if field.kind == "select" and field.value and not field.chosen and not field.waits_for:
                self.field_errors.setdefault(name, show(GONE))

    def fail(self, *problems: Problem | str) -> None:
        """Say what a service found wrong; a problem that names a field of this form marks it."""
        for problem in problems:
            message, name = (
                (problem, None) if isinstance(problem, str) else (problem.message, problem.field)
            )
            if name in self.fields:
                self.field_errors.setdefault(name, message)
            else:
                self.errors.append(message)

    def _refuse(self, problem: Any) -> None:
        field = self.fields.get(str(problem["loc"][0])) if problem["loc"] else None
        if field is None:
            self.errors.append(explain(problem, ""))
        else:
            message = explain(problem, field.label, chosen=field.kind == "select")
            self.field_errors.setdefault(field.name.removeprefix(self.prefix), message)

    def _labels_of(self, name: str, field: Field) -> dict[str, str]:
        """What the fields with ``label_of`` keep of the option that was chosen."""
        chosen = field.chosen
        if chosen is None:
            self.field_errors[name] = show(GONE)
            return {}
        keepers = self.model.model_fields.items()
        return {
            other: chosen.label for other, info in keepers if form_fields.noted(info, "label_of") == name
        }

    def _inputs(self) -> Iterator[tuple[str, FieldInfo]]:
        for name, info in self.model.model_fields.items():
            if not form_fields.noted(info, "label_of"):
                yield name, info

    def _make_fields(self) -> dict[str, Field]:
        """In the model's order: what is chosen above decides the options below."""
        made: dict[str, Field] = {}
        for name, info in self._inputs():
            made[name] = self._field(name, info, made)
        return made

    def _field(self, name: str, info: FieldInfo, above: Mapping[str, Field]) -> Field:
        kind = form_fields.kind(info)
        default = None if info.is_required() else info.get_default()
        field = Field(
            name=self.prefix + name,
            id=f"field-{self.prefix}{name}",
            kind=kind,
            label=form_fields.label(name, info),
            help=show(info.description or "") or None,
            placeholder=show(form_fields.noted(info, "placeholder") or "") or None,
            required=info.is_required() and name not in self._stored,
            value=_shown(self.values.get(name, default), kind),
            autocomplete=form_fields.noted(info, "autocomplete")
            or ("off" if kind == "password" else None),
            kept=name in self._stored,
            made=kind == "password" and info.default_factory is not None and name not in self._stored,
            limits=form_fields.limits(info),
            kinds=kinds_of(info),
        )
        if parent := form_fields.noted(info, "depends_on"):
            field.depends_on = above[parent].name
            if not above[parent].chosen:
                field.waits_for = above[parent].label
                return field
        if form_fields.noted(info, "choices"):
            draft = {n: str(f.value) for n, f in above.items() if f.kind != "select" or f.chosen}
            field.options = self._ask(name, draft) if self._ask else ()
        else:
            field.options = form_fields.fixed_choices(info)
        return field


def _shown(value: Any, kind: str) -> str | bool:
    if kind == "checkbox":
        return bool(value)
    if kind == "password" or value is None:
        return ""
    return str(value.value if isinstance(value, Enum) else value)

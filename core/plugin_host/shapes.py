"""Whether a value has the shape that an annotation promises, fields of dataclasses included."""

import dataclasses
import functools
import typing
from collections.abc import Mapping, Sequence, Set
from datetime import datetime
from types import NoneType, UnionType
from typing import Any, Literal, Union

_PLAIN = frozenset({str, int, bool, datetime, NoneType})


def mismatch(value: object, hint: Any, where: str = "the answer") -> str | None:
    """What is wrong with ``value``, without showing it; None where it fits ``hint``.

    ``the answer.payments[0].money is float, not Money``
    """
    if hint is Any or type(value) in _plain(hint):
        return None
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin in (Union, UnionType):
        problems = [mismatch(value, each, where) for each in args]
        deeper = [each for each in problems if each and not each.startswith(f"{where} is ")]
        return None if None in problems else (deeper or [_wrong(value, hint, where)])[0]
    if origin is Literal:
        return None if value in args else f"{where} is none of {', '.join(map(repr, args))}"
    if origin is type:
        fits = isinstance(value, type) and issubclass(value, args[0])
        return None if fits else f"{where} is not a class of {args[0].__name__}"
    if not isinstance(value, origin or hint):
        return _wrong(value, hint, where)
    if isinstance(value, Mapping) and args:
        inner = [*((key, args[0], f"a key of {where}") for key in value)]
        inner += [(each, args[1], f"{where}[{key!r}]") for key, each in value.items()]
    elif isinstance(value, Sequence | Set) and args:
        inner = [(each, args[0], f"{where}[{index}]") for index, each in enumerate(value)]
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        inner = [
            (each, field_hint, f"{where}.{name}")
            for name, field_hint in _fields(type(value)).items()
            if type(each := getattr(value, name)) not in _plain(field_hint)
        ]
    else:
        return None
    return next((problem for each in inner if (problem := mismatch(*each))), None)


@functools.cache
def _fields(cls: type) -> dict[str, Any]:
    hints = typing.get_type_hints(cls)
    return {field.name: hints[field.name] for field in dataclasses.fields(cls)}


@functools.cache
def _plain(hint: Any) -> frozenset[type]:
    """The plain types whose values fit ``hint``, so that nothing more needs to be looked at."""
    if typing.get_origin(hint) in (Union, UnionType):
        return frozenset().union(*map(_plain, typing.get_args(hint)))
    return _PLAIN & {hint}


def _wrong(value: object, hint: Any, where: str) -> str:
    expected = " or ".join(_name(each) for each in (typing.get_args(hint) or (hint,)))
    if typing.get_origin(hint) not in (None, Union, UnionType):
        expected = str(hint)
    return f"{where} is {_name(type(value))}, not {expected}"


def _name(hint: Any) -> str:
    return "None" if hint is NoneType else getattr(hint, "__name__", str(hint))

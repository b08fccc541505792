"""Write the pages of docs/plugins that come from docstrings: ``make docs``.

A test compares them with what stands there.
"""

import dataclasses
import enum
import inspect
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from core.api import (
    API_VERSION,
    actions,
    context,
    errors,
    money,
    oauth,
    payments,
    records,
    settings,
    slots,
    tables,
    text,
)
from core.api.hookspecs import HostHooks
from core.plugin_host.kinds import DATA, VERBS, Kind
from core.testing.conformance import SUITES, Check, Level

HERE = Path(__file__).parent / "plugins"
GENERATED = "<!-- Written by `make docs` from docstrings: change those. -->"
MODULES = (payments, records, actions, slots, context, money, settings, text, tables, oauth, errors)


def checks() -> str:
    """docs/plugins/checks.md: every check with its level, what it wants, and why."""
    parts = [
        "# Checks",
        GENERATED,
        "What `dealpay plugin check` looks at. A plugin is at the highest level of which it passes all "
        "checks, and all of those below; a check of something that the plugin doesn't offer holds back "
        "no level. [The tutorial](tutorial.md) shows how to adopt them.",
    ]
    for kind, suite in SUITES.items():
        parts += [f"## {_title(kind)}", _overview(suite.checks)]
        parts += [part for check in suite.checks for part in _check(check)]
    return _page(parts)


def reference() -> str:
    """docs/plugins/reference.md: hooks, verbs, types and errors."""
    parts = [
        "# Reference",
        GENERATED,
        f"Everything that a plugin may import from `core.api`, version {API_VERSION}. "
        "[Versions](versions.md) says what may change and when.",
        "## Hooks of the host",
        "A plugin's `__init__.py` implements those it needs, marked with `@hookimpl`. The register "
        "hooks and `configure_web` are asked once, at start. The others are asked while the app runs, "
        "each plugin alone, and only where the workspace has it on: what one raises, or how long it "
        "takes, is its own affair. A hook may leave out arguments that it doesn't use.",
        *_functions(HostHooks),
    ]
    for kind, verbs in VERBS.items():
        must = ", ".join(f"`{name}`" for name in verbs.MUST)
        writes = ", ".join(f"`{name}`" for name in verbs.WRITES)
        parts += [
            f"## Verbs of a {kind.words}",
            f"Class attributes: {_attributes(kind)}.",
            f"Each must be there: {must}. The others are offered by being implemented. Those that "
            f"change something elsewhere: {writes}. Whatever else than the errors below escapes one "
            "of these is taken for OutcomeUnknown, from another for NotSent. A verb may leave out "
            "arguments that it doesn't use.",
            *_functions(verbs),
        ]
    for module in MODULES:
        parts += [f"## {module.__name__}", _doc(module), *_members(module)]
    return _page(parts)


PAGES: dict[str, Callable[[], str]] = {"checks.md": checks, "reference.md": reference}


def main() -> None:
    for name, page in PAGES.items():
        (HERE / name).write_text(page(), encoding="utf-8")


def _title(kind: Kind) -> str:
    return f"{kind.words[0].upper()}{kind.words[1:]}"


def _overview(checks: Iterable[Check]) -> str:
    checks = list(checks)
    lines = ["| level | checks |", "| --- | --- |"]
    for level in (Level.BRONZE, Level.SILVER, Level.GOLD):
        of_it = [f"[{one.id}](#{one.id.replace('.', '')})" for one in checks if one.level is level]
        lines.append(f"| {level} | {', '.join(of_it)} |")
    return "\n".join(lines)


def _check(check: Check) -> Iterator[str]:
    yield f"### {check.id}"
    needs = f" Where it offers {', '.join(f'`{verb}`' for verb in check.needs)}." if check.needs else ""
    yield f"*{str(check.level).capitalize()}.*{needs} {check.sentence}"
    if check.cure:
        yield check.cure


def _functions(of: type) -> Iterator[str]:
    for name, function in vars(of).items():
        if inspect.isfunction(function):
            yield f"### {name}"
            yield f"```python\n{signature(name, function)}\n```"
            yield _doc(function)


def signature(name: str, function: Callable[..., Any]) -> str:
    """A function as it is declared, without ``self``."""
    sign = inspect.signature(function)
    given = [one for one in sign.parameters.values() if one.name != "self"]
    line = f"{name}({', '.join(map(_parameter, given))})"
    if sign.return_annotation is not sign.empty:
        line += f" -> {_hint(sign.return_annotation)}"
    return line


def _parameter(one: inspect.Parameter) -> str:
    hint = "" if one.annotation is one.empty else f": {_hint(one.annotation)}"
    stars = {one.VAR_POSITIONAL: "*", one.VAR_KEYWORD: "**"}.get(one.kind, "")
    return f"{stars}{one.name}{hint}"


def _members(module: ModuleType) -> Iterator[str]:
    for name, value in vars(module).items():
        ours = getattr(value, "__module__", None) == module.__name__
        if not ours or name.startswith("_") or not (inspect.isclass(value) or inspect.isfunction(value)):
            continue
        yield f"### {name}"
        yield f"```python\n{declaration(name, value)}\n```"
        yield _doc(value)


def declaration(name: str, value: Any) -> str:
    """A class or a function as its user sees it."""
    if inspect.isfunction(value):
        return signature(name, value)
    bases = ", ".join(base.__name__ for base in value.__bases__ if base is not object)
    lines = [f"class {name}({bases})" if bases else f"class {name}"]
    if issubclass(value, enum.Enum):
        lines += [f"    {one.name} = {one.value!r}" for one in value]
    elif dataclasses.is_dataclass(value):
        lines += [
            f"    {field.name}: {_hint(field.type)}{_default(field)}"
            for field in dataclasses.fields(value)
        ]
    else:
        own = vars(value).items()
        lines += [
            f"    {signature(method, function)}"
            for method, function in own
            if inspect.isfunction(function) and (method == "__init__" or not method.startswith("_"))
        ]
    return "\n".join(lines)


def _default(field: "dataclasses.Field[Any]") -> str:
    if field.default is not dataclasses.MISSING:
        return f" = {field.default!r}"
    return " = …" if field.default_factory is not dataclasses.MISSING else ""


def _attributes(kind: Kind) -> str:
    """The class attributes of a kind; those that have a default may be left out."""
    data = DATA[kind]
    hints = [
        f"`{name}: {_hint(hint)}`{' (optional)' if hasattr(data, name) else ''}"
        for name, hint in data.__annotations__.items()
    ]
    return ", ".join(hints)


def _hint(hint: Any) -> str:
    """An annotation without the modules of its names."""
    text = hint if isinstance(hint, str) else getattr(hint, "__name__", str(hint))
    if not isinstance(hint, str) and getattr(hint, "__args__", None):
        text = str(hint)
    return re.sub(r"\b(?:[a-z_]+\.)+(?=[A-Za-z])", "", text)


def _doc(value: Any) -> str:
    """A docstring as Markdown: its paragraphs, and code in single backticks."""
    text = inspect.getdoc(value) or ""
    return re.sub(r"``(.+?)``", r"`\1`", text)


def _page(parts: Iterable[str]) -> str:
    return "\n\n".join(part for part in parts if part) + "\n"


if __name__ == "__main__":
    main()

"""``plugin.toml``: all that the host knows of a plugin before it imports a line of it."""

import difflib
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from packaging.requirements import InvalidRequirement, Requirement
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from core.api.text import N_
from core.plugin_host.errors import PluginRefused
from core.plugin_host.kinds import Kind, is_need

FILE = "plugin.toml"

#: What ``level`` is called where it is shown; each goes through ``show``.
LEVELS = {"bronze": N_("bronze"), "silver": N_("silver"), "gold": N_("gold")}


def _requirement(text: str) -> str:
    try:
        Requirement(text)
    except InvalidRequirement as error:
        raise ValueError(str(error).splitlines()[0]) from error
    return text


def _need(text: str) -> str:
    if not is_need(text):
        raise ValueError("no kind of plugin offers it")
    return text


def _matching(pattern: str) -> StringConstraints:
    return StringConstraints(pattern=pattern)


Identifier = Annotated[str, _matching(r"^[a-z][a-z0-9_]*$")]
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Host = Annotated[str, _matching(r"^(\*|[a-z0-9]([a-z0-9.-]*[a-z0-9])?)$")]
ClassPath = Annotated[str, _matching(r"^\w+:\w+$")]
Needs = Annotated[str, AfterValidator(_need)]
Requires = Annotated[str, AfterValidator(_requirement)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Option(_Table):
    """Something the operator sets in the ini as ``dealpay.<plugin id>.<option>``."""

    default: str = Field("", description='write default = "..." between quotes')
    sandbox: str = Field(
        "", description='write sandbox = "{simulator}", or "{origin}", the address without a path'
    )
    help: Text = Field(description='write help = "what it is for"')


class Manifest(_Table):
    """The descriptions are cures: they end the sentence about a key that is missing or wrong."""

    id: Identifier = Field(description='write id = "my_plugin": small letters, digits and _')
    name: Text = Field(description='write name = "My plugin"')
    version: Text = Field(description='write version = "1.0.0" between quotes')
    summary: Text = Field(description='write summary = "what it does, in a sentence"')
    api: Annotated[str, _matching(r"^\d+\.\d+$")] = Field(
        description='write api = "1.0": the version of core.api it was written for'
    )
    kinds: tuple[Kind, ...] = Field((), description=f"write some of {', '.join(Kind)}")
    provides: tuple[Identifier, ...] = Field((), description='write provides = ["id", ...]')
    requires: tuple[Identifier, ...] = Field((), description="write the ids of other plugins")
    after: tuple[Identifier, ...] = Field((), description="write the ids of other plugins")
    needs: tuple[Needs, ...] = Field((), description='write for example "crm_connector:add_note"')
    glue: bool = Field(
        False, description="write glue = true where it waits until all that it requires is active"
    )
    level: Literal["bronze", "silver", "gold"] | None = Field(
        None, description='write level = "gold", as `dealpay plugin check` has found it'
    )
    python: tuple[Requires, ...] = Field((), description='write for example "requests>=2.34,<3"')
    hosts: tuple[Host, ...] = Field(
        (),
        description='write host names without scheme, port or path: "api.example.com"; or "*" alone, '
        "for any public host that users name",
    )
    license: str = Field("", description='write license = "Apache-2.0"')
    maintainers: tuple[str, ...] = Field((), description='write maintainers = ["name", ...]')
    docs: str = Field("", description='write docs = "README.md"')
    icon: str = Field("", description='write icon = "static/icon.svg"')
    simulator: ClassPath | None = Field(
        None, description='write simulator = "simulator:MySimulator", a module and a class in it'
    )
    tables: ClassPath | None = Field(
        None, description='write tables = "models:Base", its DeclarativeBase; see core.api.tables'
    )
    conformance: tuple[ClassPath, ...] = Field(
        (), description='write conformance = ["driver:MyDriver"], a driver for each thing it provides'
    )
    options: dict[Identifier, Option] = Field(
        {}, description='write [options] and name = { default = "...", help = "..." }'
    )

    @property
    def all_options(self) -> dict[str, Option]:
        """The options, with the one that every CRM connector has."""
        if Kind.CRM_CONNECTOR not in self.kinds:
            return self.options
        origins = Option(help="Origins that may frame the app, instead of the connector's own.")
        return {"frame_origins": origins} | self.options


def read_manifest(file: Path) -> Manifest:
    """The manifest in ``file``. Raises PluginRefused with a line for a person."""
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise PluginRefused(f"{file} is missing: a plugin begins with this file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise PluginRefused(f"{file} can't be read: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise PluginRefused(f"{file} isn't valid TOML: {error}") from error
    try:
        return Manifest.model_validate(table)
    except ValidationError as error:
        problems = "; ".join(_sentence(each) for each in error.errors(include_url=False))
        raise PluginRefused(f"{file}: {problems}") from error


def _sentence(error: Any) -> str:
    """One problem: the key, what is wrong with it, and the cure."""
    table: type[BaseModel] = Option if error["loc"][0] == "options" and error["loc"][2:] else Manifest
    name = str(error["loc"][2 if table is Option else 0])
    key = "".join(f"[{each}]" if isinstance(each, int) else f".{each}" for each in error["loc"])[1:]
    if error["type"] == "extra_forbidden":
        near = difflib.get_close_matches(name, table.model_fields, n=1)
        cure = f"did you mean {near[0]}?" if near else "remove it"
        return f"{key} is no key of a manifest, {cure}"
    field = table.model_fields.get(name)
    cure = f", {field.description}" if field else ""
    if error["type"] == "missing":
        return f"{key} is missing{cure}"
    message = error["msg"].removeprefix("Value error, ")
    return f"{key} = {error['input']!r} is wrong ({message[0].lower()}{message[1:]}){cure}"

"""The settings of the host: ``dealpay.*`` in the ini file, each also as ``DEALPAY_*`` in the environment."""

import difflib
import os
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

PREFIX = "dealpay."


class SettingsError(Exception):
    """The settings don't allow a start; the message says which one and how to set it."""


class AppSettings(BaseModel):
    """What the operator decides. Times are seconds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    database_url: str = Field(
        "sqlite:///var/dealpay.sqlite", description="SQLite file or postgresql:// URL of the database."
    )
    secret_keys: Path = Field(
        description="File with the keys that seal secrets; `dealpay init` makes one."
    )
    public_url: str = Field(description="Where browsers and webhooks reach the app, without a path.")
    sandbox_url: str | None = Field(
        None, description="Where the sandbox's simulators answer. Development only: unset in production."
    )
    mail_url: str = Field(
        "smtp://localhost:25", description="smtp:// or smtps:// with user, password, host and port."
    )
    mail_from: str = Field("Dealpay <no-reply@localhost>", description="The sender of every mail.")
    plugin_path: str = Field("", description="More folders to look for plugins in, one a line.")
    required_plugins: str = Field("", description="Ids of plugins without which the app must not start.")
    disabled_plugins: str = Field("", description="Ids of plugins to leave alone.")
    template_path: str = Field("", description="A folder whose templates come before all others.")
    worker_threads: int = Field(8, ge=1, le=64, description="Threads that run jobs in this process.")
    run_jobs: bool = Field(True, description="Whether this process runs jobs.")
    session_days: int = Field(14, ge=1, le=90, description="How long a sign-in lasts without a visit.")
    log_format: str = Field("console", pattern="^(console|json)$", description="console or json.")

    @field_validator("public_url", "sandbox_url")
    @classmethod
    def _is_origin(cls, value: str) -> str:
        if not value.startswith(("http://", "https://")):
            raise ValueError("it starts with http:// or https://")
        return value.rstrip("/")

    @property
    def secure(self) -> bool:
        """Whether the app is reached over https."""
        return self.public_url.startswith("https://")


def read_settings(
    ini: Mapping[str, str], environ: Mapping[str, str] = os.environ
) -> tuple[AppSettings, dict[str, str]]:
    """The host's settings, and those of plugins as ``{"<plugin id>.<option>": value}``.

    Raises SettingsError for a missing, unknown or wrong setting, and where the ini file and the
    environment say different things.
    """
    given = {name.removeprefix(PREFIX): value for name, value in ini.items() if name.startswith(PREFIX)}
    spelled = {name.upper().replace(".", "_"): name for name in given}
    for name in AppSettings.model_fields:
        spelled.setdefault(name.upper(), name)
    for variable, value in environ.items():
        name = (
            spelled.get(variable.removeprefix("DEALPAY_")) if variable.startswith("DEALPAY_") else None
        )
        if name is None:
            continue
        if given.get(name, value) != value:
            raise SettingsError(
                f"{PREFIX}{name} and {variable} say different things: set only one of them"
            )
        given[name] = value
    options = {name: value for name, value in given.items() if "." in name}
    for name in given.keys() - options.keys() - AppSettings.model_fields.keys():
        near = difflib.get_close_matches(name, AppSettings.model_fields, 1)
        raise SettingsError(
            f"{PREFIX}{name} is not a setting" + (f": did you mean {PREFIX}{near[0]}?" if near else "")
        )
    try:
        return AppSettings.model_validate({k: v for k, v in given.items() if k not in options}), options
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        what = AppSettings.model_fields[name].description
        raise SettingsError(
            f"{PREFIX}{name}: {first['msg']}. {what} "
            f"Set it in the ini file as {PREFIX}{name} or in the environment as DEALPAY_{name.upper()}."
        ) from None

"""The host's settings: ``dealpay.*`` in the ini file, each also as ``DEALPAY_*`` in the environment."""

import difflib
import os
from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails

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
    port: int = Field(6543, ge=1, le=65533, description="The port that `dealpay serve` listens on.")
    host: str = Field("localhost", description="The address that `dealpay serve` listens on.")
    web_processes: int = Field(
        0, ge=0, le=64, description="Web processes, under gunicorn; 0 serves from the one by waitress."
    )
    web_threads: int = Field(16, ge=1, le=64, description="Requests that a web process answers at once.")
    trusted_proxies: str = Field(
        "", description="Addresses and networks of the proxies in front, whose X-Forwarded-For is true."
    )
    metrics_token: str = Field(
        "",
        pattern="^(.{16,})?$",
        description="What `/metrics` asks for; without one there is no such page.",
    )
    sandbox: bool = Field(
        False, description="Whether simulators stand in for vendors: development only."
    )
    public_url: str = Field(
        description="Where browsers and webhooks reach the app, as https://pay.example.com; no path."
    )
    sandbox_url: str | None = Field(
        None, description="Where the simulators answer; by itself the port after the app's."
    )
    mail_url: str = Field(description="smtp:// or smtps:// with user, password, host and port.")
    mail_from: str = Field("Dealpay <no-reply@localhost>", description="The sender of every mail.")
    plugin_path: str = Field("", description="More folders to look for plugins in, one a line.")
    required_plugins: str = Field("", description="Ids of plugins without which the app must not start.")
    disabled_plugins: str = Field("", description="Ids of plugins to leave alone.")
    template_path: str = Field("", description="A folder whose templates come before all others.")
    static_path: str = Field("", description="A folder whose static files come before the core's.")
    jobs: str = Field(
        "local",
        pattern="^(local|procrastinate)$",
        description="Who delivers jobs: local (one process), or procrastinate (PostgreSQL, any number).",
    )
    worker_threads: int = Field(8, ge=1, le=64, description="Threads that run jobs in this process.")
    worker_port: int = Field(
        0,
        ge=0,
        le=65535,
        description="Where `dealpay worker` answers `/healthz` and `/metrics`; 0: nowhere.",
    )
    run_jobs: bool = Field(True, description="Whether `dealpay serve` runs jobs beside the pages.")
    job_lease: int = Field(
        30, ge=2, le=3600, description="Seconds of a worker's silence before its jobs go to another."
    )
    session_days: int = Field(14, ge=1, le=90, description="Days that a sign-in lasts without a visit.")
    delivery_days: int = Field(
        30,
        ge=1,
        le=365,
        description="Days that the body of a webhook delivery is kept once it is applied.",
    )
    trace_days: int = Field(
        3,
        ge=0,
        le=90,
        description="Days that the page of plugin calls goes back; 0 writes none down.",
    )
    log_format: str = Field("console", pattern="^(console|json)$", description="console or json.")

    @model_validator(mode="before")
    @classmethod
    def _sandbox_defaults(cls, given: dict[str, Any]) -> dict[str, Any]:
        # The app on localhost and the sandbox on 127.0.0.1 are two sites to a browser, as in real life.
        if str(given.get("sandbox", "")).lower() not in ("true", "1", "yes", "on"):
            return given
        given_port = str(given.get("port", 6543))
        if not given_port.isdigit():
            return given
        port = int(given_port)
        return {
            "public_url": f"http://localhost:{port}",
            "sandbox_url": f"http://127.0.0.1:{port + 1}",
            "mail_url": f"smtp://127.0.0.1:{port + 2}",
            **given,
        }

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, value: str) -> str:
        for network in value.replace(",", " ").split():
            ip_network(network)
        return value

    @field_validator("public_url", "sandbox_url")
    @classmethod
    def _is_origin(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/"):
            raise ValueError("Input should be an address without a path")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _sandbox_stays_at_home(self) -> Self:
        if self.sandbox_url and not self.sandbox:
            raise ValueError("dealpay.sandbox_url is set while dealpay.sandbox is off: take it out")
        if self.sandbox and urlsplit(self.public_url).hostname not in ("localhost", "127.0.0.1"):
            raise ValueError(
                "dealpay.sandbox: simulators stand in for the vendors, so it runs on localhost only"
            )
        if self.sandbox and self.web_processes:
            raise ValueError("dealpay.web_processes: a sandbox is served by one process, so take it out")
        return self

    @model_validator(mode="after")
    def _queue_needs_postgresql(self) -> Self:
        if self.jobs == "procrastinate" and not self.database_url.startswith("postgresql"):
            raise ValueError(
                "dealpay.jobs = procrastinate needs PostgreSQL: set dealpay.database_url to such a one"
            )
        if self.sandbox and self.web_processes:
            raise ValueError("dealpay.web_processes: the sandbox is served by one process: take it out")
        return self

    @property
    def secure(self) -> bool:
        """Whether the app is reached over https."""
        return self.public_url.startswith("https://")

    def as_ini(self) -> dict[str, str]:
        """As they would stand in the ini file, what came from the environment among them."""
        return {PREFIX + name: str(value) for name, value in self if value is not None}


def read_settings(ini: Mapping[str, str], environ: Mapping[str, str] = os.environ) -> AppSettings:
    """The host's settings; those of plugins (``dealpay.<plugin id>.<option>``) are the plugin host's.

    Raises SettingsError for a missing, unknown or wrong setting, and where the ini file and the
    environment say different things.
    """
    given = {
        name.removeprefix(PREFIX): value
        for name, value in ini.items()
        if name.startswith(PREFIX) and "." not in name.removeprefix(PREFIX)
    }
    for name in AppSettings.model_fields:
        variable = f"DEALPAY_{name.upper()}"
        if variable in environ and given.setdefault(name, environ[variable]) != environ[variable]:
            raise SettingsError(
                f"{PREFIX}{name} and {variable} say different things: set only one of them"
            )
    for name in given.keys() - AppSettings.model_fields.keys():
        near = difflib.get_close_matches(name, AppSettings.model_fields, 1)
        raise SettingsError(
            f"{PREFIX}{name} is not a setting" + (f": did you mean {PREFIX}{near[0]}?" if near else "")
        )
    try:
        return AppSettings.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        if not first["loc"]:
            raise SettingsError(first["msg"].removeprefix("Value error, ")) from None
        raise SettingsError(_sentence(str(first["loc"][0]), first)) from None


def _sentence(name: str, error: ErrorDetails) -> str:
    what = AppSettings.model_fields[name].description
    if error["type"] != "missing":
        return f"{PREFIX}{name}: {error['msg'].removeprefix('Value error, ')}. {what}"
    return (
        f"{PREFIX}{name} is not set. {what} "
        f"Set it in the ini file as {PREFIX}{name} or in the environment as DEALPAY_{name.upper()}."
    )

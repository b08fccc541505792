"""The app as the domain sees it: what a service needs, and no request."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from core.db.sealing import SecretBox
from core.db.session import Database
from core.jobs.runner import Jobs
from core.locale import Languages
from core.plugin_host.registry import PluginRegistry
from core.settings import AppSettings


@dataclass(frozen=True, slots=True)
class App:
    """One running app. Services take it as their first argument; ``request.app`` is it."""

    settings: AppSettings
    db: Database
    secrets: SecretBox
    plugins: PluginRegistry
    jobs: Jobs
    clock: Callable[[], datetime]
    languages: Languages = field(default_factory=Languages)
    #: What domains put into every new workspace, in its transaction: ``prepare(app, session, id)``.
    new_workspace: list[Callable[["App", Session, str], None]] = field(default_factory=list)
    #: What domains keep in the memory of this process, for seconds, each under its own name.
    remembered: dict[str, Any] = field(default_factory=dict, repr=False)
    #: What domains do once a payment account has a key that works again, after it was kept:
    #: ``do(app, tenant_id, account_id)``.
    key_replaced: list[Callable[["App", str, str], None]] = field(default_factory=list)

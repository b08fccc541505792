"""What the contexts of one plugin have in common."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import structlog

from core.api.context import TokenBucket
from core.plugin_host.aside import Aside
from core.plugin_host.http import BoundedAdapter, BoundedSession
from core.plugin_host.ratelimit import Buckets
from core.plugin_host.tracing import Trace

DEFAULT_TIMEOUT = 10.0  # seconds


def utc_now() -> datetime:
    """The clock of production."""
    return datetime.now(UTC)


@dataclass(frozen=True, kw_only=True)
class Toolbox:
    """The operator's options, the connections, the rate limits and the clock of one plugin."""

    plugin_id: str
    options: Mapping[str, str]
    adapter: BoundedAdapter
    buckets: Buckets
    aside: Aside = field(default_factory=Aside)
    trace: Trace = field(default_factory=Trace)
    clock: Callable[[], datetime] = utc_now

    def common(self, timeout: float = DEFAULT_TIMEOUT) -> dict[str, Any]:
        """The fields of core.api.context.Context."""
        return {
            "options": self.options,
            "http": BoundedSession(self.adapter, timeout),
            "clock": self.clock,
            "log": structlog.get_logger("dealpay.plugin").bind(plugin=self.plugin_id),
        }

    def token_bucket(
        self, credential: str, per_second: float, burst: int, *, patience: float | None = None
    ) -> TokenBucket:
        """The rate limit that all callers with ``credential`` share."""
        return self.buckets.get(self.plugin_id, credential, per_second, burst, patience=patience)

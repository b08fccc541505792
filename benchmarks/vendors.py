"""Both vendors' simulators in a process of their own, so that what they use up isn't counted as ours.

``python -m benchmarks.vendors`` prints the settings that lead there, as JSON, and serves until its
input ends.
"""

import json
import sys
from contextlib import ExitStack
from typing import Any

from benchmarks import places
from core.testing.server import serve
from plugins.kylas_crm.simulator import KylasSimulator
from plugins.stripe_provider.simulator import StripeSimulator


def main() -> None:
    """Serve until nobody holds the other end of our input."""
    with ExitStack() as opened:
        stripe = opened.enter_context(serve(lambda url: _held(StripeSimulator, url)))
        kylas = opened.enter_context(serve(lambda url: _held(KylasSimulator, url)))
        reached = {
            "dealpay.stripe_provider.api_base": stripe,
            "dealpay.kylas_crm.api_base": kylas,
            "dealpay.kylas_crm.app_base": kylas,
        }
        print(json.dumps(reached), flush=True)  # noqa: T201
        sys.stdin.read()


def _held(simulator: Any, url: str) -> Any:
    """Webhooks stay with it."""
    return simulator(base_url=url, app_url=places.ORIGIN, held=True)


if __name__ == "__main__":
    main()

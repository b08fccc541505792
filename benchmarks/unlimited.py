"""``dealpay worker`` with the CRM's rate limit out of the way: it would be all that is measured.

``python -m benchmarks.unlimited INI``
"""

from dataclasses import replace

from core.cli import main
from plugins.kylas_crm.client import Credential

_api_key = Credential.api_key


def _unlimited(key: str) -> Credential:
    return replace(_api_key(key), per_second=1e6)


if __name__ == "__main__":
    Credential.api_key = staticmethod(_unlimited)  # type: ignore[assignment, method-assign]
    main(prog_name="dealpay")

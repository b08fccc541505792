"""What an action is handed for a preview: it may read the CRM, and everything that writes refuses."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NoReturn

import requests

from core.api.context import ActionContext, Crm
from core.api.errors import Unsupported
from core.api.hookspecs import CrmConnectorVerbs
from core.api.text import _

_READS = {verb for verb in vars(Crm) if not verb.startswith("_")} - {*CrmConnectorVerbs.WRITES}


class Refused(Unsupported):
    """Something was about to be written, or sent, in a preview."""


class ReadingCrm:
    """A CRM of which only the verbs that read are there; ``refused`` is told of every other."""

    def __init__(self, crm: Crm, refused: Callable[[str], None]):
        self._crm, self._refused = crm, refused

    def __getattr__(self, verb: str) -> Any:
        if verb in _READS:
            return getattr(self._crm, verb)

        def refuse(*args: Any, **kwargs: Any) -> NoReturn:
            self._refused(verb)
            raise Refused(
                _("A preview writes nothing, and %(verb)s writes. Nothing was done.", verb=verb)
            )

        return refuse


class NoRequests(requests.Session):
    """``ctx.http`` of a preview: nothing leaves."""

    def __init__(self, refused: Callable[[str], None]):
        super().__init__()
        self._refused = refused

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        self._refused(f"{request.method} to {request.url}")
        raise Refused(_("A preview sends nothing. Nothing was done."))


def reading(ctx: ActionContext, refused: Callable[[str], None] = lambda what: None) -> ActionContext:
    """``ctx`` for a preview. ``refused`` is told what was tried all the same."""

    def once(step: str, do: Any, *, find: Any = None) -> NoReturn:
        refused(f"ctx.once for {step}")
        raise Refused(_("A preview does no step of a run. Nothing was done."))

    crm: Any = ReadingCrm(ctx.crm, refused)
    return replace(ctx, crm=crm, http=NoRequests(refused), once=once, run_id=None)

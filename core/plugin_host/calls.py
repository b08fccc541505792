"""One call of one verb: timed, logged, its answer checked, its errors in the core's words."""

import functools
import inspect
import time
import traceback
import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from pydantic import BaseModel, SecretStr
from sqlalchemy.exc import OperationalError

from core.api import actions, context, payments, records, settings, slots
from core.api.errors import DealpayError, NotSent, OutcomeUnknown
from core.api.hookspecs import HostHooks
from core.api.text import _
from core.db.faultpoints import reached
from core.figures import CALL_SECONDS, CALLS
from core.plugin_host.kinds import VERBS, Kind
from core.plugin_host.shapes import mismatch
from core.plugin_host.tracing import Trace

log = structlog.get_logger("dealpay.plugins")

# hookspecs imports these for type checkers only, so that a plugin's start stays cheap.
_NAMES = {
    "datetime": datetime,
    "actions": actions,
    "context": context,
    "payments": payments,
    "records": records,
    "settings": settings,
    "slots": slots,
    "Configurator": Any,
}

_count, _add = functools.cache(CALLS.labels), functools.cache(CALL_SECONDS.labels)
#: These call nobody and are asked often: where they go well they are counted, and that is all.
_QUIET = frozenset({"parse_webhook", "identify", "summary", "link_url"})


class WrongAnswer(TypeError):
    """A verb answered with something else than its hookspec says."""


@dataclass(frozen=True, slots=True)
class Verb:
    """What a hookspec says of a verb."""

    name: str
    answer: Any
    writes: bool


@functools.cache
def verbs_of(kind: Kind) -> Mapping[str, Verb]:
    """The verbs of a kind by name, from their hookspecs."""
    specs = VERBS[kind]
    return {
        name: Verb(name, typing.get_type_hints(spec, localns=_NAMES)["return"], name in specs.WRITES)
        for name, spec in vars(specs).items()
        if inspect.isfunction(spec)
    }


@functools.cache
def hook_of(name: str) -> Verb:
    """A hook of the host, as a verb is described."""
    return Verb(name, typing.get_type_hints(getattr(HostHooks, name), localns=_NAMES)["return"], False)


def call(
    plugin_id: str, member_id: str, verb: Verb, do: Callable[[], Any], given: Any, trace: Trace
) -> Any:
    """The answer of ``do``. Raises a DealpayError and nothing else, but for our own database's error.

    Whatever escapes a verb that writes is an OutcomeUnknown, from a verb that reads a NotSent.
    ``given`` are the arguments, looked at for secrets to keep out of the log.
    """
    names = {"plugin": plugin_id, "port": member_id, "verb": verb.name}
    started = time.perf_counter()
    outcome = "ok"
    try:
        reached("call.asked")
        answer = do()
        reached("call.answered")
        _check(answer, verb)
        return answer
    # Not the plugin's: the rate limit that it asks is kept in our database.
    except (DealpayError, OperationalError) as error:
        outcome = type(error).__name__
        raise
    # A library that calls sys.exit must not end the worker that called it.
    except (Exception, SystemExit) as error:
        outcome = type(error).__name__
        text = "".join(traceback.format_exception(error))
        log.error("port_failed", **names, error=outcome, exception=without_secrets(text, given))
        # Its message may hold a secret, so the error itself goes no further.
        raise _normal(plugin_id, verb) from None
    finally:
        seconds = time.perf_counter() - started
        _count(plugin_id, verb.name, outcome).inc()
        _add(plugin_id, verb.name).inc(seconds)
        if outcome != "ok" or verb.name not in _QUIET:
            log.info("port_call", **names, ms=round(seconds * 1000, 1), outcome=outcome)
            trace.add(plugin_id, member_id, verb.name, seconds, outcome)


def _check(answer: Any, verb: Verb) -> None:
    if inspect.iscoroutine(answer):
        answer.close()
        raise WrongAnswer("the answer is a coroutine: the verb has to be a plain function")
    if problem := mismatch(answer, verb.answer):
        raise WrongAnswer(problem)


def _normal(plugin_id: str, verb: Verb) -> DealpayError:
    if verb.writes:
        return OutcomeUnknown(
            _(
                "The plugin %(plugin)s failed in %(verb)s. It may have been done or not: "
                "it is looked up before it is tried again.",
                plugin=plugin_id,
                verb=verb.name,
            )
        )
    return NotSent(
        _(
            "The plugin %(plugin)s failed in %(verb)s. Nothing was changed; try again later, and tell "
            "the operator if it stays so.",
            plugin=plugin_id,
            verb=verb.name,
        )
    )


def without_secrets(text: str, given: Mapping[str, Any]) -> str:
    """``text`` with every secret of the arguments blotted out."""
    for secret in sorted(set(_secrets(given)), key=len, reverse=True):
        text = text.replace(secret, "***")
    return text


def _secrets(given: Mapping[str, Any]) -> Iterator[str]:
    for value in given.values():
        holder = getattr(value, "settings", value)
        if isinstance(holder, BaseModel):
            values = (each for _, each in holder if isinstance(each, SecretStr))
            yield from filter(None, (each.get_secret_value() for each in values))
        elif isinstance(value, payments.Delivery):
            yield from filter(None, value.secrets)

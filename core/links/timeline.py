"""What happened to a link, in sentences."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.api.money import Money
from core.links.models import LinkEvent
from core.rules.service import ActionRun

_SENTENCES = {
    "link.created": "The link was made.",
    "link.paid": "The link is paid in full.",
    "link.expired": "The link expired.",
    "link.deactivated": "The link was deactivated: nobody can pay it any more.",
    "payment.pending": "{payer} paid {amount} in a way that takes time to arrive. It is not here yet.",
    "payment.succeeded": "{payer} paid {amount}.",
    "payment.failed": "{payer}'s payment of {amount} failed. No money was moved.",
    "payment.mismatch": "A payment does not match the link: {problem} Look at it with the provider.",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: something that happened, or an action that followed from it (``run``)."""

    at: datetime
    name: str
    sentence: str
    run: ActionRun | None = None


def timeline(
    events: Iterable[LinkEvent], runs: Iterable[ActionRun], money: Callable[[Money], str] = str
) -> list[Entry]:
    """Events and action runs together, newest first; ``money`` writes an amount as its reader does."""
    entries = [Entry(event.at, event.name, _sentence(event, money)) for event in events]
    entries += [Entry(run.created_at, "action", run.rule_name, run) for run in runs]
    return sorted(entries, key=lambda entry: entry.at, reverse=True)


def _sentence(event: LinkEvent, money: Callable[[Money], str]) -> str:
    detail: dict[str, Any] = {"payer": "The customer", "amount": "", "problem": ""}
    detail |= {name: value for name, value in event.detail.items() if value}
    if detail["amount"]:
        detail["amount"] = money(Money(*detail["amount"]))
    return _SENTENCES.get(event.name, event.name).format_map(detail)

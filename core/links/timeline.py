"""What happened to a link, in sentences."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from core.api.money import Money
from core.links.models import LinkEvent
from core.rules.service import ActionRun

_SENTENCES = {
    "link.created": "The link was made.",
    "link.paid": "The link is paid in full.",
    "link.part_paid": "A part of the link is paid.{due}",
    "link.expired": "The link expired: nobody can pay it any more.{due}",
    "link.sent": "{sender} sent the link {way}.",
    "link.send_unknown": "Nobody knows whether {sender} sent the link once more {way}: no answer came.",
    "link.deactivated": "The link was deactivated: nobody can pay it any more.",
    "payment.pending": "{payer} paid {amount} in a way that takes time to arrive. It is not here yet.",
    "payment.succeeded": "{payer} paid {amount}.",
    "payment.failed": "{payer}'s payment of {amount} failed. No money was moved.",
    "payment.mismatch": "A payment does not match the link: {problem} Look at it with the provider.",
    "payment.late": "The link had been closed when {whom} paid {amount}.",
    "payment.refunded": "{amount} went back to {whom}.{left}{reason}",
    "refund.pending": "A refund of {amount} to {whom} is on its way.{reason}",
    "refund.failed": "A refund of {amount} to {whom} failed. The money did not go back.",
    "refund.returned": "A refund of {amount} to {whom} came back: their bank did not take it.",
    "dispute.opened": "{payer} disputes {amount} with their bank.{reason}{due_by}",
    "dispute.closed": "The dispute about {amount} is over.{outcome}",
}
_OUTCOMES = {
    "won": " It was won: the money stays with you.",
    "lost": " It was lost: the money went back to {whom}.",
}
_WAYS = {"mail": "by e-mail to {to}", "sms": "by SMS to {to}"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: something that happened, or an action that followed from it (``run``)."""

    at: datetime
    name: str
    sentence: str
    run: ActionRun | None = None


def timeline(
    events: Iterable[LinkEvent],
    runs: Iterable[ActionRun],
    money: Callable[[Money], str] = str,
    moment: Callable[[datetime], str] = str,
) -> list[Entry]:
    """Events and action runs together, newest first.

    ``money`` and ``moment`` write an amount and a time as their reader does.
    """
    entries = [Entry(event.at, event.name, _sentence(event, money, moment)) for event in events]
    entries += [Entry(run.created_at, "action", run.rule_name, run) for run in runs]
    return sorted(entries, key=lambda entry: entry.at, reverse=True)


def _sentence(event: LinkEvent, money: Callable[[Money], str], moment: Callable[[datetime], str]) -> str:
    known = {name: value for name, value in event.detail.items() if value}
    words = {
        "payer": known.get("payer", "The customer"),
        "whom": known.get("payer", "the customer"),
        "problem": known.get("problem", ""),
        "amount": money(Money(*known["amount"])) if "amount" in known else "",
        "due": _due(Money(*known["due"]), money) if "due" in known else "",
        "sender": known.get("by", "The provider"),
        "way": _WAYS.get(known.get("channel", ""), "to {to}").format_map({"to": known.get("to", "")}),
        "left": _left(Money(*known["left"]), money) if "left" in known else "",
        "reason": f" Reason: {known['reason'].replace('_', ' ')}." if "reason" in known else "",
        "due_by": f" Answer by {moment(_time(known['due_by']))}." if "due_by" in known else "",
    }
    words["outcome"] = _OUTCOMES.get(known.get("outcome", ""), "").format_map(words)
    return _SENTENCES.get(event.name, event.name).format_map(words)


def _due(due: Money, money: Callable[[Money], str]) -> str:
    return f" {money(due)} is still to be paid." if due.minor > 0 else ""


def _left(left: Money, money: Callable[[Money], str]) -> str:
    if left.minor > 0:
        return f" {money(left)} of the payment is left."
    return " Nothing of the payment is left."


def _time(iso: str) -> datetime:
    return datetime.fromisoformat(iso)

"""What happened to a link, in sentences."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from core.api.money import Money
from core.api.text import N_, _, show
from core.links import odd
from core.links.models import LinkEvent
from core.links.words import METHODS, REASONS, said
from core.rules.service import ActionRun

#: What an entry is about; a reader may choose one.
About = Literal["customer", "money", "automation", "team"]
ABOUT: tuple[About, ...] = get_args(About)

_SENTENCES = {
    "link.created": N_("The link was made."),
    "link.created by": N_("%(user)s made the link."),
    "link.paid": N_("The link is paid in full."),
    "link.part_paid": N_("A part of the link is paid."),
    "link.expired": N_("The link expired: nobody can pay it any more."),
    "link.sent": N_("%(sender)s sent the link to %(to)s."),
    "link.sent mail": N_("%(sender)s sent the link by e-mail to %(to)s."),
    "link.sent sms": N_("%(sender)s sent the link by SMS to %(to)s."),
    "link.send_unknown": N_(
        "Nobody knows whether %(sender)s sent the link once more to %(to)s: no answer came."
    ),
    "link.send_unknown mail": N_(
        "Nobody knows whether %(sender)s sent the link once more by e-mail to %(to)s: no answer came."
    ),
    "link.send_unknown sms": N_(
        "Nobody knows whether %(sender)s sent the link once more by SMS to %(to)s: no answer came."
    ),
    "link.opened": N_("The link was opened for the first time."),
    "link.deactivated": N_("The link was deactivated: nobody can pay it any more."),
    "link.deactivated by": N_("%(user)s deactivated the link: nobody can pay it any more."),
    "link.handed_over": N_("The link was handed over to %(holder)s."),
    "link.handed_over by": N_("%(user)s handed the link over to %(holder)s."),
    "payment.pending": N_(
        "%(payer)s paid %(amount)s in a way that takes time to arrive. It is not here yet."
    ),
    "payment.succeeded": N_("%(payer)s paid %(amount)s."),
    "payment.succeeded with": N_("%(payer)s paid %(amount)s by %(method)s."),
    "payment.failed": N_("%(payer)s's payment of %(amount)s failed. No money was moved."),
    "payment.mismatch": N_(
        "A payment does not match the link: %(problem)s Look at it with the provider."
    ),
    "payment.late": N_("The link had been closed when %(whom)s paid %(amount)s."),
    "payment.refunded": N_("%(amount)s went back to %(whom)s."),
    "refund.pending": N_("A refund of %(amount)s to %(whom)s is on its way."),
    "refund.failed": N_("A refund of %(amount)s to %(whom)s failed. The money did not go back."),
    "refund.returned": N_("A refund of %(amount)s to %(whom)s came back: their bank did not take it."),
    "dispute.opened": N_("%(payer)s disputes %(amount)s with their bank."),
    "dispute.closed": N_("The dispute about %(amount)s is over."),
    "dispute.closed won": N_(
        "The dispute about %(amount)s is over. It was won: the money stays with you."
    ),
    "dispute.closed lost": N_(
        "The dispute about %(amount)s is over. It was lost: the money went back to %(whom)s."
    ),
}
_ABOUT: Mapping[str, About] = {
    "link.created": "team",
    "link.deactivated": "team",
    "link.handed_over": "team",
    "link.sent": "customer",
    "link.send_unknown": "customer",
    "link.opened": "customer",
    "payment.failed": "customer",
    "link.expired": "automation",
    "action": "automation",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: something that happened, or an action that followed from it (``run``).

    ``ids`` are what an expert looks for in logs and at the provider, with what each is of.
    """

    at: datetime
    name: str
    sentence: str
    run: ActionRun | None = None
    ids: tuple[tuple[str, str], ...] = ()

    @property
    def about(self) -> About:
        return _ABOUT.get(self.name, "money")


def timeline(
    events: Iterable[LinkEvent],
    runs: Iterable[ActionRun],
    money: Callable[[Money], str] = str,
    moment: Callable[[datetime], str] = str,
    *,
    names: Mapping[str, str] | None = None,
    maker: str | None = None,
) -> list[Entry]:
    """Events and action runs together, newest first.

    ``money`` and ``moment`` write an amount and a time as their reader does. ``names`` are of members,
    ``maker`` is whoever made the link.
    """
    entries = [
        Entry(
            event.happened_at,
            event.name,
            _sentence(event, money, moment, names or {}, maker),
            ids=(("event", event.id or ""), ("about", event.subject_id or "")),
        )
        for event in events
    ]
    entries += [
        Entry(run.created_at, "action", show(run.rule_name), run, ids=(("run", run.id),)) for run in runs
    ]
    return sorted(entries, key=lambda entry: entry.at, reverse=True)


def _sentence(
    event: LinkEvent,
    money: Callable[[Money], str],
    moment: Callable[[datetime], str],
    names: Mapping[str, str],
    maker: str | None,
) -> str:
    known = {name: value for name, value in event.detail.items() if value}
    words = {
        "payer": known.get("payer") or _("The customer"),
        "whom": known.get("payer") or _("the customer"),
        "problem": odd.said(known.get("problem", "")),
        "amount": money(Money(*known["amount"])) if "amount" in known else "",
        "sender": known.get("by") or _("The provider"),
        "to": known.get("to", ""),
        "user": names.get(known["user"], "") if "user" in known else maker or "",
        "holder": names.get(known.get("holder", ""), ""),
        "method": method_said(known.get("method"), known.get("last4")),
    }
    first = _SENTENCES.get(_form(event.name, known, words))
    if first is None:
        return event.name
    # Each is a whole sentence: a language may put its words in another order.
    return " ".join([show(first) % words, *_more(known, money, moment)])


def _form(name: str, known: Mapping[str, Any], words: Mapping[str, str]) -> str:
    """Which of the sentences about an event says all that is known of it."""
    by = name == "link.created" or "user" in known
    suffix = known.get("channel") or known.get("outcome") or ("by" if by and words["user"] else "")
    if name == "payment.succeeded" and words["method"]:
        suffix = "with"
    return f"{name} {suffix}" if f"{name} {suffix}" in _SENTENCES else name


def _more(
    known: Mapping[str, Any], money: Callable[[Money], str], moment: Callable[[datetime], str]
) -> list[str]:
    more = []
    if "due" in known and (due := Money(*known["due"])).minor > 0:
        more.append(_("%(amount)s is still to be paid.", amount=money(due)))
    if "left" in known:
        left = Money(*known["left"])
        more.append(
            _("%(amount)s of the payment is left.", amount=money(left))
            if left.minor > 0
            else _("Nothing of the payment is left.")
        )
    if "reason" in known:
        more.append(_("Reason: %(reason)s.", reason=said(REASONS, known["reason"])))
    if "due_by" in known:
        more.append(_("Answer by %(at)s.", at=moment(datetime.fromisoformat(known["due_by"]))))
    return more


def method_said(method: str | None, last4: str | None) -> str:
    """``card •4242``: how something was paid; nothing where that isn't known."""
    if not method:
        return ""
    word = said(METHODS, method)
    return f"{word} •{last4}" if last4 else word

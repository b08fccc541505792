"""Only if: what has to be true, besides the event, for a rule to do anything.

What the event itself tells decides at once, and leaves nothing behind where it says no. Where the
record stands now is asked of the CRM when the rule's turn comes.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Literal, Self

from pydantic import model_validator

from core.api.actions import DomainEvent, kind_word
from core.api.errors import InvalidAmount
from core.api.money import Money
from core.api.records import Record
from core.api.settings import Settings, setting
from core.api.text import N_, _

_ANY = N_("Any")


class OnlyIf(Settings):
    """Every one that is filled in has to hold. Amounts are in major units of ``currency``."""

    record_kind: str | None = setting(None, label=N_("Record"), placeholder=_ANY, choices=True)
    pipeline_id: str | None = setting(
        None,
        label=N_("Pipeline it stands in"),
        placeholder=_ANY,
        choices=True,
        depends_on="record_kind",
    )
    pipeline_name: str = setting("", label=N_("Name of the pipeline"), label_of="pipeline_id")
    stage_id: str | None = setting(
        None,
        label=N_("Stage it stands in"),
        placeholder=_ANY,
        help=N_("Asked of the CRM when it is the rule's turn, before the first action."),
        choices=True,
        depends_on="record_kind",
    )
    stage_name: str = setting("", label=N_("Name of the stage"), label_of="stage_id")
    owner_id: str | None = setting(
        None,
        label=N_("Owner"),
        placeholder=_ANY,
        help=N_("Whose the record is when it is the rule's turn."),
        choices=True,
    )
    owner_name: str = setting("", label=N_("Name of the owner"), label_of="owner_id")
    account_id: str | None = setting(None, label=N_("Account"), placeholder=_ANY, choices=True)
    account_name: str = setting("", label=N_("Name of the account"), label_of="account_id")
    mode: Literal["live", "test"] | None = setting(
        None, label=N_("Mode"), placeholder=_ANY, choices=True
    )
    product: str = setting(
        "", label=N_("Product"), help=N_("A part of its name will do."), max_length=100
    )
    currency: str | None = setting(None, label=N_("Currency"), placeholder=_ANY, choices=True)
    at_least: Decimal | None = setting(None, label=N_("Amount from"))
    at_most: Decimal | None = setting(None, label=N_("Amount up to"))

    @model_validator(mode="after")
    def _amounts_are_amounts(self) -> Self:
        for amount in (self.at_least, self.at_most):
            if amount is not None and self.currency is None:
                raise ValueError(_("choose the currency of the amount"))
            if amount is not None and self.currency:
                try:
                    Money.of(amount, self.currency)
                except InvalidAmount as error:
                    raise ValueError(str(error)) from None
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise ValueError(_("the amount goes from the smaller one up to the larger one"))
        return self

    @property
    def stored(self) -> dict[str, Any]:
        """What of it is filled in."""
        return self.model_dump(mode="json", exclude_defaults=True)

    @property
    def asks_the_crm(self) -> bool:
        """Whether the CRM has to say where the record stands now, or whose it is."""
        return bool(self.stage_id or self.pipeline_id or self.owner_id)

    @property
    def words(self) -> list[str]:
        """Each condition as a part of a sentence."""
        said = []
        if self.record_kind:
            said.append(_("it is a %(kind)s", kind=kind_word(self.record_kind)))
        if self.pipeline_id:
            name = self.pipeline_name or self.pipeline_id
            said.append(_("it is in the pipeline %(pipeline)s", pipeline=name))
        if self.stage_id:
            said.append(_("it stands in %(stage)s", stage=self.stage_name or self.stage_id))
        if self.owner_id:
            said.append(_("it belongs to %(owner)s", owner=self.owner_name or self.owner_id))
        if self.account_id:
            said.append(_("the account is %(account)s", account=self.account_name or self.account_id))
        if self.mode:
            said.append(_("it is in live mode") if self.mode == "live" else _("it is in test mode"))
        if self.product:
            said.append(_("the product has “%(text)s” in its name", text=self.product))
        if self.at_least is not None:
            amount = f"{self.at_least:,} {self.currency}"
            said.append(_("the amount is at least %(amount)s", amount=amount))
        if self.at_most is not None:
            amount = f"{self.at_most:,} {self.currency}"
            said.append(_("the amount is at most %(amount)s", amount=amount))
        if self.currency and self.at_least is None and self.at_most is None:
            said.append(_("it is paid in %(currency)s", currency=self.currency))
        return said


def read(stored: Mapping[str, Any] | None) -> OnlyIf:
    """The conditions as they were stored."""
    return OnlyIf.model_validate(stored or {})


def hold(only_if: OnlyIf, event: DomainEvent) -> bool:
    """Whether what the event tells fits; where the record stands isn't looked at."""
    amount, link = _amount(event), event.link
    wanted = (
        (only_if.record_kind, event.record.kind),
        (only_if.account_id, link.account_id),
        (only_if.mode, link.mode),
        (only_if.currency, amount.currency),
    )
    if any(want is not None and want != there for want, there in wanted):
        return False
    if only_if.product and only_if.product.casefold() not in link.product.casefold():
        return False
    if only_if.at_least is not None and amount.amount < only_if.at_least:
        return False
    return only_if.at_most is None or amount.amount <= only_if.at_most


def why_not(only_if: OnlyIf, event: DomainEvent) -> str | None:
    """Why what the event tells doesn't fit, in a sentence; None where it does."""
    if hold(only_if, event):
        return None
    told = only_if.model_copy(update={"stage_id": None, "pipeline_id": None, "owner_id": None})
    return _("The rule is only for this: %(conditions)s.", conditions=", ".join(told.words))


def exclude(one: OnlyIf, other: OnlyIf) -> bool:
    """Whether no event fits both: by the kind of record, the account, an amount …"""
    names = ("record_kind", "pipeline_id", "stage_id", "owner_id", "account_id", "mode", "currency")
    pairs = [(getattr(one, name), getattr(other, name)) for name in names]
    if any(mine is not None and theirs is not None and mine != theirs for mine, theirs in pairs):
        return True
    return _below(one, other) or _below(other, one)


def _below(one: OnlyIf, other: OnlyIf) -> bool:
    return one.at_most is not None and other.at_least is not None and one.at_most < other.at_least


def why_not_there(only_if: OnlyIf, record: Record) -> str | None:
    """Why a record isn't where the rule wants it, in a sentence; None where it is."""
    place = record.stage
    if only_if.pipeline_id and not (place and place.pipeline_id == only_if.pipeline_id):
        return _(
            "The rule is for the pipeline %(wanted)s, and the record is in %(there)s.",
            wanted=only_if.pipeline_name or only_if.pipeline_id,
            there=place.pipeline_name if place else _("no pipeline"),
        )
    if only_if.stage_id and not (place and place.stage_id == only_if.stage_id):
        return _(
            "The rule is for %(wanted)s, and the record is in %(there)s.",
            wanted=only_if.stage_name or only_if.stage_id,
            there=place.stage_name if place else _("no stage"),
        )
    if only_if.owner_id and not (record.owner and record.owner.id == only_if.owner_id):
        return _(
            "The rule is for records of %(wanted)s, and this one belongs to %(there)s.",
            wanted=only_if.owner_name or only_if.owner_id,
            there=record.owner.name if record.owner else _("nobody"),
        )
    return None


def _amount(event: DomainEvent) -> Money:
    """What the event is about: of the refund or the dispute, else of the payment, else of the link."""
    about = event.refund or event.dispute or event.payment or event.link
    return about.amount

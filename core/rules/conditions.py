"""Only if: what has to be true, besides the event, for a rule to do anything.

What the event itself tells decides at once, and leaves nothing behind where it says no. Where the
record stands now is asked of the CRM when the rule's turn comes.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Literal, Self

from pydantic import model_validator

from core.api.actions import DomainEvent
from core.api.errors import InvalidAmount
from core.api.money import Money
from core.api.records import Record
from core.api.settings import Settings, setting

_ANY = "Any"


class OnlyIf(Settings):
    """Every one that is filled in has to hold. Amounts are in major units of ``currency``."""

    record_kind: str | None = setting(None, label="Record", placeholder=_ANY, choices=True)
    stage_id: str | None = setting(
        None,
        label="Stage it stands in",
        placeholder=_ANY,
        help="Asked of the CRM when it is the rule's turn.",
        choices=True,
        depends_on="record_kind",
    )
    stage_name: str = setting("", label="Name of the stage", label_of="stage_id")
    account_id: str | None = setting(None, label="Account", placeholder=_ANY, choices=True)
    account_name: str = setting("", label="Name of the account", label_of="account_id")
    mode: Literal["live", "test"] | None = setting(None, label="Mode", placeholder=_ANY)
    product: str = setting("", label="Product", help="A part of its name will do.", max_length=100)
    currency: str | None = setting(None, label="Currency", placeholder=_ANY, choices=True)
    at_least: Decimal | None = setting(None, label="Amount from")
    at_most: Decimal | None = setting(None, label="Amount up to")

    @model_validator(mode="after")
    def _amounts_are_amounts(self) -> Self:
        for amount in (self.at_least, self.at_most):
            if amount is not None and self.currency is None:
                raise ValueError("choose the currency of the amount")
            if amount is not None and self.currency:
                try:
                    Money.of(amount, self.currency)
                except InvalidAmount as error:
                    raise ValueError(str(error)) from None
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise ValueError("the amount goes from the smaller one up to the larger one")
        return self

    @property
    def stored(self) -> dict[str, Any]:
        """What of it is filled in."""
        return self.model_dump(mode="json", exclude_defaults=True)

    @property
    def words(self) -> list[str]:
        """Each condition as a part of a sentence."""
        said = []
        if self.record_kind:
            said.append(f"it is a {self.record_kind}")
        if self.stage_id:
            said.append(f"it stands in {self.stage_name or self.stage_id}")
        if self.account_id:
            said.append(f"the account is {self.account_name or self.account_id}")
        if self.mode:
            said.append(f"it is in {self.mode} mode")
        if self.product:
            said.append(f"the product has “{self.product}” in its name")
        if self.at_least is not None:
            said.append(f"the amount is at least {self.at_least:,} {self.currency}")
        if self.at_most is not None:
            said.append(f"the amount is at most {self.at_most:,} {self.currency}")
        if self.currency and self.at_least is None and self.at_most is None:
            said.append(f"it is paid in {self.currency}")
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


def why_not_there(only_if: OnlyIf, record: Record) -> str | None:
    """Why a record isn't where the rule wants it, in a sentence; None where it is."""
    if not only_if.stage_id:
        return None
    if record.stage and record.stage.stage_id == only_if.stage_id:
        return None
    there = record.stage.stage_name if record.stage else "no stage"
    return f"The rule is for {only_if.stage_name or only_if.stage_id}, and the record is in {there}."


def _amount(event: DomainEvent) -> Money:
    """What the event is about: of the refund or the dispute, else of the payment, else of the link."""
    about = event.refund or event.dispute or event.payment or event.link
    return about.amount

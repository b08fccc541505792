"""What a provider says of itself and of the account."""

from typing import get_args

from core.api.payments import Mode
from core.testing.conformance.check import Level, expect
from core.testing.conformance.provider.checks import check
from core.testing.conformance.provider.rig import ProviderRig


@check("provider.account", Level.BRONZE)
def account(rig: ProviderRig) -> None:
    """The account says whether money is real there, and which currency it has."""
    account = rig.open()
    expect(
        account.mode in get_args(Mode) and account.mode == rig.driver.mode,
        f"The account is said to be in {account.mode} mode, and it is in {rig.driver.mode} mode.",
    )
    expect(
        account.currency in rig.member.currencies,
        f"The account's currency {account.currency} is none of the plugin's currencies.",
    )


@check("provider.event_types", Level.BRONZE)
def event_types(rig: ProviderRig) -> None:
    """event_types names what a webhook has to be sent for.

    The page of an account shows the list to a seller who adds the webhook by hand.
    """
    types = rig.member.event_types
    expect(types, "event_types is empty.")
    expect(len(set(types)) == len(types), "event_types names a type twice.")

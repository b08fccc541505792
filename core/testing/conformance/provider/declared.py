"""What a provider says of itself and of the account."""

from typing import get_args

from core.api.payments import Mode
from core.testing.conformance.check import Level, NotOffered, expect
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


@check("provider.permissions", Level.BRONZE)
def permissions(rig: ProviderRig) -> None:
    """permissions says of each what it is for, once.

    Whoever makes a restricted key ticks them by this list, before the key is pasted.
    """
    declared = getattr(rig.member, "permissions", ())
    if not declared:
        raise NotOffered("keys can't be restricted")
    for one in declared:
        expect(one.name and all(one.actions) and one.actions, "A permission has no name or no actions.")
        expect(one.reason.strip(), f"{one.name} is asked for without a reason.")
    words = [one.words for one in declared]
    expect(len(set(words)) == len(words), "permissions names one twice.")
    for missing in rig.open().missing_permissions:
        expect(missing in words, f"{missing} is said to be missing, and permissions doesn't name it.")


@check("provider.account_url", Level.SILVER, needs=("account_url",))
def account_url(rig: ProviderRig) -> None:
    """account_url is an https address, and asks the vendor nothing."""
    rig.open()
    before = len(rig.reached)
    url = rig.call("account_url", ctx=rig.context())
    expect(url.startswith("https://"), "account_url isn't an https address.")
    expect(len(rig.reached) == before, "account_url has sent a request.")

"""Links: made once, with our id in them, found again, taken back."""

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

from core.api.errors import NotFound, OutcomeUnknown, Rejected
from core.api.payments import LinkStatus, ProviderLinkState
from core.testing.conformance.check import Broken, Level, NotOffered, expect, expect_raises
from core.testing.conformance.provider.checks import check
from core.testing.conformance.provider.rig import LINK_ID, ProviderRig

RETURN_URL = "https://dealpay.example/p/token?from=link"


@check("provider.link.made", Level.BRONZE)
def made(rig: ProviderRig) -> None:
    """A link is made at the vendor, and its address opens.

    The address goes to a customer as it is.
    """
    link = rig.link()
    expect(link.ref and link.url, "create_link answers with a link without a ref or without a url.")
    expect(rig.at_vendor(link).takes_payments, "The link takes no payments at the vendor.")
    page = rig.payer.get(link.url, timeout=10)
    expect(page.ok, f"The link's url answers with status {page.status_code}.")


@check("provider.link.metadata", Level.BRONZE)
def metadata(rig: ProviderRig) -> None:
    """Our link id and the request's metadata go along with the link.

    The id is what leads back to us when a reply was lost, and it is what a seller can search for in
    the vendor's dashboard.
    """
    sent = rig.at_vendor(rig.link()).metadata
    expect(LINK_ID in sent.values(), "request.link_id isn't in the metadata of the link at the vendor.")
    expect(
        "deal:7" in sent.values(), "request.metadata isn't in the metadata of the link at the vendor."
    )


@check("provider.link.two", Level.BRONZE)
def two(rig: ProviderRig) -> None:
    """Two requests make two links."""
    first, second = rig.link("lnk_1"), rig.link("lnk_2")
    expect(
        first.ref != second.ref and first.url != second.url,
        "Two requests with keys and ids of their own get the same link.",
    )


@check("provider.link.same_key", Level.SILVER)
def same_key(rig: ProviderRig) -> None:
    """The same request under the same idempotency key makes one link.

    Hand ctx.idempotency_key to the vendor. A vendor without such keys has something else that is
    unique: a reference of the seller's, which request.link_id can be.
    """
    request = rig.request()
    first, second = rig.create(request), rig.create(request)
    expect(first == second, "Sent twice under one key, the same request gets two different links.")
    _expect_one(rig, "Sent twice under one key, the same request")


@check("provider.link.lost_reply", Level.SILVER)
def lost_reply(rig: ProviderRig) -> None:
    """Where the reply to a new link is lost, the next try finds the link that was made.

    A lost reply is OutcomeUnknown unless the plugin asks again by itself; the host tries again later
    under the same key.
    """
    request = rig.request()
    rig.fault("lost_reply", writes=True, times=1)
    with suppress(OutcomeUnknown):
        rig.create(request)
    link = rig.create(request)
    _expect_one(rig, "Tried again after a lost reply, the same request")
    rig.at_vendor(link)


@check("provider.link.refused", Level.SILVER)
def refused(rig: ProviderRig) -> None:
    """What can't be charged is Rejected, with a sentence for the user.

    Rejected is final: the rep is told at once and changes the request.
    """
    for quantity, what in ((0, "nothing"), (-1, "less than nothing")):
        when = f"For a link over {what}"
        with expect_raises(Rejected, when=when) as raised:
            rig.create(rig.request(quantity=quantity))
        expect(getattr(raised[0], "user_message", ""), f"{when}, Rejected has no sentence for the user.")
    expect(not rig.driver.made(rig.simulator), "A link over nothing was made at the vendor.")


@check("provider.link.return_url", Level.SILVER)
def return_url(rig: ProviderRig) -> None:
    """After paying, the customer is sent to request.return_url.

    There the host looks at once whether the money is there. Parameters may be added to the address,
    and what it holds already stays.
    """
    link = rig.link(return_url=RETURN_URL)
    there = rig.driver.pay(rig.simulator, link)
    if there is None:
        raise Broken("After paying, the customer stays at the vendor's: the return_url was dropped.")
    wanted, got = urlsplit(RETURN_URL), urlsplit(there)
    expect(
        (got.netloc, got.path) == (wanted.netloc, wanted.path)
        and parse_qs(wanted.query).items() <= parse_qs(got.query).items(),
        f"After paying, the customer is sent to {there} and not to the return_url.",
    )


@check("provider.link.deactivated", Level.SILVER, needs=("deactivate_link",))
def deactivated(rig: ProviderRig) -> None:
    """A link that was deactivated takes no more payments."""
    link = rig.link()
    status = _deactivate(rig, link.ref)
    expect(status.state is ProviderLinkState.INACTIVE, "deactivate_link answers that the link is open.")
    expect(not rig.at_vendor(link).takes_payments, "The link still takes payments at the vendor.")
    expect(
        rig.status(link).state is ProviderLinkState.INACTIVE,
        "fetch_status says of a deactivated link that it is open.",
    )


@check("provider.link.deactivated_twice", Level.SILVER, needs=("deactivate_link",))
def deactivated_twice(rig: ProviderRig) -> None:
    """Deactivating a link twice is fine, and so is deactivating one that was paid.

    The host tries again after a lost reply, whatever the vendor says of a second time.
    """
    link = rig.link()
    first = _deactivate(rig, link.ref)
    try:
        second = _deactivate(rig, link.ref)
    except Rejected as error:
        raise Broken("The second time, deactivate_link raises Rejected.") from error
    expect(first == second, "The second time, deactivate_link answers with another status.")


@check("provider.link.deactivated_foreign", Level.SILVER, needs=("deactivate_link",))
def deactivated_foreign(rig: ProviderRig) -> None:
    """A link of another account can't be deactivated: NotFound."""
    link = rig.link()
    other = rig.context(rig.driver.other())
    with expect_raises(NotFound, when="For another account's link"):
        rig.call("deactivate_link", ctx=other, ref=link.ref)
    expect(rig.at_vendor(link).takes_payments, "Another account has deactivated the link.")


@check("provider.link.found", Level.SILVER, needs=("find_link",))
def found(rig: ProviderRig) -> None:
    """find_link finds a link by our id among others, also one that isn't the newest.

    It decides whether a link whose reply was lost is made again.
    """
    request = rig.request()
    links = [rig.create(request, key="key-1"), rig.link("lnk_2"), rig.link("lnk_3")]
    for link, link_id in zip(links, (LINK_ID, "lnk_2", "lnk_3"), strict=True):
        there = _find(rig, link_id)
        expect(there is not None, "find_link doesn't find a link that was made a moment ago.")
        expect(there == link, "find_link finds another link than the one with the id.")


@check("provider.link.not_found", Level.SILVER, needs=("find_link",))
def not_found(rig: ProviderRig) -> None:
    """find_link answers None where no link has our id, or another account's has it.

    Then the link is made once more, so a wrong link found here is one that a customer pays for
    somebody else.
    """
    rig.link("lnk_2")
    expect(_find(rig, LINK_ID) is None, "find_link finds a link where none has the id.")
    rig.link(LINK_ID)
    rig.use(rig.driver.other())
    expect(_find(rig, LINK_ID) is None, "find_link finds a link of another account.")


@check("provider.link.product", Level.SILVER, needs=("list_products",))
def unknown_product(rig: ProviderRig) -> None:
    """A product that the vendor doesn't have is Rejected."""
    product = rig.product()
    if not product.ref:
        raise NotOffered("links are made without products")
    unknown = replace(rig.request(product=product, quantity=1), product_ref="conformance_unknown")
    with expect_raises(Rejected, NotFound, when="For a product that the vendor doesn't have"):
        rig.create(unknown)


def _expect_one(rig: ProviderRig, what: str) -> None:
    count = len(rig.driver.made(rig.simulator))
    expect(count == 1, f"{what} has made {count} links at the vendor.")


def _deactivate(rig: ProviderRig, ref: str) -> LinkStatus:
    status: LinkStatus = rig.call("deactivate_link", ctx=rig.context(), ref=ref)
    return status


def _find(rig: ProviderRig, link_id: str) -> object:
    since = datetime.now(UTC) - timedelta(minutes=10)
    return rig.call("find_link", ctx=rig.context(), link_id=link_id, since=since)


@check("provider.link_url", Level.SILVER)
def link_url(rig: ProviderRig) -> None:
    """link_url leads to the link in the vendor's dashboard: https, another for each, without a secret.

    It is shown to every member who sees the link, so nothing of the credentials is in it; and it is put
    together without asking the vendor.
    """
    if "link_url" not in rig.offers:
        raise NotOffered("link_url")
    one, other = (rig.call("link_url", ctx=rig.context(), ref=ref) for ref in ("link_one", "link_other"))
    for url in (one, other):
        expect(urlsplit(url).scheme == "https" and urlsplit(url).netloc, f"{url} is no https address.")
    expect(one != other, "Two links have the same address.")
    expect("link_one" in one, "The address doesn't name the link.")
    secrets = rig.driver.secrets()
    expect(not any(secret in one for secret in secrets), "The address holds a secret.")

"""Deliveries: none is believed that the vendor didn't verifiably send, and none is lost that it did."""

from dataclasses import replace

from core.api.errors import InvalidSignature
from core.api.payments import Delivery
from core.testing.conformance.check import Broken, Level, NotOffered, expect, expect_raises
from core.testing.conformance.provider.checks import check
from core.testing.conformance.provider.rig import HOOK, LINK_ID, OTHER, ProviderRig, with_headers


@check("provider.webhook.paid", Level.BRONZE)
def paid(rig: ProviderRig) -> None:
    """A delivery about a payment is verified, and leads to its link.

    An event names the link by link_ref or link_id. What was paid is not believed of it: the host asks
    fetch_status.
    """
    rig.paid_delivery()


@check("provider.webhook.missing", Level.BRONZE)
def missing(rig: ProviderRig) -> None:
    """A delivery without a signature raises InvalidSignature."""
    delivery = rig.paid_delivery()
    _refused(rig, replace(delivery, headers={}), "Without any header")
    for name in rig.signature_headers(delivery):
        headers = {key: value for key, value in delivery.headers.items() if key != name}
        _refused(rig, replace(delivery, headers=headers), f"Without the header {name}")


@check("provider.webhook.malformed", Level.BRONZE)
def malformed(rig: ProviderRig) -> None:
    """A signature that isn't one raises InvalidSignature, whatever it is.

    Anybody can send anything to the address.
    """
    delivery = rig.paid_delivery()
    for name in rig.signature_headers(delivery):
        good = delivery.headers[name]
        garbage = ("", " ", "x", ",", "=", "t=,v1=", "t=x,v1=x", good[:-1], good + "0", good[::-1])
        for value in garbage:
            _refused(rig, with_headers(delivery, **{name: value}), f"With the header {name}: {value!r}")


@check("provider.webhook.non_ascii", Level.SILVER)
def non_ascii(rig: ProviderRig) -> None:
    """A signature with letters beyond ASCII raises InvalidSignature.

    hmac.compare_digest raises TypeError for text that isn't ASCII: look at the form first.
    """
    delivery = rig.paid_delivery()
    for name in rig.signature_headers(delivery):
        good = delivery.headers[name]
        for value in (good[:-1] + "\u00fc", good[:-1] + "\u0661", "\u00fc"):
            _refused(rig, with_headers(delivery, **{name: value}), f"With {value[-1]!r} in {name}")


@check("provider.webhook.forged", Level.BRONZE)
def forged(rig: ProviderRig) -> None:
    """A delivery that was signed with another secret raises InvalidSignature."""
    body = rig.paid_delivery().body
    _refused(rig, rig.signed(body, secret=OTHER), "Signed with another secret")


@check("provider.webhook.altered", Level.BRONZE)
def altered(rig: ProviderRig) -> None:
    """A delivery whose body was changed on its way raises InvalidSignature.

    The signature is over the raw bytes: a body that was read and written again isn't what was signed.
    """
    delivery = rig.paid_delivery()
    for body in (delivery.body + b" ", delivery.body[:-1], b"{}", b""):
        _refused(rig, replace(delivery, body=body), "With another body than the one that was signed")


@check("provider.webhook.no_secret", Level.BRONZE)
def no_secret(rig: ProviderRig) -> None:
    """Where no signing secret is stored, every delivery raises InvalidSignature.

    An HMAC with an empty key is one that anybody can make.
    """
    delivery = rig.paid_delivery()
    _refused(rig, replace(delivery, secrets=()), "Where no secret is stored")
    empty = rig.signed(delivery.body, secret="")
    for secrets in (("",), (" ",), ()):
        _refused(rig, replace(empty, secrets=secrets), "Where the stored secret is empty")


@check("provider.webhook.stale", Level.SILVER)
def stale(rig: ProviderRig) -> None:
    """A signature older than the vendor's tolerance raises InvalidSignature.

    Otherwise whoever has seen one delivery can send it again for good.
    """
    _within_tolerance(rig, 1, "too long ago")


@check("provider.webhook.future", Level.SILVER)
def future(rig: ProviderRig) -> None:
    """A signature from the future raises InvalidSignature, but for clocks that differ a little."""
    _within_tolerance(rig, -1, "in the future")


@check("provider.webhook.rolled", Level.SILVER)
def rolled(rig: ProviderRig) -> None:
    """While a secret is being replaced, deliveries signed with either are good."""
    delivery = rig.paid_delivery()
    for secrets in (("whsec_new", rig.secret), (rig.secret, "whsec_new"), ("", rig.secret)):
        try:
            events = rig.parse(replace(delivery, secrets=secrets))
        except InvalidSignature as error:
            raise Broken(
                "One of the two stored secrets is right, and the delivery is refused."
            ) from error
        expect(events, "One of the two stored secrets is right, and there is no event.")


@check("provider.webhook.not_json", Level.SILVER)
def not_json(rig: ProviderRig) -> None:
    """A signed body that can't be read raises InvalidSignature, and nothing else."""
    rig.paid_delivery()
    for body in (b"", b"nonsense", b"\xff\xfe", b"[" * 100_000, b'{"id": '):
        _refused(rig, rig.signed(body), f"With the signed body {body[:10]!r}")


@check("provider.webhook.not_an_event", Level.SILVER)
def not_an_event(rig: ProviderRig) -> None:
    """A signed body that isn't an event is refused or ignored; it never crashes.

    Whoever holds the secret can sign anything, and so can a vendor on a bad day.
    """
    delivery = rig.paid_delivery()
    for body in (b"[]", b"null", b"1", b'"x"', b"{}", b'{"id": 1}', b'{"type": {}, "data": []}'):
        try:
            events = rig.parse(replace(rig.signed(body), headers=_headers(rig, delivery, body)))
        except InvalidSignature:
            continue
        except Exception as error:
            raise Broken(
                f"With the signed body {body.decode()}, parse_webhook raises {type(error).__name__}."
            ) from error
        expect(
            all(event.ignored for event in events),
            f"The signed body {body.decode()} is taken for an event about a link.",
        )


@check("provider.webhook.unknown_type", Level.SILVER)
def unknown_type(rig: ProviderRig) -> None:
    """An event of a type that the plugin doesn't know is ignored, with the reason.

    Vendors add types. Answer with no event, or with one whose ``ignored`` says why.
    """
    delivery = rig.paid_delivery()
    known = {event.type for event in rig.parse(delivery) if not event.ignored}
    body = delivery.body
    for name in known:
        body = body.replace(b'"%s"' % name.encode(), b'"conformance.unknown"')
    if body == delivery.body:
        raise NotOffered("the type isn't in the body")
    unknown = replace(delivery, body=body, headers=_headers(rig, delivery, body))
    try:
        events = rig.parse(unknown)
    except Exception as error:
        raise Broken(f"An event of an unknown type raises {type(error).__name__}.") from error
    expect(all(event.ignored for event in events), "An event of an unknown type isn't ignored.")


@check("provider.webhook.types", Level.SILVER)
def declared_types(rig: ProviderRig) -> None:
    """The types of the events are those that the plugin declares in event_types.

    The page of an account tells the seller which ones to tick for a webhook added by hand.
    """
    types = {event.type for event in rig.parse(rig.paid_delivery()) if not event.ignored}
    missing = types - set(rig.member.event_types)
    expect(not missing, f"event_types lacks {', '.join(sorted(missing))}.")


@check("provider.webhook.stable_id", Level.SILVER)
def stable_id(rig: ProviderRig) -> None:
    """Every delivery of an event has the same event id, and no two events have one.

    By it the host knows what it has seen: vendors deliver more than once.
    """
    delivery = rig.paid_delivery()
    first, again = rig.parse(delivery), rig.parse(delivery)
    ids = [event.event_id for event in first]
    expect(all(ids), "An event has no event_id.")
    expect(ids == [event.event_id for event in again], "Parsed again, an event has another id.")
    later = replace(delivery, headers=_headers(rig, delivery, delivery.body, late=-2))
    expect(
        ids == [event.event_id for event in rig.parse(later)],
        "Delivered again with a fresh signature, an event has another id.",
    )
    link = rig.link("lnk_2")
    rig.deliveries()
    rig.driver.pay(rig.simulator, link)
    others = {event.event_id for event in rig.parsed()}
    expect(not others & set(ids), "Two events have the same id.")


@check("provider.webhook.foreign", Level.SILVER)
def foreign(rig: ProviderRig) -> None:
    """A payment that no link of ours has to do with leads to none."""
    rig.subscribe()
    link = rig.link()
    rig.deliveries()
    rig.driver.foreign_payment(rig.simulator)
    for event in rig.parsed():
        expect(
            event.ignored or (event.link_ref != link.ref and event.link_id != LINK_ID),
            "A payment that isn't one on our link leads to our link.",
        )


@check("provider.webhook.pure", Level.SILVER)
def pure(rig: ProviderRig) -> None:
    """Reading a delivery asks the vendor nothing.

    Deliveries come by the hundred, and the vendor waits for an answer within seconds.
    """
    delivery = rig.paid_delivery()
    before = len(rig.reached)
    rig.parse(delivery)
    expect(len(rig.reached) == before, "parse_webhook has sent a request.")


@check("provider.webhook.ensured", Level.SILVER, needs=("ensure_webhook",))
def ensured(rig: ProviderRig) -> None:
    """ensure_webhook makes one endpoint for an address, with the secret that signs, and finds it again.

    With two endpoints every event would come twice.
    """
    url = "https://dealpay.example/hooks/acc_2"
    rig.open()
    made = rig.call("ensure_webhook", ctx=rig.context(key="hook-1"), url=url, ref=None)
    expect(made.created and made.secret, "The first time, no endpoint with a secret was made.")
    found = rig.call("ensure_webhook", ctx=rig.context(key="hook-2"), url=url, ref=made.ref)
    expect(found.ref == made.ref, "The second time, ensure_webhook answers with another endpoint.")
    expect(not found.created, "The second time, ensure_webhook says that it made an endpoint.")
    rig.secret = made.secret
    link = rig.link()
    rig.deliveries()
    rig.driver.pay(rig.simulator, link)
    expect(rig.parsed(), "The endpoint that was made gets no delivery about a payment.")


@check("provider.webhook.listed", Level.SILVER, needs=("ensure_webhook", "list_webhooks"))
def listed(rig: ProviderRig) -> None:
    """list_webhooks tells of our endpoint where it leads, and that it gets all events.

    The page of an account says by it what is wrong with a webhook that brings nothing.
    """
    rig.open()
    made = rig.call("ensure_webhook", ctx=rig.context(key="hook-1"), url=HOOK, ref=None)
    found = [one for one in rig.call("list_webhooks", ctx=rig.context()) if one.ref == made.ref]
    expect(found, "list_webhooks doesn't tell of the endpoint that ensure_webhook has made.")
    expect(found[0].url == HOOK, f"The endpoint for {HOOK} is said to lead to {found[0].url}.")
    expect(found[0].active, "The endpoint that was made just now is said to be switched off.")
    missing = set(rig.member.event_types) - set(found[0].events or rig.member.event_types)
    expect(not missing, f"The endpoint that was made isn't sent {', '.join(sorted(missing))}.")


@check("provider.webhook.moved", Level.SILVER, needs=("ensure_webhook", "list_webhooks"))
def moved(rig: ProviderRig) -> None:
    """Once the app is reached at another host, ensure_webhook leads our endpoint there.

    A second one would have every event come twice, and fill the vendor's limit.
    """
    rig.open()
    before = "https://before.example/hooks/acc_1"
    made = rig.call("ensure_webhook", ctx=rig.context(key="hook-1"), url=before, ref=None)
    for ref in (None, made.ref):
        found = rig.call("ensure_webhook", ctx=rig.context(key=f"hook-{ref}"), url=HOOK, ref=ref)
        expect(found.ref == made.ref, "Reached at another host, the app gets a second endpoint.")
        urls = [one.url for one in rig.call("list_webhooks", ctx=rig.context())]
        expect(HOOK in urls, "Our endpoint goes on leading to the host where the app was before.")


@check("provider.webhook.renewed", Level.SILVER, needs=("ensure_webhook", "renew_webhook"))
def renewed(rig: ProviderRig) -> None:
    """renew_webhook answers with a new secret, and it is the one that signs from then on."""
    rig.open()
    made = rig.call("ensure_webhook", ctx=rig.context(key="hook-1"), url=HOOK, ref=None)
    new = rig.call("renew_webhook", ctx=rig.context(key="hook-2"), url=HOOK, ref=made.ref)
    expect(new.secret, "renew_webhook answers without a secret.")
    expect(new.secret != made.secret, "renew_webhook answers with the secret that there was.")
    rig.secret = new.secret
    link = rig.link()
    rig.deliveries()
    rig.driver.pay(rig.simulator, link)
    expect(rig.parsed(), "After renew_webhook, no delivery about a payment comes.")


def _refused(rig: ProviderRig, delivery: Delivery, when: str) -> None:
    with expect_raises(InvalidSignature, when=when):
        rig.parse(delivery)


def _headers(rig: ProviderRig, delivery: Delivery, body: bytes, late: float = 0) -> dict[str, str]:
    """The headers of a delivery, as they would be with another body or at another time."""
    signed = rig.signed(body, late=late).headers
    return {**delivery.headers, **{name: signed[name] for name in rig.signature_headers(delivery)}}


def _within_tolerance(rig: ProviderRig, sign: int, when: str) -> None:
    tolerance = rig.driver.tolerance
    if tolerance is None:
        raise NotOffered("the vendor signs no time")
    delivery = rig.paid_delivery()
    body = delivery.body
    near, far = (
        _headers(rig, delivery, body, late=sign * late) for late in (tolerance / 2, tolerance + 60)
    )
    _refused(rig, replace(delivery, headers=far), f"Signed {when}")
    expect(rig.parse(replace(delivery, headers=near)), "Signed within the tolerance, it is no event.")

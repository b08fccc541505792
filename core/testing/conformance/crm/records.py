"""Who opened the frame, and the record as it is now."""

from core.api.errors import NotFound
from core.api.records import Identity, Launch, RecordRef
from core.testing.conformance.check import Broken, Level, expect, expect_raises
from core.testing.conformance.crm.checks import check
from core.testing.conformance.crm.rig import CrmRig


@check("crm.identify.launch", Level.BRONZE)
def launch(rig: CrmRig) -> None:
    """The frame's parameters name the record that it was opened on.

    They are hints: the host compares them with whom it knows, and asks fetch_record.
    """
    identity: Identity = rig.call("identify", launch=rig.driver.launch(rig.ref))
    expect(identity.record == rig.ref, "identify doesn't tell the record that the frame was opened on.")
    expect(not rig.reached, "identify has sent a request.")


@check("crm.identify.nonsense", Level.SILVER)
def nonsense(rig: CrmRig) -> None:
    """Parameters that are missing or make no sense identify nothing, and raise nothing.

    Anybody can write anything into the frame's address.
    """
    names = list(rig.driver.launch(rig.ref).parameters)
    for value in ("", "?", "../../etc/passwd", "\u0661", "9" * 400, "null"):
        for parameters in ({}, dict.fromkeys(names, value)):
            try:
                identity: Identity = rig.call("identify", launch=Launch(parameters))
            except Broken:
                raise
            except Exception as error:
                raise Broken(f"With {value!r} in the frame's address, identify raises.") from error
            record = identity.record
            expect(
                record is None or record.kind in rig.member.record_kinds,
                f"With {value!r} in the frame's address, identify names a record of no known kind.",
            )


@check("crm.record.fetched", Level.BRONZE)
def fetched(rig: CrmRig) -> None:
    """A record has a title, an address in the CRM and, where it has one, a stage."""
    record = rig.fetch()
    expect(record.ref == rig.ref, "fetch_record answers with another record.")
    expect(record.title, "The record has no title.")
    expect(record.url.startswith("https://"), "The record's url isn't one that a browser opens.")
    if "move_stage" in rig.offers:
        expect(
            record.stage is not None, "The record stands at a stage, and fetch_record doesn't say so."
        )


@check("crm.record.missing", Level.SILVER)
def missing(rig: CrmRig) -> None:
    """A record that isn't there is NotFound."""
    with expect_raises(NotFound, when="For a record that isn't there"):
        rig.fetch(rig.driver.missing_record(rig.simulator))


@check("crm.record.foreign", Level.SILVER)
def foreign(rig: CrmRig) -> None:
    """Another tenant's record is NotFound, to read and to write."""
    ref = rig.driver.foreign_record(rig.simulator)
    before = rig.driver.notes(rig.simulator, ref)
    with expect_raises(NotFound, when="For another tenant's record, fetch_record"):
        rig.fetch(ref)
    if "add_note" in rig.offers:
        with expect_raises(NotFound, when="For another tenant's record, add_note"):
            rig.note("foreign", ref=ref)
    after = rig.driver.notes(rig.simulator, ref)
    expect(after == before, "A note was written on another tenant's record.")


@check("crm.record.ids", Level.SILVER)
def ids(rig: CrmRig) -> None:
    """Ids that can't be one are NotFound, and reach no other address of the vendor.

    An id comes from the frame's address and ends up in a path.
    """
    rig.fetch()
    mine = [one.partition(" ")[2] for one in rig.reached if one.endswith(f"/{rig.ref.id}")]
    place = mine[0].removesuffix(rig.ref.id) if mine else "/"
    for id in ("", "..", "../users", f"{rig.ref.id}/../1", "1?x=1", "1#", "%2e%2e", "\u0661", "1 2"):
        before = len(rig.reached)
        with expect_raises(NotFound, when=f"For a record with the id {id!r}"):
            rig.fetch(RecordRef(rig.ref.kind, id))
        for one in rig.reached[before:]:
            asked = one.partition(" ")[2]
            expect(asked.startswith(place), f"The id {id!r} has led to {asked}.")
    with expect_raises(NotFound, when="For a record of no known kind"):
        rig.fetch(RecordRef("conformance", rig.ref.id))


@check("crm.users.listed", Level.SILVER, needs=("list_users",))
def users(rig: CrmRig) -> None:
    """All users are listed, however many there are, and can be looked for by name."""
    before = rig.call("list_users", ctx=rig.context(), query="")
    expect(before and all(user.id and user.name for user in before), "A user has no id or no name.")
    rig.driver.add_users(rig.simulator, 120)
    after = rig.call("list_users", ctx=rig.context(), query="")
    count = len({user.id for user in after})
    expect(count == len(after), "A user is listed twice.")
    expect(count == len(before) + 120, f"Of {len(before) + 120} users {count} are listed.")
    name = before[0].name
    found = rig.call("list_users", ctx=rig.context(), query=name.upper())
    expect(before[0].id in [user.id for user in found], "A user isn't found by name in capital letters.")
    none = rig.call("list_users", ctx=rig.context(), query="no such user")
    expect(not none, "Users are found by a name that they don't have.")


@check("crm.user.known", Level.SILVER, needs=("list_users", "get_user"))
def one_user(rig: CrmRig) -> None:
    """A user is found by the id that the list gives, and nobody by another one, however odd it is."""
    for listed in rig.call("list_users", ctx=rig.context(), query=""):
        found = rig.call("get_user", ctx=rig.context(), user_id=listed.id)
        expect(found is not None, f"The user {listed.id} is listed, and isn't found.")
        same = (found.id, found.name, found.active) == (listed.id, listed.name, listed.active)
        expect(same, f"The user {listed.id} is somebody else by the list than by the id.")
    for id in ("", "777777", "..", "1/..", "1?x=1", "%2e%2e"):
        found = rig.call("get_user", ctx=rig.context(), user_id=id)
        expect(found is None, f"Somebody is found by the id {id!r}.")


@check("crm.limits.shared", Level.GOLD)
def shared_limit(rig: CrmRig) -> None:
    """Each request takes a token of ctx.token_bucket first, and a 429 pauses the bucket.

    All workers share the bucket, so that one workspace never asks the CRM faster than it allows.
    """
    rig.use_everything()
    expect(
        rig.buckets.taken >= len(rig.reached),
        f"{len(rig.reached)} requests have reached the CRM for {rig.buckets.taken} tokens.",
    )
    credentials = {credential for credential, _, _ in rig.buckets.asked}
    expect(len(credentials) == 1, "The requests of one credential take tokens of several buckets.")
    secrets = rig.driver.secrets()
    expect(
        not any(secret in name for secret in secrets for name in credentials),
        "The bucket is named by the credential itself: take a fingerprint of it.",
    )
    rig.fault("rate_limited", writes=False, times=1)
    try:
        rig.fetch()
    except Exception as error:
        rig.said.error(error)
    expect(rig.buckets.pauses, "After a 429 the bucket isn't paused.")

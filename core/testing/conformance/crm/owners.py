"""Whose record it is."""

from core.api.errors import NotFound, OutcomeUnknown, Rejected
from core.testing.conformance.check import Level, expect, expect_raises
from core.testing.conformance.crm.checks import check
from core.testing.conformance.crm.rig import CrmRig

GIVE = ("set_owner",)


@check("crm.owner.set", Level.BRONZE, needs=GIVE)
def given(rig: CrmRig) -> None:
    """A record gets another owner; the answer says whose it was and whose it is."""
    ref = rig.driver.owned_record(rig.simulator)
    wanted, before = rig.driver.colleague(rig.simulator, ref), rig.fetch(ref).owner
    change = rig.give(wanted, ref)
    expect(change.changed, "The record was given, and set_owner says that nothing has changed.")
    told = (change.before.id if change.before else None, change.after.id)
    expect(told == (before.id if before else None, wanted), "set_owner tells other owners.")
    expect(change.after.name, "set_owner doesn't say the name of the new owner.")
    _expect_owner(rig, wanted)


@check("crm.owner.there_already", Level.SILVER, needs=GIVE)
def there_already(rig: CrmRig) -> None:
    """Where the record is theirs already, nothing is written."""
    ref = rig.driver.owned_record(rig.simulator)
    wanted = rig.driver.colleague(rig.simulator, ref)
    rig.give(wanted, ref)
    before = len(rig.writes())
    change = rig.give(wanted, ref)
    expect(not change.changed, "The second time, set_owner says that the owner was changed.")
    expect(len(rig.writes()) == before, "The second time, set_owner has written to the CRM.")


@check("crm.owner.unknown", Level.SILVER, needs=GIVE)
def unknown(rig: CrmRig) -> None:
    """A user whom the CRM doesn't know is Rejected with user_not_found, and nothing is written.

    The rule that names them is paused, and somebody is told to choose another.
    """
    ref = rig.driver.owned_record(rig.simulator)
    for id in ("999999999", "../1", ""):
        with expect_raises(Rejected, when=f"For the user {id!r}") as raised:
            rig.give(id, ref)
        code = getattr(raised[0], "code", "")
        expect(code == "user_not_found", f"For a user who isn't there, the code is {code}.")
    expect(not rig.writes(), "For a user who isn't there, something was written.")


@check("crm.owner.foreign", Level.SILVER, needs=GIVE)
def foreign(rig: CrmRig) -> None:
    """Another tenant's record isn't given to anybody: NotFound."""
    wanted = rig.driver.colleague(rig.simulator, rig.driver.owned_record(rig.simulator))
    with expect_raises(NotFound, when="For another tenant's record, set_owner"):
        rig.give(wanted, rig.driver.foreign_record(rig.simulator))


@check("crm.owner.lost_reply", Level.SILVER, needs=GIVE)
def lost_reply(rig: CrmRig) -> None:
    """Where the reply to a change of owner is lost, it is OutcomeUnknown, and fetch_record tells.

    It decides whether the record is given once more.
    """
    ref = rig.driver.owned_record(rig.simulator)
    wanted = rig.driver.colleague(rig.simulator, ref)
    rig.fault("lost_reply", writes=True, times=1)
    with expect_raises(OutcomeUnknown, when="When the reply to a change of owner is lost"):
        rig.give(wanted, ref)
    _expect_owner(rig, wanted)


def _expect_owner(rig: CrmRig, wanted: str) -> None:
    owner = rig.fetch(rig.driver.owned_record(rig.simulator)).owner
    expect(owner and owner.id == wanted, "After the change fetch_record tells another owner.")

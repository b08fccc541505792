"""Fields of a record: listed, and set one at a time."""

from core.api.errors import NotFound, OutcomeUnknown, Rejected
from core.api.records import Field, FieldType
from core.testing.conformance.check import Level, NotOffered, expect, expect_raises
from core.testing.conformance.crm.checks import check
from core.testing.conformance.crm.rig import CrmRig

SET = ("set_field",)
BOTH = ("list_fields", "set_field")
#: What is certainly no value of a type.
_WRONG = {
    FieldType.NUMBER: ("twelve", "12,5", "nan", "\u0661"),
    FieldType.DATE: ("tomorrow", "03.11.2026", "2026-13-01"),
    FieldType.CHOICE: ("no such choice",),
    FieldType.BOOL: ("perhaps",),
}


@check("crm.fields.listed", Level.SILVER, needs=("list_fields",))
def listed(rig: CrmRig) -> None:
    """The fields of each kind are listed, each once, with a name and, for a choice, its choices."""
    for kind in rig.member.record_kinds:
        fields = rig.fields(kind)
        ids = [field.id for field in fields]
        expect(len(set(ids)) == len(ids), f"A field of {kind}s is listed twice.")
        for field in fields:
            expect(field.id and field.name, "A field has no id or no name.")
            if field.type is not FieldType.CHOICE:
                expect(not field.choices, f"{field.name} is of the type {field.type} and has choices.")
                continue
            values = [one.id for one in field.choices]
            expect(len(set(values)) == len(values), f"{field.name} has a choice twice.")
            named = all(one.id and one.name for one in field.choices)
            expect(named, f"{field.name} has a choice without an id or a name.")
    known = {field.id for field in rig.fields(rig.ref.kind) if field.writable}
    for id in rig.driver.fields(rig.simulator, rig.ref):
        expect(id in known, f"The field {id} can be written, and isn't listed as such.")


@check("crm.field.set", Level.BRONZE, needs=SET)
def written(rig: CrmRig) -> None:
    """A field holds the value that it was given; the answer says what it held before."""
    id, value = _first(rig)
    before = rig.driver.field_value(rig.simulator, rig.ref, id)
    change = rig.set_field(id, value)
    expect(change.changed, "The field was set, and set_field says that nothing has changed.")
    expect(change.before == before, f"set_field says that the field held {change.before!r} before.")
    expect(change.after == value, f"set_field says that the field holds {change.after!r} now.")
    _expect_holds(rig, id, value)


@check("crm.field.types", Level.SILVER, needs=BOTH)
def types(rig: CrmRig) -> None:
    """A field of each type that is listed as writable can be set, and holds the value then."""
    fields = _listed(rig)
    wanted = {field.type for field in fields.values() if field.writable}
    values = rig.driver.fields(rig.simulator, rig.ref)
    missing = wanted - {fields[id].type for id in values if id in fields}
    expect(not missing, f"The driver names no field of the type {', '.join(sorted(missing))}.")
    for id, value in values.items():
        rig.set_field(id, value)
        _expect_holds(rig, id, value)


@check("crm.field.there_already", Level.SILVER, needs=SET)
def there_already(rig: CrmRig) -> None:
    """Where a field holds the value already, nothing is written.

    The host tries again after a lost reply, and a change is what starts the CRM's own workflows.
    """
    for id, value in rig.driver.fields(rig.simulator, rig.ref).items():
        rig.set_field(id, value)
        before = len(rig.writes())
        change = rig.set_field(id, value)
        expect(not change.changed, f"The second time, set_field says that {id} was changed.")
        expect(len(rig.writes()) == before, f"The second time, {id} was written to the CRM.")


@check("crm.field.others", Level.SILVER, needs=BOTH)
def others(rig: CrmRig) -> None:
    """Nothing else on the record changes.

    Where the CRM takes whole records only, read the record, change the field and send all of it back.
    """
    id, value = _first(rig)
    ids = [field.id for field in _listed(rig).values() if field.writable and field.id != id]
    for other, wanted in rig.driver.fields(rig.simulator, rig.ref).items():
        if other != id:
            rig.set_field(other, wanted)
    record = rig.fetch()
    before = {one: rig.driver.field_value(rig.simulator, rig.ref, one) for one in ids}
    rig.set_field(id, value)
    after = {one: rig.driver.field_value(rig.simulator, rig.ref, one) for one in ids}
    gone = [one for one in ids if after[one] != before[one]]
    expect(not gone, f"With {id}, these have changed: {', '.join(gone)}.")
    expect(rig.fetch() == record, f"With {id}, something else has changed on the record.")


@check("crm.field.unknown", Level.SILVER, needs=SET)
def unknown(rig: CrmRig) -> None:
    """A field that isn't there is Rejected with field_not_found, and nothing is written.

    The rule that names it is paused, and somebody is told to choose another.
    """
    for id in ("no_such_field", "../1", ""):
        with expect_raises(Rejected, when=f"For the field {id!r}") as raised:
            rig.set_field(id, "Paid")
        code = getattr(raised[0], "code", "")
        expect(code == "field_not_found", f"For a field that isn't there, the code is {code}.")
    expect(not rig.writes(), "For a field that isn't there, something was written.")


@check("crm.field.read_only", Level.SILVER, needs=BOTH)
def read_only(rig: CrmRig) -> None:
    """A field that is listed as not writable is Rejected with field_read_only."""
    kept = [field for field in _listed(rig).values() if not field.writable]
    if not kept:
        raise NotOffered("every field can be written")
    for field in kept:
        with expect_raises(Rejected, when=f"For {field.name}, which isn't writable,") as raised:
            rig.set_field(field.id, "2026-11-03")
        code = getattr(raised[0], "code", "")
        expect(code == "field_read_only", f"For a field that isn't writable, the code is {code}.")
    expect(not rig.writes(), "For a field that isn't writable, something was written.")


@check("crm.field.refused", Level.SILVER, needs=BOTH)
def refused(rig: CrmRig) -> None:
    """A value that a field can't hold is Rejected with value_refused, and the field stays."""
    fields = _listed(rig)
    for id in rig.driver.fields(rig.simulator, rig.ref):
        before = rig.driver.field_value(rig.simulator, rig.ref, id)
        for value in ("", *_WRONG.get(fields[id].type, ())):
            with expect_raises(Rejected, when=f"For {id} and the value {value!r}") as raised:
                rig.set_field(id, value)
            code = getattr(raised[0], "code", "")
            expect(code == "value_refused", f"For {id} and the value {value!r}, the code is {code}.")
        after = rig.driver.field_value(rig.simulator, rig.ref, id)
        expect(after == before, f"After values that it can't hold, {id} holds {after!r}.")


@check("crm.field.foreign", Level.SILVER, needs=SET)
def foreign(rig: CrmRig) -> None:
    """A field of another tenant's record isn't set: NotFound."""
    ref = rig.driver.foreign_record(rig.simulator)
    id, value = _first(rig)
    before = rig.driver.field_value(rig.simulator, ref, id)
    with expect_raises(NotFound, when="For another tenant's record, set_field"):
        rig.set_field(id, value, ref)
    after = rig.driver.field_value(rig.simulator, ref, id)
    expect(after == before, "A field of another tenant's record was set.")


@check("crm.field.lost_reply", Level.SILVER, needs=SET)
def lost_reply(rig: CrmRig) -> None:
    """Where the reply to a change is lost, it is OutcomeUnknown, and the next try finds it made."""
    id, value = _first(rig)
    rig.fault("lost_reply", writes=True, times=1)
    with expect_raises(OutcomeUnknown, when="When the reply to a change is lost"):
        rig.set_field(id, value)
    _expect_holds(rig, id, value)
    rig.simulator.faults.clear()
    expect(not rig.set_field(id, value).changed, "The next try has changed the field once more.")


def _listed(rig: CrmRig) -> dict[str, Field]:
    return {field.id: field for field in rig.fields(rig.ref.kind)}


def _first(rig: CrmRig) -> tuple[str, str]:
    return next(iter(rig.driver.fields(rig.simulator, rig.ref).items()))


def _expect_holds(rig: CrmRig, id: str, value: str) -> None:
    held = rig.driver.field_value(rig.simulator, rig.ref, id)
    expect(held == value, f"{id} was set to {value!r} and holds {held!r}.")

"""What an action says of itself, and what it offers to the form of a rule."""

from pydantic import ValidationError

from core.api.actions import EVENTS
from core.api.records import RecordRef
from core.plugin_host.errors import PluginRefused
from core.testing.conformance.action.checks import check
from core.testing.conformance.action.rig import ActionRig
from core.testing.conformance.check import Broken, Level, NotOffered, expect


@check("action.load", Level.BRONZE)
def loads(rig: ActionRig) -> None:
    """The host takes the action: its data and its verbs are complete and of the right form."""
    try:
        rig.load()
    except PluginRefused as error:
        raise Broken(f"The host refuses it: {error}.") from error


@check("action.triggers", Level.BRONZE)
def triggers(rig: ActionRig) -> None:
    """triggers names events of the host, each once."""
    names = rig.member.triggers
    expect(names, "No event triggers the action.")
    expect(len(set(names)) == len(names), "triggers names an event twice.")
    for name in names:
        expect(name in EVENTS, f"{name!r} is no event: see EVENTS in core.api.actions.")


@check("action.summary", Level.BRONZE)
def summary(rig: ActionRig) -> None:
    """summary is one sentence that says what the action does.

    It stands in the list of rules, and in the preview of what a payment will set off.
    """
    said = rig.call("summary", config=rig.config)
    expect(said.strip() and "\n" not in said, "summary is empty or has several lines.")
    expect(len(said) <= 200, f"summary has {len(said)} letters, which is no line of a list.")
    expect(said[0].isupper(), "summary doesn't begin with a capital letter.")


@check("action.config.labels", Level.SILVER)
def labels(rig: ActionRig) -> None:
    """Every field of the configuration has a label for its form."""
    for name, field in rig.member.Config.model_fields.items():
        expect(field.title, f"The field {name} has no label.")


@check("action.default_rules", Level.SILVER)
def default_rules(rig: ActionRig) -> None:
    """Rules that a new workspace starts with, and drafts of new ones, are valid."""
    drafts = getattr(rig.member, "drafts", {})
    given = [(rule.event, rule.config) for rule in rig.member.default_rules] + list(drafts.items())
    for event, config in given:
        expect(event in rig.member.triggers, f"A rule is for {event}, which triggers nothing.")
        try:
            rig.member.Config.model_validate(dict(config))
        except ValidationError as error:
            problem = error.errors(include_input=False)[0]
            raise Broken(f"The rule for {event} is refused: {problem['msg']}.") from error


@check("action.choices", Level.SILVER, needs=("choices",))
def choices(rig: ActionRig) -> None:
    """Every field with choices offers some, and among them what the configuration holds."""
    draft = {name: str(value) for name, value in rig.config if value is not None}
    fields = _with_choices(rig)
    if not fields:
        raise NotOffered("no field has choices")
    for name in fields:
        offered = rig.choices(name, draft)
        values = [one.value for one in offered]
        expect(len(set(values)) == len(values), f"{name} offers a value twice.")
        expect(all(one.label for one in offered), f"{name} offers something without a label.")
        if name in draft:
            expect(draft[name] in values, f"{name} doesn't offer the value that is chosen.")


@check("action.choices.odd_drafts", Level.SILVER, needs=("choices",))
def odd_drafts(rig: ActionRig) -> None:
    """While a form is filled in, or holds something odd, choices offers less and raises nothing."""
    fields = list(rig.member.Config.model_fields)
    for name in _with_choices(rig):
        for value in ("", "nonsense", "\u0661"):
            for draft in ({}, dict.fromkeys(fields, value)):
                try:
                    rig.choices(name, draft)
                except Broken:
                    raise
                except Exception as error:
                    raise Broken(f"With {value!r} in the form, choices raises an error.") from error


@check("action.check.good", Level.SILVER, needs=("check",))
def good_config(rig: ActionRig) -> None:
    """A configuration that works has no problems."""
    problems = rig.call("check", ctx=rig.context(), config=rig.config)
    expect(not problems, f"A good configuration has a problem: {[one.message for one in problems]}.")


@check("action.check.stale", Level.SILVER, needs=("check",))
def stale_config(rig: ActionRig) -> None:
    """A configuration whose choice is gone from the CRM has a problem, at the field to mark.

    It is asked at night, so that a rule is mended before the next payment needs it.
    """
    for config in rig.driver.stale():
        problems = rig.call("check", ctx=rig.context(), config=config)
        expect(problems, "A configuration names what the CRM no longer has, and check finds nothing.")
        for one in problems:
            expect(one.message, "A problem has no sentence.")
            known = one.field is None or one.field in rig.member.Config.model_fields
            expect(known, f"A problem marks the field {one.field}, which there isn't.")


@check("action.other_kind", Level.SILVER)
def other_kind(rig: ActionRig) -> None:
    """An event about a record of another kind is skipped or done, and no error.

    Rules run for leads and for deals; what is for one of them leaves the other alone.
    """
    rig.run(rig.event(record=RecordRef("lead", "8")))


def _with_choices(rig: ActionRig) -> list[str]:
    fields = rig.member.Config.model_fields.items()
    return [
        name
        for name, field in fields
        if isinstance(field.json_schema_extra, dict) and field.json_schema_extra.get("choices")
    ]

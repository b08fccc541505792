"""An action that runs, once, however often it is tried."""

from collections.abc import Callable
from contextlib import suppress

from core.api.actions import Done, Later, Skipped
from core.api.errors import DealpayError, NotSent, OutcomeUnknown, Rejected, Unsupported
from core.testing.conformance.action import model
from core.testing.conformance.action.checks import check
from core.testing.conformance.action.rig import ActionRig
from core.testing.conformance.check import Broken, Level, NotOffered, expect, expect_raises
from core.testing.context import Steps


@check("action.run.done", Level.BRONZE)
def done(rig: ActionRig) -> None:
    """run brings the effect about, and says in a sentence what it has done."""
    outcome = rig.run()
    expect(isinstance(outcome, Done), "With nothing in its way, run doesn't answer Done.")
    expect(isinstance(outcome, Done) and outcome.summary.strip(), "Done has no sentence.")
    expect(rig.effects(), "run answers Done, and nothing has happened.")


@check("action.run.twice", Level.BRONZE)
def twice(rig: ActionRig) -> None:
    """Run again, it does nothing more, and says the same."""
    first = rig.run()
    effects = rig.effects()
    second = rig.run()
    expect(rig.effects() == effects, f"Run twice, it has done: {', '.join(rig.effects())}.")
    expect(first == second, "Run twice, it says something else the second time.")


@check("action.run.steps", Level.SILVER)
def steps(rig: ActionRig) -> None:
    """Every change goes through ctx.once.

    It keeps what each step has come to, so that the next attempt goes on where the last one ended.
    """
    rig.run()
    expect(not rig.crm.outside, f"Not through ctx.once: {', '.join(rig.crm.outside)}.")


@check("action.run.every_trigger", Level.SILVER)
def every_trigger(rig: ActionRig) -> None:
    """It runs for each event that it names in triggers."""
    for name in rig.member.triggers:
        rig.steps.results.clear()
        outcome = rig.run(rig.event(name))
        expect(not isinstance(outcome, Later), f"For {name} it answers Later with nothing to wait for.")
        if isinstance(outcome, Skipped):
            expect(outcome.reason.strip(), f"For {name} it is skipped without a reason.")


@check("action.run.lost_reply", Level.SILVER)
def lost_reply(rig: ActionRig) -> None:
    """Where the CRM's reply is lost, the next attempt finds out what was done, and does the rest.

    Give ctx.once a ``find`` that looks in the CRM: by the note's marker, or at the record itself.
    """
    _interrupted(rig, model.lost_reply, OutcomeUnknown)


@check("action.run.crash", Level.SILVER)
def crash(rig: ActionRig) -> None:
    """Where the process is killed after a change, the next attempt doesn't make it again."""
    _interrupted(rig, model.crash, model.Crash)


@check("action.run.not_sent", Level.SILVER)
def not_sent(rig: ActionRig) -> None:
    """Where the CRM can't be reached, NotSent reaches the host, which tries again later."""
    _needs_crm(rig)
    rig.crm.fails = model.not_sent
    with expect_raises(NotSent, when="When the CRM can't be reached"):
        rig.run()
    expect(not rig.effects(), "Something was done all the same.")
    rig.crm.fails = lambda before: None
    rig.run()
    expect(len(rig.effects()) == 1, "Tried again, it wasn't done once.")


@check("action.run.rejected", Level.SILVER)
def rejected(rig: ActionRig) -> None:
    """Where the CRM says no, Rejected reaches the host, which tells a person and tries no more."""
    _needs_crm(rig)
    rig.crm.fails = model.refused
    with expect_raises(Rejected, when="When the CRM says no"):
        rig.run()


@check("action.run.unsupported", Level.SILVER)
def unsupported(rig: ActionRig) -> None:
    """Where the CRM doesn't offer what the action needs, Unsupported reaches the host."""
    _needs_crm(rig)
    rig.crm.offers = frozenset()
    with expect_raises(Unsupported, when="When the CRM offers nothing that is needed"):
        rig.run()


@check("action.needs", Level.GOLD)
def needs(rig: ActionRig) -> None:
    """needs names every verb of the CRM that the action can't do without, and no other.

    The form of a rule says by it why an action isn't there for a CRM. fetch_record is always there.
    """
    prefix = "crm_connector:"
    named = {one.removeprefix(prefix) for one in rig.member.needs if one.startswith(prefix)}
    rig.crm.offers = frozenset({*named, "fetch_record"})
    for event in rig.member.triggers:
        rig.steps.results.clear()
        try:
            rig.run(rig.event(event))
        except Unsupported as error:
            raise Broken(f"With no more than it needs, it doesn't run for {event}: {error}") from error
    if "check" in rig.offers:
        rig.call("check", ctx=rig.context(), config=rig.config)
    _fresh(rig, model.lost_reply)
    with suppress(OutcomeUnknown):
        rig.run()
    rig.crm.fails = lambda before: None
    try:
        rig.run()
    except Unsupported as error:
        raise Broken(f"With no more than it needs, a lost reply isn't looked up: {error}") from error
    unused = named - rig.crm.asked
    expect(not unused, f"needs names {', '.join(sorted(unused))}, which it never asks for.")


@check("action.secrets.kept", Level.GOLD)
def secrets_kept(rig: ActionRig) -> None:
    """No secret of the configuration is in a log line, in the output, in an error or in an outcome."""
    secrets = rig.driver.secrets()
    with rig.said.listening():
        for fails in (lambda before: None, model.not_sent, model.refused, model.lost_reply):
            _fresh(rig, fails)
            with suppress(DealpayError):
                rig.said.lines.append(repr(rig.run()))
        for fault in ("unavailable", "lost_reply", "malformed") if rig.driver.simulator else ():
            _fresh(rig, lambda before: None)
            rig.address.simulator.faults.add(fault)
            with suppress(DealpayError):
                rig.said.lines.append(repr(rig.run()))
        rig.said.lines.append(rig.call("summary", config=rig.config))
    rig.said.lines += [repr(line) for line in rig.log.lines]
    expect(rig.said.find(secrets) is None, "A secret of the configuration can be read somewhere.")


def _interrupted(rig: ActionRig, fails: Callable[[bool], None], wanted: type[Exception]) -> None:
    _needs_crm(rig)
    rig.crm.fails = fails
    try:
        rig.run()
    except wanted:
        pass
    else:
        raise Broken("What went wrong in the CRM doesn't reach the host: it is caught on the way.")
    rig.crm.fails = lambda before: None
    outcome = rig.run()
    expect(isinstance(outcome, Done), f"Tried again, it answers {outcome} and not Done.")
    expect(len(rig.effects()) == 1, f"Tried again, it has done: {', '.join(rig.effects())}.")


def _needs_crm(rig: ActionRig) -> None:
    if not any(one.startswith("crm_connector:") for one in rig.member.needs):
        raise NotOffered("it changes nothing in the CRM")


def _fresh(rig: ActionRig, fails: Callable[[bool], None]) -> None:
    """A new run in a CRM where nothing has happened yet, and where this goes wrong."""
    rig.steps = Steps()
    rig.crm = model.ModelCrm(rig.steps, rig.crm.offers, fails, asked=rig.crm.asked)

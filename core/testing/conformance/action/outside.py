"""An action that acts elsewhere than in the CRM: the driver names a simulator of that place."""

from contextlib import suppress
from typing import Any

from core.api.actions import Done
from core.api.errors import DealpayError, NotSent
from core.testing.conformance.action.checks import check
from core.testing.conformance.action.rig import ActionRig
from core.testing.conformance.check import Broken, Level, NotOffered, expect, expect_raises
from core.testing.conformance.rig import NOWHERE


@check("action.outside.not_sent", Level.SILVER)
def not_sent(rig: ActionRig) -> None:
    """Where the other side is down or asks to slow down, NotSent reaches the host.

    Tried again later, it is done once.
    """
    simulator = _elsewhere(rig)
    for fault in ("unavailable", "rate_limited"):
        simulator.faults.add(fault)
        with expect_raises(NotSent, when=f"When the other side is {fault.replace('_', ' ')}"):
            rig.run()
        expect(not rig.effects(), "Something was done all the same.")
    outcome = rig.run()
    expect(isinstance(outcome, Done), f"Tried again, it answers {outcome} and not Done.")
    expect(len(rig.effects()) == 1, f"Tried again, it has done: {', '.join(rig.effects())}.")


@check("action.outside.lost_reply", Level.SILVER)
def lost_reply(rig: ActionRig) -> None:
    """Where the answer is lost, the host is told, and the next attempt leaves it done once.

    Either ctx.once gets a ``find`` that looks, or the other side knows an attempt by the run's id.
    """
    simulator = _elsewhere(rig)
    simulator.faults.add("lost_reply")
    try:
        rig.run()
    except DealpayError as error:
        expect(
            not isinstance(error, NotSent) or not rig.effects(),
            "NotSent says that certainly nothing was done, and something was.",
        )
    else:
        raise Broken("What went wrong doesn't reach the host: it is caught on the way.")
    outcome = rig.run()
    expect(isinstance(outcome, Done), f"Tried again, it answers {outcome} and not Done.")
    expect(len(rig.effects()) == 1, f"Tried again, it has done: {', '.join(rig.effects())}.")


@check("action.outside.unreachable", Level.SILVER)
def unreachable(rig: ActionRig) -> None:
    """Where no connection comes about, NotSent reaches the host.

    Nothing can have been done, so that it may be tried again without a look.
    """
    _elsewhere(rig)
    with expect_raises(NotSent, when="When the other side can't be reached"):
        rig.run(config=rig.driver.config(NOWHERE))
    expect(not rig.effects(), "Something was done all the same.")


@check("action.outside.own_session", Level.GOLD)
def own_session(rig: ActionRig) -> None:
    """Every request goes through ctx.http.

    It reaches only the hosts of the manifest, or public ones where users name them, and has time limits.
    """
    _elsewhere(rig)
    before = len(rig.address.asked)
    rig.run()
    reached = len(rig.address.asked) - before
    through = sum(sent.url.startswith(rig.address.url) for sent in rig.http.sent)
    expect(
        reached <= through,
        f"{reached} requests reached the other side, and {through} went through ctx.http.",
    )


@check("action.outside.redirect", Level.GOLD)
def redirect(rig: ActionRig) -> None:
    """A redirect isn't followed: what was sent is meant for the address that somebody has set.

    Ask with allow_redirects=False, and say in the error where it leads, or that it does.
    """
    config = rig.driver.moved(_elsewhere(rig))
    with suppress(DealpayError):
        outcome = rig.run(config=config)
        raise Broken(f"Sent elsewhere by the other side, it answers {outcome}.")
    expect(not rig.effects(), "What it was sent on with has arrived elsewhere.")


@check("action.config.secrets", Level.SILVER)
def config_secrets(rig: ActionRig) -> None:
    """Every secret of the configuration is a SecretStr: it is sealed, and never sent into a form."""
    secrets = rig.driver.secrets()
    if not secrets:
        raise NotOffered("its configuration holds no secret")
    shown = f"{rig.config!r} {rig.config.model_dump(mode='json')}"
    expect(not any(one in shown for one in secrets), "A secret of the configuration is no SecretStr.")


def _elsewhere(rig: ActionRig) -> Any:
    if rig.driver.simulator is None:
        raise NotOffered("it acts in the CRM alone")
    return rig.address.simulator

"""An action that acts elsewhere than in the CRM: the driver names a simulator of that place."""

from typing import Any

from core.api.actions import Done
from core.api.errors import DealpayError, NotSent
from core.testing.conformance.action.checks import check
from core.testing.conformance.action.rig import ActionRig
from core.testing.conformance.check import Broken, Level, NotOffered, expect, expect_raises


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

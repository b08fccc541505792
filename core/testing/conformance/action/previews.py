"""What an action says that it would do, before it does it."""

from core.api.actions import Done, Planned, Skipped
from core.api.records import RecordRef
from core.plugin_host.preview import reading
from core.testing.conformance.action.checks import check
from core.testing.conformance.action.model import ModelCrm
from core.testing.conformance.action.rig import ActionRig
from core.testing.conformance.check import Broken, Level, expect
from core.testing.context import Steps


@check("action.preview.says", Level.SILVER, needs=("preview",))
def says(rig: ActionRig) -> None:
    """preview names each write that run would do, and none where run would do nothing."""
    for name in rig.member.triggers:
        event = rig.event(name)
        answer = _asked(rig, name)
        rig.steps.results.clear()
        done = isinstance(rig.run(event), Done)
        planned = answer if isinstance(answer, list) else []
        expect(bool(planned) == done, f"For {name} it says something else than run does.")
        expect(all(one.what.strip() for one in planned), f"For {name} it plans a write without a word.")
        if isinstance(answer, Skipped):
            expect(answer.reason.strip(), f"For {name} it would do nothing, and doesn't say why.")
        _fresh(rig)
    _asked(rig, record=RecordRef("lead", "8"))


@check("action.preview.writes_nothing", Level.BRONZE, needs=("preview",))
def writes_nothing(rig: ActionRig) -> None:
    """preview reads the CRM and changes nothing, there or elsewhere.

    Whoever looks at it may never save the rule.
    """
    refused: list[str] = []
    before = len(rig.address.asked)
    for name in rig.member.triggers:
        _asked(rig, name, refused=refused)
    expect(not refused, f"preview tries to write: {', '.join(refused)}.")
    expect(not rig.effects(), f"preview has done: {', '.join(rig.effects())}.")
    expect(len(rig.address.asked) == before, "preview has sent something past ctx.http.")


@check("action.preview.secrets", Level.SILVER, needs=("preview",))
def secrets_kept(rig: ActionRig) -> None:
    """No secret of the configuration is in what preview shows."""
    shown = "".join(repr(_asked(rig, name)) for name in rig.member.triggers)
    expect(not any(one in shown for one in rig.driver.secrets()), "A secret is shown in a preview.")


def _asked(
    rig: ActionRig,
    name: str = "",
    record: RecordRef | None = None,
    refused: list[str] | None = None,
) -> list[Planned] | Skipped:
    event = rig.event(name, record) if record else rig.event(name)
    tried: list[str] = [] if refused is None else refused
    try:
        answer: list[Planned] | Skipped = rig.call(
            "preview", ctx=reading(rig.context(), tried.append), event=event, config=rig.config
        )
    except Broken:
        raise
    except Exception as error:
        if tried:
            return []
        raise Broken(f"For {event.name}, preview raises an error: {error}") from error
    return answer


def _fresh(rig: ActionRig) -> None:
    """A CRM where nothing has happened yet: each event is looked at by itself."""
    rig.steps = Steps()
    rig.crm = ModelCrm(rig.steps, rig.crm.offers, asked=rig.crm.asked)

"""The whole job: a link is made on a record, the customer pays, the CRM moves by itself."""

import pytest

from core.api.records import RecordRef
from tests.support import each_engine
from tests.workspace import DEAL, LEAD, MOVE_DEAL, MOVE_LEAD, NOTE, PAID_NOTE, Workspace

pytestmark = each_engine


@pytest.mark.parametrize(
    ("ref", "moves", "stays"), [(DEAL, MOVE_DEAL, MOVE_LEAD), (LEAD, MOVE_LEAD, MOVE_DEAL)]
)
def test_from_the_link_to_the_moved_stage(
    workspace: Workspace, ref: RecordRef, moves: str, stays: str
) -> None:
    link_id = workspace.open_link(ref, quantity=4500)
    assert workspace.work() == 1
    (note,) = workspace.notes(ref)
    assert note.startswith(f"Payment link {link_id} for 4,500.00 INR was generated on ")
    assert workspace.link(link_id).url in note

    workspace.pay(link_id)
    assert workspace.stage(ref) != "Won"
    assert workspace.deliver() == [200]
    workspace.work()

    link, (payment,) = workspace.link(link_id), workspace.payments(link_id)
    assert (link.state, payment.state, payment.amount) == ("paid", "succeeded", link.amount)
    assert (payment.payer_name, payment.payer_email) == ("Meena Payer", "meena@payer.example")
    assert workspace.runs(link_id) == {NOTE: "done", moves: "done", stays: "skipped", PAID_NOTE: "done"}
    assert workspace.stage(ref) == "Won"
    assert [one.partition(" on ")[0] for one in workspace.notes(ref)[1:]] == [
        "4,500.00 INR was paid by Meena Payer"
    ]
    assert workspace.events(link_id) == [
        "link.created",
        "link.opened",
        "payment.succeeded",
        "link.paid",
    ]

"""The owner of a lead in the simulated Kylas."""

import pytest

from core.api.errors import NotFound, OutcomeUnknown, Rejected
from core.api.records import RecordRef
from plugins.kylas_crm.connector import KylasConnector
from plugins.kylas_crm.simulator import seed_data as seed

LEAD = RecordRef("lead", "3102")  # Ravi's
MEERA = str(seed.MEERA)


@pytest.fixture
def give(ctx):
    def give(user_id=MEERA, ref=LEAD):
        return KylasConnector().set_owner(ctx=ctx, ref=ref, user_id=user_id)

    return give


@pytest.fixture
def owner(kylas):
    return lambda: kylas.tenant(seed.TENANT_A).get("lead", LEAD.id)["ownerId"]


def test_a_lead_gets_another_owner(give, owner):
    change = give()
    assert (change.before.name, change.after.name, change.changed) == ("Ravi Iyer", "Meera Nair", True)
    assert owner() == seed.MEERA


def test_a_lead_that_is_theirs_stays_so(give, kylas):
    give()
    kylas.faults.add("rate_limited", method="PUT")
    assert not give().changed


@pytest.mark.parametrize("user_id", ["99999", str(seed.ANITA), "", "../me", "me"])
def test_a_user_who_is_not_there(give, owner, user_id):
    with pytest.raises(Rejected) as caught:
        give(user_id)
    assert caught.value.code == "user_not_found"
    assert owner() == seed.RAVI


def test_a_user_who_has_left(give, owner, kylas):
    tenant = kylas.tenant(seed.TENANT_A)
    tenant.put("user", {**tenant.get("user", seed.MEERA), "active": False})
    with pytest.raises(Rejected, match="user_not_found"):
        give()
    assert owner() == seed.RAVI


def test_a_deal_keeps_its_owner(give):
    with pytest.raises(Rejected) as caught:
        give(ref=RecordRef("deal", "4486"))
    assert caught.value.code == "owner_fixed"


@pytest.mark.parametrize("ref", [RecordRef("lead", "3201"), RecordRef("lead", "777777")])
def test_a_lead_that_is_not_ours(give, ref):
    with pytest.raises(NotFound):
        give(ref=ref)


def test_a_lost_answer_is_unknown(give, owner, kylas):
    kylas.faults.add("lost_reply", method="PUT")
    with pytest.raises(OutcomeUnknown):
        give()
    assert owner() == seed.MEERA

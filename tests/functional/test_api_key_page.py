"""The page "API key": the workspace's CRM."""

import pytest

from core.people import service as people
from core.sandbox import demo
from plugins.kylas_crm.simulator import seed_data
from tests.conftest import PASSWORD
from tests.pages import form_to, problems, words
from tests.support import Browser
from tests.workspace import Workspace


def test_it_shows_who_is_connected_and_never_the_key(member: Browser) -> None:
    page = member.get("/crm")
    assert "Northwind Trading Connected CRM Kylas Account id 4101" in words(page)
    assert f"ends in …{seed_data.API_KEY_A[-4:]}" in words(page)
    assert seed_data.API_KEY_A not in page.text
    key = page.html.find(id="field-api_key")
    assert (key["type"], key["autocomplete"], key.get("value")) == ("password", "off", None)


def test_a_new_key_of_the_same_tenant_replaces_the_old_one(
    member: Browser, workspace: Workspace
) -> None:
    form = form_to(member.get("/crm"), "/crm")
    form["api_key"] = seed_data.API_KEY_A
    page = form.submit(status=303).follow()
    assert "Northwind Trading is connected." in words(page)


@pytest.mark.parametrize(
    ("key", "sentence"),
    [
        ("", "Fill in “API key”."),
        ("sk_test_123", "This is a Stripe key. Add it under Connected accounts."),
        ("wrong:8301", "Kylas does not accept this API key."),
        (seed_data.API_KEY_B, "This key opens Lakeside Clinics"),
    ],
)
def test_a_key_that_is_not_right_leaves_the_old_one_alone(
    member: Browser, workspace: Workspace, key: str, sentence: str
) -> None:
    form = form_to(member.get("/crm"), "/crm")
    form["api_key"] = key
    page = form.submit(status=422)
    (problem,) = problems(page)
    assert problem.startswith(sentence)
    assert key == "" or key not in page.text
    assert workspace.record().title


def test_a_crm_that_is_down_is_no_reason_to_lose_the_key(member: Browser, workspace: Workspace) -> None:
    workspace.sims.kylas.faults.add("unavailable", times=None)
    form = form_to(member.get("/crm"), "/crm")
    form["api_key"] = seed_data.API_KEY_A
    assert "Kylas gave no usable answer" in problems(form.submit(status=422))[0]
    workspace.sims.kylas.faults.clear()
    assert workspace.record().title


def test_others_see_that_it_is_connected_and_whom_to_ask(browser: Browser, workspace: Workspace) -> None:
    browser.sign_in(demo.REP, demo.PASSWORD)
    page = browser.get("/crm")
    assert "Only an owner or admin of the workspace can replace the key." in words(page)
    assert page.html.find(id="field-api_key") is None
    token = page.forms[0]["csrf_token"].value
    browser.post("/crm", {"csrf_token": token, "api_key": seed_data.API_KEY_A}, status=403)


def test_the_first_key_binds_a_new_workspace(
    browser: Browser, workspace: Workspace, stranger: people.Member
) -> None:
    browser.sign_in(stranger.email, PASSWORD)
    form = form_to(browser.get("/crm"), "/crm")
    form["api_key"] = seed_data.API_KEY_A
    (taken,) = problems(form.submit(status=422))
    assert taken.startswith("Northwind Trading has a workspace already.")
    form["api_key"] = seed_data.API_KEY_B
    assert "Lakeside Clinics is connected." in words(form.submit(status=303).follow())
    bound = people.member_by_email(workspace.app, stranger.email)
    assert bound
    assert (bound.crm, bound.crm_tenant_id) == ("kylas", str(seed_data.TENANT_B))

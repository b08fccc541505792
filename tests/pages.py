"""Reading pages as a person does: their words, and their forms by where they lead."""

from typing import Any

from webtest import Form, TestResponse

from plugins.kylas_crm.simulator import seed_data


def words(page: TestResponse) -> str:
    """What the page says, without its markup; no-break spaces are spaces."""
    return " ".join(page.html.find("main").get_text(" ").split())


def form_to(page: TestResponse, action: str) -> Form:
    """The form of a page that is sent to ``action``, whatever its query."""
    found = [form for form in page.forms.values() if form.action.partition("?")[0] == action]
    assert len(found) == 1, [form.action for form in page.forms.values()]
    return found[0]


def problems(page: TestResponse) -> list[str]:
    """What the page says is wrong, from its summary."""
    summary = page.html.find("main").find(role="alert")
    return [entry.get_text(" ", strip=True) for entry in summary.find_all("li")] if summary else []


def frame(path: str, record: str = "DEAL/4485", **parameters: Any) -> str:
    """A framed page with the parameters that the CRM adds, for the workspace's owner."""
    kind, _, id = record.partition("/")
    query = {
        "tenantId": seed_data.TENANT_A,
        "userId": seed_data.ASHA,
        "entityType": kind,
        "entityId": id,
        **parameters,
    }
    return f"/embed/kylas/{path}?" + "&".join(f"{name}={value}" for name, value in query.items())

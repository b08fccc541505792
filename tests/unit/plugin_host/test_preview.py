"""A preview reads, and whatever else it tries is refused and known."""

from typing import Any

import pytest
import requests

from core.api.errors import Unsupported
from core.api.hookspecs import CrmConnectorVerbs
from core.plugin_host.preview import reading
from core.testing.conformance.action.model import DEAL, ModelCrm
from core.testing.context import Steps, action_context


@pytest.fixture
def tried() -> list[str]:
    return []


@pytest.fixture
def ctx(tried: list[str]) -> Any:
    with requests.Session() as http:
        yield reading(action_context(ModelCrm(Steps()), http=http), tried.append)


def test_it_reads(ctx: Any, tried: list[str]) -> None:
    assert ctx.crm.fetch_record(DEAL).ref == DEAL
    assert ctx.crm.list_pipelines("deal")
    assert tried == []


@pytest.mark.parametrize("verb", CrmConnectorVerbs.WRITES)
def test_no_verb_that_writes_gets_through(ctx: Any, tried: list[str], verb: str) -> None:
    with pytest.raises(Unsupported, match="writes nothing"):
        getattr(ctx.crm, verb)(DEAL, "x", marker="y")
    assert tried == [verb]


def test_nothing_is_sent_and_no_step_is_done(ctx: Any, tried: list[str]) -> None:
    with pytest.raises(Unsupported, match="sends nothing"):
        ctx.http.post("https://receiver.example/hooks", data=b"x")
    with pytest.raises(Unsupported, match="no step"):
        ctx.once("note", lambda: "done")
    assert tried == ["POST to https://receiver.example/hooks", "ctx.once for note"]
    assert ctx.run_id is None

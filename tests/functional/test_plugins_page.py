"""A broken plugin stops nothing: its page says which it is, how far it came, and why no further."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

import plugins
from core import main
from tests.conftest import PASSWORD, add_workspace
from tests.support import Browser

BROKEN = {
    "imported": "raise RuntimeError('no luck')",
    "registered": "@hookimpl\ndef register_actions():\n    raise RuntimeError('no luck')",
    "configured": "@hookimpl\ndef configure_web(config):\n    raise RuntimeError('no luck')",
}


@pytest.fixture
def plugin_path(tmp_path: Path) -> Iterator[Path]:
    """A folder of the operator's; the package forgets it afterwards."""
    folder = tmp_path / "plugins"
    folder.mkdir()
    before = list(plugins.__path__)
    yield folder
    plugins.__path__[:] = before


@pytest.mark.parametrize("stage", BROKEN)
def test_the_app_starts_and_the_page_says_why_a_plugin_doesnt(
    ini: dict[str, str], plugin_path: Path, stage: str
) -> None:
    # Of its own in each test: a module that was imported once stays in the process.
    name = f"broken_{secrets.token_hex(4)}"
    (plugin_path / name).mkdir()
    (plugin_path / name / "__init__.py").write_text(
        f"from core.api.hookspecs import hookimpl\n{BROKEN[stage]}\n"
    )
    (plugin_path / name / "plugin.toml").write_text(
        f'id = "{name}"\nname = "Acme"\nversion = "0.1"\nsummary = "Broken."\napi = "1.0"\n'
    )
    wsgi = main({}, **ini, **{"dealpay.plugin_path": str(plugin_path)})
    app = wsgi.registry.app
    owner = add_workspace(app, "Northwind", "owner@example.com")
    browser = Browser(wsgi)
    browser.sign_in(owner.email, PASSWORD)
    cards = {
        card.find("dd").string: " ".join(card.get_text(" ").split())
        for card in browser.get("/plugins").html.find_all("article")
    }
    assert "Failed" in cards[name]
    assert f"It did not come past the stage {stage} ." in cards[name]
    assert "RuntimeError: no luck" in cards[name]
    working = [id for id, card in cards.items() if "Active" in card]
    assert sorted(working) == [
        "actions_crm_field",
        "actions_pipeline",
        "actions_webhook",
        "hubspot_crm",
        "kylas_crm",
        "notes",
        "razorpay_provider",
        "stripe_provider",
    ]
    app.db.engine.dispose()
    wsgi.registry.plugins.close()

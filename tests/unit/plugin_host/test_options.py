"""Options come from the ini or the environment; what can't be meant stops the start."""

import pytest
from pyramid.exceptions import ConfigurationError

from core.plugin_host.manifest import Manifest, Option
from core.plugin_host.options import check_owners, read_options

MANIFEST = Manifest(
    id="acme",
    name="Acme",
    version="1",
    summary="A test.",
    api="1.0",
    kinds=("crm_connector",),
    options={"api_base": Option(default="https://api.acme.com", help="Where it answers.")},
)


def test_defaults():
    assert read_options(MANIFEST, {}, {}) == {
        "api_base": "https://api.acme.com",
        "frame_origins": "",
    }


def test_the_ini_and_the_environment():
    ini = {"dealpay.acme.api_base": " http://127.0.0.1:1 ", "dealpay.acmes.api_base": "x", "other": "y"}
    environ = {"DEALPAY_ACME_FRAME_ORIGINS": "https://crm.example"}
    assert read_options(MANIFEST, ini, environ) == {
        "api_base": "http://127.0.0.1:1",
        "frame_origins": "https://crm.example",
    }


def test_in_the_sandbox_simulators_stand_in_for_vendors():
    manifest = MANIFEST.model_copy(
        update={
            "options": {
                "api_base": Option(default="https://a", sandbox="{simulator}/v1", help="h"),
                "frame_origins": Option(default="https://b", sandbox="{origin}", help="h"),
                "region": Option(default="eu", help="h"),
            }
        }
    )
    sandbox = {"dealpay.sandbox_url": "http://127.0.0.1:6544/"}
    assert read_options(manifest, sandbox, {}) == {
        "api_base": "http://127.0.0.1:6544/acme/v1",
        "frame_origins": "http://127.0.0.1:6544",
        "region": "eu",
    }
    assert read_options(manifest, sandbox | {"dealpay.acme.api_base": "x"}, {})["api_base"] == "x"


def test_the_same_in_both_is_fine():
    ini, environ = {"dealpay.acme.api_base": "https://a"}, {"DEALPAY_ACME_API_BASE": "https://a"}
    assert read_options(MANIFEST, ini, environ)["api_base"] == "https://a"


def test_two_spellings_that_disagree():
    ini, environ = {"dealpay.acme.api_base": "https://a"}, {"DEALPAY_ACME_API_BASE": "https://b"}
    with pytest.raises(ConfigurationError, match="DEALPAY_ACME_API_BASE disagree"):
        read_options(MANIFEST, ini, environ)


@pytest.mark.parametrize(
    ("name", "cure"),
    [
        ("api_bse", r"Did you mean dealpay\.acme\.api_base\?"),
        ("zzz", r"It has: frame_origins, api_base\."),
    ],
)
def test_an_option_that_the_plugin_does_not_have(name, cure):
    with pytest.raises(ConfigurationError, match=f"acme has no such option. {cure}"):
        read_options(MANIFEST, {f"dealpay.acme.{name}": "x"}, {})


@pytest.mark.parametrize(
    ("key", "cure"),
    [("dealpay.acne.api_base", r"called acne\. Did you mean acme\?"), ("dealpay.zzz.a", "Install it")],
)
def test_an_option_of_no_plugin(key, cure):
    with pytest.raises(ConfigurationError, match=cure):
        check_owners({"acme"}, {key: "x"})


def test_what_is_no_option_is_left_alone():
    check_owners({"acme"}, {"dealpay.public_url": "x", "pyramid.reload": "y", "dealpay.acme.b": ""})


def test_options_reach_the_plugins_context(disk):
    disk.action("acme", options={"api_base": "https://api.acme.com"})
    registry = disk.load(**{"acme.api_base": "http://127.0.0.1:1/acme"})
    entry = registry.action("acme")
    ctx = entry.context(None)
    assert ctx.options == {"api_base": "http://127.0.0.1:1/acme"}
    assert ctx.http.get_adapter("http://127.0.0.1").origins == {("http", "127.0.0.1", 1)}

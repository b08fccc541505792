"""A manifest is right, or one line says which file, which key, what is wrong, and the cure."""

from pathlib import Path

import pytest

from core.plugin_host.errors import PluginRefused
from core.plugin_host.manifest import read_manifest

GOOD = """
id = "acme"
name = "Acme"
version = "1.0.0"
summary = "Payments by Acme."
api = "1.0"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "plugin.toml"


def refusal(file: Path) -> str:
    with pytest.raises(PluginRefused) as refused:
        read_manifest(file)
    line = str(refused.value)
    assert "\n" not in line
    assert line.startswith(str(file))
    return line.removeprefix(str(file))


def test_five_keys_are_enough(file):
    file.write_text(GOOD)
    manifest = read_manifest(file)
    assert (manifest.id, manifest.api, manifest.kinds, manifest.hosts) == ("acme", "1.0", (), ())


def test_every_key(file):
    file.write_text(
        GOOD + 'kinds = ["payment_provider"]\nprovides = ["acme"]\nrequires = ["a"]\nafter = ["b"]\n'
        'needs = ["crm_connector:move_stage"]\npython = ["requests>=2"]\nhosts = ["api.acme.com"]\n'
        'license = "MIT"\nmaintainers = ["Ada"]\ndocs = "README.md"\nicon = "static/icon.svg"\n'
        'simulator = "simulator:AcmeSimulator"\n'
        '[options]\napi_base = { default = "https://api.acme.com", help = "Where it answers." }\n'
    )
    manifest = read_manifest(file)
    assert manifest.all_options["api_base"].default == "https://api.acme.com"
    assert manifest.needs == ("crm_connector:move_stage",)


def test_a_crm_connector_always_has_frame_origins(file):
    file.write_text(GOOD + 'kinds = ["crm_connector"]')
    assert list(read_manifest(file).all_options) == ["frame_origins"]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("hoste = []", ": hoste is no key of a manifest, did you mean hosts?"),
        ("frobnicate = 1", ": frobnicate is no key of a manifest, remove it"),
        (
            'kinds = ["payment"]',
            ": kinds[0] = 'payment' is wrong (input should be 'payment_provider', 'crm_connector' or"
            " 'action'), write some of payment_provider, crm_connector, action",
        ),
        (
            'needs = ["crm_connector:fly"]',
            ": needs[0] = 'crm_connector:fly' is wrong (no kind of plugin offers it), "
            'write for example "crm_connector:add_note"',
        ),
        (
            'hosts = ["https://api.acme.com"]',
            ": hosts[0] = 'https://api.acme.com' is wrong (string should match pattern "
            r"'^(\*|[a-z0-9]([a-z0-9.-]*[a-z0-9])?)$'), write host names without scheme, port or path: "
            '"api.example.com"; or "*" alone, for any public host that users name',
        ),
        (
            "options.a = { default = 1 }",
            ": options.a.default = 1 is wrong (input should be a valid string), "
            'write default = "..." between quotes; options.a.help is missing, '
            'write help = "what it is for"',
        ),
        (
            'options.a = { help = "x", secret = true }',
            ": options.a.secret is no key of a manifest, remove it",
        ),
        (
            'options.a = "x"',
            ": options.a = 'x' is wrong (input should be a valid dictionary or instance of Option), "
            'write [options] and name = { default = "...", help = "..." }',
        ),
    ],
)
def test_a_wrong_key(file, line, sentence):
    file.write_text(GOOD + line)
    assert refusal(file) == sentence


def test_a_requirement_that_is_none(file):
    file.write_text(GOOD + 'python = ["stripe >= "]')
    assert ": python[0] = 'stripe >= ' is wrong" in refusal(file)


@pytest.mark.parametrize("key", ["id", "name", "version", "summary", "api"])
def test_a_missing_key(file, key):
    file.write_text("\n".join(line for line in GOOD.splitlines() if not line.startswith(f"{key} ")))
    assert refusal(file).startswith(f": {key} is missing, write {key} = ")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('id = "acme"', 'id = "Acme-Pay"'),
        ('version = "1.0.0"', "version = 1.0"),
        ('api = "1.0"', 'api = "one"'),
        ('name = "Acme"', 'name = " "'),
    ],
)
def test_a_key_of_the_wrong_shape(file, old, new):
    file.write_text(GOOD.replace(old, new))
    assert f": {new.split()[0]} = " in refusal(file)


def test_no_file(file):
    assert refusal(file) == " is missing: a plugin begins with this file"


def test_no_toml(file):
    file.write_text('id = "acme')
    assert refusal(file).startswith(" isn't valid TOML: ")


def test_no_utf_8(file):
    file.write_bytes(b'id = "\xff"')
    assert refusal(file).startswith(" can't be read: ")

"""The pages that come from docstrings say what those say, and the public interface keeps its word."""

import json
from pathlib import Path

import pytest

from core.api import API_VERSION
from core.api.hookspecs import HostHooks
from core.plugin_host.calls import verbs_of
from core.plugin_host.kinds import VERBS, Kind
from docs import generate

PUBLISHED = Path(__file__).with_name("published.json")
ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("name", generate.PAGES)
def test_a_page_is_up_to_date(name: str) -> None:
    assert (generate.HERE / name).read_text() == generate.PAGES[name](), "run `make docs`"


def interface() -> dict[str, str]:
    """What plugins are written against: each hook, verb, type and function as it is declared."""
    found = {
        f"{of.__name__}.{name}": generate.signature(name, function)
        for of in (HostHooks, *VERBS.values())
        for name, function in vars(of).items()
        if callable(function) and not name.startswith("_")
    }
    for module in generate.MODULES:
        for name, value in vars(module).items():
            if getattr(value, "__module__", None) == module.__name__ and not name.startswith("_"):
                found[f"{module.__name__}.{name}"] = (
                    generate.declaration(name, value) if callable(value) else repr(value)
                )
    return found


def test_what_is_published_changes_with_the_version_only() -> None:
    """To change it: raise API_VERSION in core/api, then write ``interface()`` into published.json.

    docs/plugins/versions.md says which part of the version to raise.
    """
    published = json.loads(PUBLISHED.read_text())
    if published["version"] == API_VERSION:
        assert interface() == published["interface"]
    else:
        assert interface() != published["interface"], "the version was raised, and nothing has changed"
        pytest.fail(f"write the interface of version {API_VERSION} into {PUBLISHED.name}")


@pytest.mark.parametrize(
    ("of", "name"),
    [(of, name) for of in (HostHooks, *VERBS.values()) for name in vars(of) if name.islower()],
)
def test_a_hook_says_what_it_is_for(of: type, name: str) -> None:
    if not name.startswith("_"):
        assert (getattr(of, name).__doc__ or "").strip().endswith(".")


@pytest.mark.parametrize(("kind", "verb"), [(kind, verb) for kind in Kind for verb in verbs_of(kind)])
def test_a_verb_is_asked_by_the_suites(kind: Kind, verb: str) -> None:
    suite = ROOT / "core" / "testing" / "conformance"
    text = "".join(file.read_text() for file in suite.rglob("*.py"))
    assert f'call("{verb}"' in text or f'"{verb}"' in text

"""setup.cfg names every package: one that is forgotten is missing only where nobody looks."""

from configparser import ConfigParser
from pathlib import Path

ROOT = Path(__file__).parents[2]


def folders_with_code() -> set[str]:
    return {
        ".".join(file.parent.relative_to(ROOT).parts)
        for top in ("core", "plugins")
        for file in (ROOT / top).rglob("*.py")
        if not {"tests", "versions"} & set(file.relative_to(ROOT).parts)
    }


def test_setup_cfg_names_every_package() -> None:
    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg")
    named = set(setup["options"]["packages"].split())
    mapped = {"core.templates", "core.static", "core.scaffold", "core.guide"}
    assert named - mapped == folders_with_code(), "put it into `packages` of setup.cfg, or take it out"
    assert mapped <= named

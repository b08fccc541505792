"""Where the files that aren't Python are: templates, static files, the user guide."""

from pathlib import Path

#: Where a folder has another name, or place, in a checkout.
_IN_CHECKOUT = {"guide": "docs/guide"}


def packaged(name: str) -> Path:
    """The folder ``name`` of the core: inside the package where it is installed, beside it in a
    checkout."""
    core = Path(__file__).parent
    installed = core / name
    return installed if installed.is_dir() else core.parent / _IN_CHECKOUT.get(name, name)


def static_folders(site: str) -> list[Path]:
    """The folders to look for a static file in, first come first served; ``site`` may be empty."""
    return [*([Path(site)] if site else []), packaged("static")]


def template_folders(site: str) -> list[Path]:
    """The folders to look for a template in, first come first served; ``site`` may be empty."""
    return [*([Path(site)] if site else []), packaged("templates")]

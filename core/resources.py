"""Where the files that aren't Python are: templates and static files."""

from pathlib import Path


def packaged(name: str) -> Path:
    """The folder ``name`` of the core: inside the package where it is installed, beside it in a
    checkout."""
    core = Path(__file__).parent
    installed = core / name
    return installed if installed.is_dir() else core.parent / name


def static_folders(site: str) -> list[Path]:
    """The folders to look for a static file in, first come first served; ``site`` may be empty."""
    return [*([Path(site)] if site else []), packaged("static")]


def template_folders(site: str) -> list[Path]:
    """The folders to look for a template in, first come first served; ``site`` may be empty."""
    return [*([Path(site)] if site else []), packaged("templates")]

"""Whether a plugin fits this host and this Python, asked before it is imported."""

from importlib.metadata import PackageNotFoundError, version

from packaging.requirements import Requirement

from core.api import API_VERSION
from core.plugin_host.errors import PluginRefused
from core.plugin_host.plugin import Plugin


def check_compatible(plugin: Plugin, host: str = API_VERSION) -> None:
    """Raises PluginRefused with the cure."""
    manifest = plugin.manifest
    assert manifest
    major, minor = _numbers(manifest.api)
    if major != _numbers(host)[0] or minor > _numbers(host)[1]:
        newer = (major, minor) > _numbers(host)
        raise PluginRefused(
            f"it is written for version {manifest.api} of core.api, and this host has {host}: "
            + ("upgrade Dealpay" if newer else "install a newer version of the plugin")
        )
    for text in manifest.python:
        requirement = Requirement(text)
        if requirement.marker and not requirement.marker.evaluate():
            continue
        try:
            installed = version(requirement.name)
        except PackageNotFoundError:
            raise PluginRefused(
                f"it needs {text}, which is not installed: pip install '{text}'"
            ) from None
        if not requirement.specifier.contains(installed, prereleases=True):
            raise PluginRefused(
                f"it needs {text}, and {requirement.name} {installed} is installed: pip install '{text}'"
            )


def _numbers(api: str) -> tuple[int, int]:
    major, minor = api.split(".")
    return int(major), int(minor)

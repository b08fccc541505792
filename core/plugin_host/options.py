"""Operator options of plugins: ``dealpay.<plugin id>.<option>`` in the ini, or
``DEALPAY_<PLUGIN ID>_<OPTION>`` in the environment."""

import difflib
import os
from collections.abc import Collection, Mapping
from typing import Any

from pyramid.exceptions import ConfigurationError

from core.plugin_host.manifest import Manifest, Option


def check_owners(ids: Collection[str], settings: Mapping[str, Any]) -> None:
    """Raises ConfigurationError for an option of a plugin that isn't there."""
    for key in settings:
        prefix, _, rest = key.partition(".")
        owner, dot, _ = rest.partition(".")
        if prefix == "dealpay" and dot and owner not in ids:
            near = difflib.get_close_matches(owner, ids, n=1)
            raise ConfigurationError(
                f"{key} is set, and there is no plugin called {owner}. "
                + (f"Did you mean {near[0]}?" if near else "Install it, or take the setting out.")
            )


def read_options(
    manifest: Manifest, settings: Mapping[str, Any], environ: Mapping[str, str] = os.environ
) -> dict[str, str]:
    """The value of each option of a plugin.

    Raises ConfigurationError for an option that the plugin doesn't have, and for two spellings
    that disagree.
    """
    prefix = f"dealpay.{manifest.id}."
    given = {
        key.removeprefix(prefix): str(value).strip()
        for key, value in settings.items()
        if key.startswith(prefix)
    }
    known = manifest.all_options
    for name in given.keys() - known.keys():
        near = difflib.get_close_matches(name, known, n=1)
        raise ConfigurationError(
            f"{prefix}{name} is set, and the plugin {manifest.id} has no such option. "
            + (f"Did you mean {prefix}{near[0]}?" if near else f"It has: {', '.join(known) or 'none'}.")
        )
    for name in known:
        variable = f"DEALPAY_{manifest.id}_{name}".upper()
        if (value := environ.get(variable, "").strip()) and given.setdefault(name, value) != value:
            raise ConfigurationError(
                f"{prefix}{name} and the environment's {variable} disagree. Set only one of them."
            )
    sandbox = str(settings.get("dealpay.sandbox_url") or "").rstrip("/")
    return {name: given.get(name, _default(manifest, known[name], sandbox)) for name in known}


def _default(manifest: Manifest, option: Option, sandbox: str) -> str:
    """The option as the manifest has it: with a sandbox, its simulator stands in for the vendor."""
    if not sandbox or not option.sandbox:
        return option.default
    simulator = f"{sandbox}/{manifest.id}"
    return option.sandbox.replace("{simulator}", simulator).replace("{origin}", sandbox)

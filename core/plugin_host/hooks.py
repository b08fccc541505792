"""Registering with pluggy, strictly: what would fail in silence later is refused at load."""

import difflib
import inspect
from typing import Any

from pluggy import PluginManager, PluginValidationError

from core.plugin_host.errors import PluginRefused


def attach(manager: PluginManager, specs: type, member: Any, name: str) -> frozenset[str]:
    """Register ``member`` as ``name``; the names of the hooks it implements.

    Raises PluginRefused for an unknown hook, a wrong argument, a forgotten ``@hookimpl``, an
    ``async`` function or a wrapper; then nothing of ``member`` stays registered.
    """
    known = {hook for hook in dir(specs) if manager.parse_hookspec_opts(specs, hook)}
    found = set()
    for attribute in dir(member):
        marks = manager.parse_hookimpl_opts(member, attribute)
        if marks is None:
            if attribute in known:
                raise PluginRefused(f"{attribute} is not marked: write @hookimpl above it")
            continue
        hook = marks.get("specname") or attribute
        if hook in known:
            _check_function(attribute, getattr(member, attribute), wraps=_wraps(marks))
            found.add(hook)
        elif not marks.get("optionalhook"):
            near = difflib.get_close_matches(hook, known, n=1)
            raise PluginRefused(
                f"the host has no hook {hook}: "
                + (f"did you mean {near[0]}?" if near else f"it has {', '.join(sorted(known))}")
            )
    try:
        manager.register(member, name=name)
        manager.check_pending()
    except PluginValidationError as error:
        manager.unregister(name=name)
        raise PluginRefused(" ".join(str(error).split())) from error
    return frozenset(found)


def _wraps(marks: Any) -> bool:
    return bool(marks.get("wrapper") or marks.get("hookwrapper"))


def _check_function(name: str, function: Any, *, wraps: bool) -> None:
    if wraps:
        raise PluginRefused(f"{name} is a wrapper: a plugin answers for itself only")
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        raise PluginRefused(f"{name} is async, and the host calls it plainly: write def")

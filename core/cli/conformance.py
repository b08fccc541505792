"""``dealpay plugin check``: the checks of each plugin as a table, and its level."""

import logging
import textwrap
from collections.abc import Mapping, Sequence
from importlib import import_module

import click

from core.plugin_host.loading import load
from core.plugin_host.plugin import Plugin, State
from core.testing.conformance import SUITES, Driver, Level, Outcome, Result, level_of

_MARKS = {Outcome.PASSED: "passed", Outcome.FAILED: "FAILED", Outcome.NOT_OFFERED: "not offered"}


def check(raw: Mapping[str, str], ids: Sequence[str], *, brief: bool) -> int:
    """Print what came of each check of the plugins ``ids``, or of all; the exit code, 1 unless each
    of them is at the level that its manifest says, or at gold where it says none. With ``brief`` only
    what failed, and the levels."""
    # A reply that a simulator cuts off on purpose is nothing to be told of.
    logging.getLogger("waitress").setLevel(logging.ERROR)
    registry = load(raw)
    try:
        plugins = {plugin.id: plugin for plugin in registry.plugins}
        if unknown := [id for id in ids if id not in plugins]:
            raise click.UsageError(f"No plugin is called {unknown[0]}. There are: {', '.join(plugins)}.")
        kept = [_keeps_level(plugins[id], brief=brief) for id in ids or plugins]
    finally:
        registry.close()
    return int(not all(kept))


def _keeps_level(plugin: Plugin, *, brief: bool) -> bool:
    reached, said = _check(plugin, brief=brief), plugin.manifest and plugin.manifest.level
    promised = Level[said.upper()] if said else Level.GOLD
    if said and reached < promised:
        click.echo(f"{plugin.id}: plugin.toml says level = {said!r}, and it is at {reached}\n")
    return reached >= promised


def _check(plugin: Plugin, *, brief: bool) -> Level:
    if plugin.state is not State.ACTIVE or plugin.manifest is None:
        why = f"{plugin.state} at {plugin.stage}: {plugin.reason}"
        click.echo(f"{plugin.id}: {Level.NONE}, {why}")
        return Level.NONE
    if not plugin.manifest.conformance:
        click.echo(f"{plugin.id}: {Level.NONE}, its plugin.toml names no driver under conformance")
        return Level.NONE
    results = []
    for name in plugin.manifest.conformance:
        driver = _driver(plugin, name)
        click.echo(f"{plugin.id}: {driver.kind.words} {driver.member.name}")
        for result in SUITES[driver.kind].run(driver):
            results.append(result)
            _show(result, brief=brief)
    level = level_of(results)
    count = {outcome: sum(one.outcome is outcome for one in results) for outcome in Outcome}
    told = ", ".join(f"{number} {outcome}" for outcome, number in count.items() if number)
    click.echo(f"{plugin.id}: {level}, {told}\n")
    return level


def _driver(plugin: Plugin, name: str) -> Driver:
    module, _, attribute = name.partition(":")
    driver: Driver = getattr(import_module(f"{plugin.module_name}.{module}"), attribute)()
    return driver


def _show(result: Result, *, brief: bool) -> None:
    check, failed = result.check, result.outcome is Outcome.FAILED
    if brief and not failed:
        return
    mark = _MARKS[result.outcome]
    click.echo(f"  {check.level!s:<6}  {check.id:<34} {mark:<11}  {check.sentence}")
    if failed:
        for text in (result.reason, check.cure, check.docs):
            lines = textwrap.wrap(text, 100, break_long_words=False)
            click.echo(textwrap.indent("\n".join(lines), " " * 10), nl=bool(lines))

"""How much a plugin takes: ``python -m docs.sizes`` prints the table of docs/plugins/README.md.

Lines of source with something on them, without tests; docstrings and comments count.
"""

from pathlib import Path

import click

from core.plugin_host.manifest import FILE, read_manifest

PLUGINS = Path(__file__).parents[1] / "plugins"


def table() -> str:
    """A row for each plugin: what it is, its own lines, and those of its simulator and driver."""
    rows = ["| plugin | kind | plugin | simulator and driver |", "| --- | --- | --: | --: |"]
    for manifest in sorted(PLUGINS.glob(f"*/{FILE}")):
        folder, kinds = manifest.parent, read_manifest(manifest).kinds
        counts = {True: 0, False: 0}
        for file in folder.rglob("*.py"):
            parts = file.relative_to(folder).parts
            if parts[0] != "tests":
                beside = parts[0].removesuffix(".py") in ("simulator", "driver")
                counts[beside] += sum(bool(line.strip()) for line in file.read_text().splitlines())
        words = ", ".join(kind.words for kind in kinds)
        rows.append(f"| {folder.name} | {words} | {counts[False]} | {counts[True]} |")
    return "\n".join(rows)


if __name__ == "__main__":
    click.echo(table())

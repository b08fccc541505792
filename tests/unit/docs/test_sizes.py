"""The table of sizes names each plugin that comes with it, and counts about right."""

from docs import sizes

PAGE = sizes.PLUGINS.parent / "docs" / "plugins" / "README.md"


def counts(text: str) -> dict[str, str]:
    """The plugins of a table with their own lines."""
    rows = [line.split("|") for line in text.splitlines() if line.count("|") == 5]
    return {row[1]: row[3] for row in rows}


def test_each_plugin_is_in_the_table() -> None:
    written = dict(
        line.split("|")[1:4:2] for line in PAGE.read_text().splitlines() if line.count("|") == 5
    )
    counted = dict(line.split("|")[1:4:2] for line in sizes.table().splitlines())
    assert written.keys() == counted.keys()
    for name in counted.keys() - {" plugin ", " --- "}:
        told, true = int(written[name]), int(counted[name])
        assert abs(told - true) <= max(30, true // 4), f"{name.strip()}: run python -m docs.sizes"

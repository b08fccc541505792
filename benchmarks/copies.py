"""Many links from one: its rows again and again, under other ids, spread over many workspaces.

Ids that begin with the time are in order, those that are random are random: indexes grow by them as
they would in years of use.
"""

import json
import random
import re
import string
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Engine, TextClause, text
from ulid import ULID

#: Of each table what its rows are found by, given the link.
TABLES = {
    "payment_links": "id = :link",
    "payments": "link_id = :link",
    "link_events": "link_id = :link",
    "webhook_deliveries": "link_id = :link",
    "action_runs": "link_id = :link",
    "action_steps": "run_id in (select id from action_runs where link_id = :link)",
    "audit_entries": "target = :link",
}
_OURS = r"(?:lnk|pay|evt|whd|run|aud|ten|acc|usr|rul|rac)_[0-9A-HJKMNP-TV-Z]{26}"
_THEIRS = r"(?:plink|cs_test|cs_live|pi|ch|cus|evt|li|req)_([A-Za-z0-9]{14,})"
_KEYS = r"[0-9a-f]{64}"
_TIMES = r"\d{4}-\d\d-\d\dT[\d:.]+(?=\+00:00)"
#: The same in all copies for one workspace.
_OF_WORKSPACE = ("ten_", "acc_", "usr_", "rul_", "rac_")
_HEX, _LETTERS = "0123456789abcdef", string.ascii_letters + string.digits
_DICE = random.Random(1)  # noqa: S311
_AT_ONCE = 250
_APART = timedelta(seconds=0.7)


class Copies:
    """Of one link, with all that belongs to it, in ``workspaces`` that exist by their ids only."""

    def __init__(self, engine: Engine, link_id: str, workspaces: int):
        self._engine = engine
        with engine.connect() as connection:
            rows = {name: _rows(connection, name, link_id) for name in TABLES}
        link = rows["payment_links"][0]
        own = rf"{re.escape(link['payer_token'])}|\b{link['record_id']}\b"
        self._changing = re.compile(rf"\b(?:{_OURS}|{_THEIRS}|{_KEYS}|{_TIMES})|{own}")
        self._template = json.dumps(rows)
        self._workspaces: list[dict[str, str]] = [{} for _ in range(workspaces)]

    def write(self, count: int) -> None:
        """``count`` of them, each in a workspace taken by chance."""
        copies = self._made(count)
        while batch := list(islice(copies, _AT_ONCE)):
            with self._engine.begin() as connection:
                # Nobody checks now whether the workspaces exist.
                connection.execute(text("set local session_replication_role = replica"))
                for name in TABLES:
                    written = [row for copy in batch for row in copy[name]]
                    connection.execute(_insert(name), {"rows": json.dumps(written)})

    def _made(self, count: int) -> Iterator[dict[str, list[dict[str, Any]]]]:
        first = datetime.now(UTC) - count * _APART
        for number in range(count):
            other = _Other(first + number * _APART, _DICE.choice(self._workspaces))
            yield json.loads(self._changing.sub(other, self._template))


class _Other:
    """What stands in a copy made ``at`` for each thing that differs from copy to copy."""

    def __init__(self, at: datetime, of_workspace: dict[str, str]):
        self._at, self._of_workspace = at, of_workspace
        self._own: dict[str, str] = {}

    def __call__(self, match: re.Match[str]) -> str:
        old = match[0]
        known = self._of_workspace if old.startswith(_OF_WORKSPACE) else self._own
        if old not in known:
            known[old] = _like(old, self._at + len(self._own) * timedelta(milliseconds=1))
        return known[old]


def _rows(connection: Connection, table: str, link_id: str) -> list[dict[str, Any]]:
    found = text(f"select row_to_json({table}) from {table} where {TABLES[table]}")  # noqa: S608
    return [row[0] for row in connection.execute(found, {"link": link_id})]


def _insert(table: str) -> TextClause:
    rows = f"json_populate_recordset(null::{table}, cast(:rows as json))"
    return text(f"insert into {table} select * from {rows}")  # noqa: S608


def _like(old: str, at: datetime) -> str:
    """Something of the same form as ``old``; where that is a time, or begins with it, it is ``at``."""
    if re.fullmatch(_OURS, old):
        return f"{old[:4]}{ULID.from_datetime(at)}"
    if re.match(_TIMES.removesuffix(r"(?=\+00:00)"), old):
        return at.strftime("%Y-%m-%dT%H:%M:%S.%f")
    theirs = re.fullmatch(_THEIRS, old)
    kind = old[: theirs.start(1)] if theirs else ""
    letters = string.digits[1:] if old.isdecimal() else _HEX if re.fullmatch(_KEYS, old) else _LETTERS
    return kind + "".join(_DICE.choices(letters, k=len(old) - len(kind)))

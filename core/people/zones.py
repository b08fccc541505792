"""The time zones that a member may choose."""

from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from core.api.actions import Choice

#: Names that are kept for old programs, and others of no place.
_LEFT_OUT = ("Etc", "SystemV", "US", "posix", "right")


def zone_choices(now: datetime) -> list[Choice]:
    """Every place with a zone of its own, by continent, with how far it is from UTC now."""
    choices = [Choice("UTC", "UTC")]
    for name in _places():
        continent, _slash, place = name.partition("/")
        offset = now.astimezone(ZoneInfo(name)).strftime("%z")
        label = f"{place.replace('_', ' ')} (UTC{offset[:3]}:{offset[3:]})"
        choices.append(Choice(name, label, group=continent))
    return choices


@cache
def _places() -> list[str]:
    return sorted(
        name for name in available_timezones() if "/" in name and name.split("/")[0] not in _LEFT_OUT
    )

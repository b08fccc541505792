"""Limits on tries that somebody could make in bulk: sign-in, sign-up, asking for mails.

The counters are rows, so that every process sees them and a restart forgets none. They are written
in a transaction of their own: a refused request must still count.
"""

import hashlib
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from ipaddress import IPv6Address, IPv6Network, ip_address
from math import ceil

from limits import RateLimitItem, parse_many
from limits.storage import Storage
from pyramid.config import Configurator
from pyramid.request import Request
from sqlalchemy import case, delete, func, select
from sqlalchemy.exc import SQLAlchemyError

from core.api.text import ngettext
from core.db.session import ALL_TENANTS, Database
from core.web.models import ThrottleCounter

#: What is limited: for each e-mail address, and for each network address.
LIMITS: dict[str, tuple[list[RateLimitItem], list[RateLimitItem]]] = {
    "sign-in": (parse_many("10/15 minutes"), parse_many("100/15 minutes")),
    "sign-up": (parse_many("5/hour"), parse_many("30/hour")),
    "resend": (parse_many("1/minute; 5/hour"), parse_many("30/hour")),
    "reset": (parse_many("1/minute; 5/hour"), parse_many("30/hour")),
    # Codes of sign-ins at a CRM, and those that a frame gets from its window.
    "crm-sign-in": ([], parse_many("60/15 minutes")),
    "ask-invite": (parse_many("1/hour; 3/day"), parse_many("20/hour")),
    # The password of somebody who is signed in, tried by whoever sits at their browser.
    "password": (parse_many("10/15 minutes"), parse_many("100/15 minutes")),
    # The second step of signing in. One of a million codes isn't guessed by trying for months.
    "code": (parse_many("10/15 minutes; 50/day"), parse_many("100/15 minutes")),
    "invite": (parse_many("5/hour"), parse_many("200/hour")),
    # Questions of payers who come back; their page asks twelve times a minute by itself.
    "payer": ([], parse_many("120/minute")),
}


class CounterRows(Storage):
    """The counters of the ``limits`` library, as rows. ``clock`` gives aware UTC."""

    STORAGE_SCHEME = ["dealpay"]

    def __init__(self, db: Database, clock: Callable[[], datetime]):
        super().__init__()
        self._db, self._clock = db, clock

    @property
    def base_exceptions(self) -> type[Exception]:
        return SQLAlchemyError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        return self.incr_each([key], expiry, amount)[key]

    def incr_each(self, keys: Collection[str], expiry: int, amount: int = 1) -> dict[str, int]:
        """``incr`` of several counters in one statement."""
        now, row = self._clock(), ThrottleCounter
        end, hashes = now + timedelta(seconds=expiry), {_hashed(key): key for key in keys}
        # In one order, so that two requests never wait for each other.
        new = [{"key": one, "count": amount, "expires_at": end} for one in sorted(hashes)]
        count = self._db.insert(row).values(new)
        count = count.on_conflict_do_update(
            index_elements=[row.key],
            set_={
                "count": case((row.expires_at <= now, amount), else_=row.count + amount),
                "expires_at": case((row.expires_at <= now, end), else_=row.expires_at),
            },
        ).returning(row.key, row.count)
        with self._db.unit_of_work(ALL_TENANTS) as session:
            counted = {hashes[key]: tries for key, tries in session.execute(count)}
            if amount in counted.values():
                session.execute(delete(row).where(row.expires_at <= now))
        return counted

    def get(self, key: str) -> int:
        row = self._row(key)
        return row.count if row else 0

    def get_expiry(self, key: str) -> float:
        row = self._row(key)
        return (row.expires_at if row else self._clock()).timestamp()

    def check(self) -> bool:
        with self._db.unit_of_work(ALL_TENANTS, read_only=True) as session:
            return session.scalar(select(1)) == 1

    def reset(self) -> int:
        with self._db.unit_of_work(ALL_TENANTS) as session:
            count = session.scalar(select(func.count()).select_from(ThrottleCounter)) or 0
            session.execute(delete(ThrottleCounter))
        return count

    def clear(self, key: str) -> None:
        with self._db.unit_of_work(ALL_TENANTS) as session:
            session.execute(delete(ThrottleCounter).where(ThrottleCounter.key == _hashed(key)))

    def _row(self, key: str) -> ThrottleCounter | None:
        with self._db.unit_of_work(ALL_TENANTS, read_only=True) as session:
            row = session.get(ThrottleCounter, _hashed(key))
        return row if row and row.expires_at > self._clock() else None


class Throttle:
    """Counts tries by e-mail address and by where they come from."""

    def __init__(self, db: Database, clock: Callable[[], datetime], ip: str | None):
        self._counters = CounterRows(db, clock)
        self._clock = clock
        self._ip = _network(ip)

    def hit(self, what: str, address: str) -> int:
        """Count a try. 0 where it may go on, otherwise how many seconds to wait.

        The answer doesn't depend on whether anybody has ``address``.
        """
        return self.hit_each(what, [address])[address]

    def hit_each(self, what: str, addresses: Sequence[str]) -> dict[str, int]:
        """``hit`` for several addresses at once, which are tried from one place: by address."""
        by_address, by_ip = LIMITS[what]
        waits = dict.fromkeys(addresses, 0)
        for item in by_address if waits else ():
            keys = {item.key_for(what, "address", one): one for one in waits}
            for key, count in self._counters.incr_each(keys, item.get_expiry()).items():
                if count > item.amount:
                    waits[keys[key]] = max(waits[keys[key]], self._wait(key))
        for item in by_ip if waits else ():
            key = item.key_for(what, "ip", self._ip)
            over = self._counters.incr(key, item.get_expiry(), len(waits)) - item.amount
            # The last of them are those that are too many.
            for one in list(waits)[-over:] if over > 0 else ():
                waits[one] = max(waits[one], self._wait(key))
        return waits

    def _wait(self, key: str) -> int:
        return max(1, ceil(self._counters.get_expiry(key) - self._clock().timestamp()))

    def forgive(self, what: str, address: str) -> None:
        """Start again for ``address``: it has shown to be in the right hands."""
        for item in LIMITS[what][0]:
            self._counters.clear(item.key_for(what, "address", address))


def wait_in_words(seconds: int) -> str:
    """``40 seconds``, ``12 minutes``."""
    if seconds < 60:
        return ngettext("%(num)s second", "%(num)s seconds", seconds)
    return ngettext("%(num)s minute", "%(num)s minutes", ceil(seconds / 60))


def _network(ip: str | None) -> str:
    try:
        address = ip_address(ip or "")
    except ValueError:
        return ip or "unknown"  # a server behind a socket knows no address
    # One customer of an internet provider holds a whole /64 of IPv6 addresses.
    if isinstance(address, IPv6Address):
        return str(IPv6Network((int(address) >> 64 << 64, 64)))
    return str(address)


def _hashed(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def _throttle(request: Request) -> Throttle:
    # Not client_addr: it believes an X-Forwarded-For that anybody can send. The server in front is
    # told which proxies to trust, and sets REMOTE_ADDR.
    return Throttle(request.app.db, request.app.clock, request.remote_addr)


def includeme(config: Configurator) -> None:
    """``request.throttle``."""
    config.add_request_method(_throttle, "throttle", reify=True)

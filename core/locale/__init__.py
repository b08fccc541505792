"""The languages of the core, and what finds those of plugins.

``<language>.po`` beside this file holds the core's texts, and ``locale/<language>.po`` in a plugin's
folder holds the plugin's. They are read when somebody first needs them: there is nothing to compile.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from io import BytesIO
from pathlib import Path
from threading import Lock

from babel import Locale
from babel.core import negotiate_locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

from core.api.text import ENGLISH, reading

OWN = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Languages:
    """What this installation speaks. ``folders`` hold the catalogs, the core's first."""

    folders: Sequence[Path] = (OWN,)
    _read: dict[str, NullTranslations] = field(default_factory=dict, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    @property
    def codes(self) -> list[str]:
        """The languages, English first: those that the core itself is translated to."""
        return list(_codes())

    def names(self) -> dict[str, str]:
        """Each language by its code, in its own words: ``{"de": "Deutsch"}``."""
        return {code: str(Locale.parse(code).display_name).capitalize() for code in self.codes}

    def best(self, wanted: Iterable[str]) -> str:
        """The first of ``wanted`` (``de-AT``, ``de``) that is spoken here, else English."""
        found = negotiate_locale(list(wanted), self.codes, sep="-")
        return found or ENGLISH

    def translations(self, code: str) -> NullTranslations | None:
        """All texts in one language; None for English, which they are written in."""
        if code == ENGLISH or code not in self.codes:
            return self._read.get(code)
        with self._lock:
            if code not in self._read:
                self._read[code] = self._load(code)
            return self._read[code]

    @contextmanager
    def speaking(self, code: str) -> Iterator[None]:
        """Let everything inside be in that language."""
        with reading(self.translations(code)):
            yield

    def _load(self, code: str) -> NullTranslations:
        found = [catalog(folder / f"{code}.po") for folder in self.folders]
        first, *others = [one for one in found if one is not None]
        for other in others:
            first.add_fallback(other)
        return first


@cache
def _codes() -> tuple[str, ...]:
    """Looked up once: every page asks for them."""
    return (ENGLISH, *sorted(file.stem for file in OWN.glob("*.po")))


def catalog(file: Path) -> Translations | None:
    """The translations in one file; None where there is no such file."""
    if not file.is_file():
        return None
    with file.open("rb") as source:
        parsed = read_po(source)
    compiled = BytesIO()
    write_mo(compiled, parsed)
    compiled.seek(0)
    return Translations(compiled)

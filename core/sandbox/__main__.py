"""``python -m core.sandbox development.ini``: what `dealpay serve` starts beside the app."""

import sys
from pathlib import Path

from pyramid.exceptions import ConfigurationError
from pyramid.paster import get_appsettings

from core.sandbox.child import serve
from core.settings import SettingsError

if __name__ == "__main__":
    ini = sys.argv[1]
    try:
        serve(get_appsettings(ini), Path(ini).resolve().parent / "var")
    except (SettingsError, ConfigurationError) as error:
        sys.exit(f"dealpay: {error}")

"""``python -m core.sandbox development.ini``: what `dealpay serve` starts beside the app."""

import sys
from pathlib import Path

from pyramid.paster import get_appsettings

from core.sandbox.run import main

if __name__ == "__main__":
    ini = sys.argv[1]
    main(get_appsettings(ini), Path(ini).resolve().parent / "var")

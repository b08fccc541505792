"""All tables of the core, so that their metadata is complete.

``python -m core.models "add a column"`` drafts a migration from them.
"""

import sys

from core.audit import models as audit
from core.connections import models as connections
from core.db.base import Base
from core.db.migrate import draft
from core.inbox import models as inbox
from core.jobs import models as jobs
from core.links import models as links
from core.mail import models as mail
from core.people import models as people
from core.plugin_host import models as plugin_host
from core.rules import models as rules
from core.tenants import models as tenants
from core.web import models as web

metadata = Base.metadata
__all__ = [
    "audit",
    "connections",
    "inbox",
    "jobs",
    "links",
    "mail",
    "metadata",
    "people",
    "plugin_host",
    "rules",
    "tenants",
    "web",
]

if __name__ == "__main__":
    draft(metadata, sys.argv[1])

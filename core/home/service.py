"""The first page of a workspace, and what is installed for it: the one door for the command line."""

from core.home.address import problem_with_address
from core.home.checklist import Step, steps
from core.home.switching import workspaces_using

__all__ = ["Step", "problem_with_address", "steps", "workspaces_using"]

"""Write what a payment changes into the CRM: a field, the owner, a task."""

from core.api.hookspecs import hookimpl
from plugins.actions_crm_field.action import ChangeOwner, CreateTask, SetField


@hookimpl
def register_actions() -> list[SetField | ChangeOwner | CreateTask]:
    return [SetField(), ChangeOwner(), CreateTask()]

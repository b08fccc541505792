"""The actions "set_field", "change_owner" and "create_task"."""

from plugins.actions_crm_field.change_owner import ChangeOwner
from plugins.actions_crm_field.create_task import CreateTask
from plugins.actions_crm_field.set_field import SetField

__all__ = ["ChangeOwner", "CreateTask", "SetField"]

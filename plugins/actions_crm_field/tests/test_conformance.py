"""Whether the three actions keep what their kind promises."""

from core.testing.conformance import action_suite
from plugins.actions_crm_field.driver import ChangeOwnerDriver, CreateTaskDriver, SetFieldDriver

TestSetField = action_suite(SetFieldDriver)
TestChangeOwner = action_suite(ChangeOwnerDriver)
TestCreateTask = action_suite(CreateTaskDriver)

"""What a provider, a connector and an action must bring, and what the registry says of them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from core.api.actions import DefaultRule, DomainEvent, Done, LinkFacts
from core.api.errors import Throttled, Unsupported
from core.api.hookspecs import hookimpl
from core.api.money import Money
from core.api.payments import Account, Expiry, LinkOptions
from core.api.records import Identity, Launch, NoteRef, RecordRef
from core.api.settings import Settings, setting
from core.plugin_host.entries import ActionEntry, ConnectorEntry, ProviderEntry
from core.plugin_host.errors import PluginRefused

from .conftest import make_tools, the


def link_paid() -> DomainEvent:
    at = datetime(2026, 11, 1, tzinfo=UTC)
    link = LinkFacts(
        id="link_1",
        url="https://pay.example/1",
        amount=Money(100, "EUR"),
        product="Deposit",
        quantity=1,
        mode="test",
        account="Acme",
        created_at=at,
        created_by="Ada",
    )
    return DomainEvent("link.paid", "link_1", at, RecordRef("deal", "7"), "A deal", link)


class KeySettings(Settings):
    key: SecretStr = setting(label="Key")


class Provider:
    id = "acme"
    name = "Acme"
    Settings: Any = KeySettings
    currencies = frozenset({"EUR"})
    event_types = ("paid",)

    @hookimpl
    def validate_credentials(self): ...

    @hookimpl
    def create_link(self): ...

    @hookimpl
    def fetch_status(self): ...

    @hookimpl
    def parse_webhook(self): ...


class Connector:
    id = "crm"
    name = "Crm"
    Settings = KeySettings
    record_kinds = ("deal",)
    frame_origins = ("https://crm.example",)
    permissions = ()

    @hookimpl
    def validate_credentials(self): ...

    @hookimpl
    def identify(self, launch):
        return Identity(record=RecordRef("deal", launch.parameters["id"]))

    @hookimpl
    def fetch_record(self): ...


class Action:
    id = "act"
    name = "Act"
    triggers = ("link.paid",)
    Config = Settings
    needs: Any = ("crm_connector:add_note",)
    default_rules = (DefaultRule("Act", "link.paid"),)

    @hookimpl
    def summary(self, config):
        return "Act."

    @hookimpl
    def run(self): ...


def test_capabilities_are_the_verbs_implemented(tools):
    entry = ProviderEntry(Provider(), tools)
    assert entry.capabilities == {
        "validate_credentials",
        "create_link",
        "fetch_status",
        "parse_webhook",
    }
    assert (entry.id, entry.name, entry.plugin_id) == ("acme", "Acme", "acme")
    assert entry.currencies == {"EUR"}
    assert repr(entry) == "<payment provider acme of acme>"


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("currencies", ["EUR"], "currencies is list, not frozenset[str]"),
        ("currencies", frozenset({1}), "currencies[0] is int, not str"),
        ("event_types", "paid", "event_types is str, not tuple[str, ...]"),
        ("Settings", dict, "Settings is not a class of Settings"),
        ("Settings", KeySettings(key=SecretStr("k")), "Settings is not a class of Settings"),
        ("name", None, "name is None, not str"),
        ("link_options", {"parts": True}, "link_options is dict, not LinkOptions"),
        ("link_options", LinkOptions(parts=1), "link_options.parts is int, not bool"),
        (
            "link_options",
            LinkOptions(notify=frozenset({"pigeon"})),
            "link_options.notify[0] is none of 'mail', 'sms'",
        ),
        (
            "link_options",
            LinkOptions(expiry=Expiry(15, timedelta(days=1))),
            "link_options.expiry.earliest is int, not timedelta",
        ),
    ],
)
def test_data_of_the_wrong_type(tools, name, value, reason):
    wrong = type("Wrong", (Provider,), {name: value})
    with pytest.raises(PluginRefused, match="payment provider Wrong: ") as refused:
        ProviderEntry(wrong(), tools)
    assert str(refused.value) == f"payment provider Wrong: {reason}"


def test_a_provider_that_declares_no_options_is_asked_for_none(tools):
    assert ProviderEntry(Provider(), tools).link_options == LinkOptions()
    mail = LinkOptions(notify=frozenset({"mail"}))
    assert (
        ProviderEntry(type("Mailing", (Provider,), {"link_options": mail})(), tools).link_options == mail
    )


@pytest.mark.parametrize(
    ("entry", "member", "name"),
    [
        (ProviderEntry, Provider, "event_types"),
        (ConnectorEntry, Connector, "permissions"),
        (ActionEntry, Action, "default_rules"),
    ],
)
def test_data_that_is_missing(tools, entry, member, name):
    names = {key: value for key, value in vars(member).items() if key != name and key[0] != "_"}
    bare = type("Bare", (), names)
    with pytest.raises(PluginRefused, match=f"Bare has no {name}: write it as a class attribute"):
        entry(bare(), tools)


def test_a_must_verb_that_is_missing(tools):
    class Lacking(Provider):
        create_link = None
        fetch_status = property(lambda self: None)

    with pytest.raises(PluginRefused, match="create_link is not marked"):
        ProviderEntry(Lacking(), tools)


def test_several_must_verbs_that_are_missing(tools):
    gone = ("_", "create", "fetch")
    names = {key: value for key, value in vars(Provider).items() if not key.startswith(gone)}
    with pytest.raises(PluginRefused, match="acme lacks create_link, fetch_status: each must be"):
        ProviderEntry(type("Lacking", (), names)(), tools)


def test_a_need_that_nobody_could_meet(tools):
    wrong = type("Wrong", (Action,), {"needs": ("crm_connector:fly",)})
    with pytest.raises(PluginRefused, match="action act needs crm_connector:fly, which no kind"):
        ActionEntry(wrong(), tools)


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        (DefaultRule("Pay", "link.made"), "Pay waits for link.made, which is none of its triggers"),
        (DefaultRule("Pay", "link.paid", {"a": 1}), "Pay has a config that Settings refuses"),
    ],
)
def test_a_default_rule_that_could_never_work(tools, rule, reason):
    wrong = type("Wrong", (Action,), {"default_rules": (rule,)})
    with pytest.raises(PluginRefused, match=f"action act: the default rule {reason}"):
        ActionEntry(wrong(), tools)


def test_the_operators_frame_origins_replace_the_connectors():
    asked = make_tools({"frame_origins": "http://127.0.0.1:6544  https://b.example"})
    assert ConnectorEntry(Connector(), make_tools()).frame_origins == ("https://crm.example",)
    assert ConnectorEntry(Connector(), asked).frame_origins == (
        "http://127.0.0.1:6544",
        "https://b.example",
    )


def test_who_opened_the_frame_is_asked_without_a_tenant(tools):
    launch = Launch({"id": "7"})
    assert ConnectorEntry(Connector(), tools).identify(launch).record == RecordRef("deal", "7")


def test_a_provider_context(tools):
    account = Account("acct_1", "Acme", "test", "EUR")
    entry = ProviderEntry(Provider(), tools)
    ctx = entry.context(KeySettings(key=SecretStr("k")), account=account, idempotency_key="i", timeout=3)
    assert (ctx.account, ctx.idempotency_key, ctx.timeout) == (account, "i", 3)
    assert ctx.settings.key.get_secret_value() == "k"
    assert ctx.http.limit == 3
    assert ctx.clock().tzinfo


def test_the_settings_of_another_plugin_are_no_context(tools):
    with pytest.raises(TypeError, match="takes a KeySettings, not a Settings"):
        ProviderEntry(Provider(), tools).context(Settings())


def test_two_jobs_share_the_limit_of_their_credential(tools, db):
    tools.buckets.db = db
    entry = ConnectorEntry(Connector(), tools)
    settings = KeySettings(key=SecretStr("k"))
    one, two = entry.context(settings), entry.context(settings, in_job=True)
    one.token_bucket("k", 0.001, 1).acquire(0)
    two.token_bucket("other", 0.001, 1).acquire(0)
    with pytest.raises(Throttled):
        two.token_bucket("k", 0.001, 1).acquire(0)
    assert one.http is not two.http


def test_an_action_context(tools):
    entry = ActionEntry(Action(), tools)
    crm: Any = object()
    ctx = entry.context(crm, record_kinds=("deal",), run_id="r")
    assert (ctx.crm, ctx.record_kinds, ctx.run_id, ctx.once) == (crm, ("deal",), "r", None)
    assert entry.summary(Settings()) == "Act."


def test_an_action_reaches_the_crm_through_the_connectors_port(tools):
    class Crm(Connector):
        @hookimpl
        def add_note(self, ref, text, marker):
            return NoteRef(f"{ref.id}/{text}/{marker}")

        @hookimpl
        def find_note(self, marker):
            return NoteRef(marker) if marker == "known" else None

    class Noting(Action):
        @hookimpl
        def run(self, ctx, event):
            return Done(ctx.crm.add_note(event.record, "paid", "m").id)

    connector = ConnectorEntry(Crm(), tools)
    crm = connector.bind(connector.context(KeySettings(key=SecretStr("k"))))
    assert crm.record_kinds == ("deal",)
    assert crm.find_note(RecordRef("deal", "7"), "known") == NoteRef("known")
    assert crm.find_note(RecordRef("deal", "7"), "unknown") is None
    action = ActionEntry(Noting(), tools)
    port = action.bind(action.context(crm, record_kinds=crm.record_kinds))
    assert port.run(link_paid(), Settings()) == Done("7/paid/m")


def test_an_unknown_id_is_a_sentence(disk):
    registry = disk.load()
    for ask, words in (
        (registry.payment_provider, "No payment provider is called gone: "),
        (registry.crm_connector, "No CRM connector is called gone: "),
        (registry.action, "No action is called gone: "),
    ):
        with pytest.raises(Unsupported, match=words):
            ask("gone")


CONNECTOR = """
from core.api.hookspecs import hookimpl
from core.api.settings import Settings

class Connector:
    id = name = "{id}"
    Settings = Settings
    record_kinds = ("deal",)
    frame_origins = ()
    permissions = ()

    @hookimpl
    def validate_credentials(self): ...
    @hookimpl
    def identify(self): ...
    @hookimpl
    def fetch_record(self): ...

class Noting(Connector):
    @hookimpl
    def add_note(self): ...

@hookimpl
def register_crm_connectors():
    return [{cls}()]
"""


def test_needs_say_which_action_a_crm_can_not_serve(disk):
    init = (disk.action("act", needs=["crm_connector:add_note"]) / "__init__.py").read_text()
    (disk.folder / "act" / "__init__.py").write_text(
        init.replace("needs = ()", 'needs = ("crm_connector:add_note",)')
    )
    assert disk.load().unmet_needs("act") == ("crm_connector:add_note",)
    for id, cls in (("plain", "Connector"), ("noting", "Noting")):
        source = CONNECTOR.replace("{id}", id).replace("{cls}", cls)
        disk.write(id, source, kinds=["crm_connector"], provides=[id])
    registry = disk.load()
    assert sorted(registry.crm_connectors) == ["noting", "plain"]
    assert registry.crm_connector("plain").name == "plain"
    assert registry.payment_providers == {}
    assert registry.unmet_needs("act") == ()
    assert registry.unmet_needs("act", crm_connector="noting") == ()
    assert registry.unmet_needs("act", crm_connector="plain") == ("crm_connector:add_note",)


def test_the_report(disk):
    disk.action("act", needs=["crm_connector:add_note"])
    (disk.folder / "bare").mkdir()
    (disk.folder / "bare" / "__init__.py").touch()
    disk.load().close()
    act, bare = disk.load().report()
    assert (act.id, act.name, act.version, act.state, act.stage, act.reason) == (
        "act",
        "Act",
        "1.0",
        "active",
        "active",
        "",
    )
    assert (act.kinds, act.provides) == (("action",), ("act",))
    assert act.capabilities == ("action:run", "action:summary")
    assert act.unmet == ("crm_connector:add_note",)
    assert (bare.name, bare.version, bare.state, bare.stage) == ("bare", "", "failed", "manifest")
    assert "Traceback" in bare.traceback


def test_a_simulator_is_imported_only_when_it_is_asked_for(disk):
    folder = disk.write("sim", simulator="simulator:Sim")
    (folder / "simulator.py").write_text("class Sim: ...")
    disk.write("none")
    wrong = disk.write("wrong", simulator="simulator:Sam")
    (wrong / "simulator.py").write_text("Sam = 1")
    registry = disk.load()
    simulator = the(registry, "sim").simulator_factory()
    assert simulator
    assert (simulator.__module__, simulator.__name__) == ("plugins.sim.simulator", "Sim")
    assert the(registry, "none").simulator_factory() is None
    with pytest.raises(PluginRefused, match="names the simulator simulator:Sam, and its module"):
        the(registry, "wrong").simulator_factory()
    off = disk.load(disabled_plugins="sim")
    assert the(off, "sim").simulator_factory() is None

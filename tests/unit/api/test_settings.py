"""Settings keep secrets out of sight and take nothing they don't know."""

import pytest
from pydantic import SecretStr, ValidationError

from core.api.settings import KeyKind, Settings, kind_of, reveal, secret_fields, setting


class Sample(Settings):
    key: SecretStr = setting(label="Secret key", placeholder="sk_test_…", min_length=4)
    old_key: SecretStr | None = setting(None, label="Old key")
    stage: str = setting("", label="Stage", choices=True, depends_on="key")


def test_secret_fields_are_known_optional_or_not():
    assert secret_fields(Sample) == {"key", "old_key"}
    assert secret_fields(Settings) == frozenset()


def test_reveal_is_the_only_way_to_see_a_secret():
    sample = Sample(key=SecretStr("sk_hidden"), stage="Won")
    assert "sk_hidden" not in repr(sample) + str(sample.model_dump()) + sample.model_dump_json()
    assert reveal(sample) == {"key": "sk_hidden", "old_key": None, "stage": "Won"}


def test_what_was_revealed_makes_the_same_settings_again():
    sample = Sample(key=SecretStr("sk_hidden"))
    assert Sample.model_validate(reveal(sample)) == sample


def test_a_refusal_does_not_show_the_input():
    with pytest.raises(ValidationError) as refused:
        Sample.model_validate({"key": "sk", "stage": ["sk_hidden"]})
    assert "sk_hidden" not in str(refused.value)


def test_unknown_fields_are_refused_and_spaces_stripped():
    assert Sample.model_validate({"key": " sk_hidden ", "stage": " Won "}).stage == "Won"
    with pytest.raises(ValidationError, match="stages"):
        Sample.model_validate({"key": "sk_hidden", "stages": "Won"})


def test_settings_do_not_change():
    with pytest.raises(ValidationError, match="frozen"):
        Sample(key=SecretStr("sk_hidden")).stage = "Lost"


def test_a_field_carries_what_its_form_needs():
    field = Sample.model_fields["stage"]
    assert field.title == "Stage"
    assert isinstance(field.json_schema_extra, dict)
    assert field.json_schema_extra["choices"] is True
    assert field.json_schema_extra["depends_on"] == "key"
    assert Sample.model_fields["key"].is_required()


def test_an_empty_field_is_made():
    class Made(Settings):
        key: SecretStr = setting(label="Key", made_by=lambda: SecretStr("made"))

    assert not Made.model_fields["key"].is_required()
    assert Made().key == SecretStr("made")
    assert Made(key=SecretStr("typed")).key == SecretStr("typed")


KINDS = (
    KeyKind(("sk_",), "A secret key.", "warn"),
    KeyKind(("rk_", "tk_"), "A restricted key."),
    KeyKind(("sk_org_", "pk_"), "Not this one.", "bad"),
)


class Kinds(Settings):
    key: SecretStr = setting(label="Key", kinds=KINDS)
    other: SecretStr | None = setting(None, label="Other", kinds=KINDS)
    name: str = setting("", label="Name", kinds=KINDS)


@pytest.mark.parametrize("field", ["key", "other", "name"])
@pytest.mark.parametrize("value", ["sk_org_1", " pk_1 "])
def test_a_kind_of_key_that_can_not_be_used_is_refused_with_its_sentence(field: str, value: str) -> None:
    with pytest.raises(ValidationError, match="Not this one") as refused:
        Kinds.model_validate({"key": "rk_1", field: value})
    (problem,) = refused.value.errors(include_input=False)
    assert problem["loc"] == (field,)
    assert value.strip() not in str(refused.value)


def test_every_other_value_is_taken() -> None:
    for value in ("sk_1", "sk_orgy", "rk_1", "tk_1", "SK_1", "anything"):
        assert reveal(Kinds.model_validate({"key": f" {value} "}))["key"] == value


def test_the_longest_prefix_says_what_it_is() -> None:
    field = Kinds.model_fields["key"]
    assert kind_of(field, "sk_org_1") == KINDS[2]
    assert kind_of(field, "sk_orga") == KINDS[0]
    assert kind_of(field, "tk_1") == KINDS[1]
    assert kind_of(field, "k_1") is None
    assert kind_of(Sample.model_fields["key"], "sk_1") is None


@pytest.mark.parametrize("prefixes", [(), ("",), (" sk_",)])
def test_what_nothing_or_everything_begins_with_is_no_prefix(prefixes: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="no prefixes"):
        KeyKind(prefixes, "Whatever.")

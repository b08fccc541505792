"""The form encoding, and each way in which a parameter is refused."""

from decimal import Decimal

import pytest

from plugins.stripe_provider.simulator.errors import Refusal
from plugins.stripe_provider.simulator.forms import METADATA, RANGE, Text, check, decode, merged

SPEC = {
    "name!": Text(5),
    "note?": str,
    "count": int,
    "on": bool,
    "price": Decimal,
    "kind": {"a", "b"},
    "items": [{"id!": str, "tags": [str]}],
    "metadata": METADATA,
    "created": RANGE,
}


def test_nested_names_become_objects_and_lists():
    form = "items[1][id]=b&items[0][id]=a&items[0][tags][]=x&items[0][tags][]=y&metadata[k]=v%20w"
    decoded = decode(form + "&name=n&note=&count=3&on=false&price=1.5&kind=b&created[gte]=7")
    assert check(decoded, SPEC) == {
        "items": [{"id": "a", "tags": ["x", "y"]}, {"id": "b"}],
        "metadata": {"k": "v w"},
        "name": "n",
        "note": None,
        "count": 3,
        "on": False,
        "price": Decimal("1.5"),
        "kind": "b",
        "created": {"gte": 7},
    }


def test_a_single_time_is_a_range_of_one():
    assert check(decode("created=7&name=n"), SPEC)["created"] == {"gte": 7, "lte": 7}


@pytest.mark.parametrize(
    ("form", "code", "param"),
    [
        ("", "parameter_missing", "name"),
        ("name=n&colour=red", "parameter_unknown", "colour"),
        ("name=n&items[0][id]=a&items[0][size]=1", "parameter_unknown", "items[0][size]"),
        ("name=n&items[0][tags][0]=x", "parameter_missing", "items[0][id]"),
        ("name=", "parameter_invalid_empty", "name"),
        ("name=longer", "parameter_invalid_string", "name"),
        ("name=n&count=12.5", "parameter_invalid_integer", "count"),
        ("name=n&count=1e3", "parameter_invalid_integer", "count"),
        ("name=n&on=yes", "parameter_invalid_boolean", "on"),
        ("name=n&price=ten", "parameter_invalid_decimal", "price"),
        ("name=n&created[gte]=soon", "parameter_invalid_integer", "created[gte]"),
        ("name=n&kind=c", None, "kind"),
        ("name=n&items=a", None, "items"),
        ("name=n&items[first][id]=a", None, "items"),
        ("name[first]=n", None, "name"),
        ("name=n&metadata=x", None, "metadata"),
        ("name=n&metadata[k][l]=x", None, "metadata[k]"),
        (f"name=n&metadata[{'k' * 41}]=x", None, f"metadata[{'k' * 40}]"),
        (f"name=n&metadata[k]={'v' * 501}", None, "metadata[k]"),
    ],
)
def test_a_wrong_parameter_is_named(form, code, param):
    with pytest.raises(Refusal) as refused:
        check(decode(form), SPEC)
    assert refused.value.status == 400
    assert (refused.value.error.get("code"), refused.value.error["param"]) == (code, param)


def test_a_name_that_is_a_value_and_an_object_is_refused():
    with pytest.raises(Refusal, match="Invalid object"):
        decode("a=1&a[b]=2")


def test_metadata_merge_and_an_empty_value_removes():
    assert merged({"a": "1", "b": "2"}, {"b": "", "c": "3"}) == {"a": "1", "c": "3"}
    with pytest.raises(Refusal, match="50 keys"):
        merged({}, {str(number): "x" for number in range(51)})

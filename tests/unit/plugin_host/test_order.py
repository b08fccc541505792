"""The load order follows requires and after, and a circle is named."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.plugin_host.manifest import Manifest
from core.plugin_host.order import load_order


def manifests(**links: dict[str, list[str]]) -> dict[str, Manifest]:
    return {
        id: Manifest(id=id, name=id, version="1", summary=id, api="1.0", **link)
        for id, link in links.items()
    }


def test_what_is_required_comes_first():
    order, circular = load_order(manifests(a={"requires": ["b"]}, b={"after": ["c"]}, c={}))
    assert (order, circular) == (["c", "b", "a"], {})


def test_what_is_not_there_is_left_out():
    order, circular = load_order(manifests(a={"requires": ["gone"], "after": ["away"]}))
    assert (order, circular) == (["a"], {})


@pytest.mark.parametrize("link", ["requires", "after"])
def test_a_circle_is_named_and_the_others_keep_their_place(link):
    order, circular = load_order(
        manifests(a={link: ["b"]}, b={link: ["c"]}, c={link: ["a"]}, d={"requires": ["a"]}, e={})
    )
    assert sorted(order) == ["d", "e"]
    assert circular.keys() == {"a", "b", "c"}
    assert "go in a circle: " in circular["a"]
    assert all(step in circular["a"] for step in ("a -> b", "b -> c", "c -> a"))


def test_a_plugin_that_requires_itself():
    assert "a -> a" in load_order(manifests(a={"requires": ["a"]}))[1]["a"]


ids = st.sampled_from("abcdef")


@given(st.dictionaries(ids, st.lists(ids, unique=True)))
def test_every_plugin_is_either_placed_after_what_it_requires_or_in_a_circle(links):
    order, circular = load_order(manifests(**{id: {"requires": to} for id, to in links.items()}))
    assert sorted([*order, *circular]) == sorted(links)
    for place, id in enumerate(order):
        assert all(other in order[:place] for other in links[id] if other in order)

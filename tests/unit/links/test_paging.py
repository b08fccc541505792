"""Orders of the logs, their cursors, and the words that are searched for."""

from datetime import UTC, datetime, timedelta

import pytest

from core.api.money import Money
from core.links.models import Payment, PaymentLink
from core.links.paging import ORDERS, BadCursor, Key, Order
from core.links.texts import MOST_WORDS, normalised, text_of, words_of

AT = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)


@pytest.mark.parametrize("descending", [True, False])
@pytest.mark.parametrize("by", ORDERS)
def test_a_cursor_is_read_as_it_was_signed(by: str, descending: bool) -> None:
    order = Order(by, descending)  # type: ignore[arg-type]
    key = Key(-5 if by == "amount" else AT, "lnk_1")
    assert order.read(order.sign(key)) == key
    with pytest.raises(BadCursor):
        Order(by, not descending).read(order.sign(key))  # type: ignore[arg-type]


def test_of_links_that_are_alike_the_id_decides() -> None:
    one, other, later = Key(AT, "lnk_1"), Key(AT, "lnk_2"), Key(AT + timedelta(days=1), "lnk_0")
    ahead, back = Order(descending=False), Order()
    assert ahead.precedes(one, other)
    assert back.precedes(other, one)
    assert ahead.precedes(other, later)
    assert back.precedes(later, other)
    assert not ahead.precedes(one, one)


def test_the_place_of_a_link_is_what_the_list_is_ordered_by() -> None:
    link = PaymentLink(id="lnk_1", amount=Money(7, "JPY"), created_at=AT, paid_at=AT)
    assert Order("amount").key(link) == Key(7, "lnk_1")
    assert Order("paid").key(link) == Key(AT, "lnk_1")


@pytest.mark.parametrize(
    ("said", "same"),
    [("É", "e\u0301"), ("STRASSE", "straße"), ("ﬁ", "fi"), ("Ⅷ", "viii"), ("İ", "i\u0307")],
)
def test_what_looks_alike_is_alike(said: str, same: str) -> None:
    assert normalised(said) == normalised(same)


def test_each_word_counts_once_and_not_too_many() -> None:
    assert words_of("  Solar\tsolar \0 ROOF ") == ("solar", "roof")
    assert len(words_of(" ".join(map(str, range(50))))) == MOST_WORDS
    assert words_of(" \n") == ()


def test_the_text_of_a_link_names_whoever_pays() -> None:
    link = PaymentLink(record_title="Roof", product_name="Panel", record_id="7", payer_name="Asha")
    paid = [Payment(payer_name="Meena", payer_email="M@x.example"), Payment(payer_name="Meena")]
    assert text_of(link, paid) == "roof\npanel\n7\nasha\nmeena\nm@x.example"
    link.record_title = "x" * 5000
    assert len(text_of(link)) == 2000

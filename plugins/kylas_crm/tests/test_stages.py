"""How a record gets to a stage."""

import pytest

from core.api.errors import Rejected
from core.api.records import StageRef
from plugins.kylas_crm import mapping, stages

OPEN, QUOTED, AGREED, WON, UNQUALIFIED, LOST = range(1, 7)
NAMES = {
    OPEN: ("Open", "OPEN"),
    QUOTED: ("Quoted", "OPEN"),
    AGREED: ("Agreed", "OPEN"),
    WON: ("Won", "CLOSED_WON"),
    UNQUALIFIED: ("Unqualified", "CLOSED_UNQUALIFIED"),
    LOST: ("Lost", "CLOSED_LOST"),
}


def pipeline(*, sequential=False, reasons=("Too dear", "Too late"), kind="DEAL"):
    return mapping.pipeline(
        {
            "id": 10,
            "name": "Sales",
            "entityType": kind,
            "sequentialStageFlow": sequential,
            "lostReasons": list(reasons),
            "stages": [
                {"id": id, "name": name, "forecastingType": forecast, "position": id}
                for id, (name, forecast) in NAMES.items()
            ],
        }
    )


def stage(id, **options):
    return stages.find(pipeline(**options), "deal", str(id))


def at(id):
    return StageRef("10", "Sales", str(id), NAMES[id][0])


def route(before, target, **options):
    found = pipeline(**options)
    return [int(one.id) for one in stages.route(found, before, stages.find(found, "deal", str(target)))]


def test_a_stage_of_another_pipeline_or_another_kind_is_not_found():
    with pytest.raises(Rejected, match="stage_not_found"):
        stages.find(pipeline(), "deal", "99")
    with pytest.raises(Rejected, match="stage_not_found"):
        stages.find(pipeline(kind="LEAD"), "deal", str(WON))


def test_a_record_stays_in_its_pipeline():
    stages.check_pipeline(at(OPEN), pipeline())
    stages.check_pipeline(None, pipeline())
    with pytest.raises(Rejected, match="other_pipeline"):
        stages.check_pipeline(StageRef("11", "Tenders", "7", "Open"), pipeline())


def test_an_ordinary_pipeline_takes_one_step():
    assert route(at(OPEN), WON) == [WON]
    assert route(None, WON) == [WON]


@pytest.mark.parametrize(
    ("before", "target", "expected"),
    [
        (at(OPEN), WON, [QUOTED, AGREED, WON]),
        (at(OPEN), LOST, [LOST]),
        (at(AGREED), WON, [WON]),
        (at(AGREED), OPEN, [OPEN]),
        (at(LOST), WON, [WON]),
        (None, QUOTED, [OPEN, QUOTED]),
    ],
)
def test_a_sequential_pipeline_is_walked_through_its_open_stages(before, target, expected):
    assert route(before, target, sequential=True) == expected


def test_only_the_exact_reason_will_do():
    assert stages.check_reason(stage(LOST), "Too late") == "Too late"
    with pytest.raises(Rejected, match="reason_unknown"):
        stages.check_reason(stage(LOST), "too late")
    with pytest.raises(Rejected, match="reason_required") as caught:
        stages.check_reason(stage(LOST), None)
    assert '"Too dear", "Too late"' in caught.value.user_message


def test_reasons_where_the_pipeline_has_no_list():
    assert stages.check_reason(stage(LOST, reasons=()), "Our own words") == "Our own words"
    assert stages.check_reason(stage(LOST, reasons=()), None) is None
    assert stages.check_reason(stage(WON), "Too late") is None


def test_a_deal_gets_its_products_and_its_value_back():
    line = {"id": 1, "name": "Chair", "quantity": 2, "price": {"currencyId": 431, "value": 500.0}}
    discount = {"type": "FLAT", "value": 10.0}
    deal = {
        "products": [{**line, "discount": discount}, {**line, "discount": None}],
        "actualValue": {"currencyId": 431, "value": 990.0, "name": "INR"},
    }
    assert stages.activation("deal", deal, stage(WON), None) == {
        "reasonForClosing": None,
        "actualValue": {"currencyId": 431, "value": 990.0},
        "products": [
            {**line, "discount": discount},
            {**line, "discount": {"type": "PERCENTAGE", "value": 0}},
        ],
    }


@pytest.mark.parametrize("empty", [{}, {"products": None, "actualValue": None}, {"products": []}])
def test_a_deal_without_products_sends_null(empty):
    body = stages.activation("deal", empty, stage(WON), None)
    assert body == {"reasonForClosing": None, "actualValue": None, "products": None}


def test_a_lost_deal_and_a_lead_send_no_products():
    deal = {"products": [{"id": 1}], "actualValue": {"currencyId": 431, "value": 990.0}}
    plain = {"reasonForClosing": "Too late", "actualValue": None}
    assert stages.activation("deal", deal, stage(LOST), "Too late") == plain
    assert stages.activation("lead", deal, stage(WON), None) == {**plain, "reasonForClosing": None}

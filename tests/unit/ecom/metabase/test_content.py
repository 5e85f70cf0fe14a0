"""What the YAML wants and what Metabase has come to the same form."""

from typing import Any

import pytest

from ecom.metabase.content import (
    A_TEXT,
    card_as_kept,
    card_body,
    dashboard_as_kept,
    dashboard_body,
    entity_id,
    filters_of,
    refresh_links,
    wanted_card,
    wanted_dashboard,
)
from ecom.metabase.definition import Card, Definition, load_all

(SALES,) = load_all()
IDS = {card.key: number for number, card in enumerate(SALES.cards, start=100)}
KEYS = {number: key for key, number in IDS.items()}


def kept(card: Card, definition: Definition = SALES) -> dict[str, Any]:
    """The card as Metabase gives back what it was sent."""
    return card_body(card, definition, 7, card.description) | {"id": IDS[card.key], "archived": False}


def test_every_card_that_was_sent_comes_back_as_wanted() -> None:
    for card in SALES.cards:
        assert card_as_kept(kept(card), {7: "Trino (delta)"}) == wanted_card(card, SALES, "Trino (delta)")


def test_stages_say_the_same_as_native_does() -> None:
    for card in SALES.cards:
        body = kept(card)
        native = body["dataset_query"]["native"]
        stage = {"native": native["query"], "template-tags": native["template-tags"]}
        staged = body | {"dataset_query": {"database": 7, "stages": [stage]}}
        assert card_as_kept(staged, {7: "T"}) == wanted_card(card, SALES, "T")


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"name": "Other"}, "name"),
        ({"display": "table"}, "display"),
        ({"archived": True}, "archived"),
        ({"visualization_settings": {"x": 1}}, "settings"),
        ({"dataset_query": {"database": 9, "native": {"query": "select 2"}}}, "sql"),
    ],
)
def test_an_edit_of_a_card_is_seen_where_it_was_made(change: dict[str, Any], name: str) -> None:
    card = next(card for card in SALES.cards if card.display != "table")
    found, wanted = card_as_kept(kept(card) | change, {7: "T"}), wanted_card(card, SALES, "T")
    assert name in [key for key in wanted if wanted[key] != found[key]]


def test_a_dashboard_that_was_sent_comes_back_as_wanted() -> None:
    body = dashboard_body(SALES, 5, IDS, {}, SALES.dashboard.description)
    assert dashboard_as_kept(body | {"id": 5}, KEYS) == wanted_dashboard(SALES)


def test_a_card_that_a_person_added_and_one_that_was_moved_are_seen() -> None:
    body = dashboard_body(SALES, 5, IDS, {}, "") | {"id": 5}
    added = {"card_id": 999, "col": 0, "row": 99, "size_x": 1, "size_y": 1}
    cards = dashboard_as_kept(body | {"dashcards": [*body["dashcards"], added]}, KEYS)["cards"]
    assert [one["card"] for one in cards][-1] == "card 999"
    body["dashcards"][1]["col"] += 1
    assert dashboard_as_kept(body, KEYS)["cards"] != wanted_dashboard(SALES)["cards"]


def test_places_that_are_there_keep_their_ids_and_new_ones_have_negative_ones_of_their_own() -> None:
    first = SALES.cards[0].key
    places = dashboard_body(SALES, 5, IDS, {0: 41, IDS[first]: 42}, "")["dashcards"]
    by_card = {place["card_id"]: place["id"] for place in places}
    assert (by_card[None], by_card[IDS[first]]) == (41, 42)
    new = [number for card, number in by_card.items() if card not in (None, IDS[first])]
    assert max(new) < 0 and len(set(new)) == len(new)


def test_a_filter_goes_to_the_cards_whose_sql_takes_it() -> None:
    places = {place["card_id"]: place for place in dashboard_body(SALES, 5, IDS, {}, "")["dashcards"]}
    for card in SALES.cards:
        mapped = [mapping["parameter_id"] for mapping in places[IDS[card.key]]["parameter_mappings"]]
        assert mapped == [one.key for one in filters_of(card, SALES)]
        assert all(f"{{{{{key}}}}}" in card.sql.replace(" ", "") for key in mapped)


def test_refresh_links_are_seconds_and_the_text_among_the_cards_has_them() -> None:
    assert refresh_links(SALES.dashboard, 5) == {
        minutes: f"/dashboard/5#refresh={minutes * 60}" for minutes in SALES.dashboard.refresh.minutes
    }
    (text,) = [card for card in wanted_dashboard(SALES)["cards"] if card["card"] == A_TEXT]
    assert "#refresh=60" in text["settings"]["text"]


def test_an_entity_s_id_is_always_the_same_and_another_for_another_key() -> None:
    assert entity_id("gmv") == entity_id("gmv") != entity_id("net")
    assert len(entity_id("gmv")) == 21 and entity_id("gmv").replace("_", "").replace("-", "").isalnum()

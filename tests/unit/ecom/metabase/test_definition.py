"""The dashboards in metabase/, and what is said of one that is wrong."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from ecom.base.errors import EcomError
from ecom.metabase.content import filters_of
from ecom.metabase.definition import FOLDER, GRID, TAG, load, load_all

SALES = FOLDER / "sales_by_the_minute.yaml"


@pytest.fixture
def raw() -> Any:
    return yaml.safe_load(SALES.read_text())


def written(folder: Path, content: Any, name: str = "x.yaml") -> Path:
    path = folder / name
    path.write_text(yaml.safe_dump(content))
    return path


def test_the_dashboard_has_the_line_the_kpis_freshness_and_quarantine() -> None:
    (sales,) = load_all()
    assert sales.dashboard.name == "Sales by the minute"
    cards = {card.key: card for card in sales.cards}
    line = cards["by_the_minute"]
    assert line.display == "line" and line.settings["graph.metrics"] == ["gmv", "paid_orders"]
    assert "sequence(0, 59)" in line.sql and "vw_sales_last_60min" in line.sql
    assert {"gmv", "net_sales", "paid_orders", "average_order_value"} <= cards.keys()
    assert "processed_ts" in cards["freshness"].sql
    assert "vw_quarantine_last_24h" in cards["quarantined"].sql


def test_every_card_about_money_follows_the_currency_filter_or_splits_by_it() -> None:
    (sales,) = load_all()
    for card in sales.cards:
        if re.search(r"\b(gmv|net_sales|paid_orders)\b", card.sql):
            assert [one.key for one in filters_of(card, sales)] == ["currency"], card.key
            assert "currency" in card.sql.split("group by")[-1], card.key


def test_every_tag_is_a_filter_of_the_dashboard_and_optional() -> None:
    (sales,) = load_all()
    for card in sales.cards:
        assert set(TAG.findall(card.sql)) <= {one.key for one in sales.dashboard.filters}
        assert not TAG.search(re.sub(r"\[\[.*?\]\]", "", card.sql)), f"{card.key} shows nothing without the filter"


def test_the_cards_fill_the_grid_without_a_gap_or_an_overlap() -> None:
    (sales,) = load_all()
    taken: dict[tuple[int, int], str] = {}
    places = [(card.key, card.at) for card in sales.cards] + [("refresh", sales.dashboard.refresh.at)]
    for key, (column, row, width, height) in places:
        for place in [(x, y) for x in range(column, column + width) for y in range(row, row + height)]:
            assert place not in taken, f"{key} lies on {taken.get(place)}"
            taken[place] = key
    assert len(taken) == GRID * max(y + 1 for _, y in taken)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d["cards"][0].update(displai="line"), "displai"),
        (lambda d: d["cards"][0].update(display="chart"), "display"),
        (lambda d: d["cards"][0].update(at=[20, 0, 8, 4]), "24 columns"),
        (lambda d: d["cards"][0].update(key="gmv"), "two cards have the key gmv"),
        (lambda d: d["cards"][1].update(name=d["cards"][0]["name"]), "two cards have the name"),
        (lambda d: d["cards"][0].update(sql=""), "sql"),
        (lambda d: d["dashboard"]["refresh"].update(at=[1, 28, 24, 1]), "refresh: `at` is"),
        (lambda d: d["dashboard"]["refresh"].update(minutes=[0]), "dashboard.refresh.minutes.0"),
        (lambda d: d["owner"].update(email="nobody"), "owner.email"),
        (lambda d: d.pop("dashboard"), "dashboard"),
        (lambda d: d["cards"][0].update(sql="select {{curency}}"), "curency is no filter"),
    ],
)
def test_what_is_wrong_is_said_with_file_and_place(tmp_path: Path, raw: Any, change: Any, message: str) -> None:
    change(raw)
    path = written(tmp_path, raw)
    with pytest.raises(EcomError, match=re.escape(message)) as error:
        load(path)
    assert str(path) in str(error.value) and "\n" not in str(error.value)


def test_what_is_no_yaml_is_said(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text("cards: [")
    with pytest.raises(EcomError, match=r"x\.yaml"):
        load(tmp_path / "x.yaml")


def test_two_files_share_no_key_and_an_empty_folder_is_said(tmp_path: Path, raw: Any) -> None:
    with pytest.raises(EcomError, match="No dashboard is defined"):
        load_all(tmp_path)
    written(tmp_path, raw, "a.yaml")
    written(tmp_path, raw, "b.yaml")
    with pytest.raises(EcomError, match="there twice"):
        load_all(tmp_path)


def test_a_definition_cannot_be_changed_in_place() -> None:
    (sales,) = load_all()
    with pytest.raises(ValueError, match="frozen"):
        sales.dashboard.name = "other"  # type: ignore[misc]

"""The parts of the trust strip: levels, and what cannot be found out."""

from dashboard.trust import Check, Level, Part
from ecom.base.errors import EcomError


def test_every_level_has_a_color_an_icon_and_a_word_of_its_own() -> None:
    for part in range(3):
        assert len({level.value[part] for level in Level}) == len(Level)


def test_what_cannot_be_found_out_is_red_and_what_is_not_there_yet_is_not() -> None:
    def fails(sentence: str) -> Check:
        def look() -> Part:
            raise EcomError(sentence)

        return Check("Offsets", "pipeline", look)

    assert fails("Trino does not answer.").part() == Part(
        "Offsets", Level.WRONG, "not known", ("Trino does not answer.",)
    )
    missing = fails("Trino: line 1:8: Schema 'silver' does not exist (SCHEMA_NOT_FOUND, query 1).").part()
    assert (missing.level, missing.sentence) == (Level.LOOK, "nothing there yet")

from string import Formatter

from bot.facets.words import EN, FACET_LABELS, FACET_NOUNS, VI
from knowledge.types import Facet


def blanks(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


def test_every_sentence_exists_in_both_languages_with_the_same_blanks() -> None:
    assert VI.keys() == EN.keys()
    assert {key for key in VI if blanks(VI[key]) != blanks(EN[key])} == set()


def test_every_facet_has_a_label_that_fits_a_button() -> None:
    for table in (*FACET_LABELS.values(), *FACET_NOUNS.values()):
        assert set(table) == set(Facet)
    assert max(len(label) for table in FACET_LABELS.values() for label in table.values()) <= 20

"""Every sentence of the assistant's own, held against the voice (warm, short, exact, complete by itself)."""

from __future__ import annotations

import re
import unicodedata

import pytest

from bot import phrases
from bot.choices import parse_token
from bot.messages import FileKind, Outcome, Reply
from nlu.crisis import _SURE

INTENTS = ("greet", "thank", "goodbye", "bot_challenge", "affirm", "deny", "stop", "help")
REASONS = (
    *("unknown", "chitchat_other", "other_country", "personal_case", "legal_opinion"),
    *("medical", "politics", "code", "injection"),
)


def everything(language: str) -> dict[str, Reply]:
    told = {
        "failure": phrases.failure(language),
        "too_long": phrases.too_long(2999, 2000, language),
        "nothing_to_read": phrases.nothing_to_read(language),
        "stale_button": phrases.stale_button(language),
        "withdrawn": phrases.withdrawn("1.001193", language),
        "which_procedure": phrases.which_procedure(language),
        "ask_contact": phrases.ask_contact(language),
        "ask_reason": phrases.ask_reason(language),
        "ticket_cancelled": phrases.ticket_cancelled(language),
        "what_can_be_asked": phrases.what_can_be_asked(language),
        "started_over": phrases.started_over(language),
    }
    for hours in (None, "7:30–17:00"):
        told[f"handed_off {hours}"] = phrases.handed_off(7, hours, language)
        for reachable in (True, False):
            told[f"complete {hours} {reachable}"] = phrases.ticket_complete(7, hours, language, reachable=reachable)
    told |= {f"unread {kind}": phrases.unread_file(kind, language) for kind in FileKind}
    told |= {f"emergency {kind}": phrases.emergency(kind, language) for kind in _SURE}
    told |= {f"declined {reason}": phrases.declined(reason, language) for reason in REASONS}
    told |= {f"smalltalk {intent}": phrases.smalltalk(intent, language, None) for intent in INTENTS}
    return told


VIETNAMESE = [pytest.param(reply, id=name) for name, reply in everything("vi").items()]
ENGLISH = [pytest.param(reply, id=f"{name} (en)") for name, reply in everything("en").items()]
EACH = [*VIETNAMESE, *ENGLISH]


@pytest.mark.parametrize("reply", EACH)
def test_a_sentence_is_short_and_whole(reply: Reply) -> None:
    assert 10 < len(reply.text) <= 900
    assert reply.text == unicodedata.normalize("NFC", reply.text).strip()
    assert "  " not in reply.text
    assert "{" not in reply.text
    assert "None" not in reply.text
    assert reply.text[-1] in '.?"”' or reply.text.splitlines()[-1].startswith("•")


@pytest.mark.parametrize("reply", EACH)
def test_no_exclamation_marks_no_stiff_courtesies(reply: Reply) -> None:
    assert "!" not in reply.text
    assert not re.search(r"em xin phép|quý khách|vui lòng|dạ vâng|kính", reply.text, re.IGNORECASE)


@pytest.mark.parametrize("reply", EACH)
def test_suggestions_are_few_short_and_known(reply: Reply) -> None:
    assert len(reply.suggestions) <= 4
    for suggestion in reply.suggestions:
        assert len(suggestion.label) <= 20
        assert (suggestion.payload is None) != (suggestion.url is None)
        assert suggestion.payload is None or parse_token(suggestion.payload)
        assert suggestion.url is None or re.fullmatch(r"tel:\d{3,4}", suggestion.url)


@pytest.mark.parametrize("reply", VIETNAMESE)
def test_vietnamese_says_anh_chi_and_toi(reply: Reply) -> None:
    assert not re.search(r"\b(?:bạn|chúng tôi|chúng mình)\b", reply.text)
    assert re.search("[à-ỹđ]", reply.text)


@pytest.mark.parametrize("reply", ENGLISH)
def test_english_is_english(reply: Reply) -> None:
    assert not re.search("[ăđơưạảấầẩẫậắằẳẵặẹẻẽềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]", reply.text)


@pytest.mark.parametrize("language", ["vi", "en"])
def test_outcomes_are_what_happened(language: str) -> None:
    told = everything(language)
    assert told["failure"].outcome is Outcome.ERROR
    assert told["too_long"].outcome is Outcome.BLOCKED
    assert told["which_procedure"].outcome is Outcome.CLARIFY
    assert told["withdrawn"].outcome is Outcome.ABSTAINED
    assert told["declined injection"].outcome is Outcome.BLOCKED
    assert {told[f"declined {reason}"].outcome for reason in REASONS if reason != "injection"} == {Outcome.ABSTAINED}
    assert {reply.outcome for name, reply in told.items() if name.startswith("emergency")} == {Outcome.CRISIS}


@pytest.mark.parametrize("reason", REASONS)
@pytest.mark.parametrize("language", ["vi", "en"])
def test_who_is_declined_can_reach_a_person(reason: str, language: str) -> None:
    reply = phrases.declined(reason, language)
    assert "human" in [suggestion.payload for suggestion in reply.suggestions]
    assert "tel:1022" in [suggestion.url for suggestion in reply.suggestions]


@pytest.mark.parametrize(
    ("kind", "number"), [("medical", "115"), ("violence", "113"), ("fire", "114"), ("child", "111"), ("suicide", "115")]
)
@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_number_that_fits_is_the_first_button_and_all_are_told(kind: str, number: str, language: str) -> None:
    reply = phrases.emergency(kind, language)
    assert reply.suggestions[0].url == f"tel:{number}"
    assert all(one in reply.text for one in ("111", "113", "114", "115"))


def test_lengths_read_as_each_language_writes_them() -> None:
    assert "12.345 ký tự" in phrases.too_long(12345, 2000, "vi").text
    assert "12,345 characters" in phrases.too_long(12345, 2000, "en").text


@pytest.mark.parametrize("language", ["vi", "en"])
def test_no_time_is_promised_when_nobody_is_on_duty(language: str) -> None:
    alone, staffed = phrases.handed_off(7, None, language).text, phrases.handed_off(7, "8–17", language).text
    assert "1022" in alone
    assert "8–17" in staffed
    assert "8–17" not in alone
    assert "7" in alone


def test_the_notice_names_what_was_hidden_and_keeps_the_rest() -> None:
    reply = phrases.nothing_to_read("vi")
    noticed = phrases.with_mask_notice(reply, ("số căn cước", "số điện thoại"), "vi")
    assert noticed.text.startswith(reply.text + "\n")
    assert "số căn cước, số điện thoại" in noticed.text
    assert (noticed.outcome, noticed.suggestions) == (reply.outcome, reply.suggestions)


@pytest.mark.parametrize("language", ["vi", "en"])
def test_small_talk_about_a_procedure_keeps_its_next_steps_near(language: str) -> None:
    reply = phrases.smalltalk("thank", language, "1.001193")
    assert [suggestion.payload for suggestion in reply.suggestions] == [
        "facet:1.001193:documents",
        "facet:1.001193:fee",
        "facet:1.001193:where",
    ]


def test_small_talk_not_foreseen_still_says_something() -> None:
    assert phrases.smalltalk("nothing", "vi", None).outcome is Outcome.SMALLTALK

from nlu.phrases import comparable, phrases

FEE = phrases("(?:lệ )?phí bao nhiêu", "phí", "online")


def test_finds_a_phrase_with_and_without_accents() -> None:
    assert [*FEE.spans("lệ phí bao nhiêu")] == [(0, 16)]
    assert [*FEE.spans("LE PHI bao nhieu")] == [(0, 16)]


def test_another_word_of_the_same_letters_is_not_the_phrase() -> None:
    assert not FEE.found_in("đất phi nông nghiệp")
    assert not FEE.found_in("phỉ báng")
    assert FEE.found_in("phi nong nghiep")  # cannot be told apart without accents


def test_a_slip_of_one_accent_in_three_words_is_forgiven() -> None:
    assert FEE.found_in("phị bao nhiêu")


def test_whole_words_only() -> None:
    assert not FEE.found_in("phía nam, onlines")


def test_one_spelling_for_each_syllable() -> None:
    assert comparable("Hoà UỶ toàn quý đăng kí khoẻ") == "hòa ủy toàn quý đăng ký khỏe"


def test_removes_what_it_finds() -> None:
    assert FEE.remove_from("đăng ký online phí") == "đăng ký"

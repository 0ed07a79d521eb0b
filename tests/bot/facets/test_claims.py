import pytest

from bot.facets.claims import sums


@pytest.mark.parametrize(
    ("text", "amounts"),
    [
        ("400.000 đồng/hồ sơ", {400_000}),
        ("- 50.000đ/tem (Thông tư số 25/2021/TT-BTC)", {50_000}),
        ("01 triệu đồng/Giấy chứng nhận", {1_000_000}),
        ("1,5 triệu đồng", {1_500_000}),
        ("thu 20 nghìn đồng", {20_000}),
        ("theo Điều 3 đồng thời nộp bản sao", set()),
        ("Theo quy định của Hội đồng nhân dân tỉnh", set()),
    ],
)
def test_amounts_named_in_words_are_read(text: str, amounts: set[int]) -> None:
    assert sums(text) == amounts

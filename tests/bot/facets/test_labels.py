from bot.facets.labels import LABEL_LENGTH, distinguishing_labels
from knowledge.types import Kind, Procedure

LONG = "Chuyển mục đích sử dụng đất và chuyển hình thức giao đất, cho thuê đất"


def labels(*names: str) -> list[str]:
    return distinguishing_labels([Procedure(f"1.90000{number}", name) for number, name in enumerate(names)])


def test_short_names_stay_whole() -> None:
    assert labels("Thủ tục đăng ký khai sinh", "Đăng ký lại khai sinh") == [
        "Đăng ký khai sinh",
        "Đăng ký lại khai sinh",
    ]


def test_long_names_are_told_from_where_they_differ() -> None:
    found = labels(f"{LONG} cho hộ gia đình", f"{LONG} cho tổ chức kinh tế")
    assert found == ["… đất cho hộ gia đình", "… đất cho tổ chức kinh tế"]


def test_what_closes_a_name_in_brackets_is_kept() -> None:
    name = "Cấp thẻ căn cước cho người từ đủ mười bốn tuổi trở lên"
    found = labels(f"{name} (thực hiện tại cấp tỉnh)", f"{name} (thực hiện tại cấp trung ương)")
    assert [label[label.index("(") :] for label in found] == [
        "(thực hiện tại cấp tỉnh)",
        "(thực hiện tại cấp trung ương)",
    ]


def test_equal_names_are_told_by_province_then_by_code() -> None:
    options = [
        Procedure("1.900000", LONG),
        Procedure("1.900001", LONG, Kind.PROVINCIAL, "Lào Cai"),
        Procedure("1.900002", LONG, Kind.PROVINCIAL, "Lào Cai"),
        Procedure("1.900003", LONG, Kind.PROVINCIAL, "Gia Lai"),
    ]
    found = distinguishing_labels(options)
    assert len(set(found)) == 4
    assert "(Gia Lai)" in found[3]
    assert "1.900001" in found[1]
    assert "1.900002" in found[2]


def test_labels_are_short() -> None:
    many = labels(*(f"{LONG} trường hợp thứ {number} theo quy định của pháp luật về đất đai" for number in range(5)))
    assert len(set(many)) == 5
    assert max(map(len, many)) <= LABEL_LENGTH

"""Abbreviations and chat spellings of this field, and the words they stand for.

`_WORDS` are always the same; those in `_IN_CONTEXT` depend on the words beside them ("ko đk": được, "đk tạm trú":
đăng ký). Numbers, codes, legal numbers and addresses on the web are left alone.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

_PROTECTED = r"\S*(?:\d[/.\-]|[/.\-]\d|@|://|\w\.(?:gov|com|vn|net|org)\b)\S*|e-\w+"
_TOKEN = re.compile(rf"(?P<kept>{_PROTECTED})|[^\W_]+")
_CLAUSE_END = re.compile(r"\s*(?:$|[?!.,;:\n)])")

_WORDS = dict(
    line.split(maxsplit=1)
    for line in """
cccd căn cước
cmnd chứng minh nhân dân
cmtnd chứng minh nhân dân
cmt chứng minh thư
gks giấy khai sinh
gcs giấy chứng sinh
gplx giấy phép lái xe
blx bằng lái xe
gpxd giấy phép xây dựng
gpkd giấy phép kinh doanh
gplđ giấy phép lao động
gpld giấy phép lao động
gp giấy phép
gcn giấy chứng nhận
gcnqsdđ giấy chứng nhận quyền sử dụng đất
gcnqsdd giấy chứng nhận quyền sử dụng đất
qsdđ quyền sử dụng đất
qsdd quyền sử dụng đất
gxn giấy xác nhận
gđk giấy đăng ký
gdk giấy đăng ký
shk sổ hộ khẩu
hktt hộ khẩu thường trú
bhyt bảo hiểm y tế
bhxh bảo hiểm xã hội
bhtn bảo hiểm thất nghiệp
hkd hộ kinh doanh
đkkd đăng ký kinh doanh
dkkd đăng ký kinh doanh
đkkh đăng ký kết hôn
dkkh đăng ký kết hôn
đkks đăng ký khai sinh
dkks đăng ký khai sinh
đkx đăng ký xe
dkx đăng ký xe
tthn tình trạng hôn nhân
xntthn xác nhận tình trạng hôn nhân
ubnd ủy ban nhân dân
hđnd hội đồng nhân dân
tthc thủ tục hành chính
dvc dịch vụ công
dvcqg dịch vụ công quốc gia
nvqs nghĩa vụ quân sự
lltp lý lịch tư pháp
mst mã số thuế
tncn thu nhập cá nhân
gtgt giá trị gia tăng
dntn doanh nghiệp tư nhân
dn doanh nghiệp
tnhh trách nhiệm hữu hạn
cty công ty
htx hợp tác xã
hđlđ hợp đồng lao động
hdld hợp đồng lao động
hđ hợp đồng
pccc phòng cháy chữa cháy
attp an toàn thực phẩm
vsattp vệ sinh an toàn thực phẩm
antt an ninh trật tự
kcb khám chữa bệnh
xklđ xuất khẩu lao động
xkld xuất khẩu lao động
gtvt giao thông vận tải
nct người cao tuổi
nkt người khuyết tật
btxh bảo trợ xã hội
thcs trung học cơ sở
thpt trung học phổ thông
sđt số điện thoại
sdt số điện thoại
bsx biển số xe
vn việt nam
tphcm thành phố hồ chí minh
tp thành phố
gtờ giấy tờ
gto giấy tờ
jấy giấy
ttục thủ tục
ttuc thủ tục
tgian thời gian
thgian thời gian
lphi lệ phí
lphí lệ phí
oto ô tô
ôtô ô tô
bn bao nhiêu
bnh bao nhiêu
bnhiu bao nhiêu
bnhieu bao nhiêu
bnhiêu bao nhiêu
nhiu nhiêu
bgio bao giờ
ntn như thế nào
nhtn như thế nào
tnao thế nào
lm làm
mần làm
ng người
ngta người ta
nc nước
vs với
ms mới
r rồi
ko không
kô không
hok không
hong không
hông không
hổng không
hem không
khum không
khg không
kh không
nỏ không
j gì
ji gì
jì gì
z vậy
zậy vậy
zay vậy
dzậy vậy
dzay vậy
dzay vậy
mk mình
mik mình
mh mình
tui tôi
vk vợ
ck chồng
ac anh chị
bik biết
bít biết
fải phải
fai phải
fí phí
fi phí
fép phép
fường phường
xiền tiền
wá quá
wa quá
""".strip().splitlines()
)

# What people say, by ear or by region, for one fixed word group.
_PHRASES = [
    (re.compile(pattern, re.IGNORECASE), words)
    for pattern, words in (
        (r"\btạm ch[úủ]\b", "tạm trú"),
        (r"\bbảo sao\b(?= (?:giấy|trích|khai))", "bản sao"),
        (r"\b(ở|đi|ra|lên|tới|vô|gửi|nộp|xin|đến) mô\b(?! (?:hình|tả|phỏng))", r"\1 đâu"),
        (r"\b(chỗ|nơi|khi|xã|phường|giấy) mô\b", r"\1 nào"),
        (r"\btriệu r[ưu]ởi\b", "triệu rưỡi"),
        (r"\b(làm|thì) răng\b", r"\1 sao"),
        (r"\b(cần|giấy|tờ|cái|những|làm|theo|mang|đem|cầm|nộp|thêm) chi\b(?! (?:nhánh|phí|tiết|trả|cục|bộ))", r"\1 gì"),
        (r"\brứa\b", "vậy"),
    )
]

_NO = frozenset({"k", "ko", "kh", "hk", "hok", "hong", "hem", "khum", "khong"})

_TO_SOMEONE = frozenset({"a", "ad", "ban", "chi", "anh", "em", "shop", "co", "chu"})

Context = Callable[[str, str, bool], str | None]


def write_out(text: str) -> str:
    """Return the text with abbreviations written out; running it again changes nothing."""
    tokens = list(_TOKEN.finditer(text))
    parts: list[str] = []
    end, before = 0, ""
    for index, token in enumerate(tokens):
        after = _bare(_first_word(tokens[index + 1][0])) if index + 1 < len(tokens) else ""
        last = bool(_CLAUSE_END.match(text, token.end()))
        word = token[0] if token["kept"] else _write(token[0], before, after, last)
        parts += [text[end : token.start()], word]
        end, before = token.end(), _bare(word.split()[-1])
    spelt = "".join(parts) + text[end:]
    for pattern, words in _PHRASES:
        spelt = pattern.sub(words, spelt)
    return spelt


def _write(token: str, before: str, after: str, last: bool) -> str:
    lower = token.lower()
    rule = _IN_CONTEXT.get(lower)
    written = rule(before, after, last) if rule else _WORDS.get(lower)
    if written is None:
        return token
    proper = " ".join(word.capitalize() for word in written.split()) if lower in {"vn", "tphcm"} else written
    return proper


def _first_word(token: str) -> str:
    return _WORDS.get(token.lower(), token).split()[0]


def _bare(word: str) -> str:
    """Return the word folded; text.fold is not used because text imports this module."""
    apart = unicodedata.normalize("NFD", word.lower()).replace("đ", "d")
    return "".join(char for char in apart if unicodedata.category(char) != "Mn")


def _register(before: str, after: str, last: bool) -> str:
    """đk: "được" after a "không" or when it closes a yes-or-no question, otherwise "đăng ký"."""
    if before in _NO or (last and before in {"moi", "sao"}):
        return "được"
    wants = {
        "can",
        "phai",
        "muon",
        "nen",
        "chua",
        "da",
        "de",
        "phi",
        "tien",
        "giay",
        "to",
        "tuc",
        "so",
        "tu",
        "quen",
        "di",
    }
    return "được" if after in _NO and before and before not in wants else "đăng ký"


def _may(before: str, after: str, _last: bool) -> str:
    """dc: "địa chỉ" where one is changed or written, otherwise "được"."""
    return "địa chỉ" if (before in {"doi", "sai", "ghi", "theo"} and after not in _NO) or after == "thuong" else "được"


def _household(before: str, _after: str, last: bool) -> str:
    """hk: "không" after "đúng" or at the end of a question, unless the word before takes a household book."""
    if before in {"dung", "phai", "duoc", "that"}:
        return "không"
    takes = {"so", "nhap", "chuyen", "tach", "cat", "lam", "doi", "xoa", "co", "can", "theo", "trong", "mat", "photo"}
    return "không" if last and before and before not in takes else "hộ khẩu"


def _formality(before: str, after: str, _last: bool) -> str:
    """tt: tạm trú, thông tin or thông tư by its neighbours, otherwise thủ tục."""
    if after[:1].isdigit():
        return "thông tư"
    if before in {"ky", "khai", "bao", "han", "xoa", "so", "dk"}:
        return "tạm trú"
    return "thông tin" if before in {"doi", "sua", "nhat", "chinh"} else "thủ tục"


def _no(before: str, _after: str, _last: bool) -> str | None:
    """k: không, but a thousand after a number."""
    return None if before[-1:].isdigit() else "không"


def _so(before: str, after: str, last: bool) -> str | None:
    """v: vậy at the end of a question, but a number of a chapter or group."""
    numbered = before in {"chuong", "muc", "phan", "khoa", "nhom", "loai", "hang", "bang"}
    return "vậy" if before and not numbered and (last or after in _TO_SOMEONE) else None


def _when(words: str, before: str = "", after: str = "", at_end: bool = False) -> Context:
    """Return a rule that writes the words out only beside one of these neighbours."""
    left, right = frozenset(before.split()), frozenset(after.split())

    def rule(previous: str, following: str, last: bool) -> str | None:
        return words if (previous in left or following in right) and (last or not at_end) else None

    return rule


_IN_CONTEXT: dict[str, Context] = {
    "đk": _register,
    "dk": _register,
    "dc": _may,
    "đc": _may,
    "hk": _household,
    "tt": _formality,
    "k": _no,
    "kg": _when("không", before="duoc dc", at_end=True),
    "hôn": _when("không", before="duoc dc", at_end=True),
    "nn": _when("nước ngoài", before="nguoi to"),
    "cc": _when("căn cước", before="the lam doi cap"),
    "ca": _when("công an", after="phuong xa quan tinh"),
    "ks": _when("khai sinh", before="giay lam ky to"),
    "tv": _when("tạm vắng", before="ky"),
    "hs": _when("hồ sơ", before="nop lam bo gui tra rut nhan", after="gom can nop xin gi"),
    "hc": _when("hộ chiếu", before="lam doi cap"),
    "lv": lambda before, _after, _last: "làm việc" if before in {"ngay", "gio"} else None,
    "trg": lambda _before, after, _last: "trong" if after in {"may", "bn", "bao", "vong", "nha"} else None,
    "lp": _when("lệ phí", after="bao"),
    "đt": _when("điện thoại", before="so"),
    "bt": _when("biết", before="cho khong ai"),
    "sd": _when("sử dụng", after="dat"),
    "h": _when("giờ", before="bao may bay"),
    "s": _when("sao", before="lam tai thi", at_end=True),
    "v": lambda before, after, last: _so(before, after, last),
    "pk": lambda _before, after, last: "phải không" if last or after in _TO_SOMEONE else None,
    "nv": _when("nhân viên", before="gap voi co noi mot", after="tu ho truc"),
    "e": lambda before, _after, _last: None if before in {"hang", "bang", "mau", "loai", "lai"} else "em",
}

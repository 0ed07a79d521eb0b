"""Rewrites formal wording the way people ask: everyday words, question frames, dropped words, typing slips.

Everything draws from the `random.Random` it is given, so a seeded run sees the same texts again.
"""

from __future__ import annotations

import random
import re
import unicodedata

from nlu.accents import AccentRestorer
from nlu.text import expand, fold

# What officials write, and what people say for it.
EVERYDAY: dict[str, tuple[str, ...]] = {
    "giấy chứng nhận quyền sử dụng đất, quyền sở hữu tài sản gắn liền với đất": (
        "sổ đỏ",
        "sổ hồng",
        "bìa đỏ",
        "sổ đất",
    ),
    "giấy chứng nhận quyền sử dụng đất": ("sổ đỏ", "sổ hồng", "bìa đỏ", "gcn qsdđ"),
    "quyền sử dụng đất": ("đất", "qsdđ", "đất đai"),
    "quyền sở hữu nhà ở": ("nhà", "chủ quyền nhà"),
    "tài sản gắn liền với đất": ("nhà đất", "tài sản trên đất"),
    "giấy phép lái xe": ("bằng lái", "bằng lái xe", "gplx", "blx"),
    "giấy đăng ký xe": ("cà vẹt xe", "giấy tờ xe", "đăng kí xe"),
    "chứng nhận đăng ký xe": ("cà vẹt xe", "cavet", "giấy xe"),
    "biển số xe": ("bảng số", "biển số", "bsx"),
    "thẻ căn cước": ("cccd", "căn cước", "thẻ cccd"),
    "căn cước công dân": ("cccd", "căn cước"),
    "chứng minh nhân dân": ("cmnd", "chứng minh thư"),
    "hộ chiếu": ("passport", "hc", "sổ thông hành"),
    "khai sinh": ("khai sanh", "giấy khai sinh", "gks"),
    "khai tử": ("báo tử", "giấy chứng tử", "khai tử"),
    "đăng ký kết hôn": ("làm hôn thú", "đk kết hôn", "đăng kí kết hôn", "cưới làm giấy"),
    "tình trạng hôn nhân": ("độc thân", "tthn", "tình trạng hôn nhân"),
    "lý lịch tư pháp": ("lltp", "lí lịch tư pháp", "giấy không tiền án"),
    "bảo hiểm y tế": ("bhyt", "bảo hiểm y tế"),
    "bảo hiểm xã hội": ("bhxh", "bảo hiểm"),
    "bảo hiểm thất nghiệp": ("bhtn", "tiền thất nghiệp"),
    "hộ kinh doanh": ("hkd", "tiệm", "cửa hàng", "quán", "sạp"),
    "đăng ký doanh nghiệp": ("giấy phép công ty", "đk công ty", "đkkd"),
    "công ty trách nhiệm hữu hạn": ("cty tnhh", "công ty tnhh"),
    "doanh nghiệp": ("công ty", "cty", "dn"),
    "hợp tác xã": ("htx", "hợp tác xã"),
    "thành lập": ("mở", "lập", "mở mới"),
    "chấm dứt hoạt động": ("đóng cửa", "dẹp", "nghỉ luôn", "ngừng hẳn"),
    "tạm ngừng": ("tạm nghỉ", "nghỉ một thời gian", "tạm dừng"),
    "giải thể": ("đóng cửa", "dẹp bỏ"),
    "cấp lại": ("làm lại", "xin lại", "bị mất xin lại", "mất rồi làm lại"),
    "cấp đổi": ("đổi", "đổi lại", "đổi mới"),
    "cấp mới": ("làm mới", "xin", "làm"),
    "cấp giấy phép": ("xin giấy phép", "xin phép", "làm giấy phép", "cấp phép"),
    "cấp giấy chứng nhận": ("xin giấy chứng nhận", "làm giấy chứng nhận", "xin gcn"),
    "gia hạn": ("hết hạn xin thêm", "gia hạn thêm", "sắp hết hạn", "kéo dài"),
    "thu hồi": ("bị thu", "lấy lại"),
    "sửa đổi, bổ sung": ("sửa", "sửa đổi", "chỉnh sửa", "thay đổi"),
    "thay đổi": ("đổi", "sửa", "thay"),
    "điều chỉnh": ("sửa", "chỉnh lại", "đổi"),
    "chuyển nhượng": ("sang tên", "bán", "mua bán"),
    "tặng cho": ("cho tặng", "cho con", "cho"),
    "thừa kế": ("để lại", "hưởng di sản", "thừa kế"),
    "đăng ký thường trú": ("nhập hộ khẩu", "nhập khẩu", "đk thường trú"),
    "đăng ký tạm trú": ("đk tạm trú", "làm tạm trú", "tạm chú"),
    "đăng ký": ("đk", "đăng kí", "dki", "làm"),
    "người lao động": ("công nhân", "nhân viên", "nld", "người làm công"),
    "người sử dụng lao động": ("công ty", "chủ"),
    "trợ cấp": ("tiền hỗ trợ", "tiền trợ cấp", "tiền"),
    "mai táng": ("ma chay", "đám tang", "chôn cất"),
    "xây dựng": ("xây", "xd", "cất", "xây cất"),
    "nhà ở riêng lẻ": ("nhà", "nhà ở", "nhà riêng"),
    "khám bệnh, chữa bệnh": ("khám chữa bệnh", "phòng khám", "kcb"),
    "chứng thực": ("công chứng", "chứng", "sao y"),
    "bản sao": ("bản photo", "bản sao", "photo"),
    "kinh doanh": ("buôn bán", "kd", "làm ăn"),
    "sản xuất": ("làm", "sx"),
    "nhập khẩu": ("nhập", "nhập hàng", "nk"),
    "xuất khẩu": ("xuất", "xuất hàng", "xk"),
    "có yếu tố nước ngoài": ("với người nước ngoài", "với người nn", "lấy người nước ngoài"),
    "người khuyết tật": ("người tàn tật", "nkt", "người khuyết tật"),
    "người cao tuổi": ("người già", "ông bà", "nct"),
    "trẻ em": ("con nít", "em bé", "bé", "con"),
    "học sinh": ("con", "hs", "cháu"),
    "phương tiện thủy nội địa": ("ghe", "tàu", "thuyền", "sà lan"),
    "tàu cá": ("ghe đánh cá", "tàu đánh cá", "tàu cá"),
    "xe cơ giới": ("xe", "ô tô", "oto"),
    "mô tô": ("xe máy", "moto"),
    "vận tải": ("chở hàng", "chạy xe", "vận tải"),
    "thuốc bảo vệ thực vật": ("thuốc trừ sâu", "thuốc bvtv"),
    "thức ăn chăn nuôi": ("cám", "thức ăn gia súc"),
    "an toàn thực phẩm": ("vệ sinh thực phẩm", "attp", "vsattp"),
    "phòng cháy và chữa cháy": ("pccc", "phòng cháy"),
    "an ninh trật tự": ("antt", "an ninh"),
    "ủy ban nhân dân": ("ubnd", "ủy ban", "xã", "phường"),
    "hợp đồng lao động": ("hđlđ", "hợp đồng"),
    "giấy phép lao động": ("work permit", "gplđ", "giấy phép làm việc"),
    "chuyển mục đích sử dụng đất": ("lên thổ cư", "chuyển đất vườn lên đất ở", "chuyển mục đích"),
    "tách thửa": ("chia đất", "tách sổ", "cắt đất"),
    "chứng chỉ hành nghề": ("cchn", "bằng hành nghề", "chứng chỉ"),
    "người nước ngoài": ("người nn", "ông tây", "người ngoại quốc", "nguoi nuoc ngoai"),
    "nuôi con nuôi": ("nhận con nuôi", "xin con nuôi"),
    "giám hộ": ("giám hộ", "người trông nom"),
    "thôi quốc tịch": ("bỏ quốc tịch", "xin thôi quốc tịch"),
    "hồ sơ": ("hs", "giấy tờ", "bộ giấy"),
    "không": ("ko", "k", "hông", "hok", "không"),
    "được": ("dc", "đc", "được"),
    "bao nhiêu": ("bn", "nhiêu", "bao nhiu", "mấy"),
    "như thế nào": ("ntn", "sao", "ra răng", "thế nào"),
    "ở đâu": ("chỗ nào", "ở mô", "đâu"),
    "thủ tục": ("tt", "thủ tục", "giấy tờ"),
}
_EVERYDAY = re.compile("|".join(re.escape(formal) for formal in sorted(EVERYDAY, key=len, reverse=True)))

# Frames around a procedure's name: officials' questions and citizens' own.
FRAMES = (
    "{}", "{}", "{}", "thủ tục {}", "làm thủ tục {}", "hồ sơ {} gồm những gì",
    "hồ sơ {} gồm giấy tờ gì, số lượng bao nhiêu",
    "{} cần giấy tờ gì", "{} hết bao nhiêu tiền", "lệ phí {} là bao nhiêu", "{} mất bao lâu",
    "thời hạn giải quyết {} là bao nhiêu ngày", "{} nộp ở đâu", "nộp hồ sơ {} tại cơ quan nào",
    "cơ quan nào có thẩm quyền {}",
    "trình tự thực hiện {} như thế nào", "điều kiện để được {}", "yêu cầu, điều kiện khi {}", "{} làm như thế nào",
    "muốn {} thì làm sao", "tôi muốn {} thì cần làm những gì", "cho em hỏi {} ạ", "cho mình hỏi {} với", "em muốn {}",
    "tôi cần {}", "{} nộp online được không", "{} qua mạng được không", "{} ra phường hay lên tỉnh",
    "công ty tôi muốn {} thì cần làm thủ tục gì", "nhà em đang cần {} mà không biết bắt đầu từ đâu", "ai được {}",
    "đối tượng nào phải {}", "kết quả của {} là gì", "có phải {} không", "mẫu đơn {}", "{} có mất phí không",
    "tôi ở quê lên, giờ {} kiểu gì", "{} thì ai ký", "không {} có bị phạt không", "xin hướng dẫn {}",
    "đề nghị cho biết việc {} được quy định như thế nào", "trường hợp của tôi có phải {} không", "khi nào thì {}",
)  # fmt: skip
# Where the part begins that people leave out of a name.
_TAIL = re.compile(
    r"\s*(?:\(|;|,? (?:đối với|theo quy định|thuộc thẩm quyền|thuộc phạm vi|trên địa bàn|trong trường hợp"
    r"|tại (?:Bộ|Sở|Ủy ban|cấp)|do (?:Bộ|Ủy ban|cơ quan|Sở)|của (?:Bộ|Sở|Ủy ban)|ở cấp|cấp (?:tỉnh|xã|trung ương))).*",
    re.IGNORECASE | re.DOTALL,
)
_LEAD = re.compile(r"^\s*(?:thủ tục(?: hành chính)?\s*:?\s*)", re.IGNORECASE)
_KEYS_BESIDE = {
    "a": "sq",
    "o": "ip",
    "i": "uo",
    "n": "mb",
    "t": "ry",
    "h": "gj",
    "c": "xv",
    "g": "fh",
    "e": "wr",
    "u": "yi",
}
_HOOK, _TILDE = "\u0309", "\u0303"


def plain_name(name: str) -> str:
    """The name on one line, without the words "thủ tục" in front; names in capitals in lower case."""
    text = " ".join(_LEAD.sub("", name).split()).strip(" .:;")
    return text.lower() if text.isupper() else text


def ask_about(name: str, rng: random.Random) -> str:
    """A question about the procedure of this name, often without the name's legal tail."""
    topic = plain_name(name)
    if rng.random() < 0.4:
        topic = _TAIL.sub("", topic) or topic
    return rng.choice(FRAMES).format(topic[:1].lower() + topic[1:])


def as_people_say(text: str, rng: random.Random, share: float = 0.4) -> str:
    """The text in lower case with some formal words replaced by everyday ones."""

    def everyday(match: re.Match[str]) -> str:
        return rng.choice(EVERYDAY[match[0]]) if rng.random() < share else match[0]

    return _EVERYDAY.sub(everyday, text.lower())


def shorten(text: str, rng: random.Random) -> str:
    """Some words left out here and there, or only a stretch of a long text."""
    words = text.split()
    if len(words) > 4 and rng.random() < 0.3:
        words = [word for word in words if rng.random() > 0.12] or words
    if len(words) > 12 and rng.random() < 0.5:
        length = rng.randint(5, 12)
        start = rng.choice([0, 0, rng.randint(0, len(words) - length)])
        words = words[start : start + length]
    return " ".join(words)


def mistype(text: str, rng: random.Random) -> str:
    """One slip of the fingers: a letter lost, doubled, swapped with the next or hit beside its key."""
    if len(text) < 6:
        return text
    place = rng.randint(1, len(text) - 2)
    letter, after = text[place], text[place + 1]
    slip = rng.choice(
        [after + letter, after, letter + letter + after, rng.choice(_KEYS_BESIDE.get(letter, letter)) + after]
    )
    return text[:place] + slip + text[place + 2 :]


def misaccent(text: str, rng: random.Random) -> str:
    """Here and there a syllable without its marks, or hỏi for ngã: what hurried, southern or restored text has."""
    return " ".join(_misaccent_word(word, rng) if rng.random() < 0.1 else word for word in text.split())


def _misaccent_word(word: str, rng: random.Random) -> str:
    if rng.random() < 0.5:
        return fold(word)
    swap = str.maketrans({_HOOK: _TILDE, _TILDE: _HOOK})
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", word).translate(swap))


def as_search_sees(text: str, rng: random.Random, restorer: AccentRestorer) -> str:
    """The text typed by somebody (slips, no accents) and read by the search (written out, accents put back).

    A few texts stay as typed, so that the encoder can also live with what the search failed to mend.
    """
    if rng.random() < 0.12:
        text = mistype(text, rng)
    if rng.random() < 0.15:
        text = misaccent(text, rng)
    if rng.random() < 0.4:
        text = fold(text)
    return text if rng.random() < 0.12 else restorer.restore(expand(text))

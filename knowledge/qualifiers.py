"""Words that tell sibling procedures apart: again, changed, extended, ended, with a foreign element.

Someone who asks for "đăng ký kết hôn" means the plain procedure; its siblings say more ("đăng ký lại", "có yếu tố nước
ngoài") and are meant when the question says so too.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nlu.text import fold

_QUALIFIERS = tuple(
    re.compile(rf"\b(?:{words})\b")
    for words in (
        "lai|mat|hong|rach|again|lost|replace|re-?regist(?:er|ration)",
        "nuoc ngoai|quoc te|foreign|foreigner|american|korean|japanese"
        "|han quoc|nhat|my|dai loan|trung quoc|uc|phap|duc",
        "gia han|het han|keo dai|extend|extension|expire|expires|expired|renew|renewal",
        "xoa|huy|huy bo|cat|deregister|deregistration|cancel|cancellation",
        "dieu chinh|sua|sua doi|thay doi|doi|bo sung|cai chinh|sai|change|correct|update",
        "thu hoi|tuoc",
        "cham dut|dong cua|nghi han|thoi huong|giai the|end|close",
        "tam ngung|tam nghi|tam dung|suspend",
        "quan doi|quoc phong|quan nhan|cong an nhan dan|bqp",
        # Under 14, or from 14 on: the two ages at which identity papers differ.
        r"(?:[1-9]|1[0-3]) tuoi|duoi \d+ tuoi|(?:[1-9]|1[0-3])[ -]year-?s?[ -]old",
        r"(?<!duoi )(?:1[4-9]|[2-9]\d) tuoi|(?:1[4-9]|[2-9]\d)[ -]year-?s?[ -]old",
    )
)

# "Bà ngoại con mới mất": somebody died, nothing was lost.
_DIED = re.compile(
    r"\b(?:ba|bo|cha|me|ma|ong|chong|vo|noi|ngoai|nguoi than|nguoi nha|nguoi chet|cu|bac|chu|co|di|anh|chi)"
    r"(?: (?:ngoai|noi|toi|em|con|chau|tui|minh|chong|vo))* (?:vua |moi |da |bi )?mat"
    r"(?! (?:giay|so|the|bang|cccd|can cuoc|gplx))\b"
)


def qualifiers(texts: Sequence[str]) -> NDArray[np.float32]:
    """Return for each text (row) which of the qualifiers (column) it carries, as 0 or 1."""
    bare = (_DIED.sub(" ", fold(text)) for text in texts)
    found = [[pattern.search(text) is not None for pattern in _QUALIFIERS] for text in bare]
    return np.array(found, dtype=np.float32).reshape(len(texts), len(_QUALIFIERS))

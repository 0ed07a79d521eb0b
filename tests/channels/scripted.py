"""A stand-in for the assistant, for tests of channels and pages: it says what it was told to say, and records turns as
the real one does, so that history, repeats and masks go through the real store."""

from __future__ import annotations

import asyncio

from bot.messages import Message, Outcome, Reply, Source, Suggestion
from storage.conversations import AlreadyRecorded, Conversations, Turn

BIRTH = "https://dichvucong.gov.vn/p/home/dvc-chi-tiet-thu-tuc-hanh-chinh.html?ma_thu_tuc=1.001193"
DOCUMENTS = Reply(
    text=(
        "Đăng ký khai sinh – giấy tờ:\n"
        "📄 Tờ khai đăng ký khai sinh (điền tại quầy hoặc trên mạng)\n"
        "📄 Giấy chứng sinh, bản chính. Không có thì giấy của người làm chứng\n"
        "Mang theo để xuất trình: căn cước của người đi làm\n"
        "Nộp trực tuyến thì chụp ảnh các giấy trên.\n"
        "Nguồn: Cổng Dịch vụ công quốc gia, mã 1.001193, cập nhật 15/4/2026\n" + BIRTH
    ),
    outcome=Outcome.ANSWERED,
    facet="documents",
    procedures=("1.001193",),
    sources=(Source("1.001193", "Đăng ký khai sinh", "documents", BIRTH, "2026-04-15", 3),),
    suggestions=(
        Suggestion("Lệ phí", "facet:1.001193:fee"),
        Suggestion("Bao lâu", "facet:1.001193:duration"),
        Suggestion("Nộp ở đâu", "facet:1.001193:where"),
        Suggestion("Nộp trực tuyến ↗", url=BIRTH),
    ),
    confidence=0.94,
)
FEE = Reply(
    text=(
        "Đăng ký khai sinh – lệ phí:\n"
        "Nộp trực tiếp: 8.000 đồng\n"
        "Nộp trực tuyến: 4.000 đồng\n"
        "Nguồn: Cổng Dịch vụ công quốc gia, mã 1.001193, cập nhật 15/4/2026\n" + BIRTH
    ),
    outcome=Outcome.ANSWERED,
    facet="fee",
    procedures=("1.001193",),
    sources=(Source("1.001193", "Đăng ký khai sinh", "fee", BIRTH, "2026-04-15", 3),),
    suggestions=(
        Suggestion("Bao lâu", "facet:1.001193:duration"),
        Suggestion("Giấy tờ", "facet:1.001193:documents"),
    ),
)
CLARIFY = Reply(
    text=(
        "Anh/chị cần làm việc nào?\n"
        "1. Khai sinh lần đầu cho con\n"
        "2. Làm lại giấy khai sinh đã mất (còn sổ gốc: xin trích lục)\n"
        "3. Sửa thông tin trên giấy khai sinh\n"
        "Bấm chọn, hoặc trả lời 1, 2, 3."
    ),
    outcome=Outcome.CLARIFY,
    procedures=("1.001193", "2.000635", "1.004859"),
    suggestions=(
        Suggestion("Khai sinh lần đầu cho con", "about:1.001193"),
        Suggestion("Làm lại giấy khai sinh đã mất", "about:2.000635"),
        Suggestion("Sửa thông tin trên giấy khai sinh", "about:1.004859"),
        Suggestion("Không phải các việc trên", "human"),
    ),
)
CRISIS = Reply(
    text=(
        "Nếu có người đang gặp nguy hiểm, hãy gọi ngay 115 (cấp cứu), 113 (công an), 114 (cháy, cứu nạn) "
        "hoặc 111 (bảo vệ trẻ em).\nGọi miễn phí, cả ngày đêm."
    ),
    outcome=Outcome.CRISIS,
)


class ScriptedAssistant:
    """Answers by the first script whose key stands in the text or payload; else repeats what it heard."""

    def __init__(self, conversations: Conversations, **scripts: Reply) -> None:
        self.ready = True
        self.heard: list[Message] = []
        self.arrived = asyncio.Event()
        self.gate = asyncio.Event()  # answers wait until it is open
        self.gate.set()
        self.failure: Exception | None = None
        self.scripts: dict[str, Reply | tuple[Reply, ...]] = dict(scripts)
        self._conversations = conversations

    async def handle(self, message: Message) -> list[Reply]:
        self.heard.append(message)
        self.arrived.set()
        await self.gate.wait()
        if self.failure is not None:
            raise self.failure
        body = {"text": message.text} if message.payload is None else {"text": "", "payload": message.payload}
        replies = self._script(message.payload or message.text)
        turn = Turn(message.conversation_id, message.id, body, [reply.to_json() for reply in replies])
        try:
            self._conversations.record_turn(turn)
        except AlreadyRecorded:
            told = self._conversations.find_turn(message.conversation_id, message.id) or []
            return [Reply.from_json(reply) for reply in told]
        return list(replies)

    def _script(self, words: str) -> tuple[Reply, ...]:
        for key, reply in self.scripts.items():
            if key in words:
                return reply if isinstance(reply, tuple) else (reply,)
        return (Reply(text=f"Tôi nghe: {words}", outcome=Outcome.ANSWERED),)

from __future__ import annotations

import pytest
from aiohttp.test_utils import TestClient

from knowledge.faq import Faqs
from knowledge.types import Status
from storage.conversations import Conversations
from storage.marks import get_mark, list_marks
from storage.regressions import Regressions
from tests.storage.answering_staff import add_agent, ask, reply
from tests.web.learned import Opened, desk, opened, talks
from tests.web.staff_side import sign_in
from web.admin.mark_deeds import without_source
from web.staff.guard import Role

__all__ = ["desk", "opened", "talks"]

ANSWER = {
    "text": "Đăng ký khai sinh – lệ phí:\n💰 8.000 đồng\nNguồn: Cổng Dịch vụ công quốc gia, mã 1.001193\nhttps://x.vn",
    "procedures": ["1.001193"],
    "facet": "fee",
}
ODD = "bé nhà em chưa có cái giấy xanh xanh"


@pytest.fixture
def answered(talks: Conversations) -> int:
    made = talks.create("web").id
    return ask(talks.engine, made, "m1", ODD, ANSWER) + 1


async def put(desk: TestClient, csrf: str, entry: int, **body: str) -> tuple[int, dict]:
    response = await desk.post(f"/desk/api/entries/{entry}/mark", json=body, headers={"X-CSRF-Token": csrf})
    return response.status, await response.json()


async def marked(desk: TestClient, entry: int, mark: str, **body: str) -> int:
    """Let an agent put a mark, sign an editor in, and return the number of the mark."""
    csrf = await sign_in(desk, Role.AGENT)
    status, told = await put(desk, csrf, entry, mark=mark, **body)
    assert status == 201
    return int(told["mark"]["id"])


async def test_one_click_marks_and_another_takes_it_back(desk: TestClient, talks: Conversations, answered: int) -> None:
    csrf = await sign_in(desk, Role.AGENT)
    assert (await put(desk, csrf, answered, mark="good"))[0] == 201
    assert (await put(desk, csrf, answered, mark="good", note="số 001203004567"))[0] == 201
    (mark,) = list_marks(talks.engine, "open", 10)
    assert (mark.question, mark.code, mark.facet) == (ODD, "1.001193", "fee")
    assert "001203004567" not in mark.note
    shown = await (await desk.get("/desk/api/marks", params={"entries": f"{answered},7"})).json()
    assert shown == {"marks": {str(answered): ["good"]}}
    gone = await desk.delete(
        f"/desk/api/entries/{answered}/mark", json={"mark": "good"}, headers={"X-CSRF-Token": csrf}
    )
    assert await gone.json() == {"gone": 1}
    assert list_marks(talks.engine, "open", 10) == []


async def test_what_staff_wrote_is_marked_masked(desk: TestClient, talks: Conversations, answered: int) -> None:
    made = talks.create("web").id
    asked = ask(talks.engine, made, "m1", "hỏi")
    person = add_agent(talks.engine, f"staff-{made[:6].lower()}")
    entry = reply(talks.engine, made, person, "Căn cước 001203004567 nhé", asked, {"code": "1.000894", "facet": "fee"})
    number = await marked(desk, entry, "good")
    mark = get_mark(talks.engine, number)
    assert mark is not None
    assert "001203004567" not in mark.answer
    assert mark.code == "1.000894"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"mark": "bad"}, 422),
        ({}, 422),
        ({"mark": "good", "code": "9.999999"}, 422),
        ({"mark": "good", "note": "x" * 1_001}, 422),
    ],
)
async def test_bad_marks_are_refused(desk: TestClient, answered: int, body: dict, status: int) -> None:
    csrf = await sign_in(desk, Role.AGENT)
    assert (await put(desk, csrf, answered, **body))[0] == status


async def test_words_of_citizens_and_unknown_entries_take_no_mark(desk: TestClient, answered: int) -> None:
    csrf = await sign_in(desk, Role.AGENT)
    for entry in (answered - 1, 99_999_999):
        assert (await put(desk, csrf, entry, mark="good"))[0] == 404
    assert (await desk.post(f"/desk/api/entries/{answered}/mark", json={"mark": "good"})).status == 403
    broken = await desk.post(f"/desk/api/entries/{answered}/mark", data="[1]", headers={"X-CSRF-Token": csrf})
    assert broken.status == 400
    assert (await desk.get("/desk/api/marks", params={"entries": "1,x"})).status == 422


async def test_a_wrong_procedure_becomes_a_question_that_finds_at_once_and_is_undone(
    desk: TestClient, talks: Conversations, opened: Opened, answered: int
) -> None:
    number = await marked(desk, answered, "wrong_procedure", code="1.014332")
    csrf = await sign_in(desk, Role.EDITOR)
    listed = await (await desk.get("/admin/marks")).text()
    assert "Thêm vào câu hỏi của “" in listed
    assert ODD in listed
    done = await desk.post(f"/admin/marks/{number}/question", data={"csrf": csrf, "code": "1.014332", "case": "yes"})
    page = await done.text()
    assert "Đúng thủ tục" in page  # the page tries the question again
    mark = get_mark(talks.engine, number)
    assert mark is not None
    assert (mark.status, mark.became) == ("done", f"alias:1.014332:{ODD}")
    assert opened[2].live.search(ODD, 1)[0].code == "1.014332"
    (case,) = Regressions(talks.engine).active(["1.014332"])
    assert case.case == {"id": f"mark-{number}", "kind": "answer", "question": ODD, "gold_codes": ["1.014332"]}
    again = await desk.post(f"/admin/marks/{number}/question", data={"csrf": csrf, "code": "1.000894"})
    assert "Đồng nghiệp đã xử lý góp ý này trước." in await again.text()
    undone = await desk.post(f"/admin/marks/{number}/reopen", data={"csrf": csrf})
    assert "Đã mở lại góp ý." in await undone.text()
    procedure = opened[2].catalog.get("1.014332")
    assert procedure is not None
    assert ODD not in procedure.questions
    assert Regressions(talks.engine).active(["1.014332"]) == []


async def test_missing_words_become_an_faq_draft(desk: TestClient, talks: Conversations, answered: int) -> None:
    number = await marked(desk, answered, "missing")
    csrf = await sign_in(desk, Role.EDITOR)
    made = await desk.post(f"/admin/marks/{number}/faq", data={"csrf": csrf, "code": "1.001193"}, allow_redirects=False)
    assert made.status == 303
    mark = get_mark(talks.engine, number)
    assert mark is not None
    identity = int((mark.became or "").removeprefix("faq:"))
    assert made.headers["Location"] == f"/admin/faq/{identity}"
    stored = Faqs(talks.engine).history(identity)[0]
    assert stored.status is Status.DRAFT
    assert stored.entry.question == ODD
    assert stored.entry.answer == "Đăng ký khai sinh – lệ phí:\n💰 8.000 đồng"
    assert Regressions(talks.engine).active() == []


async def test_the_editor_of_the_procedure_is_opened_for_a_correction(
    desk: TestClient, talks: Conversations, opened: Opened, answered: int
) -> None:
    number = await marked(desk, answered, "missing", note="thiếu giờ làm việc")
    csrf = await sign_in(desk, Role.EDITOR)
    sent = await desk.post(
        f"/admin/marks/{number}/correction", data={"csrf": csrf, "other_code": "1.000894"}, allow_redirects=False
    )
    assert sent.headers["Location"] == "/admin/procedures/1.000894/edit"
    procedure = opened[2].catalog.get("1.000894")
    mark = get_mark(talks.engine, number)
    assert procedure is not None
    assert mark is not None
    assert mark.became == f"correction:1.000894@{procedure.version}"


async def test_a_good_answer_becomes_a_case_and_any_mark_can_be_dismissed(
    desk: TestClient, talks: Conversations, answered: int
) -> None:
    number = await marked(desk, answered, "good")
    other = await marked(desk, answered, "missing")
    csrf = await sign_in(desk, Role.EDITOR)
    kept = await desk.post(f"/admin/marks/{number}/case", data={"csrf": csrf, "code": "1.001193"})
    assert "Đã giữ làm câu kiểm tra" in await kept.text()
    assert len(Regressions(talks.engine).active(["1.001193"])) == 1
    without_reason = await desk.post(f"/admin/marks/{other}/dismiss", data={"csrf": csrf, "why": " "})
    assert without_reason.status == 422
    assert "Ghi lý do bỏ qua" in await without_reason.text()
    await desk.post(f"/admin/marks/{other}/dismiss", data={"csrf": csrf, "why": "Đã đủ trong thủ tục"})
    shown = await (await desk.get(f"/admin/marks/{other}")).text()
    assert "Đã đủ trong thủ tục" in shown
    refused = await put(desk, await sign_in(desk, Role.AGENT), answered, mark="good")
    assert refused[0] == 409


async def test_what_cannot_be_done_says_why_and_keeps_what_was_typed(
    desk: TestClient, talks: Conversations, answered: int
) -> None:
    number = await marked(desk, answered, "wrong_procedure")
    csrf = await sign_in(desk, Role.EDITOR)
    for data, words in (
        ({"code": "", "text": "giấy xanh"}, "Chưa chọn thủ tục."),
        ({"other_code": "9.999999", "text": "giấy xanh"}, "Không có thủ tục nào đang công bố mang mã “9.999999”."),
        ({"code": "1.001193", "text": "số 001203004567"}, "của người dân"),
    ):
        refused = await desk.post(f"/admin/marks/{number}/question", data=data | {"csrf": csrf})
        assert refused.status == 422
        page = await refused.text()
        assert words in page
        assert data["text"] in page
    mark = get_mark(talks.engine, number)
    assert mark is not None
    assert mark.status == "open"


async def test_supervisors_read_and_editors_decide(desk: TestClient, answered: int) -> None:
    number = await marked(desk, answered, "good")
    csrf = await sign_in(desk, Role.SUPERVISOR)
    page = await (await desk.get(f"/admin/marks/{number}")).text()
    assert "Xử lý góp ý" not in page
    assert (await desk.post(f"/admin/marks/{number}/case", data={"csrf": csrf, "code": "1.001193"})).status == 403
    assert (await desk.get("/admin/marks/99999")).status == 404
    for query in ("status=x", "mark=x", "before=x", "status=done&mark=good&before=5"):
        assert (await desk.get(f"/admin/marks?{query}")).status == 200
    await sign_in(desk, Role.AGENT)
    assert (await desk.get("/admin/marks")).status == 403


def test_the_source_lines_are_not_part_of_an_faq_answer() -> None:
    assert without_source(str(ANSWER["text"])) == "Đăng ký khai sinh – lệ phí:\n💰 8.000 đồng"

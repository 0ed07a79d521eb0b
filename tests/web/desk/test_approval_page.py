"""The page that lets uncertain answers of a channel wait."""

from __future__ import annotations

import pytest

from storage.approvals import Approvals, Rule
from storage.conversations import Conversations
from tests.web.desk.desk_side import Agent
from web.admin.approval import read_row

HTML = {"Accept": "text/html"}


@pytest.mark.parametrize(
    ("posted", "rule", "wrong"),
    [
        ({"on": "1", "percent": "80", "minutes": "5"}, Rule("web", 0.8, 300), ""),
        ({"percent": "x", "minutes": ""}, None, ""),
        ({"on": "1", "percent": "9", "minutes": "5"}, None, "Độ tin cậy: cần một số từ 10 đến 100."),
        ({"on": "1", "percent": "80", "minutes": "61"}, None, "Số phút chờ: cần một số từ 1 đến 60."),
        ({"on": "1", "percent": "80", "minutes": "٣"}, None, "Số phút chờ: cần một số từ 1 đến 60."),
        ({"on": "1"}, None, "Độ tin cậy: cần một số từ 10 đến 100."),
    ],
)
def test_what_is_typed_is_read_or_told(posted: dict[str, str], rule: Rule | None, wrong: str) -> None:
    row, found = read_row("web", posted)
    assert (row.error, found) == (wrong, rule)


async def post(chi: Agent, **fields: str) -> tuple[int, str]:
    answer = await chi.client.post(
        "/admin/approval/web", data={"csrf": chi.csrf, **fields}, headers=HTML, allow_redirects=True
    )
    return answer.status, await answer.text()


async def test_a_supervisor_switches_it_on_and_off(chi: Agent, conversations: Conversations) -> None:
    approvals = Approvals(conversations.engine)
    status, page = await post(chi, on="1", percent="70", minutes="3")
    assert status == 200
    assert "dưới 70 % sẽ chờ cán bộ tối đa 3 phút" in page
    assert approvals.rule_of("web") == Rule("web", 0.7, 180)
    status, page = await post(chi, on="1", percent="7", minutes="3")
    assert status == 422
    assert "cần một số từ 10 đến 100" in page
    assert 'value="7"' in page  # what was typed stays
    assert approvals.rule_of("web") == Rule("web", 0.7, 180)
    status, page = await post(chi)
    assert "mọi câu trả lời được gửi ngay" in page
    assert approvals.rules() == {}


async def test_a_channel_that_is_none_is_not_found_and_agents_may_not(chi: Agent, lan: Agent) -> None:
    answer = await chi.client.post("/admin/approval/fax", data={"csrf": chi.csrf, "on": "1"})
    assert answer.status == 404
    assert (await lan.client.get("/admin/approval")).status == 403

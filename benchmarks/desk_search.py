"""How soon an agent on the phone sees the right procedure and part while typing: 200 questions, key by key.

    python benchmarks/desk_search.py [--data DIR] [--every 1] [--json]

Starts `motcua serve`, signs a member of staff in, and types the questions of `phone_questions.tsv` (made up, a third
without diacritics) over one connection, from the third letter on, one request a key, the next as soon as the answer is
there. Exit code 1: p95 over all keys is above 100 ms, or a request failed.
"""

from __future__ import annotations

import argparse
import http.client
import json
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlencode, urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from load import percentile
from servers import Server, data_folder, our_server

from storage.database import open_database
from storage.staff import StaffAccounts
from web.staff.guard import COOKIE, Role

QUESTIONS = Path(__file__).resolve().parent / "phone_questions.tsv"
FIRST_KEY = 3
FLOOR_P95_MS = 100.0


@dataclass(frozen=True, slots=True)
class Figures:
    """What the typing found; times in milliseconds at the client, shares of the questions at their last key."""

    questions: int
    requests: int
    failed: int
    p50: float
    p95: float
    worst: float
    cpu_ms_per_request: float
    last_key_p50: float
    last_key_p95: float
    procedure_first: float
    procedure_and_part_first: float
    procedure_among_six: float


def main() -> int:
    """Run once and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--data", type=Path, help="an existing data folder, such as one with the whole catalogue; copied"
    )
    parser.add_argument("--every", type=int, default=1, help="type only every so manieth question")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    questions = [line.split("\t") for line in QUESTIONS.read_text("utf-8").splitlines()][:: options.every]
    with data_folder(options.data) as data, our_server(data) as server:
        figures = _type(server, _sign_in(data), questions)
    if options.json:
        print(json.dumps(asdict(figures)))
    else:
        for name, value in asdict(figures).items():
            print(f"{name:>26}: {value}")
    return int(figures.p95 > FLOOR_P95_MS or figures.failed > 0)


def _sign_in(data: Path) -> str:
    """Add a member of staff beside the running server and return the cookie of a session."""
    engine = open_database(f"sqlite:///{data / 'motcua.db'}")
    accounts = StaffAccounts(engine)
    person = accounts.add("phone", "Điện thoại", str(Role.AGENT), "nobody's", "benchmark", must_change=False)
    token = accounts.open_session(person.id, "benchmark")
    engine.dispose()
    return f"{COOKIE}={token}"


def _type(server: Server, cookie: str, questions: list[list[str]]) -> Figures:
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=30)
    headers = {"Cookie": cookie, "Accept": "application/json"}
    every: list[float] = []
    last: list[float] = []
    failed, first, both, among = 0, 0, 0, 0
    before = server.cpu_seconds()
    for question, code, facet in questions:
        results: list[dict[str, str]] = []
        for end in range(FIRST_KEY, len(question) + 1):
            started = time.perf_counter()
            connection.request("GET", f"/desk/api/search?{urlencode({'q': question[:end]})}", headers=headers)
            response = connection.getresponse()
            body = response.read()
            every.append((time.perf_counter() - started) * 1000)
            failed += response.status != 200
            results = json.loads(body)["results"] if response.status == 200 else []
        last.append(every[-1])
        first += bool(results) and results[0]["code"] == code
        both += bool(results) and (results[0]["code"], results[0]["facet"]) == (code, facet)
        among += any(result["code"] == code for result in results)
    connection.close()
    cpu = (server.cpu_seconds() - before) * 1000 / len(every)
    share = [round(count / len(questions), 3) for count in (first, both, among)]
    times = [
        round(percentile(sorted(part), rank), 1)
        for part, rank in ((every, 0.5), (every, 0.95), (last, 0.5), (last, 0.95))
    ]
    return Figures(
        len(questions),
        len(every),
        failed,
        times[0],
        times[1],
        round(max(every), 1),
        round(cpu, 1),
        times[2],
        times[3],
        *share,
    )


if __name__ == "__main__":
    sys.exit(main())

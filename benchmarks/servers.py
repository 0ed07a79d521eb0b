"""The servers under load, each in processes of its own: ours, and Rasa's with the same model and the same actions."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 300.0  # the first start trains the dialogue and makes the search index
_STOP_SECONDS = 15.0
_TICKS = os.sysconf("SC_CLK_TCK")


class ServerError(RuntimeError):
    """A server did not start; the message holds the end of its log."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: its address, its processes, and the seconds it took until it was ready."""

    name: str
    url: str
    health: str
    pids: tuple[int, ...]
    started_in: float

    def resident_mb(self) -> float:
        """Return the memory its processes hold now."""
        return sum(_status_kb(pid, "VmRSS") for pid in self.pids) / 1024

    def cpu_seconds(self) -> float:
        """Return the processor time its processes have used so far."""
        return sum(_cpu_ticks(pid) for pid in self.pids) / _TICKS


@contextmanager
def data_folder(source: Path | None) -> Iterator[Path]:
    """Give a temporary data folder, with a copy of `source` in it, so that the load leaves no trace there."""
    with tempfile.TemporaryDirectory(prefix="motcua-load-") as made:
        folder = Path(made) / "data"
        if source is None:
            folder.mkdir()
        else:
            shutil.copytree(source, folder)
        yield folder


@contextmanager
def our_server(data: Path) -> Iterator[Server]:
    """Run `motcua serve` on SQLite in `data`."""
    port = _free_port()
    command = [sys.executable, "-m", "web.cli", "serve", "--host", "127.0.0.1", "--port", str(port)]
    url = f"http://127.0.0.1:{port}"
    with _process(command, data, data.parent / "motcua.log") as process:
        took = _wait(process, f"{url}/readyz", data.parent / "motcua.log")
        yield Server("Một Cửa", url, "/healthz", (process.pid,), took)


@contextmanager
def rasa_server(data: Path) -> Iterator[Server]:
    """Run `rasa run` with its REST channel, its stores (in memory) and our actions in Rasa's action server."""
    models = sorted((data / "models").glob("dialogue-*.tar.gz"), key=lambda path: path.stat().st_mtime)
    port, actions_port = _free_port(), _free_port()
    (data / "credentials.yml").write_text("rest:\n")
    endpoints = f"action_endpoint:\n  url: http://127.0.0.1:{actions_port}/webhook\n"
    (data / "endpoints.yml").write_text(endpoints)
    actions = [sys.executable, "benchmarks/action_server.py", str(actions_port)]
    serve = [sys.executable, "-m", "rasa", "run", "--enable-api", "--interface", "127.0.0.1", "--port", str(port)]
    serve += ["--model", str(models[-1])]
    serve += ["--credentials", str(data / "credentials.yml"), "--endpoints", str(data / "endpoints.yml")]
    url = f"http://127.0.0.1:{port}"
    logs = data.parent / "actions.log", data.parent / "rasa.log"
    with ExitStack() as stack:
        first = stack.enter_context(_process(actions, data, logs[0]))
        second = stack.enter_context(_process(serve, data, logs[1]))
        _wait(first, f"http://127.0.0.1:{actions_port}/health", logs[0])
        took = _wait(second, f"{url}/", logs[1])
        yield Server("rasa run", url, "/", (first.pid, second.pid), took)


@contextmanager
def _process(command: Sequence[str], data: Path, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=ROOT, env=_environment(data), stdout=out, stderr=subprocess.STDOUT)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _environment(data: Path) -> Mapping[str, str]:
    """Return our environment without settings of another installation."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MOTCUA_", "DATABASE_URL"))}
    own = {
        "MOTCUA_DATA": str(data),
        "PYTHONPATH": os.pathsep.join(filter(None, (str(ROOT), kept.get("PYTHONPATH")))),
        "RASA_TELEMETRY_ENABLED": "false",
        "SANIC_HOST": "127.0.0.1",
        "LOG_LEVEL": "WARNING",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "PYTHONWARNINGS": "ignore",
    }
    return kept | own


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> float:
    """Wait until `url` answers 200 and return how long it took."""
    started = time.perf_counter()
    while process.poll() is None and time.perf_counter() - started < START_SECONDS:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return time.perf_counter() - started
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    tail = "\n".join(log.read_text(errors="replace").splitlines()[-25:])
    raise ServerError(f"no answer from {url} after {time.perf_counter() - started:.0f} s; its log ends:\n{tail}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _status_kb(pid: int, name: str) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1])
    return 0


def _cpu_ticks(pid: int) -> int:
    # Fields 14 and 15 of proc(5); the second, the command's name, may hold blanks and ends with the last ")".
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])

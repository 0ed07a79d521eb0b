"""`motcua serve` as a process of its own, as an office runs it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import ROOT


@dataclass(frozen=True)
class Served:
    """A running server: where it answers and where it keeps its data."""

    address: str
    data: Path

    def wait(self, seconds: float) -> None:
        """Wait until everything is loaded. Raises TimeoutError."""
        until = time.monotonic() + seconds
        while "Sẵn sàng" not in _complaints(self.data).read_text():
            if time.monotonic() > until:
                raise TimeoutError(_complaints(self.data).read_text())
            time.sleep(0.1)


@contextmanager
def serving(data: Path, **environ: str) -> Iterator[Served]:
    """Start a server that has only just begun to load, and stop it; it may not have complained meanwhile."""
    command = [sys.executable, "-m", "web.cli", "serve", "--host", "127.0.0.1", "--port", "0"]
    names = {"MOTCUA_DATA": str(data), "DATABASE_URL": "", "MOTCUA_PUBLIC_URL": "", "PYTHONUNBUFFERED": "1"}
    complaints = _complaints(data)
    with complaints.open("wb") as told:
        server = subprocess.Popen(command, cwd=ROOT, env=os.environ | names | environ, stderr=told)
    try:
        yield Served(f"http://127.0.0.1:{_port(server, complaints)}", data)
    finally:
        server.send_signal(signal.SIGTERM)
        try:
            server.wait(timeout=20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
    said = complaints.read_text()
    assert server.returncode == 0, said
    # The terminal tells the operator of our own matters only, not of the libraries'.
    assert not re.search("Traceback|Warning", said), said


def _complaints(data: Path) -> Path:
    return data / "stderr.txt"  # a file, because a pipe that nobody reads stops who writes


def _port(server: subprocess.Popen[bytes], complaints: Path) -> str:
    while not (found := re.search(r"http://localhost:(\d+)", complaints.read_text())):
        try:
            server.wait(timeout=0.1)
        except subprocess.TimeoutExpired:
            continue
        raise AssertionError(f"the server ended before it told its address: {complaints.read_text()}")
    return found[1]

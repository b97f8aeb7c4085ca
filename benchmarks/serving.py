"""How fast stored answers leave, on SQLite or PostgreSQL, with a city loaded; beside the plain way.

    python -m benchmarks.serving [--pupils 850000] [--users 200] [--database URL] [--home DIR] [--keep DIR]

The service runs as a process of its own (``baoxue serve``); the load comes from this process, so that
both share the machine's cores. Loads are open (requests leave on schedule) at the bar's rate, and
closed (so many users without a pause). Every answer is scoped, audited and committed before it leaves:
the time that a commit takes on this disk is printed beside. ``--database`` must name an empty database.
``--home`` is a home with a published county to be multiplied; without it one of 3,000 pupils is made.
All pupils are synthetic.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psutil

from benchmarks import model_server
from benchmarks.load import Told, closed_load, open_load, requests
from benchmarks.serving_city import publish_city
from serving.permissions import Role, Scope
from serving.ports import SchoolCount
from serving.store.accounts import StoredAccounts
from serving.store.database import Database, open_database
from serving.store.lists import SqlLists
from serving.store.sessions import StoredSessions

ROOT = Path(__file__).parents[1]
SECONDS = 10.0
ROWS = 100
EXPLANATIONS, LISTS = 3000.0, 2000.0
PLAIN = """
import json, sys
import uvicorn
from fastapi import FastAPI
from fastapi.responses import Response
rows, one = json.load(open(sys.argv[1])), json.load(open(sys.argv[2]))
app = FastAPI()
@app.get("/list")
def whole() -> list[dict]:
    return rows
@app.get("/one")
def explanation() -> dict:
    return one
@app.get("/livez")
def livez() -> str:
    return "ok"
uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[3]), access_log=False, log_level="warning")
"""


@dataclass(frozen=True)
class Service:
    """A running process: its port, how long it took to answer, and its memory."""

    port: int
    started: float
    process: subprocess.Popen[bytes]

    def memory(self) -> float:
        """Resident memory, MB."""
        return float(psutil.Process(self.process.pid).memory_info().rss) / 1e6


@dataclass(frozen=True)
class Asked:
    """What is asked, each with the token of somebody who may."""

    explanations: list[bytes]
    lists: list[bytes]
    mixed: list[bytes]


def main() -> None:
    """Make the city, start the service, load it, print."""
    given = _arguments()
    with _folder(given.keep) as home:
        url = given.database or f"sqlite:///{home / 'baoxue.db'}"
        source = given.home or _county(home / "county")
        database = open_database(url)
        began = time.perf_counter()
        pupils = publish_city(source, home, database, given.pupils)
        print(
            f"a published run of {pupils:,} pupils (synthetic), made in {time.perf_counter() - began:.0f} s"
        )
        kind = "SQLite" if url.startswith("sqlite") else "PostgreSQL"
        print(
            f"{kind}; {platform.python_version()}; client and server share {os.cpu_count()} cores"
        )
        if kind == "SQLite":
            print(_commit(home))
        tokens = _tokens(database, given.users)
        figures = _measured(home, url, tokens, given)
        database.close()
        if given.json:
            print(json.dumps(figures))


def _measured(
    home: Path, url: str, tokens: dict[str, list[str]], given: argparse.Namespace
) -> dict[str, float]:
    figures: dict[str, float] = {}

    def line(name: str, told: Told) -> str:
        figures[f"{name}_per_second"], figures[f"{name}_p99_ms"] = told.per_second(), told.at(0.99)
        return told.line()

    with _service(home, url) as service:
        figures["starts"] = service.started
        print(f"service starts in {service.started:.2f} s, holds {service.memory():.0f} MB")
        asked, made = _asked(service.port, tokens, given.pupil_pages)
        print(f"first reads (answers made, then kept): {made}")
        told = _open(service.port, asked.explanations, EXPLANATIONS)
        print(f"stored explanation {line('explanation_due', told)}")
        told = _closed(service.port, asked.explanations, 16)
        print(f"                   {line('explanation', told)}")
        told = _open(service.port, asked.lists, LISTS)
        print(f"list of 100        {line('list_due', told)}")
        told = _closed(service.port, asked.lists, 16)
        print(f"                   {line('list', told)}")
        told = _closed(service.port, asked.mixed, given.users)
        print(f"{given.users} users, both    {line('users', told)}")
        figures["holds_mb"] = service.memory()
        print(f"holds {service.memory():.0f} MB after")
        bodies = [_body(service.port, one) for one in (asked.lists[0], asked.explanations[0])]
    with _plain(home, bodies) as service:
        for path in ("/one", "/list"):
            told = _closed(service.port, requests([path], ["none"]), 16)
            said = line(f"plain{path.replace('/', '_')}", told)
            print(
                f"the plain way, {path:5}{said}   (dicts through FastAPI; no database, scope or audit)"
            )
    port = _free()
    with model_server.serving(model_server.saved(home), port):
        told = _closed(port, model_server.asked(), 16)
        print(
            f"mlflow models serve {line('mlflow', told)}   (one row scored and worded, two workers)"
        )
    return figures


def _arguments() -> argparse.Namespace:
    said = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    said.add_argument("--pupils", type=int, default=850_000)
    said.add_argument("--users", type=int, default=200)
    said.add_argument(
        "--pupil-pages", type=int, default=400, help="pupils whose explanation is asked"
    )
    said.add_argument("--database", default="")
    said.add_argument("--home", type=Path)
    said.add_argument("--keep", type=Path, help="work here and leave it")
    said.add_argument("--json", action="store_true", help="the figures once more, as the last line")
    return said.parse_args()


@contextmanager
def _folder(kept: Path | None) -> Iterator[Path]:
    if kept is not None:
        kept.mkdir(parents=True, exist_ok=True)
        yield kept
        return
    with tempfile.TemporaryDirectory(prefix="baoxue-serving-") as folder:
        yield Path(folder)


def _county(home: Path) -> Path:
    """A county's published week, made by the commands."""
    extract = home / "extract"
    for command in (
        ["sample", str(extract), "--students", "3000", "--profile", "hard_county"],
        ["import", str(extract)],
        ["weekly", str(extract), "--as-of", "2026-11-20"],
    ):
        if not (home / "runs").exists() or command[0] != "sample":
            subprocess.run([sys.executable, "baoxue.py", *command], cwd=ROOT, check=True,
                           env=os.environ | {"BAOXUE_HOME": str(home)}, stdout=subprocess.DEVNULL)  # fmt: skip
    return home


def _tokens(database: Database, users: int) -> dict[str, list[str]]:
    """So many counselors logged in, spread over the schools with most rows: school -> tokens."""

    def now() -> datetime:
        return datetime.now(UTC)

    accounts, sessions = StoredAccounts(database, now), StoredSessions(database, now)
    schools = [s for s in _schools(database)[:20] if s.listed >= ROWS]
    known = {account.name for account in accounts.every()}
    tokens: dict[str, list[str]] = {school.school_id: [] for school in schools}
    for n in range(users):
        school, name = schools[n % len(schools)].school_id, f"user{n}"
        if name not in known:
            accounts.add(name, "correct horse 7", Scope(Role.COUNSELOR, frozenset({school})))
        tokens[school].append(sessions.open(name))
    return tokens


def _schools(database: Database) -> list[SchoolCount]:
    newest = SqlLists(database).standing()[-1]
    return sorted(newest.schools, key=lambda s: (-s.listed, s.school_id))


def _asked(port: int, tokens: dict[str, list[str]], pages: int) -> tuple[Asked, str]:
    """Every list and explanation asked once, as after a publication; and how long that took."""
    explanations: list[bytes] = []
    lists: list[bytes] = []
    waits: list[float] = []
    for school, own in tokens.items():
        (ask,) = requests([f"/v1/schools/{school}/risk-list"], own[:1])
        rows = json.loads(_body(port, ask, waits))["rows"]
        assert len(rows) == ROWS
        lists += requests([f"/v1/schools/{school}/risk-list"] * len(own), own)
        paths = [f"/v1/pupils/{r['pupil_id']}/explanation" for r in rows if r["reasons"]]
        some = requests(paths[: max(1, pages // len(tokens))], own)
        for one in some:
            _body(port, one, waits)
        explanations += some
    lot = random.Random(7)
    mixed = [
        lot.choice(explanations) if lot.random() < 0.7 else lot.choice(lists) for _ in range(5000)
    ]
    lot.shuffle(explanations)
    waits.sort()
    half, most = (1000 * waits[int(share * len(waits))] for share in (0.5, 0.99))
    said = f"{len(waits):,}, p50 {half:.0f} ms, p99 {most:.0f} ms"
    return Asked(explanations, lists, mixed), said


def _body(port: int, request: bytes, waits: list[float] | None = None) -> bytes:
    began = time.perf_counter()
    head, _, _ = request.decode().partition("\r\n\r\n")
    lines = head.split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines[2:] if line)
    asked = urllib.request.Request(f"http://127.0.0.1:{port}{lines[0].split()[1]}", headers=headers)
    with urllib.request.urlopen(asked) as answer:
        body: bytes = answer.read()
    if waits is not None:
        waits.append(time.perf_counter() - began)
    return body


def _open(port: int, asked: Sequence[bytes], rate: float) -> Told:
    return _run(open_load(port, asked, rate=rate, seconds=SECONDS))


def _closed(port: int, asked: Sequence[bytes], users: int) -> Told:
    return _run(closed_load(port, asked, users=users, seconds=SECONDS))


def _run(load: object) -> Told:
    import uvloop

    told: Told = uvloop.run(load)  # type: ignore[arg-type]
    return told


@contextmanager
def _service(home: Path, url: str) -> Iterator[Service]:
    port = _free()
    environment = os.environ | {"BAOXUE_HOME": str(home), "BAOXUE_DATABASE_URL": url}
    command = [sys.executable, "baoxue.py", "serve", "--no-demo", "--port", str(port)]
    with _started(command, environment, port) as service:
        yield service


@contextmanager
def _plain(home: Path, bodies: Sequence[bytes]) -> Iterator[Service]:
    port = _free()
    paths = [home / "list.json", home / "one.json"]
    for path, body in zip(paths, bodies, strict=True):
        path.write_bytes(body)
    paths[0].write_bytes(_rows(bodies[0]))
    command = [sys.executable, "-c", PLAIN, *map(str, paths), str(port)]
    with _started(command, dict(os.environ), port) as service:
        yield service


def _rows(body: bytes) -> bytes:
    return json.dumps(json.loads(body)["rows"]).encode()


@contextmanager
def _started(command: list[str], environment: dict[str, str], port: int) -> Iterator[Service]:
    began = time.perf_counter()
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    try:
        while not _answers(port):
            if process.poll() is not None or time.perf_counter() - began > 120:
                raise SystemExit("the service did not start")
            time.sleep(0.01)
        yield Service(port, time.perf_counter() - began, process)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(20)


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/livez", timeout=5):
            return True
    except OSError:
        return False


def _free() -> int:
    with socket.socket() as own:
        own.bind(("127.0.0.1", 0))
        return int(own.getsockname()[1])


def _commit(home: Path) -> str:
    """What one commit of one row costs here: the least that a logged answer can take."""
    path = home / "commit.db"
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("pragma journal_mode=wal")
    connection.execute("pragma synchronous=full")
    connection.execute("create table if not exists a (x)")
    waits = []
    for _ in range(200):
        began = time.perf_counter()
        connection.execute("insert into a values (1)")
        waits.append(1000 * (time.perf_counter() - began))
    connection.close()
    waits.sort()
    return f"one commit forced to this disk: p50 {waits[100]:.2f} ms, p99 {waits[197]:.2f} ms"


if __name__ == "__main__":
    main()

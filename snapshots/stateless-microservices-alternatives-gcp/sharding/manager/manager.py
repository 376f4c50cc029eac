"""The shard manager: who owns a key, at which epoch, and what moves. openapi.yaml is its contract, directory.sql its memory.

Questions are answered from memory: a thread reads the directory every second, and what it has read is served for as long as
the database does not answer; epochs make that safe. Moves are written through, on a port that listens inside the pod only:
who may `kubectl port-forward` may move.

    DIRECTORY_SHARD     the shard that has the directory; its host is in SHARD_HOST_<SHARD>
    DIRECTORY_DATABASE  the database on it
    DIRECTORY_IDENTITY  aws, gcp: logs in as the pod's own identity, without a password; libpq: as PGUSER and so on say
    PORT, METRICS_PORT, ADMIN_PORT
    LATENCY_OBJECTIVE_S among the bounds of the histogram
"""

import functools
import json
import logging
import os
import re
import signal
import sys
import threading
import time
import urllib.request
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

import psycopg

log = logging.getLogger("shard-manager")

READ_EVERY_S = 1.0
# Routers that were refused ask past every cache; together they cost the database this many readings a second at most.
FORCED_READINGS_PER_S = 10
DRAIN_S = 5.0

OWNER = "max-age=60, stale-while-revalidate=600, stale-if-error=86400"
SHORT = "max-age=5, stale-if-error=86400"
NEGATIVE = "max-age=10"


class Problem(Exception):
    """What a caller is told instead of an answer."""

    def __init__(self, status: int, title: str, detail: str = "", cache: str = "no-store") -> None:
        super().__init__(title)
        self.status, self.title, self.detail, self.cache = status, title, detail, cache


class Answer(NamedTuple):
    status: int
    body: bytes
    etag: str | None = None
    cache: str = "no-store"


# The database ----------------------------------------------------------------------------------------------------


class Login(NamedTuple):
    user: str | None = None
    password: str | None = None


@functools.cache
def rds(region: str) -> Any:
    from botocore.session import Session  # in the image for AWS only

    return Session().create_client("rds", region_name=region)


def aws(host: str, port: int) -> Login:
    """A token of fifteen minutes, signed by the pod's role for the database's region; the login is the service's name."""
    user = os.environ.get("DIRECTORY_USER", "shard-manager")
    region = host.removesuffix(".rds.amazonaws.com").rsplit(".", 1)[-1]
    return Login(user, rds(region).generate_db_auth_token(DBHostname=host, Port=port, DBUsername=user))


def gcp(_host: str, _port: int) -> Login:
    """The access token of the pod's service account; the login is its e-mail, shortened as the database wants it."""

    def metadata(path: str) -> str:
        url = f"http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/{path}"
        with urllib.request.urlopen(urllib.request.Request(url, headers={"Metadata-Flavor": "Google"}), timeout=3) as response:
            return response.read().decode()

    return Login(metadata("email").removesuffix(".gserviceaccount.com"), json.loads(metadata("token"))["access_token"])


IDENTITIES: dict[str, Callable[[str, int], Login]] = {"aws": aws, "gcp": gcp, "libpq": lambda _host, _port: Login()}


def connect() -> Any:
    shard = os.environ["DIRECTORY_SHARD"].upper().replace("-", "_")
    host, port = os.environ[f"SHARD_HOST_{shard}"], int(os.environ.get("DIRECTORY_PORT", "5432"))
    login = IDENTITIES[os.environ["DIRECTORY_IDENTITY"]](host, port)
    return psycopg.connect(
        host=host,
        port=port,
        dbname=os.environ["DIRECTORY_DATABASE"],
        user=login.user,
        password=login.password,
        application_name="shard-manager",
        connect_timeout=3,
        options="-c statement_timeout=3000",
        autocommit=True,
    )


class Database:
    """One connection, made again when it breaks."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._connection: Any = None

    def value(self, query: str, *values: object) -> Any:
        """The one value of the one row."""
        with self._lock:
            try:
                if self._connection is None:
                    self._connection = connect()
                return self._connection.execute(query, values).fetchone()[0]
            except psycopg.OperationalError:
                if self._connection is not None:
                    self._connection.close()
                self._connection = None
                raise


# The directory ---------------------------------------------------------------------------------------------------


class Range(NamedTuple):
    lo: int
    hi: int | None
    shard: str

    def holds(self, key: int) -> bool:
        return self.lo <= key and (self.hi is None or key <= self.hi)


class Snapshot(NamedTuple):
    """What the directory said in one reading."""

    epoch: int
    document: bytes
    ranges: dict[str, list[Range]]
    closed: list[tuple[str, Range]]
    # when the reading began
    at: float

    @classmethod
    def parse(cls, text: str, at: float) -> "Snapshot":
        snapshot = json.loads(text)
        document = snapshot["document"]
        if document is None:
            raise ValueError("nothing is loaded: SELECT directory.load(…)")
        ranges = {
            name: sorted(Range(lo, hi, shard["name"]) for shard in keyspace["shards"] for lo, hi in shard.get("ranges", []))
            for name, keyspace in document["keyspaces"].items()
            if keyspace["strategy"] == "range"
        }
        closed = [(one["keyspace"], Range(one["lo"], one["hi"], "")) for one in snapshot["closed"]]
        return cls(document["epoch"], json.dumps(document).encode(), ranges, closed, at)

    def owner(self, keyspace: str, key: int) -> dict[str, Any]:
        if keyspace not in self.ranges:
            raise Problem(404, "no such keyspace", f"{keyspace} is not divided by ranges", NEGATIVE)
        ranges = self.ranges[keyspace]
        found = ranges[bisect_right(ranges, key, key=lambda one: one.lo) - 1]
        writable = not any(name == keyspace and one.holds(key) for name, one in self.closed)
        return {"shard": found.shard, "lo": found.lo, "hi": found.hi, "epoch": self.epoch, "writable": writable}


class Directory:
    """The last snapshot, and the thread that reads the next."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._changed = threading.Condition()
        self._wanted = threading.Event()
        self._snapshot: Snapshot | None = None
        self.turned = time.monotonic()

    def keep_reading(self) -> None:
        failing = False
        while True:
            self._wanted.wait(READ_EVERY_S)
            self._wanted.clear()
            began = time.monotonic()
            try:
                read = Snapshot.parse(self._database.value("SELECT directory.snapshot()::text"), began)
            except (psycopg.Error, OSError, ValueError, LookupError) as error:
                if not failing:
                    log.error("the directory does not answer: %s", error)
                failing = True
            else:
                if failing:
                    log.info("the directory answers again, epoch %d", read.epoch)
                failing = False
                self.take(read)
            self.turned = time.monotonic()
            time.sleep(1 / FORCED_READINGS_PER_S)

    def take(self, read: Snapshot) -> None:
        with self._changed:
            # never back: a replica of the database that was promoted may be behind
            if self._snapshot is None or read.epoch >= self._snapshot.epoch:
                self._snapshot = read
            self._changed.notify_all()

    def last(self) -> Snapshot | None:
        return self._snapshot

    def current(self, after: float | None = None) -> Snapshot:
        """What was read last; with `after`, what was read since then, unless the database keeps silent."""
        with self._changed:
            if after is not None:
                self._wanted.set()
                self._changed.wait_for(lambda: self._snapshot is not None and self._snapshot.at >= after, timeout=2)
            if self._snapshot is None:
                raise Problem(503, "the directory was not read yet")
            return self._snapshot


# What callers of moves are told, by SQLSTATE.
REFUSALS = {
    "SH001": (412, "another epoch has come"),
    "SH003": (409, "a move is under way"),
    "P0002": (404, "not found"),
    "22023": (422, "not possible"),
    "23505": (409, "something of the keyspace moves already"),
    "23514": (422, "not possible"),
    "55000": (409, "not the next stage"),
}


class Moves:
    """Moves of ranges, written through to the directory."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def _write(self, query: str, *values: object) -> Any:
        try:
            return self._database.value(query, *values)
        except psycopg.Error as error:
            status, title = REFUSALS.get(error.sqlstate or "", (503, "the directory does not answer"))
            detail = error.diag.message_primary or "" if status != 503 else ""
            raise Problem(status, title, detail) from error

    def get(self, move: int) -> bytes:
        text = self._write("SELECT coalesce((SELECT to_jsonb(m) - 'changed_at' FROM directory.moves m WHERE id = %s)::text, '')", move)
        if not text:
            raise Problem(404, "no such move")
        return text.encode()

    def split(self, keyspace: str, at: int, target: str) -> bytes:
        return self.get(self._write("SELECT directory.split(%s::text, %s::bigint, %s::text)", keyspace, at, target))

    def advance(self, move: int, stage: str, seen: int) -> tuple[bytes, int]:
        epoch = self._write("SELECT directory.advance(%s::bigint, %s::text, %s::bigint)", move, stage, seen)
        return self.get(move), epoch


# HTTP ------------------------------------------------------------------------------------------------------------


class Metrics:
    """Requests by code and their durations, in Prometheus' text format."""

    def __init__(self, directory: Directory) -> None:
        objective = float(os.environ.get("LATENCY_OBJECTIVE_S", "0.3"))
        self._bounds = sorted({0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, objective})
        self._directory = directory
        self._lock = threading.Lock()
        self._codes: Counter[int] = Counter()
        self._durations = [0] * (len(self._bounds) + 1)
        self._sum = 0.0

    def count(self, status: int, seconds: float) -> None:
        with self._lock:
            self._codes[status] += 1
            self._durations[bisect_left(self._bounds, seconds)] += 1
            self._sum += seconds

    def text(self) -> str:
        label = 'service="shard-manager"'
        with self._lock:
            lines = ["# TYPE http_requests_total counter"]
            lines += [f'http_requests_total{{{label},code="{code}"}} {count}' for code, count in sorted(self._codes.items())]
            lines.append("# TYPE http_request_duration_seconds histogram")
            total = 0
            for bound, count in zip([*(f"{bound:g}" for bound in self._bounds), "+Inf"], self._durations, strict=True):
                total += count
                lines.append(f'http_request_duration_seconds_bucket{{{label},le="{bound}"}} {total}')
            lines += [f"http_request_duration_seconds_sum{{{label}}} {self._sum}", f"http_request_duration_seconds_count{{{label}}} {total}"]
        last = self._directory.last()
        if last is not None:
            lines += ["# TYPE shard_manager_epoch gauge", f"shard_manager_epoch{{{label}}} {last.epoch}"]
            age = time.monotonic() - last.at
            lines += ["# TYPE shard_manager_directory_age_seconds gauge", f"shard_manager_directory_age_seconds{{{label}}} {age:.3f}"]
        return "\n".join(lines) + "\n"


class Service:
    """The answers, apart from how they are carried."""

    def __init__(self) -> None:
        self.directory = Directory(Database())
        self.moves = Moves(Database())
        self.metrics = Metrics(self.directory)
        self.draining = False

    def health(self, path: str) -> Answer | None:
        last = self.directory.last()
        healthy = {
            "/startup": last is not None,
            # an old snapshot serves: the database alone takes no pod out
            "/ready": last is not None and not self.draining,
            "/live": time.monotonic() - self.directory.turned < 60,
        }.get(path)
        if healthy is None:
            return None
        return Answer(200 if healthy else 503, b"ok\n" if healthy else b"not ok\n")

    def question(self, path: str, asked: dict[str, str]) -> Answer:
        after = time.monotonic() if "no-cache" in asked.get("cache-control", "") else None
        if path == "/v1/epoch":
            snapshot = self.directory.current(after)
            return conditional(snapshot, json.dumps({"epoch": snapshot.epoch}).encode(), SHORT, asked)
        if path == "/v1/map":
            snapshot = self.directory.current(after)
            return conditional(snapshot, snapshot.document, SHORT, asked)
        if found := re.fullmatch(r"/v1/keyspaces/([a-z0-9-]+)/owners/(0|[1-9][0-9]{0,18})", path):
            snapshot = self.directory.current(after)
            key = int(found[2])
            if key >= 2**63:
                raise Problem(404, "no such key", f"{key} is no bigint", NEGATIVE)
            owner = snapshot.owner(found[1], key)
            body = json.dumps(owner).encode()
            # closed for seconds: not to be kept, nor taken for what the epoch says
            return conditional(snapshot, body, OWNER, asked) if owner["writable"] else Answer(200, body)
        raise Problem(404, "no such path")

    def administer(self, method: str, path: str, asked: dict[str, str], body: bytes) -> Answer:
        if method == "POST" and (found := re.fullmatch(r"/v1/keyspaces/([a-z0-9-]+)/moves", path)):
            wanted = fields(body, {"at": int, "target": str})
            if not 1 <= wanted["at"] < 2**63:
                raise Problem(422, "not possible", "`at` is the first id that moves: 1 or more")
            return Answer(201, self.moves.split(found[1], wanted["at"], wanted["target"]))
        if found := re.fullmatch(r"/v1/moves/([1-9][0-9]{0,17})", path):
            if method == "GET":
                return Answer(200, self.moves.get(int(found[1])))
            if method == "PUT":
                seen = re.fullmatch(r'"([0-9]{1,18})"', asked.get("if-match", ""))
                if seen is None:
                    raise Problem(428, "If-Match is missing", "it carries the epoch that the caller has seen, in quotes")
                move, epoch = self.moves.advance(int(found[1]), fields(body, {"stage": str})["stage"], int(seen[1]))
                # the next question to this pod knows; other pods read within a second
                self.directory.current(time.monotonic())
                return Answer(200, move, f'"{epoch}"')
        if method == "GET":
            return self.question(path, asked)
        raise Problem(404, "no such path")


def conditional(snapshot: Snapshot, body: bytes, cache: str, asked: dict[str, str]) -> Answer:
    etag = f'"{snapshot.epoch}"'
    known = [tag.strip().removeprefix("W/") for tag in asked.get("if-none-match", "").split(",")]
    return Answer(304, b"", etag, cache) if etag in known or "*" in known else Answer(200, body, etag, cache)


def fields(body: bytes, wanted: dict[str, type]) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError as error:
        raise Problem(400, "no JSON") from error
    if not isinstance(found, dict) or {name: type(value) for name, value in found.items()} != wanted:
        raise Problem(400, "other fields than the contract's", ", ".join(f"{name}: {kind.__name__}" for name, kind in wanted.items()))
    return found


class Handler(BaseHTTPRequestHandler):
    """One connection. `admin` and `service` are set on the class that each port has."""

    service: Service
    admin = False
    protocol_version = "HTTP/1.1"
    # an idle connection is let go after the load balancers and clients have let it go
    timeout = 75
    # headers and body leave in one segment
    wbufsize = -1

    def answer(self) -> None:
        began = time.monotonic()
        answer = self.service.health(self.path) if self.command == "GET" else None
        if answer is None:
            try:
                answer = self.ask()
            except Problem as problem:
                told = {"type": "about:blank", "title": problem.title, "status": problem.status, "detail": problem.detail}
                answer = Answer(problem.status, json.dumps(told).encode(), None, problem.cache)
            except Exception:
                log.exception("%s %s", self.command, self.path)
                answer = Answer(500, json.dumps({"type": "about:blank", "title": "a fault of the manager", "status": 500}).encode())
            self.service.metrics.count(answer.status, time.monotonic() - began)
        self.send(answer)

    def ask(self) -> Answer:
        asked = {name.lower(): value for name, value in self.headers.items()}
        length = asked.get("content-length", "0")
        if not length.isascii() or not length.isdigit() or int(length) > 65536 or "transfer-encoding" in asked:
            self.close_connection = True
            raise Problem(413, "a body of up to 64 KiB with its length")
        body = self.rfile.read(int(length))
        if self.admin:
            return self.service.administer(self.command, self.path, asked, body)
        if self.command != "GET":
            raise Problem(405, "moves are taken on the administrators' port")
        return self.service.question(self.path, asked)

    def send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        if answer.status != 304:
            self.send_header("Content-Type", "application/problem+json" if answer.status >= 400 else "application/json")
            self.send_header("Content-Length", str(len(answer.body)))
        if answer.etag is not None:
            self.send_header("ETag", answer.etag)
        self.send_header("Cache-Control", answer.cache)
        if self.service.draining:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(answer.body)
        self.wfile.flush()

    do_GET = do_POST = do_PUT = answer

    def log_message(self, *_: object) -> None:
        """Requests are counted, not logged."""


class MetricsHandler(Handler):
    def ask(self) -> Answer:
        raise Problem(404, "no such path")

    def answer(self) -> None:
        if self.path != "/metrics":
            self.send(Answer(404, b""))
            return
        body = self.service.metrics.text().encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    do_GET = answer


class Line(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        return json.dumps({"time": self.formatTime(record), "severity": record.levelname, "message": super().format(record)})


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


def main() -> None:
    to_stdout = logging.StreamHandler(sys.stdout)
    to_stdout.setFormatter(Line())
    logging.basicConfig(level=logging.INFO, handlers=[to_stdout])
    service = Service()
    threading.Thread(target=service.directory.keep_reading, daemon=True).start()
    base: dict[str, Any] = {"service": service}
    everyone = Server(("", int(os.environ.get("PORT", "8080"))), type("Public", (Handler,), base))
    metrics = Server(("", int(os.environ.get("METRICS_PORT", "9090"))), type("Scraped", (MetricsHandler,), base))
    admin = Server(("127.0.0.1", int(os.environ.get("ADMIN_PORT", "8081"))), type("Admin", (Handler,), {**base, "admin": True}))
    for server in (everyone, metrics, admin):
        threading.Thread(target=server.serve_forever, daemon=True).start()
    stopped = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stopped.set())
    stopped.wait()
    # no new callers; those that are here are told to go
    service.draining = True
    time.sleep(DRAIN_S)
    for server in (everyone, metrics, admin):
        server.shutdown()


if __name__ == "__main__":
    main()

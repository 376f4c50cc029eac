//! The shard manager that a project gets, before a real PostgreSQL: its directory, and the program over it.
//!
//! The program needs Python and psycopg; where the package is missing, `tests/manager/psycopg.py` stands for it over `psql`.

mod postgres;
mod sharding_tree;

use std::{
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command},
    time::{Duration, Instant},
};

use postgres::{Server, binaries, skip};
use serde_json::{Value, json};

fn emitted(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("snapshots/stateless-microservices-aws/sharding")
        .join(path)
}

fn shard_map() -> String {
    std::fs::read_to_string(emitted("shard-map.json")).expect("it is emitted")
}

/// A server with the directory, made twice, and the login of the manager.
fn with_directory() -> Result<Server, String> {
    let server = Server::start(&binaries()?);
    server.ask("postgres", "CREATE ROLE \"shard-manager\" LOGIN");
    for _ in 0..2 {
        server.file("postgres", &emitted("manager/directory.sql"), &[]);
    }
    Ok(server)
}

/// The owner of an id, a split at the end, a move with its epoch, and what is refused.
#[test]
fn the_directory_of_ranges_has_one_owner_for_an_id() {
    let server = match with_directory() {
        Ok(server) => server,
        Err(why) => return skip(&why),
    };
    let map = r#"{"epoch": 3, "keyspaces": {"users": {"strategy": "range", "shards": [
        {"name": "users-s00", "ranges": [[0, 999]]}, {"name": "users-s01", "ranges": [[1000, null]]}, {"name": "users-s02"}]},
        "sessions": {"strategy": "hash", "shards": [{"name": "sessions-s00", "buckets": [[0, 4095]]}]}}}"#;
    let ask = |query: &str| server.ask("postgres", query);
    let refused = |query: &str, with: &str| {
        let said = server.refusal("postgres", query);
        assert!(said.contains(with), "{query}: {said}");
    };
    let document = || -> Value {
        serde_json::from_str(&ask("SELECT directory.document()")).expect("a document")
    };
    assert_eq!(ask("SELECT directory.snapshot() ->> 'document'"), "");
    assert_eq!(ask(&format!("SELECT directory.load('{map}')")), "3");
    assert_eq!(
        document(),
        serde_json::from_str::<Value>(map).expect("a map")
    );
    assert_eq!(
        ask("SELECT * FROM directory.lookup('users', 999)"),
        "users-s00|0|999|3|t"
    );
    assert_eq!(
        ask("SELECT * FROM directory.lookup('users', 5000)"),
        "users-s01|1000||3|t"
    );
    assert_eq!(ask("SELECT * FROM directory.lookup('nobody', 1)"), "");
    refused(
        "DELETE FROM directory.ranges WHERE lo = 0",
        "ranges with a gap",
    );
    refused(
        "UPDATE directory.ranges SET hi = 1200 WHERE lo = 0",
        "ranges with a gap",
    );
    refused(
        "SELECT directory.split('users', 2000, 'users-s07')",
        "users-s07 is no shard of users",
    );
    assert_eq!(
        ask("SELECT directory.split('users', 2000, 'users-s02')"),
        "1"
    );
    refused(
        "SELECT directory.split('users', 3000, 'users-s02')",
        "moves_open",
    );
    refused(
        "SELECT directory.advance(1, 'switched')",
        "does not become switched",
    );
    refused(
        "SELECT directory.advance(1, 'copying', 2)",
        "the caller has seen 2",
    );
    for stage in ["copying", "caught-up", "reads", "fenced"] {
        assert_eq!(
            ask(&format!("SELECT directory.advance(1, '{stage}', 3)")),
            "3"
        );
    }
    assert_eq!(
        ask("SELECT writable FROM directory.lookup('users', 2000)"),
        "f"
    );
    assert_eq!(
        ask("SELECT writable FROM directory.lookup('users', 1999)"),
        "t"
    );
    refused(
        &format!("SELECT directory.load('{map}')"),
        "a move is under way",
    );
    assert_eq!(ask("SELECT directory.advance(1, 'switched')"), "4");
    assert_eq!(
        ask("SELECT * FROM directory.lookup('users', 2000)"),
        "users-s02|2000||4|t"
    );
    assert_eq!(
        ask("SELECT * FROM directory.lookup('users', 1999)"),
        "users-s01|1000|1999|4|t"
    );
    assert_eq!(
        document()["keyspaces"]["users"]["shards"][2],
        json!({"name": "users-s02", "ranges": [[2000, null]]})
    );
    assert_eq!(ask("SELECT directory.advance(1, 'done')"), "4");
    refused(
        &format!("SELECT directory.load('{map}')"),
        "the map has epoch 3, the directory 4",
    );
}

/// The program, stopped with the value.
struct Manager {
    process: Child,
    public: u16,
    admin: u16,
    metrics: u16,
}

impl Drop for Manager {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("it is bound").port()
}

fn python_can(program: &str) -> bool {
    Command::new("python3")
        .args(["-c", program])
        .output()
        .is_ok_and(|output| output.status.success())
}

impl Manager {
    fn start(server: &Server) -> Self {
        let (public, admin, metrics) = (free_port(), free_port(), free_port());
        let path = std::env::var("PATH").unwrap_or_default();
        let mut command = Command::new("python3");
        command
            .arg(emitted("manager/manager.py"))
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env(
                "PATH",
                format!("{}:{path}", server.binaries.to_string_lossy()),
            )
            .env("DIRECTORY_SHARD", "users-s00")
            .env("SHARD_HOST_USERS_S00", server.socket())
            .env("DIRECTORY_DATABASE", "postgres")
            .env("DIRECTORY_IDENTITY", "libpq")
            .env("PGUSER", "shard-manager")
            .env("PORT", public.to_string())
            .env("ADMIN_PORT", admin.to_string())
            .env("METRICS_PORT", metrics.to_string());
        if !python_can("import psycopg") {
            let stand_in = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/manager");
            command.env("PYTHONPATH", stand_in);
        }
        let process = command.spawn().expect("python3 was found before");
        let manager = Self {
            process,
            public,
            admin,
            metrics,
        };
        manager.until("it listens", || {
            TcpStream::connect(("127.0.0.1", metrics)).is_ok()
        });
        manager
    }

    fn until(&self, what: &str, holds: impl Fn() -> bool) {
        let began = Instant::now();
        while !holds() {
            assert!(began.elapsed() < Duration::from_secs(30), "never: {what}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// A question to everybody's port.
    fn get(&self, path: &str, headers: &[&str]) -> Answer {
        ask(self.public, "GET", path, headers, "")
    }

    fn move_to(&self, stage: &str, seen: &str) -> Answer {
        let body = json!({ "stage": stage }).to_string();
        ask(
            self.admin,
            "PUT",
            "/v1/moves/1",
            &[&format!("If-Match: {seen}")],
            &body,
        )
    }
}

#[derive(Debug)]
struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        self.head
            .lines()
            .find_map(|line| line.strip_prefix(&format!("{name}: ")))
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

fn ask(port: u16, method: &str, path: &str, headers: &[&str], body: &str) -> Answer {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("it listens");
    let headers: String = headers.iter().map(|one| format!("{one}\r\n")).collect();
    let question = format!(
        "{method} {path} HTTP/1.1\r\nHost: manager\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n{body}",
        body.len()
    );
    stream.write_all(question.as_bytes()).expect("it reads");
    let mut text = String::new();
    stream.read_to_string(&mut text).expect("it answers");
    let (head, body) = text.split_once("\r\n\r\n").expect("a head and a body");
    let status = head.split(' ').nth(1).expect("a status");
    Answer {
        status: status.parse().expect("a number"),
        head: head.to_owned(),
        body: body.to_owned(),
    }
}

#[test]
fn the_manager_answers_from_its_directory_and_without_it() {
    if !python_can("import sys; sys.exit(sys.version_info < (3, 10))") {
        return skip("no python3 of 3.10 or later");
    }
    let server = match with_directory() {
        Ok(server) => server,
        Err(why) => return skip(&why),
    };
    let manager = Manager::start(&server);
    assert_eq!(manager.get("/live", &[]).status, 200);
    assert_eq!(
        manager.get("/startup", &[]).status,
        503,
        "nothing is loaded"
    );
    assert_eq!(manager.get("/v1/map", &[]).status, 503);
    let load = format!("SELECT directory.load('{}')", shard_map());
    server.ask("postgres", &load);
    manager.until("it has read the directory", || {
        manager.get("/startup", &[]).status == 200
    });
    assert_eq!(manager.get("/ready", &[]).status, 200);
    questions(&manager);
    refusals(&manager);
    a_move(&manager);
    // the database goes away: questions are answered still, moves are not taken
    drop(server);
    std::thread::sleep(Duration::from_secs(2));
    let after = manager.get("/v1/map", &["Cache-Control: no-cache"]);
    assert_eq!((after.status, after.header("ETag")), (200, Some("\"2\"")));
    assert_eq!(manager.get("/ready", &[]).status, 200);
    assert_eq!(manager.move_to("done", "\"2\"").status, 503);
    let metrics = ask(manager.metrics, "GET", "/metrics", &[], "").body;
    for line in [
        "http_requests_total{service=\"shard-manager\",code=\"200\"} ",
        "http_request_duration_seconds_bucket{service=\"shard-manager\",le=\"0.3\"} ",
        "shard_manager_epoch{service=\"shard-manager\"} 2\n",
        "shard_manager_directory_age_seconds{service=\"shard-manager\"} ",
    ] {
        assert!(metrics.contains(line), "{line}\n{metrics}");
    }
}

fn questions(manager: &Manager) {
    let map = manager.get("/v1/map", &[]);
    assert_eq!(
        (map.status, map.header("ETag"), map.header("Cache-Control")),
        (200, Some("\"1\""), Some("max-age=5, stale-if-error=86400"))
    );
    assert_eq!(
        map.json(),
        serde_json::from_str::<Value>(&shard_map()).expect("a map")
    );
    for path in ["/v1/map", "/v1/epoch", "/v1/keyspaces/users/owners/7"] {
        let again = manager.get(path, &["If-None-Match: \"1\""]);
        assert_eq!((again.status, again.body.as_str()), (304, ""), "{path}");
        assert_eq!(
            manager.get(path, &["If-None-Match: \"0\""]).status,
            200,
            "{path}"
        );
    }
    assert_eq!(
        manager
            .get("/v1/keyspaces/users/owners/214748500", &[])
            .json(),
        json!({"shard": "users-s01", "lo": 214_748_500, "hi": null, "epoch": 1, "writable": true})
    );
    let nobody = manager.get("/v1/keyspaces/nobody/owners/1", &[]);
    assert_eq!(
        (nobody.status, nobody.header("Cache-Control")),
        (404, Some("max-age=10"))
    );
    for path in [
        "/v1/keyspaces/users/owners/007",
        "/v1/keyspaces/users/owners/-1",
        "/v1/keyspaces/users/owners/9223372036854775808",
        "/v2/map",
    ] {
        assert_eq!(manager.get(path, &[]).status, 404, "{path}");
    }
}

fn refusals(manager: &Manager) {
    let split = r#"{"at": 500000000, "target": "users-s00"}"#;
    let post = |port, body: &str| ask(port, "POST", "/v1/keyspaces/users/moves", &[], body).status;
    assert_eq!(
        post(manager.public, split),
        405,
        "moves are for administrators"
    );
    assert_eq!(post(manager.admin, "{"), 400);
    assert_eq!(
        post(manager.admin, r#"{"at": true, "target": "users-s00"}"#),
        400
    );
    assert_eq!(
        post(manager.admin, r#"{"at": 0, "target": "users-s00"}"#),
        422
    );
    assert_eq!(
        post(manager.admin, r#"{"at": 500000000, "target": "users-s09"}"#),
        422
    );
    assert_eq!(
        post(manager.admin, r#"{"at": 500000000, "target": "users-s01"}"#),
        422
    );
    let made = ask(
        manager.admin,
        "POST",
        "/v1/keyspaces/users/moves",
        &[],
        split,
    );
    assert_eq!(made.status, 201);
    let id = made.json()["id"].as_u64().expect("a number");
    assert_eq!(post(manager.admin, split), 409, "one move at a time");
    let path = format!("/v1/moves/{id}");
    let put = |path: &str, headers: &[&str], stage: &str| {
        let body = json!({ "stage": stage }).to_string();
        ask(manager.admin, "PUT", path, headers, &body).status
    };
    assert_eq!(put(&path, &[], "copying"), 428);
    assert_eq!(put(&path, &["If-Match: \"9\""], "copying"), 412);
    assert_eq!(put(&path, &["If-Match: \"1\""], "switched"), 409);
    assert_eq!(put("/v1/moves/99", &["If-Match: \"1\""], "copying"), 404);
    assert_eq!(put(&path, &["If-Match: \"1\""], "undone"), 200);
}

/// A range is split, closed and handed over: what routers see meanwhile.
fn a_move(manager: &Manager) {
    let body = r#"{"at": 500000000, "target": "users-s00"}"#;
    let made = ask(
        manager.admin,
        "POST",
        "/v1/keyspaces/users/moves",
        &[],
        body,
    );
    let path = format!("/v1/moves/{}", made.json()["id"]);
    let put = |stage: &str| {
        let body = json!({ "stage": stage }).to_string();
        ask(manager.admin, "PUT", &path, &["If-Match: \"1\""], &body)
    };
    for stage in ["copying", "caught-up", "reads", "fenced"] {
        let answer = put(stage);
        assert_eq!(
            (answer.status, answer.header("ETag")),
            (200, Some("\"1\"")),
            "{stage}"
        );
    }
    let moving = "/v1/keyspaces/users/owners/600000000";
    let closed = manager.get(moving, &["If-None-Match: \"1\""]);
    assert_eq!(closed.json()["writable"], false);
    assert_eq!(
        (closed.header("ETag"), closed.header("Cache-Control")),
        (None, Some("no-store"))
    );
    let beside = manager.get("/v1/keyspaces/users/owners/499999999", &[]);
    assert_eq!(beside.json()["writable"], true);
    assert_eq!(put("switched").header("ETag"), Some("\"2\""));
    let owner = manager.get(moving, &["If-None-Match: \"1\""]);
    assert_eq!(
        owner.json(),
        json!({"shard": "users-s00", "lo": 500_000_000, "hi": null, "epoch": 2, "writable": true})
    );
    let map = manager.get("/v1/map", &[]).json();
    assert_eq!(map["epoch"], 2);
    assert_eq!(
        map["keyspaces"]["users"]["shards"][0]["ranges"],
        json!([[0, 214_748_499], [500_000_000, null]])
    );
    let map: loadpath::sharding::map::ShardMap =
        serde_json::from_value(map).expect("what the file holds");
    map.validate().expect("every id has one owner");
}

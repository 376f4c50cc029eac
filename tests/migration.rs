//! What `migration/` holds runs on real servers, started here.

mod postgres;
mod sharding_tree;

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path, process::Command};

use postgres::{Server, binaries, skip, text};
use tempfile::TempDir;

/// The folder `migration/postgresql` as it is emitted: files as they are, the script with its shared part.
fn scripts() -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let templates = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/migration");
    let shared = fs::read_to_string(templates.join("_shell.sh.j2")).expect("a template");
    let listed = fs::read_dir(templates.join("postgresql")).expect("the folder of the stages");
    for file in listed.flatten() {
        let body = fs::read_to_string(file.path()).expect("a template");
        let body = body.replace("{% include \"migration/_shell.sh.j2\" %}", &shared);
        let name = file.file_name().to_string_lossy().replace(".j2", "");
        let path = folder.path().join(name);
        fs::write(&path, body).expect("own folder");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("own file");
    }
    folder
}

/// An old and a new server, and the script between them.
struct Move {
    scripts: TempDir,
    source: Server,
    target: Server,
}

impl Move {
    fn start() -> Option<Self> {
        let binaries = match binaries() {
            Ok(binaries) => binaries,
            Err(why) => {
                skip(&why);
                return None;
            }
        };
        let this = Self {
            scripts: scripts(),
            source: Server::start(&binaries),
            target: Server::start(&binaries),
        };
        this.source.ask("postgres", "CREATE DATABASE shop");
        this.target.ask("postgres", "CREATE DATABASE shop");
        Some(this)
    }

    fn migrate(&self, args: &[&str]) -> (bool, String) {
        let dsn = |server: &Server| format!("host={} user=postgres dbname=shop", server.socket());
        let path = std::env::var("PATH").unwrap_or_default();
        let path = format!("{}:{path}", self.source.binaries.display());
        let (source, target) = (dsn(&self.source), dsn(&self.target));
        let output = Command::new(self.scripts.path().join("migrate"))
            .args(args)
            .env("PATH", path)
            .env("SOURCE", &source)
            .env("SOURCE_DSN", &source)
            .env("TARGET", &target)
            .env("TARGET_DSN", &target)
            .output()
            .expect("bash runs");
        text(&output)
    }

    fn done(&self, args: &[&str]) -> String {
        let (worked, said) = self.migrate(args);
        assert!(worked, "{args:?}\n{said}");
        said
    }

    /// Waits until every table is copied.
    fn copied(&self) {
        for _ in 0..120 {
            if self.done(&["status"]).contains("2|2") {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(500));
        }
        panic!("not copied in a minute");
    }
}

const TABLES: &str = "CREATE SCHEMA app;
    CREATE TABLE users (id bigserial PRIMARY KEY, name text, born timestamptz DEFAULT now(), raw bytea);
    CREATE TABLE app.items (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), price numeric(10, 2), weight float8);
    INSERT INTO users (name, raw) SELECT 'u' || g, decode(md5(g::text), 'hex') FROM generate_series(1, 2000) g;
    INSERT INTO app.items (price, weight) SELECT random() * 100, random() FROM generate_series(1, 1000);";

#[test]
fn a_database_moves_and_comes_back_without_losing_a_write() {
    let Some(migration) = Move::start() else {
        return;
    };
    let (source, target) = (&migration.source, &migration.target);
    source.ask("shop", TABLES);
    source.ask("shop", "CREATE TABLE keyless (x int)");
    let (worked, said) = migration.migrate(&["check"]);
    assert!(!worked && said.contains("keyless"), "{said}");
    source.ask("shop", "DROP TABLE keyless");
    migration.done(&["check"]);

    // Without --execute nothing changes.
    for stage in ["schema", "publish", "copy", "cutover", "rollback", "finish"] {
        assert!(migration.done(&[stage]).contains("would"), "{stage}");
    }
    assert_eq!(
        target.ask(
            "shop",
            "SELECT count(*) FROM pg_class WHERE relname = 'users'"
        ),
        "0"
    );

    // Each stage twice, as after a failure; the schema once, into an empty database.
    migration.done(&["--execute", "schema"]);
    for stage in ["publish", "publish", "copy", "copy"] {
        migration.done(&["--execute", stage]);
    }
    migration.copied();
    source.ask("shop", "INSERT INTO users (name) VALUES ('late'); UPDATE app.items SET price = 1 WHERE weight < 0.5");
    migration.done(&["--execute", "cutover"]);
    assert_eq!(
        target.ask("shop", "SELECT count(*) FROM users WHERE name = 'late'"),
        "1"
    );
    let refused = source.refusal("shop", "INSERT INTO users (name) VALUES ('stale')");
    assert!(refused.contains("read-only"), "{refused}");
    let id = target.ask(
        "shop",
        "INSERT INTO users (name) VALUES ('new') RETURNING id",
    );
    assert_eq!(id, "2002", "sequences go on where they were");
    target.ask("shop", "DELETE FROM app.items WHERE weight > 0.9");

    // The way back takes what the new one wrote.
    migration.done(&["--execute", "rollback"]);
    assert_eq!(
        source.ask("shop", "SELECT count(*) FROM users WHERE name = 'new'"),
        "1"
    );
    assert_eq!(
        source.ask("shop", "SELECT count(*) FROM app.items WHERE weight > 0.9"),
        "0"
    );
    assert_eq!(
        source.ask(
            "shop",
            "INSERT INTO users (name) VALUES ('on') RETURNING id"
        ),
        "2003"
    );
    migration.done(&["--execute", "finish"]);
    assert_eq!(
        source.ask("shop", "SELECT count(*) FROM pg_replication_slots"),
        "0"
    );
}

#[test]
fn a_copy_ends_where_it_is_not_wanted() {
    let Some(migration) = Move::start() else {
        return;
    };
    migration.source.ask("shop", TABLES);
    for stage in ["schema", "publish", "copy"] {
        migration.done(&["--execute", stage]);
    }
    migration.copied();
    assert!(migration.done(&["verify"]).contains("equal"));
    migration
        .target
        .ask("shop", "UPDATE users SET name = 'wrong' WHERE id = 7");
    assert!(!migration.migrate(&["verify"]).0, "a wrong row is found");
    let (worked, said) = migration.migrate(&["--execute", "cutover"]);
    assert!(!worked && said.contains("differ"), "{said}");
    // A cutover that stops gives the source its writes again.
    migration
        .source
        .ask("shop", "INSERT INTO users (name) VALUES ('goes on')");
    migration.done(&["--execute", "rollback"]);
    assert_eq!(
        migration
            .source
            .ask("shop", "SELECT count(*) FROM pg_replication_slots"),
        "0"
    );
    assert_eq!(
        migration
            .source
            .ask("shop", "SELECT count(*) FROM pg_publication"),
        "0"
    );
}

/// A MariaDB without a network, stopped with the value; none where it is not installed.
struct MariaDb {
    directory: TempDir,
    server: std::process::Child,
}

impl MariaDb {
    fn start() -> Option<Self> {
        let found = |name: &str| Command::new(name).arg("--version").output().is_ok();
        if !["mariadbd", "mariadb-install-db", "mariadb"]
            .into_iter()
            .all(found)
        {
            skip("no mariadbd, mariadb-install-db or mariadb");
            return None;
        }
        let directory = tempfile::tempdir().expect("a temporary folder");
        let data = format!("--datadir={}/data", directory.path().display());
        let user = String::from_utf8_lossy(&Command::new("id").arg("-un").output().ok()?.stdout)
            .trim()
            .to_owned();
        let user = format!("--user={user}");
        let root = "--auth-root-authentication-method=normal";
        let (worked, said) = text(
            &Command::new("mariadb-install-db")
                .args(["--no-defaults", &user, &data, root])
                .output()
                .expect("it was found"),
        );
        assert!(worked, "{said}");
        let socket = format!("--socket={}/socket", directory.path().display());
        let server = Command::new("mariadbd")
            .args(["--no-defaults", &user, &data, &socket, "--skip-networking"])
            .args(["--log-bin=bin", "--server-id=1", "--binlog-format=ROW"])
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .expect("it was found");
        let this = Self { directory, server };
        for _ in 0..100 {
            if this.client("SELECT 1", "mysql").0 {
                return Some(this);
            }
            std::thread::sleep(std::time::Duration::from_millis(200));
        }
        panic!("mariadbd did not start");
    }

    /// Runs statements; whether they worked, and what they printed.
    fn client(&self, sql: &str, database: &str) -> (bool, String) {
        let socket = format!("--socket={}/socket", self.directory.path().display());
        let output = Command::new("mariadb")
            .args([
                "--no-defaults",
                "-uroot",
                &socket,
                "--batch",
                "--skip-column-names",
            ])
            .args(["-e", sql, database])
            .output()
            .expect("it was found");
        text(&output)
    }

    fn ask(&self, sql: &str) -> String {
        let (worked, said) = self.client(sql, "shop");
        assert!(worked, "{sql}\n{said}");
        said.trim_end().to_owned()
    }

    /// Runs a file of the migration.
    fn file(&self, name: &str) -> String {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/migration/mysql");
        self.ask(&fs::read_to_string(folder.join(name)).expect("a template"))
    }
}

impl Drop for MariaDb {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

#[test]
fn what_is_asked_of_a_mysql_is_what_it_answers() {
    let Some(server) = MariaDb::start() else {
        return;
    };
    let (worked, said) = server.client(
        "CREATE DATABASE shop; CREATE ROLE shop_app; CREATE USER api; GRANT shop_app TO api;
         GRANT SELECT, INSERT, UPDATE, DELETE ON shop.* TO shop_app",
        "mysql",
    );
    assert!(worked, "{said}");
    server.ask("CREATE TABLE rooms (id int PRIMARY KEY, name varchar(20), raw blob); INSERT INTO rooms VALUES (1, 'a', x'00ff'), (2, NULL, NULL)");
    assert_eq!(server.file("01_check.sql"), "", "nothing stops this one");
    server.ask(
        "CREATE TABLE bad (x int) ENGINE = MyISAM; GRANT INSERT ON *.* TO wide IDENTIFIED BY 'x'",
    );
    let wrong = server.file("01_check.sql");
    for what in ["no primary key", "not InnoDB", "'wide'"] {
        assert!(wrong.contains(what), "{what} in {wrong}");
    }
    server.ask("DROP TABLE bad");

    let sums = |server: &MariaDb| server.ask(&server.file("05_rows.sql"));
    let before = sums(&server);
    assert!(before.starts_with("rooms\t2\t"), "{before}");
    server.ask("UPDATE rooms SET raw = x'01' WHERE id = 1");
    assert_ne!(sums(&server), before, "a changed byte is another checksum");

    let open = server.file("06_open.sql");
    let fence = server.file("06_fence.sql");
    assert!(
        fence.contains("REVOKE DELETE, INSERT, UPDATE ON `shop`.* FROM 'shop_app'"),
        "{fence}"
    );
    let rights = |server: &MariaDb| server.ask("SHOW GRANTS FOR shop_app");
    server.ask(fence.lines().next().expect("a statement"));
    assert!(!rights(&server).contains("INSERT"));
    server.ask(&open);
    assert!(rights(&server).contains("INSERT"));
}

/// A store that keeps a file for each message, in place of the command of the cloud.
const STORE: &str = r#"#!/usr/bin/env bash
set -euo pipefail
mkdir -p "$STORE"
case $2 in
  batch-write-item)
    for word in "$@"; do [[ $word != file://* ]] || calls=${word#file://}; done
    jq -c '.[][] | .PutRequest.Item' "$calls" | while read -r item; do
      printf '%s\n' "$item" >"$STORE/$(jq -r '.room.S + "|" + .sent_at.S' <<<"$item")"
    done
    echo '{}'
    ;;
  query)
    for word in "$@"; do [[ $word != *'":room"'* ]] || room=$(jq -r '.[":room"].S' <<<"$word"); done
    find "$STORE" -name "$room|*" | wc -l
    ;;
esac
"#;

/// The same for the tools of MongoDB: what they are given, as they read it.
const DOCUMENTS: &str = r#"#!/usr/bin/env bash
set -euo pipefail
mkdir -p "$STORE"
case ${0##*/} in
  mongoimport)
    while [[ $1 != --file ]]; do shift; done
    while read -r item; do
      jq -e '(.sent_at["$date"]["$numberLong"] | test("^[0-9]{13}$")) and (.expires_at["$date"]["$numberLong"] | test("^[0-9]{13}$"))' >/dev/null <<<"$item"
      printf '%s\n' "$item" >"$STORE/$(jq -r '.room + "|" + ._id' <<<"$item")"
    done <"$2"
    ;;
  mongosh) find "$STORE" -name "$KEY|*" | wc -l ;;
esac
"#;

#[test]
fn chat_moves_message_by_message_and_once() {
    let stores: [(&str, &[(&str, &str)]); 2] = [
        ("live-streaming-aws", &[("aws", STORE)]),
        (
            "live-streaming-alternatives-aws",
            &[("mongoimport", DOCUMENTS), ("mongosh", DOCUMENTS)],
        ),
    ];
    for (example, tools) in stores {
        moves_chat(example, tools);
    }
}

/// Moves messages out of a real MariaDB by the script of an example, into what stands in place of the tools of its store.
fn moves_chat(example: &str, tools: &[(&str, &str)]) {
    let jq = Command::new("jq").arg("--version").output().is_ok();
    let Some(server) = MariaDb::start().filter(|_| jq) else {
        skip("no jq, or no MariaDB");
        return;
    };
    let (worked, said) = server.client("CREATE DATABASE shop", "mysql");
    assert!(worked, "{said}");
    server.ask(
        "CREATE TABLE m (id bigint PRIMARY KEY, room varchar(40), sent_at datetime(3), author varchar(20), text text);
         INSERT INTO m SELECT seq, IF(seq % 3 = 0, 'event', 'side'), NOW(3) - INTERVAL seq MINUTE, 'a', CONCAT('\"hi\",\n', seq) FROM seq_1_to_60;
         INSERT INTO m VALUES (61, 'event', NOW() - INTERVAL 40 DAY, 'old', 'gone');
         CREATE VIEW chat_to_move AS SELECT * FROM m",
    );
    let folder = server.directory.path();
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        fs::write(&path, text).expect("own folder");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("own file");
        path
    };
    let options = format!("[client]\nuser=root\nsocket={}/socket\n", folder.display());
    let options = write("client.cnf", &options);
    for (tool, text) in tools {
        write(tool, text);
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("snapshots")
        .join(example)
        .join("migration/chat/move");
    let script = write("move", &fs::read_to_string(script).expect("a snapshot"));
    let path = std::env::var("PATH").unwrap_or_default();
    let run = |args: &[&str]| {
        let output = Command::new(&script)
            .args(args)
            .env("PATH", format!("{}:{path}", folder.display()))
            .env("SOURCE", &options)
            .env("STORE", folder.join("store"))
            .env("STATE", folder.join("state"))
            .envs([
                ("DATABASE", "shop"),
                ("TABLE", "t"),
                ("URI", "u"),
                ("PAGE", "25"),
            ])
            .envs([("UNTIL", "61"), ("SHARDS", "4"), ("TTL_DAYS", "30")])
            .output()
            .expect("a shell");
        text(&output)
    };
    assert!(run(&["check"]).0);
    let (whole, said) = run(&["verify"]);
    assert!(
        !whole && said.contains("0 of"),
        "an empty store is found: {said}"
    );
    assert!(run(&["backfill"]).0 && !folder.join("store").join("any").exists());
    let stored = || {
        let kept = fs::read_dir(folder.join("store")).expect("messages");
        let mut kept: Vec<_> = kept.flatten().map(|file| file.path()).collect();
        kept.sort();
        kept
    };
    for _ in 0..2 {
        let (worked, said) = run(&["--execute", "backfill"]);
        assert!(worked, "{said}");
        assert_eq!(stored().len(), 60, "each once, and none that has expired");
        fs::remove_dir_all(folder.join("state")).expect("how far it came");
    }
    assert!(run(&["verify"]).0);
    fs::remove_file(&stored()[0]).expect("a message");
    let (whole, said) = run(&["verify"]);
    assert!(!whole && said.contains("lacks messages"), "{said}");
    server.ask("INSERT INTO m VALUES (62, 'a#b', NOW(), 'x', 'y')");
    assert!(!run(&["check"]).0, "a room that would be two keys");
}

//! What `sharding/` holds runs on real PostgreSQL servers, started here.

mod postgres;
mod sharding_tree;

use std::sync::PoisonError;

use loadpath::sharding::{route::bucket_of, vectors, vectors::VectorKey};
use postgres::{Server, binaries, skip, text, unprivileged};
use sharding_tree::{EVERY_STRATEGY, Rendered, TWO};

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[test]
fn postgresql_computes_the_buckets_of_the_vectors() {
    let server = match Server::shared() {
        Ok(server) => server,
        Err(why) => return skip(&why),
    };
    let tree = Rendered::new(EVERY_STRATEGY);
    let db = "vectors";
    server.create(db);
    server.file(db, &tree.path().join("ddl/10_functions.sql"), &[]);
    let vectors = vectors(&tree.map);
    let buckets = vectors.buckets.iter().map(|vector| {
        let call = match &vector.key {
            VectorKey::Text(key) => format!("{}::text", quoted(key)),
            VectorKey::Integer(key) => format!("{key}::bigint"),
        };
        (call, vector.bucket)
    });
    let uuids = vectors.uuids.iter();
    let uuids = uuids.map(|vector| (format!("'{}'::uuid", vector.uuid), vector.bucket));
    let wanted: Vec<(String, _)> = buckets.chain(uuids).collect();
    let calls: Vec<String> = wanted
        .iter()
        .map(|(call, _)| format!("sharding.bucket_of({call}, 4096)"))
        .collect();
    let got = server.ask(db, &format!("SELECT unnest(ARRAY[{}])", calls.join(", ")));
    let got: Vec<&str> = got.lines().collect();
    assert_eq!(got.len(), wanted.len());
    for ((call, bucket), got) in wanted.iter().zip(got) {
        assert_eq!(got, bucket.to_string(), "{call}");
    }
    for none in ["''::text", "NULL::text", "NULL::uuid", "(-1)::bigint"] {
        assert_eq!(
            server.ask(
                db,
                &format!("SELECT sharding.bucket_of({none}, 4096) IS NULL")
            ),
            "t",
            "{none}"
        );
    }
}

#[test]
fn a_row_filter_takes_every_key_type_and_means_the_same_bucket() {
    let server = match Server::shared() {
        Ok(server) => server,
        Err(why) => return skip(&why),
    };
    let tree = Rendered::new(TWO);
    let db = "filters";
    server.create(db);
    server.file(db, &tree.path().join("ddl/10_functions.sql"), &[]);
    let keys = [
        (
            "uuid",
            "F47AC10B-58CC-4372-A567-0E02B2C3D479",
            "f47ac10b-58cc-4372-a567-0e02b2c3d479",
        ),
        ("text", r"\x41 é 'x' \\", r"\x41 é 'x' \\"),
        ("varchar(40)", "日本語", "日本語"),
        ("bigint", "9007199254740993", "9007199254740993"),
        ("integer", "42", "42"),
        ("smallint", "7", "7"),
    ];
    for (idx, (kind, key, canonical)) in keys.into_iter().enumerate() {
        let table = format!("t{idx}");
        let insert = format!(
            "CREATE TABLE {table} (key {kind} PRIMARY KEY); INSERT INTO {table} VALUES ({})",
            quoted(key)
        );
        server.ask(db, &insert);
        let expression = server.ask(
            db,
            &format!("SELECT sharding.bucket_expression('{table}', 'key', 4096)"),
        );
        let bucket = server.ask(db, &format!("SELECT {expression} FROM {table}"));
        assert_eq!(bucket, bucket_of(canonical, 4096).to_string(), "{kind}");
        assert_eq!(
            bucket,
            server.ask(
                db,
                &format!("SELECT sharding.bucket_of(key, 4096) FROM {table}")
            ),
            "{kind}"
        );
        let publish = format!(
            "CREATE PUBLICATION p{idx} FOR TABLE {table} WHERE ({expression} BETWEEN 0 AND 2047)"
        );
        server.ask(db, &publish);
    }
    server.ask(db, "CREATE TABLE bad (key numeric PRIMARY KEY)");
    let refusal = server.refusal(db, "SELECT sharding.bucket_expression('bad', 'key', 4096)");
    assert!(
        refusal.contains("is of type numeric: a key is uuid, text, varchar or an integer"),
        "{refusal}"
    );
}

/// A new shard without a migration, and the name of its database, which begins with `of`: the files of `ddl/` in their
/// order around the application's own schema.
fn new_shard(server: &Server, of: &str, tree: &Rendered, shard: &str, schema: &str) -> String {
    let database = format!("{of}_{}", shard.replace('-', "_"));
    server.create(&database);
    let _alone = server.roles.lock().unwrap_or_else(PoisonError::into_inner);
    let ddl = tree.path().join("ddl");
    let (keyspace, _) = tree.map.shard(shard).expect("it is in the map");
    server.file(&database, &ddl.join("10_functions.sql"), &[]);
    server.file(&database, &ddl.join("12_map.sql"), &[]);
    server.file(
        &database,
        &ddl.join("14_place.sql"),
        &[&format!("shard={shard}")],
    );
    server.file(&database, &ddl.join("15_roles.sql"), &[]);
    server.ask(&database, schema);
    server.file(&database, &ddl.join(format!("20_{keyspace}.sql")), &[]);
    // again: every file is safe to repeat
    server.file(&database, &ddl.join("10_functions.sql"), &[]);
    server.file(&database, &ddl.join("12_map.sql"), &[]);
    server.file(&database, &ddl.join("15_roles.sql"), &[]);
    server.file(&database, &ddl.join(format!("20_{keyspace}.sql")), &[]);
    database
}

const USERS: &str = "CREATE TABLE users (user_id uuid PRIMARY KEY, name text);
    CREATE TABLE settings (id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE);";

#[test]
fn a_shard_takes_the_writes_of_its_epoch_and_its_buckets_only() {
    let server = match Server::shared() {
        Ok(server) => server,
        Err(why) => return skip(&why),
    };
    let tree = Rendered::new(TWO);
    let owned = "f47ac10b-58cc-4372-a567-0e02b2c3d479"; // bucket 3421: the second half
    let foreign = "f47ac10b-58cc-4372-a567-0e02b2c3d47e";
    assert!(bucket_of(owned, 4096) > 2047 && bucket_of(foreign, 4096) < 2048);
    let db = &new_shard(&server, "epochs", &tree, "users-s01", USERS);
    let insert = |key: &str| {
        format!("BEGIN; SET LOCAL my_shop.epoch = '1'; INSERT INTO users VALUES ('{key}'); COMMIT")
    };
    assert!(
        server
            .refusal(db, &insert(owned))
            .contains("users-s01 does not take writes")
    );
    server.ask(db, "SELECT sharding.open()");
    server.ask(db, &insert(owned));
    assert!(
        server
            .refusal(db, &format!("INSERT INTO users VALUES ('{owned}')"))
            .contains("users-s01 is at epoch 1, the router sent none")
    );
    assert!(
        server
            .refusal(db, "SET my_shop.epoch = '0'; DELETE FROM users")
            .contains("the router sent 0")
    );
    assert!(
        server
            .refusal(db, &insert(foreign))
            .contains("is not on this shard")
    );
    assert!(
        server.refusal(db, &insert(owned)).contains("duplicate key"),
        "the old uniqueness is kept"
    );

    let id = "SET my_shop.epoch = '1'; INSERT INTO settings (user_id) SELECT user_id FROM users RETURNING id % 64";
    assert_eq!(
        server.ask(db, id),
        "1",
        "ids are of the residue of the shard's ordinal"
    );
    let stays = "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f'";
    assert_eq!(
        server.ask(db, stays),
        "FOREIGN KEY (user_id) REFERENCES users(user_id) ON DELETE CASCADE"
    );
    let key = "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'p' AND conrelid = 'settings'::regclass";
    assert_eq!(server.ask(db, key), "PRIMARY KEY (bucket, id)");
    let identity = "SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indisreplident AND indrelid = 'settings'::regclass";
    assert!(
        server.ask(db, identity).ends_with("(id, user_id)"),
        "every column of the filter, and no generated one"
    );
    assert!(
        server
            .refusal(db, "SELECT sharding.become('users-s00')")
            .contains("this database is users-s01")
    );
}

#[test]
fn a_role_of_the_application_writes_and_cannot_open_a_shard() {
    // Its own: no other test's roles are to be made as on Amazon RDS.
    let server = match binaries() {
        Ok(binaries) => Server::start(&binaries),
        Err(why) => return skip(&why),
    };
    let tree = Rendered::new(TWO);
    server.ask("postgres", "CREATE ROLE rds_iam"); // as on Amazon RDS, where the logins are made by the file
    let db = &new_shard(&server, "roles", &tree, "users-s01", USERS);
    let write = "SET ROLE api; SET my_shop.epoch = '1'; INSERT INTO users VALUES ('f47ac10b-58cc-4372-a567-0e02b2c3d479')";
    assert!(server.refusal(db, write).contains("does not take writes"));
    assert!(
        server
            .refusal(
                db,
                "SET ROLE api; UPDATE sharding.state SET writable = true"
            )
            .contains("permission denied")
    );
    server.ask(db, "SELECT sharding.open()");
    server.ask(db, write);
    assert!(
        server
            .refusal(db, "SET ROLE api; CREATE TABLE t ()")
            .contains("permission denied")
    );
}

#[test]
fn the_operators_view_shows_every_shard() {
    let server = match Server::shared() {
        Ok(server) => server,
        Err(why) => return skip(&why),
    };
    let tree = Rendered::new(TWO);
    let keys = [
        "f47ac10b-58cc-4372-a567-0e02b2c3d479",
        "f47ac10b-58cc-4372-a567-0e02b2c3d47e",
    ];
    for (shard, key) in ["users-s01", "users-s00"].into_iter().zip(keys) {
        let database = new_shard(&server, "view", &tree, shard, USERS);
        server.ask(&database, "SELECT sharding.open()");
        server.ask(
            &database,
            &format!("SET my_shop.epoch = '1'; INSERT INTO users VALUES ('{key}')"),
        );
    }
    // both shards are databases of one server here, so the view is told another database for each
    let view = tree.path().join("operators/view.sql");
    server.create("people");
    let hosts = format!(
        "{{\"users-s00\": \"{0}\", \"users-s01\": \"{0}\"}}",
        server.socket()
    );
    let output = server
        .command("people")
        .arg("-f")
        .arg(&view)
        .envs([
            ("HOSTS", hosts.as_str()),
            ("FDW_USER", "postgres"),
            ("DBNAME", "view_users_s01"),
        ])
        .current_dir(view.parent().expect("a file stands in a folder"))
        .output()
        .expect("psql is beside initdb");
    let (worked, said) = text(&output);
    assert!(
        worked && said.contains("no host for content-s00: left out"),
        "{said}"
    );
    server.ask(
        "people",
        "ALTER SERVER shard_users_s00 OPTIONS (SET dbname 'view_users_s00')",
    );
    assert_eq!(
        server
            .ask("people", "SELECT shard, bucket FROM users.users ORDER BY 1")
            .lines()
            .count(),
        2
    );
    assert!(
        server
            .refusal("people", "DELETE FROM shard_users_s00.users")
            .contains("does not allow deletes")
    );
}

/// Runs the emitted rehearsal of a migration: a source, shards on two servers, writers, cutover, and the way on or back.
fn rehearse(keyspaces: &str, rows: &str, way: &str, ends_with: &str) {
    let binaries = match binaries() {
        Ok(binaries) => binaries,
        Err(why) => return skip(&why),
    };
    let tree = Rendered::new(keyspaces);
    let output = unprivileged("env")
        .arg(format!("PGBIN={}", binaries.display()))
        .arg(tree.path().join("migration/rehearse"))
        .args([rows, way])
        .current_dir("/")
        .output()
        .expect("bash is there");
    let (worked, said) = text(&output);
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(worked && printed.trim_end().ends_with(ends_with), "{said}");
    for wanted in ["every bucket agrees", "contents are equal", "guards hold"] {
        assert!(said.contains(wanted), "{wanted} is not in\n{said}");
    }
}

#[test]
fn a_migration_under_load_loses_nothing() {
    rehearse(TWO, "500", "forward", "finished: no slot left");
}

#[test]
fn a_migration_of_every_strategy_can_go_back_after_the_cutover() {
    rehearse(
        EVERY_STRATEGY,
        "100",
        "rollback",
        "rolled back: the source has the shards' writes and takes its own",
    );
}

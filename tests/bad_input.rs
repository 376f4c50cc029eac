//! Whatever is wrong with what comes in: one clear message that points at it, exit 1, and nothing written or lost.

mod support;

use std::{
    ffi::OsString,
    fs,
    io::Read as _,
    os::unix::{ffi::OsStringExt as _, fs::PermissionsExt as _, fs::symlink},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use support::{Mounted, Test, files};

const SMALL: &str = include_str!("../blueprints/small.yaml");

fn small() -> Test {
    Test::new().file("loadpath.yaml", SMALL)
}

/// The small blueprint with something else in it.
fn with(from: &str, to: &str) -> Test {
    assert!(SMALL.contains(from), "{from}");
    Test::new().file("loadpath.yaml", SMALL.replace(from, to))
}

/// Every command that reads a blueprint refuses it with the same words, and writes nothing.
#[track_caller]
fn refused(test: impl Fn() -> Test, message: &str) {
    for command in ["generate", "check", "size", "cost"] {
        let test = test();
        let before = files(test.path());
        let outcome = test.arg(command).status(1).stderr(message).run();
        assert_eq!(files(outcome.path()), before, "{command}");
    }
}

#[test]
fn a_missing_blueprint() {
    Test::new()
        .args(["generate", "none.yaml"])
        .status(1)
        .stderr(
            "error: cannot read none.yaml: there is no such file\nhint: loadpath init writes one\n",
        )
        .run();
}

#[test]
fn an_empty_blueprint() {
    for text in ["", "\n\n", "# nothing\n", "---\n", "null\n"] {
        let outcome = Test::new()
            .file("loadpath.yaml", text)
            .arg("generate")
            .status(1)
            .stderr_has("loadpath.yaml")
            .run();
        assert_eq!(outcome.files().len(), 1, "{text:?}");
        assert_eq!(
            outcome.stderr.matches("error:").count(),
            1,
            "{}",
            outcome.stderr
        );
    }
}

#[test]
fn a_blueprint_that_is_no_text() {
    for bytes in [
        &b"\x7fELF\x02\x01\x01\0\0\0"[..],
        b"name: caf\xe9\n",
        b"\xff\xfe\0n",
    ] {
        let outcome = Test::new()
            .file("loadpath.yaml", bytes)
            .arg("generate")
            .status(1)
            .stderr_has("error: ")
            .stderr_has("loadpath.yaml")
            .run();
        assert_eq!(outcome.files().len(), 1);
        assert!(!outcome.stderr.contains("panicked"), "{}", outcome.stderr);
    }
}

#[test]
fn a_blueprint_that_is_a_folder() {
    Test::new()
        .folder("loadpath.yaml")
        .args(["generate", "loadpath.yaml/loadpath.yaml"])
        .status(1)
        .stderr_has("error: cannot read loadpath.yaml/loadpath.yaml")
        .run();
    Test::new()
        .folder("x.yaml/loadpath.yaml")
        .args(["generate", "x.yaml"])
        .status(1)
        .stderr_has("error: cannot read x.yaml/loadpath.yaml")
        .run();
}

#[test]
fn a_blueprint_that_may_not_be_read() {
    let test = small().with(|folder| {
        let path = folder.join("loadpath.yaml");
        fs::set_permissions(path, fs::Permissions::from_mode(0o000)).expect("ours");
        fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).expect("ours");
    });
    let message = "error: cannot read loadpath.yaml: permission denied\n";
    if fs::read(test.path().join("loadpath.yaml")).is_err() {
        test.arg("generate").status(1).stderr(message).run();
        return;
    }
    // The superuser may read everything, so somebody else runs it.
    let nobody = |args: &[&str]| {
        Command::new("setpriv")
            .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
            .arg(env!("CARGO_BIN_EXE_loadpath"))
            .args(args)
            .current_dir(test.path())
            .output()
    };
    if !nobody(&["--version"]).is_ok_and(|output| output.status.success()) {
        return support::say("skipped: the superuser may read everything, and cannot be another");
    }
    let output = nobody(&["generate"]).expect("it started before");
    assert_eq!(String::from_utf8_lossy(&output.stderr), message);
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn a_blueprint_that_is_no_file() {
    let test = Test::new();
    let made = Command::new("mkfifo")
        .arg(test.path().join("pipe"))
        .status();
    assert!(made.is_ok_and(|status| status.success()));
    let test = test.with(|folder| symlink("loop", folder.join("loop")).expect("ours"));
    let mut outcome = test
        .args(["size", "pipe"])
        .status(1)
        .stderr("error: cannot read pipe: it is not a regular file\n")
        .run();
    for (path, message) in [
        ("/dev/zero", "it is not a regular file"),
        ("loop", "Too many levels of symbolic links"),
    ] {
        outcome = outcome
            .then()
            .args(["size", path])
            .status(1)
            .stderr_has(format!("error: cannot read {path}: {message}"))
            .run();
    }
}

#[test]
fn a_blueprint_that_is_linked_here_is_changed_where_it_is() {
    let outcome = small()
        .folder("shop")
        .with(|folder| {
            symlink("../loadpath.yaml", folder.join("shop/loadpath.yaml")).expect("ours");
        })
        .args([
            "size",
            "shop",
            "--write",
            "--set",
            "users.monthly_active=6k",
        ])
        .any_stdout()
        .expect_file("loadpath.yaml", SMALL.replace("5k", "6k"))
        .run();
    let link = fs::read_link(outcome.path().join("shop/loadpath.yaml"));
    assert_eq!(link.ok(), Some("../loadpath.yaml".into()));
}

/// What no system has, and what templates, shells and providers would take for something else.
#[test]
fn every_bound_is_kept() {
    for (set, message) in [
        ("users.monthly_active=.nan", "`.nan` is not a finite number"),
        (
            "users.monthly_active=-.inf",
            "`-.inf` is not a finite number",
        ),
        (
            "users.monthly_active=1e15",
            "`1e15` is too large, wanted at most 100B",
        ),
        (
            "users.monthly_active=0",
            "`0` is too small, wanted more than 0",
        ),
        ("users.monthly_active=3M..1M", "low 3M is above high 1M"),
        ("users.growth=-200 %/month", "wanted more than -100 %"),
        ("users.horizon=0 months", "wanted at least 1 month"),
        ("users.horizon=10000 months", "wanted at most 120 months"),
        (
            "users.locations={ europe: 70 % }",
            "shares add up to 70 %, wanted 100 %",
        ),
        ("traffic.requests_per_second=1e300/s", "wanted at most 1B/s"),
        ("traffic.surge=1e9x", "wanted at most 10000x"),
        ("data.size=1e30 B", "wanted at most 1000 PB"),
        ("objectives.latency_p99=0 ms", "wanted more than 0 s"),
        ("objectives.rpo=-1 min", "wanted at least 0 s"),
        ("cache.items=1e30", "is too large"),
        (
            "services=[{ name: api, memory: 100 TiB }]",
            "wanted at most 4 TiB",
        ),
        (
            "services=[{ name: api, cpu_per_request: 0 ms }]",
            "wanted more than 0 s",
        ),
        ("environments.prod.scale=0 %", "wanted more than 0 %"),
        ("name=shop-", "name `shop-` has a hyphen at its end"),
        ("name=aws-shop", "is kept by a provider for itself"),
        ("name=a-name-that-is-far-too-long", "at most 20 fit"),
        ("domain=${x}.example.com", "the text holds ${"),
        ("tags.owner='{{ x }}'", "the text holds {{"),
        ("tags.owner=$(id)", "the text holds $("),
        ("tags.owner='%{ if x }'", "the text holds %{"),
        ("existing.network=${x}", "the text holds ${"),
        ("accounts.prod.repository=${x}/y", "the text holds ${"),
        (
            "pins.api.replicas.max={ value: 8, reason: '${x}' }",
            "the text holds ${",
        ),
        ("region=mars-1", "gcp has no region `mars-1`"),
        ("[1]=x", "unknown key"),
        ("=", "the path holds an empty name"),
    ] {
        let outcome = small()
            .args(["generate", "-q", "--set", set])
            .status(1)
            .stderr_has("error: 1 problem in --set\n")
            .stderr_has("^")
            .stderr_has(message)
            .run();
        assert_eq!(outcome.files().len(), 1, "{set}");
    }
}

#[test]
fn all_mistakes_of_a_blueprint_in_one_run() {
    Test::new()
        .file(
            "loadpath.yaml",
            "version: 1\nname: shop\narchitecture: sharded-kubernetes\nusers:\n  montly_active: 2M\n  monthly_active: 20k\n  locations: { europe: 70 %, asia: 50 % }\ndata: { size: 6 parsecs }\n",
        )
        .arg("size")
        .status(1)
        .stderr_has("error: 3 problems in loadpath.yaml\n")
        .stderr_has("unknown key in users; did you mean monthly_active?")
        .stderr_has("shares add up to 120 %, wanted 100 %")
        .stderr_has("`parsecs` is not")
        .run();
}

#[test]
fn names_that_do_not_exist_are_answered_with_the_nearest() {
    for (from, to, wanted) in [
        (
            "sharded-kubernetes",
            "sharded-kubernets",
            "did you mean sharded-kubernetes?",
        ),
        ("version: 1", "version: 1\ncloud: gcpp", "gcp"),
        (
            "version: 1",
            "version: 1\nregion: us-centrl1",
            "us-central1",
        ),
        (
            "version: 1",
            "version: 1\nplatfrom: {}",
            "did you mean platform?",
        ),
        ("stream: queue", "stream: queu", "queue"),
        ("stream: queue", "straem: queue", "stream"),
    ] {
        let outcome = with(from, to)
            .arg("generate")
            .status(1)
            .stderr_has("--> loadpath.yaml:")
            .stderr_has("^")
            .stderr_has(wanted)
            .run();
        assert_eq!(outcome.files().len(), 1, "{to}");
    }
}

/// Each further consumer of a topic has a queue called by both: nobody else's name, and not too long for the service.
#[test]
fn queues_of_further_consumers_have_names_of_their_own() {
    let with = |topic: &str, more: &str| {
        format!(
            "{SMALL}
services:
  - {{ name: first, kind: worker, topic: {topic}, jobs_per_request: 1 % }}
  - {{ name: second, kind: worker, topic: {topic} }}
{more}"
        )
    };
    let other = "  - { name: third, kind: worker, topic: orders-second }";
    for (text, wanted) in [
        (
            with("orders", other),
            "the queue of second is called orders-second, as another topic is",
        ),
        (
            with("orders-of-everybody-in-the-house", ""),
            "has 39 characters, wanted at most 34",
        ),
    ] {
        let test = Test::new().file("loadpath.yaml", text);
        let outcome = test.arg("size").status(1).stderr_has(wanted).run();
        assert_eq!(outcome.files().len(), 1);
    }
}

#[test]
fn what_an_environment_cannot_have_of_its_own() {
    let blueprint = format!(
        "{SMALL}environments: {{ dev: {{ scale: 1 %, override: {{ region: us-east1, tags: {{ a: b }} }} }}, prod: {{}} }}\n"
    );
    Test::new()
        .file("loadpath.yaml", blueprint)
        .arg("generate")
        .status(1)
        .stderr_has("region is the same in all environments")
        .stderr_has("tags is the same in all environments")
        .run();
}

#[test]
fn unknown_arguments_are_answered_with_the_nearest() {
    for (args, message) in [
        (&["genrate"][..], "unrecognized subcommand 'genrate'"),
        (
            &["generate", "--dry-rum"],
            "a similar argument exists: '--dry-run'",
        ),
        (
            &["size", "--format", "jsn"],
            "a similar value exists: 'json'",
        ),
        (
            &["explain", "api.replica.max"],
            "did you mean api.replicas.max",
        ),
        (
            &["explain", "api.replicas.max", "--env", "pord"],
            "no environment `pord`; there are dev, staging, prod; did you mean `prod`",
        ),
        (
            &["architectures", "sharded"],
            "hint: did you mean sharded-kubernetes",
        ),
        (&["catalog", "aws.node"], "hint: did you mean aws.nodes"),
        (
            &["size", "--set", "users.montly_active=3M"],
            "did you mean monthly_active?",
        ),
        (&["size", "--set", "users.monthly_active"], "--set"),
        (&["size", "--horizon", "soon"], "soon"),
        (
            &["explain", "--file", "docs/STRT.md:3"],
            "hint: did you mean docs/START.md",
        ),
    ] {
        let outcome = small()
            .args(args.iter().copied())
            .status(1)
            .stderr_has(message)
            .run();
        assert!(outcome.stdout.is_empty(), "{args:?}");
    }
}

#[test]
fn pins_of_nothing_and_of_machines_that_do_not_exist() {
    for (pin, wanted) in [
        (
            "api.replica.max: { value: 9, reason: r }",
            "no quantity is named api.replica.max; did you mean api.replicas.max?",
        ),
        ("api.replicas.max: { value: many, reason: r }", "many"),
        (
            "cluster.pools.general.machine: { value: n2-standrd-2, reason: r }",
            "did you mean n2-standard-2?",
        ),
        (
            "cluster.pools.system.machine: { value: n2-standrd-2, reason: r }",
            "did you mean n2-standard-2?",
        ),
        (
            "network.cidr: { value: everywhere, reason: r }",
            "network.cidr is a block of addresses such as 10.2.0.0/16, not `everywhere`",
        ),
        (
            "cache.node: { value: M9, reason: r }",
            "us-central1 has no `M9` for cache.node",
        ),
        (
            "database.main.nodes.s00.class: { value: db-custom-3, reason: r }",
            "did you mean db-custom-",
        ),
    ] {
        let blueprint = format!("{SMALL}pins: {{ {pin} }}\n");
        let test = Test::new().file("loadpath.yaml", blueprint);
        let outcome = test.arg("generate").status(1).stderr_has(wanted).run();
        assert_eq!(outcome.files().len(), 1, "{pin}");
    }
}

#[test]
fn arguments_that_are_no_text() {
    let folder = small().args(["schema"]).any_stdout().run();
    let broken = || OsString::from_vec(b"\xff\xfe".to_vec());
    for args in [
        vec![broken()],
        vec!["size".into(), "--set".into(), broken()],
        vec!["explain".into(), broken()],
        vec!["generate".into(), "-o".into(), "out".into(), broken()],
        vec!["-C".into(), broken(), "size".into()],
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_loadpath"))
            .args(&args)
            .current_dir(folder.path())
            .output()
            .expect("the binary starts");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{args:?}\n{said}");
        assert!(said.starts_with("error: "), "{said}");
        assert!(!said.contains("bug"), "{said}");
    }
}

#[test]
fn an_output_folder_that_is_a_file() {
    let outcome = small()
        .file("out", "mine\n")
        .args(["generate", "-o", "out"])
        .status(1)
        .stderr("error: `out` is a file, wanted a folder\n")
        .expect_file("out", "mine\n")
        .run();
    outcome
        .then()
        .args(["generate", "-o", "out/below"])
        .status(1)
        .stderr_has("out/below")
        .expect_file("out", "mine\n")
        .run();
}

#[test]
fn an_output_folder_that_leads_elsewhere() {
    let outcome = small()
        .folder("elsewhere")
        .with(|folder| symlink("elsewhere", folder.join("out")).expect("ours"))
        .args(["generate", "-o", "out"])
        .status(1)
        .stderr("error: `out` is a symbolic link, wanted a folder\nhint: name the folder itself: [DIR]/elsewhere\n")
        .run();
    assert_eq!(
        fs::read_dir(outcome.path().join("elsewhere"))
            .expect("ours")
            .count(),
        0
    );
}

#[test]
fn a_folder_inside_that_leads_elsewhere() {
    let outcome = small()
        .folder("elsewhere")
        .with(|folder| symlink("elsewhere", folder.join("terraform")).expect("ours"))
        .arg("generate")
        .status(1)
        .stderr_has("terraform")
        .stderr_has("symbolic link")
        .run();
    assert_eq!(
        fs::read_dir(outcome.path().join("elsewhere"))
            .expect("ours")
            .count(),
        0
    );
    assert!(!outcome.path().join("docs").exists());
}

#[test]
fn a_file_inside_that_leads_elsewhere() {
    let outcome = small().args(["generate", "-q"]).run();
    let path = outcome.path().join("docs/START.md");
    let text = fs::read(&path).expect("it was generated");
    fs::rename(&path, outcome.path().join("elsewhere.md")).expect("ours");
    symlink("../elsewhere.md", &path).expect("ours");
    let outcome = outcome
        .then()
        .args([
            "generate",
            "--set=name=starter",
            "--set=users.monthly_active=400k",
        ])
        .status(1)
        .stderr_has("docs/START.md")
        .stderr_has("symbolic link")
        .run();
    assert_eq!(
        fs::read(outcome.path().join("elsewhere.md")).ok(),
        Some(text)
    );
    assert!(fs::read_link(path).is_ok(), "the link stays");
}

#[test]
fn a_disk_that_is_full() {
    let Some(disk) = Mounted::new(200 << 10) else {
        return;
    };
    let out = disk.path().join("out");
    small()
        .args(["generate", "-o", &out.display().to_string()])
        .status(1)
        .stderr_has("No space left on device")
        .run();
    let left: Vec<String> = files(&disk.path()).into_keys().collect();
    assert_eq!(left, Vec::<String>::new());
}

#[test]
fn a_disk_that_is_full_under_a_project_that_is_there() {
    let Some(disk) = Mounted::new(3 << 20) else {
        return;
    };
    let out = disk.path().join("out");
    let out = out.display().to_string();
    let outcome = small().args(["generate", "-q", "-o", &out]).run();
    fs::write(disk.path().join("filler"), vec![0; 8 << 20]).expect_err("the disk is full");
    let before = files(&disk.path());
    outcome
        .then()
        .args(["generate", "-o", &out, "--set=users.monthly_active=400k"])
        .status(1)
        .stderr_has("No space left on device")
        .run();
    assert_eq!(files(&disk.path()), before);
}

#[test]
fn a_disk_that_is_read_only() {
    let Some(disk) = Mounted::new(4 << 20) else {
        return;
    };
    if !disk.make_read_only() {
        return support::say("skipped: remounting is not allowed");
    }
    let out = disk.path().join("out").display().to_string();
    small()
        .args(["generate", "-o", &out])
        .status(1)
        .stderr_has("Read-only file system")
        .run();
}

#[test]
fn a_project_on_a_disk_that_is_read_only_can_be_checked() {
    let Some(disk) = Mounted::new(8 << 20) else {
        return;
    };
    let out = disk.path().join("out").display().to_string();
    let outcome = small().args(["generate", "-q", "-o", &out]).run();
    if !disk.make_read_only() {
        return support::say("skipped: remounting is not allowed");
    }
    outcome
        .then()
        .args(["check", "-o", &out])
        .stdout_has(" files in step\n")
        .run()
        .then()
        .args(["generate", "-o", &out, "--set=users.monthly_active=400k"])
        .status(1)
        .stderr_has("Read-only file system")
        .run();
}

#[test]
fn a_reader_that_has_seen_enough() {
    let folder = small().args(["generate", "-q"]).run();
    for args in [
        &["explain", "--all"][..],
        &["size", "--all"],
        &["schema"],
        &["--help"],
        &["man"],
    ] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_loadpath"))
            .args(args)
            .current_dir(folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let mut byte = [0];
        let mut stdout = child.stdout.take().expect("standard output is a pipe");
        stdout.read_exact(&mut byte).expect("it prints something");
        drop(stdout);
        let output = child.wait_with_output().expect("the binary ends");
        assert_eq!(output.status.code(), Some(0), "{args:?}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{args:?}");
    }
}

#[test]
fn a_result_that_cannot_be_written() {
    let folder = small().args(["schema"]).any_stdout().run();
    for args in [
        &["size"][..],
        &["schema"],
        &["--help"],
        &["completions", "bash"],
        &["man"],
    ] {
        let Ok(full) = fs::OpenOptions::new().write(true).open("/dev/full") else {
            return support::say("skipped: there is no /dev/full");
        };
        let output = Command::new(env!("CARGO_BIN_EXE_loadpath"))
            .args(args)
            .current_dir(folder.path())
            .stdout(full)
            .output()
            .expect("the binary starts");
        assert_eq!(output.status.code(), Some(1), "{args:?}");
        assert_eq!(
            String::from_utf8_lossy(&output.stderr),
            "error: cannot write the result: No space left on device (os error 28)\n",
            "{args:?}"
        );
    }
}

/// A generated project whose lock says something else.
fn with_lock(change: impl FnOnce(String) -> String) -> Test {
    let outcome = small().args(["generate", "-q"]).run();
    let path = outcome.path().join(".loadpath/lock.json");
    let text = fs::read_to_string(&path).expect("it was generated");
    fs::write(path, change(text)).expect("ours");
    outcome.then()
}

#[test]
fn a_lock_that_is_broken_or_newer() {
    for (change, wanted) in [
        (
            Box::new(|_| "{ \"format\": 1,".to_owned()) as Box<dyn Fn(String) -> String>,
            "lock.json",
        ),
        (Box::new(|_| String::new()), "lock.json"),
        (
            Box::new(|text| text.replacen("\"format\": 2", "\"format\": 99", 1)),
            "newer",
        ),
        (
            Box::new(|text| text.replacen("docs/START.md", "../../etc/passwd", 1)),
            "leaves the project",
        ),
    ] {
        for command in ["generate", "check"] {
            let test = with_lock(&change);
            let before = files(test.path());
            let outcome = test.arg(command).status(1).stderr_has(wanted).run();
            assert_eq!(files(outcome.path()), before, "{command}");
            assert_eq!(
                outcome.stderr.matches("error:").count(),
                1,
                "{}",
                outcome.stderr
            );
        }
    }
}

#[test]
fn two_runs_at_once_end_well() {
    let folder = small().args(["schema"]).any_stdout().run();
    let all: Vec<_> = thread::scope(|scope| {
        let started: Vec<_> = (0..4)
            .map(|idx| {
                let set = format!("--set=users.monthly_active={}k", 5 + idx % 2);
                let folder = folder.path();
                scope.spawn(move || {
                    Command::new(env!("CARGO_BIN_EXE_loadpath"))
                        .args(["generate", "-q", &set])
                        .current_dir(folder)
                        .output()
                        .expect("the binary starts")
                })
            })
            .collect();
        started
            .into_iter()
            .map(|run| run.join().expect("the thread ends"))
            .collect()
    });
    for output in all {
        let said = String::from_utf8_lossy(&output.stderr);
        let code = output.status.code();
        assert!(
            code == Some(0) || (code == Some(1) && said.contains("another")),
            "{code:?}\n{said}"
        );
    }
    folder
        .then()
        .args(["generate", "-q"])
        .run()
        .then()
        .arg("check")
        .stdout_has(" files in step\n")
        .run();
}

#[test]
fn a_catalog_or_templates_that_are_wrong() {
    small()
        .folder("mine")
        .args(["size", "--catalog", "mine"])
        .status(1)
        .stderr("error: `mine` has no table of the catalog (`constants.tsv`, `aws.nodes.tsv` and so on)\n")
        .run();
    small()
        .args(["size", "--catalog", "none"])
        .status(1)
        .stderr("error: cannot read the catalog `none`: No such file or directory (os error 2)\n")
        .run();
    small()
        .file("mine/docs/START.md.j2", "{{ project.nmae }}\n")
        .args(["generate", "--templates", "mine"])
        .status(1)
        .stderr_has("docs/START.md.j2")
        .stderr_has("nmae")
        .expect_absent("docs")
        .run();
    small()
        .args(["generate", "--templates", "none"])
        .status(1)
        .stderr_has("none")
        .run();
}

#[test]
fn a_hostile_blueprint_costs_little() {
    let bomb = "a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]\n";
    let deep = format!("a: {}{}\n", "[".repeat(20_000), "]".repeat(20_000));
    let large = format!("# {}\n{SMALL}", "x".repeat(2 << 20));
    for text in [bomb, &deep, &large] {
        let began = Instant::now();
        let outcome = Test::new()
            .file("loadpath.yaml", text)
            .arg("size")
            .status(1)
            .stderr_has("error: ")
            .run();
        assert!(began.elapsed() < Duration::from_secs(10));
        assert!(outcome.stderr.len() < 20_000, "{}", outcome.stderr.len());
    }
}

#[test]
fn everything_that_reads_a_blueprint_says_the_same() {
    refused(
        || with("5k", "-5k"),
        "error: 1 problem in loadpath.yaml\n  --> loadpath.yaml:5:26\n 5 | users: { monthly_active: -5k, growth: 10 %/month, horizon: 12 months }\n   |                          ^^^ `-5k` is too small, wanted more than 0\n",
    );
}

#[test]
fn vitess_with_what_it_cannot_stand_beside() {
    let strategy = |strategy: &str| {
        let key = if strategy == "region" {
            "region, hash_key: id"
        } else {
            "id"
        };
        format!(
            ", engine: mysql, keyspaces: [{{ name: a, tables: [t], key: {key}, strategy: {strategy} }}]"
        )
    };
    let mysql = ", engine: mysql".to_owned();
    let three =
        ", engine: mysql, keyspaces: [{ name: a, tables: [t], key: id, shards: 3 }]".to_owned();
    for (platform, data, cloud, words) in [
        (
            "router: vitess",
            String::new(),
            "aws",
            "`vitess` shards MySQL; wanted data.engine: mysql",
        ),
        (
            "router: application",
            mysql.clone(),
            "gcp",
            "engine `mysql` is sharded here by Vitess alone; wanted platform.router: vitess, or engine postgresql",
        ),
        (
            "router: vitess, database: cloudnative-pg",
            mysql.clone(),
            "aws",
            "router `vitess` runs MySQL in tablets of its own, not on cloudnative-pg; wanted database vitess, or none stated",
        ),
        (
            "database: vitess",
            mysql.clone(),
            "gcp",
            "database `vitess` is found by router `vitess`, which brings it; wanted platform.router: vitess",
        ),
        (
            "router: vitess, kubernetes: autopilot",
            mysql.clone(),
            "gcp",
            "database `vitess` wants node pools of its own, which `autopilot` does not have; wanted standard",
        ),
        (
            "router: vitess, monitoring: datadog",
            mysql,
            "aws",
            "`datadog` has no monitors of the tablets of router `vitess`; wanted cloud or grafana-cloud",
        ),
        (
            "router: vitess",
            strategy("range"),
            "aws",
            "router `vitess` has equal ranges of a hash, and no split points of the key; wanted hash, or functional",
        ),
        (
            "router: vitess",
            strategy("region"),
            "gcp",
            "router `vitess` runs in the region of the cluster, and `region` puts shards into others; wanted hash",
        ),
        (
            "router: vitess",
            strategy("directory"),
            "gcp",
            "router `vitess` finds a row by the hash of its key, and has no directory of keys; wanted hash",
        ),
        (
            "router: vitess",
            three,
            "aws",
            "router `vitess` splits a shard into two halves of its range; wanted a power of two, not 3",
        ),
    ] {
        let text = format!(
            "version: 1\nname: shop\narchitecture: sharded-kubernetes\ncloud: {cloud}\nusers: {{ monthly_active: 20k }}\ndata: {{ size: 20 GiB{data} }}\nplatform: {{ {platform} }}\n"
        );
        Test::new()
            .file("loadpath.yaml", text)
            .arg("size")
            .status(1)
            .stderr_has(words)
            .run();
    }
}

#[test]
fn databases_on_the_cluster_with_what_they_cannot_stand_beside() {
    let one = "";
    let region =
        ", keyspaces: [{ name: a, tables: [t], key: region, hash_key: id, strategy: region }]";
    let two = ", keyspaces: [{ name: a, tables: [t], key: id }, { name: b, tables: [u], key: id }]";
    for (platform, keyspaces, cloud, words) in [
        (
            "database: cloudnative-pg, kubernetes: autopilot",
            one,
            "gcp",
            "wants node pools of its own, which `autopilot` does not have; wanted standard",
        ),
        (
            "database: cloudnative-pg, kubernetes: auto-mode",
            one,
            "aws",
            "wants node pools of its own, which `auto-mode` does not have; wanted standard",
        ),
        (
            "database: cloudnative-pg, router: pgdog",
            one,
            "aws",
            "`pgdog` does not stand before database `cloudnative-pg`",
        ),
        (
            "database: cloudnative-pg",
            region,
            "gcp",
            "strategy `region` puts shards into others; wanted hash, range, directory or functional",
        ),
        (
            "router: citus",
            one,
            "gcp",
            "`citus` is an extension that cloud-sql does not have; wanted database cloudnative-pg",
        ),
        (
            "database: cloudnative-pg, router: citus",
            two,
            "aws",
            "wanted one keyspace of strategy hash",
        ),
    ] {
        let text = format!(
            "version: 1\nname: shop\narchitecture: sharded-kubernetes\ncloud: {cloud}\nusers: {{ monthly_active: 20k }}\ndata: {{ size: 20 GiB{keyspaces} }}\nplatform: {{ {platform} }}\n"
        );
        Test::new()
            .file("loadpath.yaml", text)
            .arg("size")
            .status(1)
            .stderr_has(words)
            .run();
    }
}

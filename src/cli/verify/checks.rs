//! Which tool reads what.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use crate::cli::tool::{self, command};

/// Every tool that may be asked.
pub(super) const TOOLS: &[&str] = &[
    "terraform",
    "kubectl",
    "promtool",
    "k6",
    "node",
    "shellcheck",
    "bash",
    "actionlint",
    "python3",
    "go",
    "javac",
    "initdb",
];

/// One run of a tool.
pub(super) struct Check {
    /// What it does, beginning with the tool.
    pub(super) name: &'static str,
    /// What must be on PATH.
    pub(super) tool: &'static str,
    /// Whether the tool may also be elsewhere, and is found by the check itself.
    pub(super) brings_its_tool: bool,
    /// What it reads, below the project.
    pub(super) subject: String,
    pub(super) how: How,
}

/// How a check is done.
pub(super) enum How {
    /// These commands, in order.
    Run(Vec<Command>),
    /// Not at all, for this reason.
    Skip(String),
    /// The DDL of a shard in each keyspace.
    Sql(super::sql::Ddl),
}

impl Check {
    fn new(name: &'static str, subject: impl Into<String>, how: How) -> Self {
        Self {
            name,
            tool: name.split(' ').next().unwrap_or(name),
            brings_its_tool: false,
            subject: subject.into(),
            how,
        }
    }
}

/// Every check of what is in the project; `scratch` is a folder for what tools write.
pub(super) fn of(project: &Path, scratch: &Path) -> Vec<Check> {
    let mut checks = Vec::new();
    terraform(project, &mut checks);
    kubernetes(project, &mut checks);
    observability(project, &mut checks);
    scripts(project, &mut checks);
    clients(project, scratch, &mut checks);
    ddl(project, &mut checks);
    checks
}

fn terraform(project: &Path, checks: &mut Vec<Check>) {
    let folder = project.join("terraform");
    if !folder.is_dir() {
        return;
    }
    let format = command(
        "terraform",
        ["fmt", "-check", "-diff", "-recursive", "-no-color", "."],
        &folder,
    );
    checks.push(Check::new(
        "terraform fmt",
        "terraform/",
        How::Run(vec![offline(format)]),
    ));
    for cloud in folders(&folder) {
        for root in folders(&cloud) {
            let subject = below(project, &root);
            let validate = command("terraform", ["validate", "-no-color"], &root);
            let how = if root.join(".terraform/providers").is_dir() {
                How::Run(vec![offline(validate)])
            } else {
                How::Skip("no providers there: terraform init -backend=false".to_owned())
            };
            checks.push(Check::new("terraform validate", subject, how));
        }
    }
}

/// Terraform asks its maker for newer versions unless it is told not to.
fn offline(mut terraform: Command) -> Command {
    terraform.env("CHECKPOINT_DISABLE", "1");
    terraform
}

fn kubernetes(project: &Path, checks: &mut Vec<Check>) {
    for overlay in folders(&project.join("kubernetes/overlays")) {
        let build = command("kubectl", ["kustomize", "."], &overlay);
        let subject = below(project, &overlay);
        checks.push(Check::new(
            "kubectl kustomize",
            subject,
            How::Run(vec![build]),
        ));
    }
}

fn observability(project: &Path, checks: &mut Vec<Check>) {
    let folder = project.join("observability/prometheus");
    if folder.join("rules.yaml").is_file() {
        let check = command("promtool", ["check", "rules", "rules.yaml"], &folder);
        let subject = "observability/prometheus/rules.yaml";
        checks.push(Check::new("promtool check", subject, How::Run(vec![check])));
    }
    if folder.join("rules.test.yaml").is_file() {
        let test = command("promtool", ["test", "rules", "rules.test.yaml"], &folder);
        let subject = "observability/prometheus/rules.test.yaml";
        checks.push(Check::new("promtool test", subject, How::Run(vec![test])));
    }
    let loads = project.join("loadtest");
    let tests: Vec<PathBuf> = files(&loads)
        .into_iter()
        .filter(|path| has_suffix(path, "js") && !path.ends_with("lib.js"))
        .collect();
    if !tests.is_empty() {
        let inspect = |path: &PathBuf| command("k6", ["inspect", &name(path)], &loads);
        let commands = tests.iter().map(inspect).collect();
        checks.push(Check::new(
            "k6 inspect",
            counted("loadtest/", &tests),
            How::Run(commands),
        ));
    }
}

fn scripts(project: &Path, checks: &mut Vec<Check>) {
    for folder in ["loadtest", "cdn"] {
        let modules: Vec<PathBuf> = files(&project.join(folder))
            .into_iter()
            .filter(|path| has_suffix(path, "js"))
            .collect();
        let commands: Vec<Command> = modules.iter().filter_map(|path| syntax(path)).collect();
        if !commands.is_empty() {
            let subject = counted(&format!("{folder}/"), &modules);
            checks.push(Check::new("node --check", subject, How::Run(commands)));
        }
    }
    let scripts: Vec<PathBuf> = ["scripts", "cdn", "sharding/migration"]
        .iter()
        .flat_map(|folder| files(&project.join(folder)))
        .filter(|path| is_shell(path))
        .collect();
    if !scripts.is_empty() {
        let subject = counted("scripts", &scripts);
        let parse = scripts
            .iter()
            .map(|path| command("bash", ["-n", "--", &path.display().to_string()], project))
            .collect();
        let mut check = command("shellcheck", ["--color=never", "--"], project);
        check.args(&scripts);
        checks.push(Check::new("bash -n", subject.clone(), How::Run(parse)));
        checks.push(Check::new("shellcheck", subject, How::Run(vec![check])));
    }
    let workflows = files(&project.join(".github/workflows"));
    if !workflows.is_empty() {
        let mut check = command("actionlint", ["-no-color"], project);
        check.args(&workflows);
        let subject = counted(".github/workflows/", &workflows);
        checks.push(Check::new("actionlint", subject, How::Run(vec![check])));
    }
}

/// The syntax of one module, which node takes from standard input.
fn syntax(path: &Path) -> Option<Command> {
    let mut check = command("node", ["--input-type=module", "--check"], path.parent()?);
    check.stdin(File::open(path).ok()?);
    Some(check)
}

fn clients(project: &Path, scratch: &Path, checks: &mut Vec<Check>) {
    let clients = project.join("sharding/clients");
    let subject = |language: &str| format!("sharding/clients/{language}");
    let python = clients.join("python");
    if python.is_dir() {
        let mut test = command("python3", ["-m", "unittest"], &python);
        test.env("PYTHONDONTWRITEBYTECODE", "1");
        checks.push(Check::new(
            "python3 -m unittest",
            subject("python"),
            How::Run(vec![test]),
        ));
    }
    let go = clients.join("go");
    if go.is_dir() {
        let mut test = command("go", ["test", "./..."], &go);
        // It has no dependencies; were there one, it would not be fetched.
        test.env("GOPROXY", "off").env("GOTOOLCHAIN", "local");
        checks.push(Check::new("go test", subject("go"), How::Run(vec![test])));
    }
    let typescript = clients.join("typescript");
    if typescript.is_dir() {
        let strip = "--experimental-strip-types";
        let mut probe = command("node", [strip, "-e", "0"], &typescript);
        let runs = tool::run(&mut probe, Duration::from_secs(10)).is_ok_and(|ran| ran.ok);
        let how = if runs {
            How::Run(vec![command("node", [strip, "--test"], &typescript)])
        } else {
            How::Skip("this node runs no TypeScript; 22.6 does".to_owned())
        };
        checks.push(Check::new("node --test", subject("typescript"), how));
    }
    let java = clients.join("java");
    if java.is_dir() {
        let classes = scratch.join("classes").display().to_string();
        let mut compile = command("javac", ["-d", &classes], &java);
        compile.args(files(&java));
        let test = command("java", ["-cp", &classes, "ShardRouterTest"], &java);
        let how = How::Run(vec![compile, test]);
        checks.push(Check {
            tool: "javac",
            ..Check::new("javac, java", subject("java"), how)
        });
    }
}

fn ddl(project: &Path, checks: &mut Vec<Check>) {
    let sharding = project.join("sharding");
    if !sharding.join("ddl").is_dir() {
        return;
    }
    let how = match super::sql::Ddl::of(&sharding) {
        Ok(ddl) => How::Sql(ddl),
        Err(why) => How::Skip(why),
    };
    checks.push(Check {
        tool: "initdb",
        brings_its_tool: true,
        ..Check::new("initdb, psql", "sharding/ddl", how)
    });
}

/// Files of a folder, by name; none where there is no folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    entries(folder, |path| path.is_file())
}

/// Folders of a folder, by name.
fn folders(folder: &Path) -> Vec<PathBuf> {
    entries(folder, |path| path.is_dir())
}

fn entries(folder: &Path, wanted: impl Fn(&Path) -> bool) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| wanted(path))
        .filter(|path| !name(path).starts_with('.'))
        .collect();
    found.sort();
    found
}

fn name(path: &Path) -> String {
    path.file_name()
        .map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

fn has_suffix(path: &Path, suffix: &str) -> bool {
    path.extension().is_some_and(|found| found == suffix)
}

/// A script that says so in its first line.
fn is_shell(path: &Path) -> bool {
    let text = fs::read(path).unwrap_or_default();
    let first = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let first = String::from_utf8_lossy(first);
    first.starts_with("#!") && (first.ends_with("sh") || first.contains("bash"))
}

fn below(project: &Path, path: &Path) -> String {
    path.strip_prefix(project)
        .unwrap_or(path)
        .display()
        .to_string()
}

fn counted(folder: &str, files: &[PathBuf]) -> String {
    match files.len() {
        1 => format!("{folder} (1 file)"),
        n => format!("{folder} ({n} files)"),
    }
}

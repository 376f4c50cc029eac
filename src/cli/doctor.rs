//! `loadpath doctor`: which tools and credentials are here, and what each would be needed for.
//!
//! loadpath itself needs none of them. Credentials are looked for by name only: no file is opened, no value is read.

use std::{
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use anyhow::Result;
use clap::Args;
use serde_json::{Value as Json, json};

use super::{Exit, Global, Output, tool};

/// Say which tools and credentials are here, and what each would be needed for
///
/// loadpath needs none of them to size, explain and generate. Of credentials only whether they are there is looked at:
/// environment variables and configuration files by name; nothing is read, and nothing is sent anywhere.
///
/// Examples:
///   loadpath doctor
///   loadpath doctor --format json
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct DoctorArgs {}

/// A tool that somebody may need.
struct Tool {
    name: &'static str,
    /// Arguments that print its version.
    version: &'static [&'static str],
    purpose: &'static str,
}

const fn tool(name: &'static str, version: &'static [&'static str], purpose: &'static str) -> Tool {
    Tool {
        name,
        version,
        purpose,
    }
}

const VERSION: &[&str] = &["--version"];

/// In the order in which a project needs them.
const TOOLS: &[Tool] = &[
    tool("git", VERSION, "to review and merge what is generated"),
    tool("terraform", &["version"], "to plan and apply terraform/"),
    tool("kubectl", &["version", "--client"], "to apply kubernetes/"),
    tool("kustomize", &["version"], "instead of kubectl kustomize"),
    tool(
        "helm",
        &["version", "--short"],
        "to look into the releases of terraform/<cloud>/platform",
    ),
    tool(
        "gcloud",
        VERSION,
        "to sign in to Google Cloud; scripts/ call it",
    ),
    tool("aws", VERSION, "to sign in to AWS; scripts/ call it"),
    tool(
        "psql",
        VERSION,
        "to migrate to shards (sharding/migration/migrate)",
    ),
    tool(
        "initdb",
        VERSION,
        "verify tries sharding/ddl on a server of its own",
    ),
    tool(
        "promtool",
        VERSION,
        "verify checks and tests observability/prometheus",
    ),
    tool("k6", &["version"], "to run loadtest/; verify inspects it"),
    tool("jq", VERSION, "scripts/ read outputs with it"),
    tool("shellcheck", VERSION, "verify checks scripts/ with it"),
    tool(
        "actionlint",
        VERSION,
        "verify checks .github/workflows with it",
    ),
    tool(
        "node",
        VERSION,
        "verify checks cdn/, loadtest/ and the TypeScript client with it",
    ),
    tool("python3", VERSION, "verify tests the Python client with it"),
    tool("go", &["version"], "verify tests the Go client with it"),
    tool("java", VERSION, "verify tests the Java client with it"),
];

/// Signs that somebody can sign in.
struct Credential {
    name: &'static str,
    variables: &'static [&'static str],
    /// Below the home folder.
    files: &'static [&'static str],
    purpose: &'static str,
}

const CREDENTIALS: &[Credential] = &[
    Credential {
        name: "Google Cloud",
        variables: &[
            "GOOGLE_APPLICATION_CREDENTIALS",
            "GOOGLE_OAUTH_ACCESS_TOKEN",
        ],
        files: &[".config/gcloud/application_default_credentials.json"],
        purpose: "terraform/gcp: gcloud auth application-default login",
    },
    Credential {
        name: "AWS",
        variables: &[
            "AWS_ACCESS_KEY_ID",
            "AWS_PROFILE",
            "AWS_WEB_IDENTITY_TOKEN_FILE",
        ],
        files: &[".aws/credentials", ".aws/config"],
        purpose: "terraform/aws: aws sso login",
    },
    Credential {
        name: "Cloudflare",
        variables: &["CLOUDFLARE_API_TOKEN"],
        files: &[],
        purpose: "cdn: cloudflare, and cdn/purge",
    },
    Credential {
        name: "Kubernetes",
        variables: &["KUBECONFIG"],
        files: &[".kube/config"],
        purpose: "kubectl; scripts/connect writes it",
    },
];

/// How long a tool may take to say its version.
const LIMIT: Duration = Duration::from_secs(10);

/// What was found of a tool.
struct Found {
    path: PathBuf,
    version: Option<String>,
}

pub(super) fn run(_: &DoctorArgs, _: &Global, output: &Output) -> Result<Exit> {
    let spinner = output.spinner("asking every tool for its version".to_owned());
    let found: Vec<Option<Found>> = thread::scope(|scope| {
        let asked: Vec<_> = TOOLS
            .iter()
            .map(|tool| scope.spawn(|| find(tool)))
            .collect();
        asked
            .into_iter()
            .map(|one| one.join().unwrap_or(None))
            .collect()
    });
    spinner.finish_and_clear();
    let credentials: Vec<Option<String>> = CREDENTIALS.iter().map(sign_of).collect();
    if output.is_json() {
        output.json(&json(&found, &credentials))?;
    } else {
        output.result(&text(&found, &credentials))?;
    }
    Ok(Exit::Success)
}

fn find(tool: &Tool) -> Option<Found> {
    let path = tool::find(tool.name)?;
    let mut command = tool::command(&path, tool.version, Path::new("."));
    // A tool that looks for a newer version of itself would reach for the network.
    command.env("CHECKPOINT_DISABLE", "1");
    let ran = tool::run(&mut command, LIMIT).ok();
    let version = ran.and_then(|ran| tool::version_in(&ran.text).map(str::to_owned));
    Some(Found { path, version })
}

/// The name of the first sign that is there; never its content.
fn sign_of(credential: &Credential) -> Option<String> {
    let variable = credential
        .variables
        .iter()
        .find(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()));
    let home = std::env::var_os("HOME").map(PathBuf::from);
    let file = || {
        let home = home?;
        credential
            .files
            .iter()
            .find(|file| home.join(file).exists())
    };
    variable
        .map(|name| format!("${name}"))
        .or_else(|| file().map(|file| format!("~/{file}")))
}

fn text(found: &[Option<Found>], credentials: &[Option<String>]) -> String {
    let version = |found: &Option<Found>| match found {
        Some(found) => found.version.clone().unwrap_or_else(|| "yes".to_owned()),
        None => "-".to_owned(),
    };
    let tools = TOOLS.iter().zip(found).map(|(tool, found)| {
        [
            tool.name.to_owned(),
            version(found),
            tool.purpose.to_owned(),
        ]
    });
    let credentials = CREDENTIALS
        .iter()
        .zip(credentials)
        .map(|(credential, sign)| {
            let sign = sign.clone().unwrap_or_else(|| "-".to_owned());
            [
                credential.name.to_owned(),
                sign,
                credential.purpose.to_owned(),
            ]
        });
    let absent = found.iter().filter(|found| found.is_none()).count();
    format!(
        "tools\n{}\ncredentials: only whether there are any\n{}\n{} of {} tools are here. loadpath needs none of them to size, explain and generate.\n",
        lined_up(&tools.collect::<Vec<_>>()),
        lined_up(&credentials.collect::<Vec<_>>()),
        TOOLS.len() - absent,
        TOOLS.len()
    )
}

fn lined_up(rows: &[[String; 3]]) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or(0);
    let (first, second) = (width(0), width(1));
    rows.iter()
        .map(|[name, found, purpose]| format!("  {name:<first$}  {found:<second$}  {purpose}\n"))
        .collect()
}

fn json(found: &[Option<Found>], credentials: &[Option<String>]) -> Json {
    let tools = TOOLS.iter().zip(found).map(|(tool, found)| {
        json!({
            "name": tool.name,
            "found": found.is_some(),
            "version": found.as_ref().and_then(|found| found.version.as_deref()),
            "path": found.as_ref().map(|found| found.path.display().to_string()),
            "needed_for": tool.purpose,
        })
    });
    let credentials = CREDENTIALS
        .iter()
        .zip(credentials)
        .map(|(credential, sign)| {
            json!({
                "name": credential.name,
                "found": sign.is_some(),
                "sign": sign,
                "needed_for": credential.purpose,
            })
        });
    json!({
        "tools": tools.collect::<Vec<Json>>(),
        "credentials": credentials.collect::<Vec<Json>>(),
    })
}

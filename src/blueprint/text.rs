//! Which texts are safe: names that every provider takes, and words that mean nothing to a template, HCL, SQL or a shell.

use std::net::IpAddr;

use super::{
    problem::is_invisible,
    schedule::{self, Cron},
};

/// What a text stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Text {
    /// Name of the project: begins every resource.
    Project,
    Service,
    Keyspace,
    Topic,
    Secret,
    Environment,
    Region,
    Domain,
    /// Table or column.
    Sql,
    GcpProject,
    AwsAccount,
    BillingAccount,
    CloudflareId,
    AtlasId,
    Email,
    Repository,
    Cidr,
    /// Identifier of an existing resource.
    Resource,
    TagKey,
    TagValue,
    /// Name of a quantity.
    Quantity,
    /// A sentence.
    Reason,
    /// A file.
    Path,
    /// When a job comes by the clock.
    Cron,
    TimeZone,
    /// An id of ours.
    Word,
}

/// Service names that would collide with the names of quantities.
const RESERVED_SERVICES: &[&str] = &[
    "accounts",
    "addons",
    "availability",
    "async",
    "cache",
    "cdn",
    "cloud",
    "cluster",
    "compute",
    "constant",
    "constants",
    "cost",
    "cpu",
    "data",
    "database",
    "db",
    "apply",
    "demand",
    "keda",
    "migrator",
    "release",
    "document",
    "documents",
    "dr",
    "edge",
    "environment",
    "environments",
    "existing",
    "gpu",
    "hpa",
    "inference",
    "kafka",
    "lag",
    "lake",
    "layers",
    "load",
    "loadtest",
    "media",
    "net",
    "network",
    "node",
    "objectives",
    "observability",
    "otel",
    "pins",
    "platform",
    "pod",
    "pooler",
    "queue",
    "quotas",
    "registry",
    "regret",
    "secrets",
    "services",
    "slo",
    "stream",
    "tags",
    "traffic",
    "unc",
    "users",
    "video",
    "workloads",
    "ws",
];

/// Keyspace names that a database keeps for itself, or that would collide with the names of quantities.
const RESERVED_KEYSPACES: &[&str] = &[
    "admin", "insights", "mysql", "nodes", "postgres", "rdsadmin", "standby", "sys", "total",
];

/// Words that no table or column may have without quoting (PostgreSQL and MySQL, the likely ones).
const RESERVED_SQL: &[&str] = &[
    "all",
    "alter",
    "analyze",
    "and",
    "any",
    "array",
    "as",
    "asc",
    "between",
    "both",
    "by",
    "case",
    "cast",
    "check",
    "collate",
    "column",
    "constraint",
    "create",
    "cross",
    "current_date",
    "current_time",
    "current_timestamp",
    "current_user",
    "database",
    "default",
    "delete",
    "desc",
    "describe",
    "distinct",
    "do",
    "drop",
    "else",
    "end",
    "except",
    "exists",
    "explain",
    "false",
    "fetch",
    "for",
    "foreign",
    "from",
    "full",
    "function",
    "grant",
    "group",
    "having",
    "in",
    "index",
    "inner",
    "insert",
    "intersect",
    "into",
    "is",
    "join",
    "key",
    "keys",
    "lateral",
    "leading",
    "left",
    "like",
    "limit",
    "lock",
    "natural",
    "not",
    "null",
    "offset",
    "on",
    "only",
    "or",
    "order",
    "outer",
    "over",
    "primary",
    "procedure",
    "rank",
    "read",
    "references",
    "returning",
    "right",
    "row",
    "rows",
    "select",
    "session_user",
    "set",
    "some",
    "symmetric",
    "table",
    "then",
    "to",
    "trailing",
    "trigger",
    "true",
    "union",
    "unique",
    "update",
    "user",
    "using",
    "values",
    "variadic",
    "when",
    "where",
    "window",
    "with",
    "write",
];

/// What no text may hold, because some syntax that we write gives it a meaning.
const METACHARACTERS: &[&str] = &[
    "${", "%{", "{{", "}}", "{%", "%}", "{#", "[[", "[%", "<%", "$(", "\"", "`", "\\",
];

type Verdict = Result<(), String>;

impl Text {
    /// Says what is wrong with a text, if anything is.
    pub(crate) fn check(self, text: &str) -> Verdict {
        metacharacters(text, self == Self::Reason)?;
        match self {
            Self::Project => label(text, 20).and_then(|()| project(text)),
            Self::Service => {
                label(text, 18).and_then(|()| reserved(text, RESERVED_SERVICES, "quantities"))
            }
            Self::Keyspace => label(text, 12)
                .and_then(|()| reserved(text, RESERVED_KEYSPACES, "databases or quantities")),
            Self::Topic => label(text, 40),
            Self::Secret => label(text, 40),
            Self::Environment => label(text, 12).and_then(|()| {
                reserved(
                    text,
                    &["base", "global", "local"],
                    "the layout of the output",
                )
            }),
            Self::Region => characters(
                text,
                1,
                40,
                |c| lower(c) || c == '-',
                "a region, for example us-central1 or eu-west-1",
            ),
            Self::Domain => domain(text),
            Self::Sql => sql(text),
            Self::GcpProject => gcp_project(text),
            Self::AwsAccount => pattern(
                text,
                text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit()),
                "an AWS account of 12 digits",
            ),
            Self::BillingAccount => pattern(
                text,
                is_billing_account(text),
                "a billing account such as 01A2B3-4C5D6E-7F8A9B",
            ),
            Self::CloudflareId => pattern(
                text,
                is_hexadecimal(text, 32),
                "an id of 32 hexadecimal digits",
            ),
            Self::AtlasId => pattern(
                text,
                is_hexadecimal(text, 24),
                "an id of 24 hexadecimal digits",
            ),
            Self::Email => pattern(
                text,
                is_email(text),
                "an e-mail address such as oncall@example.com",
            ),
            Self::Repository => pattern(
                text,
                is_repository(text),
                "a repository such as org/quantum",
            ),
            Self::Cidr => cidr(text),
            Self::Resource => characters(
                text,
                1,
                200,
                |c| c.is_ascii_alphanumeric() || "._:/@-".contains(c),
                "the id of a resource: letters, digits and ._:/@-",
            ),
            Self::TagKey => tag_key(text),
            Self::TagValue => characters(
                text,
                0,
                128,
                is_tag,
                "a tag: letters, digits, spaces and _.:/=+-@",
            ),
            Self::Quantity => characters(
                text,
                3,
                120,
                |c| lower(c) || "._-".contains(c),
                "the name of a quantity such as api.replicas.max",
            ),
            Self::Reason => pattern(
                text,
                !text.trim().is_empty() && text.len() <= 200,
                "a reason of at most 200 characters",
            ),
            Self::Path => pattern(
                text,
                !text.is_empty() && text.len() <= 1000,
                "a file such as ../base.yaml",
            ),
            Self::Cron => Cron::parse(text).map(drop),
            Self::TimeZone => schedule::time_zone(text).map(drop),
            Self::Word => label(text, 40),
        }
    }

    /// The same as a regular expression for editors, where one says it.
    pub(crate) fn pattern(self) -> Option<String> {
        let label = |longest: usize| format!("^[a-z]([a-z0-9-]{{0,{}}}[a-z0-9])?$", longest - 2);
        Some(match self {
            Self::Project => label(20),
            Self::Service => label(18),
            Self::Keyspace | Self::Environment => label(12),
            Self::Topic | Self::Secret | Self::Word => label(40),
            Self::Region => "^[a-z0-9-]{1,40}$".to_owned(),
            Self::Domain => {
                "^([a-z0-9]([a-z0-9-]*[a-z0-9])?\\.)+[a-z][a-z0-9-]*[a-z0-9]$".to_owned()
            }
            Self::Sql => "^[a-z_][a-z0-9_]{0,62}$".to_owned(),
            Self::GcpProject => "^([a-z][a-z0-9-]{4,28}[a-z0-9]|…)$".to_owned(),
            Self::AwsAccount => "^([0-9]{12}|…)$".to_owned(),
            Self::BillingAccount => "^([0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6}|…)$".to_owned(),
            Self::CloudflareId => "^([0-9a-f]{32}|…)$".to_owned(),
            Self::AtlasId => "^([0-9a-f]{24}|…)$".to_owned(),
            Self::Repository => "^([A-Za-z0-9._-]+/[A-Za-z0-9._-]+|…)$".to_owned(),
            Self::Resource => "^([A-Za-z0-9._:/@-]{1,200}|…)$".to_owned(),
            Self::Quantity => "^[a-z0-9._-]{3,120}$".to_owned(),
            Self::Email
            | Self::Cidr
            | Self::TagKey
            | Self::TagValue
            | Self::Cron
            | Self::TimeZone
            | Self::Reason
            | Self::Path => return None,
        })
    }

    /// Whether `…` may stand for what is not known yet.
    pub(crate) fn may_be_open(self) -> bool {
        matches!(
            self,
            Self::GcpProject
                | Self::AwsAccount
                | Self::BillingAccount
                | Self::CloudflareId
                | Self::AtlasId
                | Self::Email
                | Self::Repository
                | Self::Resource
        )
    }
}

fn is_hexadecimal(text: &str, digits: usize) -> bool {
    let is_digit = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    text.len() == digits && text.bytes().all(is_digit)
}

fn lower(character: char) -> bool {
    character.is_ascii_lowercase() || character.is_ascii_digit()
}

fn metacharacters(text: &str, apostrophes: bool) -> Verdict {
    if let Some(character) = text.chars().find(|character| is_invisible(*character)) {
        return Err(format!(
            "the text holds an invisible character (U+{:04X})",
            u32::from(character)
        ));
    }
    let found = METACHARACTERS.iter().find(|meta| text.contains(**meta));
    match found.or(if !apostrophes && text.contains('\'') {
        Some(&"'")
    } else {
        None
    }) {
        Some(meta) => Err(format!(
            "the text holds {meta}, which templates or shells would interpret"
        )),
        None => Ok(()),
    }
}

fn pattern(text: &str, matches: bool, wanted: &str) -> Verdict {
    if matches {
        Ok(())
    } else {
        Err(format!("`{text}` is not {wanted}"))
    }
}

fn characters(
    text: &str,
    shortest: usize,
    longest: usize,
    legal: impl Fn(char) -> bool,
    wanted: &str,
) -> Verdict {
    pattern(
        text,
        (shortest..=longest).contains(&text.len()) && text.chars().all(legal),
        wanted,
    )
}

/// An RFC 1035 label without two hyphens in a row, which databases refuse.
fn label(text: &str, longest: usize) -> Verdict {
    if text.is_empty() {
        return Err("the name is empty".to_owned());
    }
    if let Some(odd) = text
        .chars()
        .find(|character| !lower(*character) && *character != '-')
    {
        return Err(format!(
            "name `{text}` holds `{odd}`; a name is lower-case letters, digits and hyphens"
        ));
    }
    if text.len() > longest {
        return Err(format!(
            "name `{text}` has {} characters, at most {longest} fit",
            text.len()
        ));
    }
    if !text.starts_with(|c: char| c.is_ascii_lowercase()) {
        return Err(format!("name `{text}` must begin with a letter"));
    }
    if text.ends_with('-') || text.contains("--") {
        return Err(format!(
            "name `{text}` has a hyphen at its end or two in a row, which providers refuse"
        ));
    }
    Ok(())
}

fn reserved(text: &str, words: &[&str], by: &str) -> Verdict {
    if words.contains(&text) {
        Err(format!("name `{text}` is taken by {by}"))
    } else {
        Ok(())
    }
}

/// Prefixes and words that a provider keeps for itself (buckets, namespaces).
fn project(text: &str) -> Verdict {
    let refused = ["goog", "xn-", "sthree-", "amzn-", "aws-", "kube-"]
        .iter()
        .any(|prefix| text.starts_with(prefix));
    if refused
        || text.contains("google")
        || ["default", "kubernetes", "aws", "google"].contains(&text)
    {
        return Err(format!("name `{text}` is kept by a provider for itself"));
    }
    Ok(())
}

fn domain(text: &str) -> Verdict {
    let labels: Vec<&str> = text.split('.').collect();
    let good_label = |label: &&str| {
        (1..=63).contains(&label.len())
            && label.chars().all(|c| lower(c) || c == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let top = labels
        .last()
        .is_some_and(|top| top.len() >= 2 && !top.bytes().all(|b| b.is_ascii_digit()));
    let good = labels.len() >= 2 && labels.iter().all(good_label) && top;
    if good && text.len() > 50 {
        return Err(format!(
            "host name `{text}` has {} characters; certificates take at most 50 before environments are prefixed",
            text.len()
        ));
    }
    pattern(text, good, "a host name such as quantum.example.com")
}

fn sql(text: &str) -> Verdict {
    let begins = text.starts_with(|c: char| c.is_ascii_lowercase() || c == '_');
    characters(
        text,
        1,
        63,
        |c| lower(c) || c == '_',
        "an SQL name: lower-case letters, digits and _",
    )?;
    pattern(text, begins, "an SQL name: it must begin with a letter")?;
    if RESERVED_SQL.contains(&text) {
        return Err(format!("`{text}` is a reserved word of SQL"));
    }
    if text == "bucket" {
        return Err("`bucket` is the column that sharding adds".to_owned());
    }
    Ok(())
}

fn gcp_project(text: &str) -> Verdict {
    let good = (6..=30).contains(&text.len())
        && text.chars().all(|c| lower(c) || c == '-')
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && !text.ends_with('-');
    pattern(
        text,
        good,
        "a project id: 6 to 30 lower-case letters, digits and hyphens",
    )
}

fn is_billing_account(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let good = |part: &&str| {
        part.len() == 6
            && part
                .bytes()
                .all(|b| b.is_ascii_digit() || (b'A'..=b'F').contains(&b))
    };
    parts.len() == 3 && parts.iter().all(good)
}

fn is_email(text: &str) -> bool {
    let Some((user, host)) = text.rsplit_once('@') else {
        return false;
    };
    let good = |c: char| c.is_ascii_alphanumeric() || "._+-".contains(c);
    let dots = user.starts_with('.') || user.ends_with('.') || user.contains("..");
    (1..=64).contains(&user.len())
        && user.chars().all(good)
        && !dots
        && domain(&host.to_ascii_lowercase()).is_ok()
}

fn is_repository(text: &str) -> bool {
    let parts: Vec<&str> = text.split('/').collect();
    let good = |part: &&str| {
        !part.is_empty()
            && part.len() <= 100
            && part
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
            && !part.starts_with(['.', '-'])
    };
    (2..=5).contains(&parts.len()) && parts.iter().all(good)
}

fn cidr(text: &str) -> Verdict {
    let wanted = "a network such as 192.0.2.0/24";
    let Some((address, length)) = text.split_once('/') else {
        return pattern(text, false, wanted);
    };
    let (Ok(address), Ok(length)) = (address.parse::<IpAddr>(), length.parse::<u32>()) else {
        return pattern(text, false, wanted);
    };
    let (bits, width) = match address {
        IpAddr::V4(address) => (u128::from(u32::from(address)), 32),
        IpAddr::V6(address) => (u128::from(address), 128),
    };
    if length > width {
        return pattern(text, false, wanted);
    }
    let host = width - length;
    let host_bits = if host == 128 {
        bits
    } else {
        bits & ((1u128 << host) - 1)
    };
    if host_bits == 0 {
        Ok(())
    } else {
        Err(format!(
            "`{text}` has bits behind its {length}; did you mean a /{width}?"
        ))
    }
}

fn is_tag(character: char) -> bool {
    character.is_ascii_alphanumeric() || " _.:/=+-@".contains(character)
}

fn tag_key(text: &str) -> Verdict {
    characters(
        text,
        1,
        63,
        is_tag,
        "a tag: letters, digits, spaces and _.:/=+-@",
    )?;
    if text.to_ascii_lowercase().starts_with("aws:")
        || text.to_ascii_lowercase().starts_with("goog")
    {
        return Err(format!("tag `{text}` is kept by a provider for itself"));
    }
    reserved(
        text,
        &["component", "environment", "managed-by", "project"],
        "loadpath, which sets it",
    )
    .map_err(|message| message.replace("name", "tag"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn legal(kind: Text, texts: &[&str]) {
        for text in texts {
            assert_eq!(kind.check(text), Ok(()), "{text}");
        }
    }

    #[track_caller]
    fn refused(kind: Text, texts: &[&str]) {
        for text in texts {
            assert!(kind.check(text).is_err(), "{kind:?} takes {text}");
        }
    }

    #[test]
    fn names_are_those_every_provider_takes() {
        legal(
            Text::Project,
            &["shop", "a", "quantum-2", "abcdefghijklmnopqrst"],
        );
        refused(
            Text::Project,
            &[
                "",
                "Shop",
                "2fast",
                "a-",
                "a--b",
                "-a",
                "a_b",
                "abcdefghijklmnopqrstu",
                "google-x",
                "kube-system",
                "é",
            ],
        );
        legal(Text::Service, &["api", "generator"]);
        refused(
            Text::Service,
            &["cache", "users", "gpu", "a-name-of-19-letters"],
        );
        legal(Text::Keyspace, &["users", "content"]);
        refused(Text::Keyspace, &["postgres", "insights", "thirteen-long"]);
        refused(Text::Environment, &["base", "Prod"]);
    }

    #[test]
    fn sql_names_need_no_quotes() {
        legal(Text::Sql, &["users", "user_id", "_x9"]);
        refused(
            Text::Sql,
            &["user", "order", "9x", "a-b", "A", "a;drop", "bucket", ""],
        );
    }

    #[test]
    fn accounts() {
        legal(Text::GcpProject, &["quantum-prod"]);
        refused(
            Text::GcpProject,
            &["q", "Quantum-prod", "quantum-", "1quantum"],
        );
        legal(Text::AwsAccount, &["012345678901"]);
        refused(Text::AwsAccount, &["12345", "01234567890a"]);
        legal(Text::BillingAccount, &["01A2B3-4C5D6E-7F8A9B"]);
        refused(Text::BillingAccount, &["01a2b3-4c5d6e-7f8a9b", "01A2B3"]);
        legal(Text::Email, &["oncall@example.com", "a.b+c@Example.com"]);
        refused(
            Text::Email,
            &[
                "oncall",
                "a@b",
                "a b@example.com",
                ".a@example.com",
                "a@example.com; rm",
            ],
        );
        legal(
            Text::Cidr,
            &["192.0.2.0/24", "10.0.0.1/32", "2001:db8::/32", "0.0.0.0/0"],
        );
        refused(
            Text::Cidr,
            &[
                "192.0.2.1/24",
                "192.0.2.0",
                "192.0.2.0/33",
                "x/8",
                "2001:db8::1/32",
            ],
        );
        legal(Text::Repository, &["org/quantum", "group/sub/project"]);
        refused(Text::Repository, &["quantum", "org/", "../x"]);
        legal(Text::Domain, &["quantum.example.com", "example.co"]);
        refused(
            Text::Domain,
            &[
                "example",
                "-a.com",
                "a..com",
                "10.0.0.1",
                "Example.com",
                "https://example.com",
                "a_b.com",
            ],
        );
    }

    #[test]
    fn no_text_means_anything_to_a_template_or_a_shell() {
        for bad in [
            "${x}",
            "%{x}",
            "{{ x }}",
            "{% x %}",
            "a\nb",
            "a\"b",
            "a`b`",
            "$(id)",
            "a\\b",
            "a\u{202e}b",
            "a\u{0}",
        ] {
            refused(Text::Reason, &[bad]);
            refused(Text::TagValue, &[bad]);
        }
        legal(Text::Reason, &["the CEO's wish, 50 % more", "Übergang"]);
        refused(Text::TagValue, &["it's"]);
        legal(Text::TagValue, &["4711", "", "team a"]);
        refused(Text::TagKey, &["aws:x", "environment", ""]);
    }
}

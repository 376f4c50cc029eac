//! The languages of the output: printing, parsing again, merging by structure.
//!
//! Comes in: text. Goes out: the text in the language's own layout, whether it is of the language at all, or three versions
//! of it in one ([`merge`]). An error in what the program wrote itself is a bug of a template, found before anything is
//! written; one in what people edited is theirs to hear of.

pub mod hcl;
pub mod json;
pub mod merge;
mod outline;
pub mod yaml;

use std::{borrow::Cow, fmt, ops::Range};

use self::outline::{Kind, Node};

/// A language whose texts are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// Terraform's.
    Hcl,
    /// YAML.
    Yaml,
    /// JSON.
    Json,
}

impl Language {
    /// The language of the file at this path; none for those that are not read.
    pub fn of(path: &str) -> Option<Self> {
        let file = path.rsplit('/').next()?;
        match file.rsplit_once('.')?.1 {
            "tf" | "tfvars" | "hcl" | "tfbackend" => Some(Self::Hcl),
            "yaml" | "yml" => Some(Self::Yaml),
            "json" => Some(Self::Json),
            _ => None,
        }
    }

    /// Reads a whole text.
    ///
    /// # Errors
    /// Where it is not of the language, or a name stands twice where it may stand once.
    pub fn parse(self, text: &str) -> Result<(), Malformed> {
        match self {
            Self::Hcl => hcl::parse(text),
            Self::Yaml => yaml::parse(text),
            Self::Json => json::parse(text),
        }
    }

    /// What a text of these lines consists of.
    fn outline(self, lines: &[&str]) -> Option<Node> {
        let text = lines.concat();
        let n_preamble = outline::n_preamble(lines);
        let (kind, regions) = match self {
            Self::Hcl => (Kind::Map, hcl::outline::regions(&text)?),
            Self::Yaml => {
                let mut documents = yaml::outline::documents(&text)?;
                yaml::outline::only(&mut documents).unwrap_or((Kind::List, documents))
            }
            Self::Json => (Kind::List, vec![json::outline::region(&text)?]),
        };
        Some(outline::outline(kind, regions, n_preamble, lines.len()))
    }

    /// The lines, from 0, of the entry with a dotted name: `resource.aws_s3_bucket.main`, `spec.replicas`.
    pub fn find(self, lines: &[&str], name: &str) -> Option<Range<usize>> {
        self.outline(lines)?.find(name)
    }

    /// Whether lines differ in nothing but what the language's formatter decides.
    fn is_same(self, one: &[&str], other: &[&str]) -> bool {
        if self == Self::Hcl && one.iter().chain(other).any(|line| line.contains("<<")) {
            return false;
        }
        one.iter()
            .zip(other)
            .all(|(one, other)| self.solid(one) == self.solid(other))
    }

    /// A line without what the formatter decides.
    pub fn solid(self, line: &str) -> Cow<'_, str> {
        match self {
            // Spaces in quotes are text.
            Self::Hcl => {
                let (plain, quoted) = line.split_at(line.find('"').unwrap_or(line.len()));
                let mut solid = plain.split_whitespace().collect::<Vec<_>>().join(" ");
                if !quoted.is_empty() {
                    solid.push(' ');
                }
                Cow::Owned(solid + quoted.trim_end())
            }
            Self::Yaml => Cow::Borrowed(line.trim_end()),
            Self::Json => {
                let line = line.trim();
                Cow::Borrowed(line.strip_suffix(',').unwrap_or(line))
            }
        }
    }

    /// A merged text with the marks between entries that merging lines cannot know of.
    pub fn joined(self, text: String) -> String {
        match self {
            Self::Json => json::outline::with_commas(&text),
            Self::Hcl | Self::Yaml => text,
        }
    }
}

/// Where a text is not of its language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// Line from 1.
    pub line: usize,
    /// Column from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for Malformed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "line {}, column {}: {}",
            self.line, self.column, self.message
        )
    }
}

impl std::error::Error for Malformed {}

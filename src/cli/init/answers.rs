//! What the wizard asks, what each answer may be, and which key of a blueprint it sets.
//!
//! Comes in: flags and what is typed, as text. Goes out: [`Answers`] in which every text has been read by the type of its
//! key. Nothing here prints or prompts.

use clap::{Args, ValueEnum};

use crate::units::{Bytes, Count, Growth, Months, Ratio, Seconds, UsdPerMonth, thousands};

/// The answers, as far as they are known: from flags at first, from the wizard in the end.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Answers, each of which the wizard asks for where it is not given")]
pub(super) struct Answers {
    /// What you are building
    #[arg(long, value_enum, env = "LOADPATH_PRODUCT")]
    pub(super) product: Option<Product>,
    /// How long one background job takes: `20 s`
    #[arg(long, value_name = "TIME", value_parser = time, env = "LOADPATH_JOB")]
    pub(super) job: Option<String>,
    /// Viewers at once, at the peak: `50k`
    #[arg(long, value_name = "COUNT", value_parser = count, env = "LOADPATH_VIEWERS")]
    pub(super) viewers: Option<String>,
    /// Name of the project: it begins the name of every resource
    #[arg(long, value_parser = name, env = "LOADPATH_NAME")]
    pub(super) name: Option<String>,
    /// Active users a month, now: `20k`
    #[arg(long, value_name = "COUNT", value_parser = count, env = "LOADPATH_USERS")]
    pub(super) users: Option<String>,
    /// How their number grows: `10 %/month`, `2M in 3 months`, `none`
    #[arg(long, value_parser = growth, env = "LOADPATH_GROWTH")]
    pub(super) growth: Option<String>,
    /// When they are there
    #[arg(long, value_enum, env = "LOADPATH_SHAPE")]
    pub(super) shape: Option<Shape>,
    /// What the database holds today: `20 GiB`
    #[arg(long, value_name = "SIZE", value_parser = size, env = "LOADPATH_DATA")]
    pub(super) data: Option<String>,
    /// What dominates it
    #[arg(long, value_enum, env = "LOADPATH_DOMINATED_BY")]
    pub(super) dominated_by: Option<Dominant>,
    /// Cloud: `aws` or `gcp`
    #[arg(long, value_enum, env = "LOADPATH_CLOUD")]
    pub(super) cloud: Option<CloudName>,
    /// Region of that cloud
    #[arg(long, env = "LOADPATH_REGION")]
    pub(super) region: Option<String>,
    /// 99 of 100 answers are faster than this: `300 ms`
    #[arg(long, value_name = "TIME", value_parser = time, env = "LOADPATH_LATENCY")]
    pub(super) latency: Option<String>,
    /// Share of the time in which it works: `99.9 %`
    #[arg(long, value_name = "SHARE", value_parser = share, env = "LOADPATH_AVAILABILITY")]
    pub(super) availability: Option<String>,
    /// What it may cost: `20k USD/month`
    #[arg(long, value_name = "MONEY", value_parser = money, env = "LOADPATH_BUDGET")]
    pub(super) budget: Option<String>,
    /// Reference architecture; recommended from the answers where it is not given
    #[arg(long, env = "LOADPATH_ARCHITECTURE")]
    pub(super) architecture: Option<String>,
}

/// A choice of the wizard: its name as a flag, and as a question shows it.
pub(super) trait Choice: ValueEnum + Copy + PartialEq + 'static {
    /// As a person says it.
    fn title(self) -> &'static str;

    /// As a flag has it.
    fn flag(self) -> String {
        self.to_possible_value()
            .map_or_else(String::new, |value| value.get_name().to_owned())
    }
}

/// What is being built.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Product {
    /// A web or mobile application
    Web,
    /// A web application with long background jobs
    Jobs,
    /// An AI platform: web and jobs that run a model on GPUs
    Ai,
    /// Several services that share sessions
    Services,
    /// Documents or media that are uploaded and processed
    Uploads,
    /// Live video with chat
    Live,
    /// A read-heavy site for everybody everywhere
    Site,
}

impl Product {
    /// Whether it has jobs whose time decides.
    pub(super) fn has_jobs(self) -> bool {
        matches!(self, Self::Jobs | Self::Ai | Self::Uploads)
    }
}

impl Choice for Product {
    fn title(self) -> &'static str {
        match self {
            Self::Web => "a web or mobile application",
            Self::Jobs => "web + long background jobs",
            Self::Ai => "AI platform: web + jobs that run a model on GPUs",
            Self::Services => "content platform: several services with sessions",
            Self::Uploads => "uploads that are processed and analysed: documents, images",
            Self::Live => "live video with chat",
            Self::Site => "read-heavy site, everywhere, in waves",
        }
    }
}

/// When people are there: the shapes of traffic that need no more than a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Shape {
    /// Consumers of one part of the world, in the evening
    Diurnal,
    /// Consumers around the world
    Global,
    /// Office hours
    BusinessHours,
    /// All hours alike
    Steady,
    /// A flash crowd now and then
    Spiky,
}

impl Choice for Shape {
    fn title(self) -> &'static str {
        match self {
            Self::Diurnal => "in one part of the world, evening peaks",
            Self::Global => "around the world, evening peaks",
            Self::BusinessHours => "in office hours",
            Self::Steady => "at all hours alike",
            Self::Spiky => "in flash crowds",
        }
    }
}

/// What most of the data is, which decides how it splits once one node is too small.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Dominant {
    /// What users own: orders, posts, documents
    Users,
    /// What happens: messages, events; only ever appended to
    Events,
    /// Content that stays in the region of its users
    Regional,
}

impl Choice for Dominant {
    fn title(self) -> &'static str {
        match self {
            Self::Users => "what users own: orders, posts, generated content",
            Self::Events => "what happens: messages, events",
            Self::Regional => "content that stays in the region of its users",
        }
    }
}

/// A cloud by the name a blueprint has for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum CloudName {
    /// Google Cloud
    Gcp,
    /// Amazon Web Services
    Aws,
}

impl Choice for CloudName {
    fn title(self) -> &'static str {
        match self {
            Self::Gcp => "Google Cloud",
            Self::Aws => "Amazon Web Services",
        }
    }
}

/// Most that users may grow by in one period: a blueprint refuses more.
const MOST_FOLD: f64 = 1000.0;

/// How the number of users grows.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Grows {
    /// It does not.
    Not,
    /// By this much, as a blueprint has it.
    By(String),
    /// To this many within this time, and stays there.
    To {
        /// Their number then.
        users: f64,
        /// Months until then.
        months: f64,
    },
}

impl Grows {
    /// Reads `none`, `10 %/month` or `2M in 3 months`.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if matches!(text, "" | "none" | "no" | "0") {
            return Ok(Self::Not);
        }
        if let Some((users, months)) = text.split_once(" in ") {
            let users: Count = users.parse().map_err(|error| format!("{error}"))?;
            let months: Months = months.parse().map_err(|error| format!("{error}"))?;
            if users.get() <= 0.0 || months.get() <= 0.0 {
                return Err(format!("`{text}` is no growth; for example 2M in 3 months"));
            }
            return Ok(Self::To {
                users: users.get(),
                months: months.get(),
            });
        }
        match text.parse::<Growth>() {
            Ok(_) => Ok(Self::By(text.to_owned())),
            Err(error) => Err(format!("{error}; or 2M in 3 months, or none")),
        }
    }

    /// `users.growth` and `users.growth_limit` for a number of users now.
    pub(super) fn keys(&self, users_now: f64) -> Option<(String, Option<String>)> {
        match self {
            Self::Not => None,
            Self::By(growth) => Some((growth.clone(), None)),
            Self::To { users, months } => {
                let factor = users / users_now;
                let growth = Growth {
                    rate: rounded(factor - 1.0),
                    months: *months,
                };
                let limit = (factor > 1.0).then(|| format!("{}x", rounded(factor)));
                Some((growth.to_string(), limit))
            }
        }
    }

    /// Refuses a target that no growth of a blueprint reaches.
    pub(super) fn check(&self, users_now: f64) -> Result<(), String> {
        match self {
            Self::To { users, .. } if users / users_now > MOST_FOLD => Err(format!(
                "{} is more than {} times as many as now",
                thousands(*users),
                thousands(MOST_FOLD)
            )),
            _ => Ok(()),
        }
    }

    /// The same a month, in percent, for the reader.
    pub(super) fn a_month(&self, users_now: f64) -> Option<f64> {
        match self {
            Self::To { users, months } => {
                Some(((users / users_now).powf(1.0 / months) - 1.0) * 100.0)
            }
            Self::Not | Self::By(_) => None,
        }
    }
}

/// To four digits after the point: what a person would write down.
fn rounded(number: f64) -> f64 {
    (number * 1e4).round() / 1e4
}

/// The users that an answer has read as a count.
pub(super) fn users(text: &str) -> f64 {
    text.parse::<Count>().map_or(0.0, Count::get)
}

/// Reads a count above zero, and gives back its text.
pub(super) fn count(text: &str) -> Result<String, String> {
    positive(text, text.parse::<Count>().map(Count::get))
}

/// The same for a size.
pub(super) fn size(text: &str) -> Result<String, String> {
    positive(text, text.parse::<Bytes>().map(Bytes::get))
}

/// The same for a time.
pub(super) fn time(text: &str) -> Result<String, String> {
    positive(text, text.parse::<Seconds>().map(Seconds::get))
}

/// The same for an amount of money a month.
pub(super) fn money(text: &str) -> Result<String, String> {
    positive(text, text.parse::<UsdPerMonth>().map(UsdPerMonth::get))
}

/// The same for a share below one.
pub(super) fn share(text: &str) -> Result<String, String> {
    let share = text.parse::<Ratio>().map(Ratio::get);
    if share.as_ref().is_ok_and(|share| *share >= 1.0) {
        return Err(format!("`{text}` is out of reach; for example 99.9 %"));
    }
    positive(text, share)
}

/// The same for a growth.
pub(super) fn growth(text: &str) -> Result<String, String> {
    Grows::read(text).map(|_| text.trim().to_owned())
}

/// The same for the name of a project.
pub(super) fn name(text: &str) -> Result<String, String> {
    let begins = text.starts_with(|c: char| c.is_ascii_lowercase());
    let ends = text.ends_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
    let inside = text
        .chars()
        .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if begins && ends && inside && text.len() <= 20 {
        Ok(text.to_owned())
    } else {
        Err(format!(
            "`{text}` is no name; wanted lower-case letters, digits and `-`, at most 20, a letter first"
        ))
    }
}

fn positive<E: std::fmt::Display>(text: &str, number: Result<f64, E>) -> Result<String, String> {
    match number {
        Ok(number) if number > 0.0 => Ok(text.trim().to_owned()),
        Ok(_) => Err(format!("`{text}` is not above zero")),
        Err(error) => Err(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn read(text: &str) -> Grows {
        Grows::read(text).expect("the growth is read")
    }

    #[test]
    fn a_target_becomes_a_growth_that_ends_there() {
        let target = read("2M in 3 months");
        let keys = target.keys(500e3);
        assert_eq!(
            keys,
            Some(("300 %/quarter".to_owned(), Some("4x".to_owned())))
        );
        let month = target.a_month(500e3).expect("a target has one");
        assert!((month - 58.74).abs() < 0.01, "{month}");
    }

    #[test]
    fn a_target_out_of_reach_is_refused() {
        let error = read("2M in 3 months").check(500.0);
        assert_eq!(
            error.expect_err("it is 4 000 times as many"),
            "2 000 000 is more than 1 000 times as many as now"
        );
    }

    #[test]
    fn a_shrinking_target_has_no_limit() {
        assert_eq!(
            read("250k in 1 year").keys(500e3),
            Some(("-50 %/year".to_owned(), None))
        );
    }

    #[test]
    fn a_rate_is_taken_as_it_is() {
        assert_eq!(
            read("10 %/month").keys(1.0),
            Some(("10 %/month".to_owned(), None))
        );
        assert_eq!(read("none").keys(1.0), None);
    }

    #[test]
    fn wrong_answers_say_what_is_wanted() {
        for (wrong, message) in [
            (Grows::read("soon").map(|_| String::new()), "or none"),
            (count("0"), "`0` is not above zero"),
            (size("20"), "has no unit"),
            (share("100 %"), "out of reach"),
            (name("My shop"), "wanted lower-case letters"),
        ] {
            let error = wrong.expect_err("the answer is wrong");
            assert!(error.contains(message), "{error}");
        }
    }
}

//! A first blueprint, as text with comments that teach, or the keys to set in one that is there.

use super::answers::{Answers, Choice as _, Dominant, Grows, Product, Shape, users};

/// First line of a blueprint: with it, editors complete and check.
pub(super) const SCHEMA_LINE: &str =
    "# yaml-language-server: $schema=.loadpath/blueprint.schema.json\n";

/// Column at which comments begin.
const COMMENTS: usize = 36;

/// Lines of a blueprint.
#[derive(Default)]
struct Lines(String);

impl Lines {
    fn add(&mut self, text: &str) {
        self.0.push_str(text);
        self.0.push('\n');
    }

    fn noted(&mut self, text: &str, comment: &str) {
        let width = text.chars().count();
        let gap = " ".repeat(COMMENTS.saturating_sub(width).max(1));
        self.add(&format!("{text}{gap}# {comment}"));
    }
}

/// The blueprint that complete answers come to.
pub(super) fn blueprint(answers: &Answers, architecture: &str) -> String {
    let name = answers.name.as_deref().unwrap_or_default();
    let mut lines = Lines::default();
    lines.0.push_str(SCHEMA_LINE);
    lines.add(&format!(
        "# What {name} has to carry. The rest is computed: loadpath size, and why: loadpath explain <quantity>."
    ));
    lines.add("version: 1");
    lines.noted(
        &format!("name: {name}"),
        "begins the name of every resource",
    );
    lines.noted(
        &format!("architecture: {architecture}"),
        "what else there is: loadpath architectures",
    );
    if let Some(cloud) = answers.cloud {
        lines.add(&format!("cloud: {}", cloud.flag()));
    }
    if let Some(region) = &answers.region {
        lines.add(&format!("region: {region}"));
    }
    lines.add("");
    people(answers, &mut lines);
    services(answers, &mut lines);
    data(answers, &mut lines);
    wishes(answers, &mut lines);
    lines.add("");
    lines.add("# What is left open has a default, and `loadpath size` lists it as assumed. To state next:");
    lines.add("#   domain       without it there is no certificate, DNS record or CDN host");
    lines.add("#   services     what a request costs: cpu_per_request, memory, target_cpu");
    lines.add("#   traffic      requests_per_daily_user, static_share, read_share, surge");
    lines.add("#   accounts     { prod: { alert_email: …, repository: owner/name } }");
    lines.0
}

fn people(answers: &Answers, lines: &mut Lines) {
    lines.add("users:");
    let now = answers.users.as_deref().unwrap_or_default();
    lines.noted(&format!("  monthly_active: {now}"), "now");
    if let (Some(Product::Live), Some(viewers)) = (answers.product, &answers.viewers) {
        lines.noted(&format!("  peak_concurrent: {viewers}"), "viewers at once");
    }
    let text = answers.growth.as_deref().unwrap_or("none");
    let grows = Grows::read(text).unwrap_or(Grows::Not);
    match (grows.keys(users(now)), &grows) {
        (None, _) => lines.noted("  growth: 0 %/month", "as many as now"),
        (Some((growth, limit)), Grows::To { .. }) => {
            lines.noted(&format!("  growth: {growth}"), text);
            if let Some(limit) = limit {
                lines.noted(
                    &format!("  growth_limit: {limit}"),
                    "and there it stays; raise it when you see further",
                );
            }
        }
        (Some((growth, _)), _) => lines.noted(&format!("  growth: {growth}"), "compounded"),
    }
    lines.noted("  horizon: 12 months", "size for this far ahead");
    lines.add("");
    lines.add("traffic:");
    let shape = answers.shape.unwrap_or(Shape::Diurnal);
    lines.noted(&format!("  shape: {}", shape.flag()), shape.title());
    lines.add("");
}

fn services(answers: &Answers, lines: &mut Lines) {
    match answers.product.unwrap_or(Product::Web) {
        Product::Web | Product::Services => {}
        Product::Jobs => jobs(answers, lines),
        Product::Ai => {
            jobs(answers, lines);
            model(lines);
        }
        Product::Uploads => uploads(answers, lines),
        Product::Live => media(lines),
        Product::Site => {
            lines.noted("cache:", "what is read again and again");
            lines.add("  items: 1M");
            lines.add("  item_size: 2 kB");
            lines.add("");
        }
    }
}

fn uploads(answers: &Answers, lines: &mut Lines) {
    let job = answers.job.as_deref().unwrap_or("20 s");
    lines.noted("services:", "besides those that the architecture brings");
    lines.add("  - name: processor");
    lines.noted("    kind: event", "takes each object that is uploaded");
    lines.noted("    events_per_day: 50k", "measure it, it decides most");
    lines.add("    object_size: 2 MB");
    lines.add(&format!("    job_duration: {job}"));
    lines.add("");
}

fn media(lines: &mut Lines) {
    lines.add("media:");
    lines.noted("  live_inputs: 100", "streams that are transcoded at once");
    lines.noted("  bitrate: 3.5 Mbit/s", "of a viewer, over all renditions");
    lines.add("  chat_messages_per_viewer: 0.005/s");
    lines.add("");
}

fn model(lines: &mut Lines) {
    lines.noted("inference:", "the model that the worker runs");
    lines.add("  parameters: 8B");
    lines.add("  bits: 8");
    lines.add("  tokens_per_job: 800");
    lines.add("  gpu: l4");
    lines.add("");
}

fn jobs(answers: &Answers, lines: &mut Lines) {
    let job = answers.job.as_deref().unwrap_or("20 s");
    lines.noted("services:", "besides the api that the architecture brings");
    lines.add("  - name: worker");
    lines.add("    kind: worker");
    lines.add("    topic: jobs");
    lines.noted(
        "    jobs_per_request: 3 %",
        "two a user and day; measure it, it decides most",
    );
    lines.add(&format!("    job_duration: {job}"));
    if answers.product == Some(Product::Ai) {
        lines.add("    inference: true");
    }
    lines.add("");
}

fn data(answers: &Answers, lines: &mut Lines) {
    let size = answers.data.as_deref().unwrap_or_default();
    let dominant = answers.dominated_by.unwrap_or(Dominant::Users);
    lines.add("data:");
    lines.noted(
        &format!("  size: {size}"),
        "grows with the users, unless growth: says how",
    );
    lines.noted("  keyspaces:", "how it splits once one node is too small");
    lines.add(match dominant {
        Dominant::Users => {
            "    - { name: records, tables: [records], key: user_id, strategy: hash }"
        }
        Dominant::Events => {
            "    - { name: events, tables: [events], key: user_id, strategy: hash, append_mostly: true }"
        }
        Dominant::Regional => {
            "    - { name: content, tables: [content], key: region, hash_key: user_id, strategy: region }"
        }
    });
}

fn wishes(answers: &Answers, lines: &mut Lines) {
    if answers.latency.is_some() || answers.availability.is_some() {
        lines.add("");
        lines.add("objectives:");
        if let Some(latency) = &answers.latency {
            lines.add(&format!("  latency_p99: {latency}"));
        }
        if let Some(availability) = &answers.availability {
            lines.noted(
                &format!("  availability: {availability}"),
                "decides on zones, standbys and headroom",
            );
        }
    }
    if let Some(budget) = &answers.budget {
        lines.add("");
        lines.noted(
            &format!("budget: {budget}"),
            "loadpath check ends with 4 above it",
        );
    }
}

/// The answers as flags `KEY=VALUE` for a blueprint that is there; `users_now` where the answers do not say it.
pub(super) fn sets(answers: &Answers, users_now: f64) -> Vec<String> {
    let mut sets = Vec::new();
    let mut set = |key: &str, value: Option<String>| {
        sets.extend(value.map(|value| format!("{key}={value}")));
    };
    set("name", answers.name.clone());
    set("architecture", answers.architecture.clone());
    set("cloud", answers.cloud.map(|cloud| cloud.flag()));
    set("region", answers.region.clone());
    set("users.monthly_active", answers.users.clone());
    if let Some(text) = &answers.growth {
        let users_now = answers.users.as_deref().map_or(users_now, users);
        let keys = Grows::read(text)
            .ok()
            .and_then(|grows| grows.keys(users_now));
        let (growth, limit) = keys.unwrap_or_else(|| ("0 %/month".to_owned(), None));
        set("users.growth", Some(growth));
        set("users.growth_limit", limit);
    }
    set("traffic.shape", answers.shape.map(|shape| shape.flag()));
    set("data.size", answers.data.clone());
    set("objectives.latency_p99", answers.latency.clone());
    set("objectives.availability", answers.availability.clone());
    set("budget", answers.budget.clone());
    sets
}

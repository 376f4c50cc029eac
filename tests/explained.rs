//! Every number in a sized file comes from the ledger, and says why.

mod planned;
mod trees;

use std::collections::{BTreeMap, BTreeSet};

use loadpath::{
    ledger::Origin,
    pipeline::{AllCommitted, Plan},
    render::File,
};
use trees::{Case, cases};

/// Numbers that no sizing decides: a part of the file's path, the number's neighbours, and the reason. In the neighbours `#` is the number
/// itself and a leading `^` the begin of the line; without a `#` every number of such a line is meant. What [`FOLLOWS`] a quantity may
/// change with load, nothing else may.
#[rustfmt::skip]
const STRUCTURE: &[(&str, &str, &str)] = &[
    ("sizing.yaml", "{ id: #, type: persistent-claim", "a volume's number"),
    ("sizing.yaml", "stabilizationWindowSeconds: #", "growing never waits"),
    ("sizing.yaml", "periodSeconds: #", "the period over which the share counts"),
    ("sizing.yaml", "failureThreshold: #", "looks that fail before the fallback: a minute of them"),
    (".tfvars", "zones = {", "slots of the address plan, for good"),
    (".tfvars", "version = #", "of a generated secret: raised by a person to rotate it"),
    (".tfvars", "weight =", "order in which Karpenter tries its pools"),
    (".tfvars", "account_id", "an account's number"),
    (".tfvars", "admin_role_arns", "an account's number"),
    (".tfvars", "repository_owner_id", "an owner's number"),
    (".tfvars", "repository_id", "a repository's number"),
    (".tfvars", "major_version", "of the database engine"),
    (".tfvars", "cost", "the owner's own cost centre"),
    ("network.yaml", "port: #", "where a server listens"),
    ("network.yaml", "endPort: #", "where the cache's nodes listen"),
    ("cluster-values.env", ":#:targetgroup", "an account's number"),
    ("cluster-values.env", "invalid:#", "where a server listens"),
    ("databases.env", "PORT=#", "where a server listens"),
    ("router.env", "pooler:#", "where the pooler listens"),
    ("pgbouncer.ini", " port=#", "where a server listens"),
    ("pgbouncer.ini", "listen_port = #", "where the pooler listens"),
    ("pgdog.toml", "port = #", "where a server listens"),
    ("otel/", "POD_IP}:#", "where the collector listens"),
    ("otel/", "port: \"#", "where the collector listens"),
    ("otel/", "NODE_IP}:#", "where the kubelet listens"),
    ("otel/", "local:#", "where the collector listens"),
    ("otel/", "{ endpoint: \"", "where the collector listens"),
    ("otel/", "port: #", "where the collector listens"),
    ("otel/", "targets: [\"127", "where the worker listens"),
    ("otel/", "hostnames: [", "an address that Terraform replaces"),
    ("shard-map.json", "\"version\": #", "of the map's own format"),
    ("shard-map.json", "\"epoch\": #", "of the map: a move of buckets raises it"),
    ("shard-map.json", "\"id_step\": #", "room for as many shards that give out ids, for good"),
    ("shard-map.json", "\"buckets\": # }", "FOLLOWS the number of shards, which is a quantity"),
    ("shard-map.json", "\"ordinal\": #", "FOLLOWS the number of shards, which is a quantity"),
    ("shard-map.json", "[[#,", "FOLLOWS the number of shards, which is a quantity"),
    ("shard-map.json", ", #]", "FOLLOWS the number of shards, which is a quantity"),
    ("vectors.json", "\"epoch\": #", "of the map: a move of buckets raises it"),
    ("vectors.json", "epoch = '#'", "of the map: a move of buckets raises it"),
    ("vectors.json", "\"key\": #", "FOLLOWS the map: a key and where it lives, computed by the map's own function"),
    ("vectors.json", "\"key\": \"#", "FOLLOWS the map: a key and where it lives, computed by the map's own function"),
    ("vectors.json", "-#", "FOLLOWS the map: a key and where it lives, computed by the map's own function"),
    ("vectors.json", "\"bucket\": #", "FOLLOWS the map: where the key lives"),
    ("grafana/", "\"schemaVersion\": #", "of Grafana's format"),
    ("grafana/", "\"version\": #", "of Grafana's format"),
    ("grafana/", "apiVersion: #", "of Grafana's format"),
    ("grafana/", "\"refresh\": \"#", "how often an open dashboard looks again"),
    ("grafana/", "\"refresh\": #", "Grafana's name for: when the time range changes"),
    ("grafana/", "\"hide\": #", "Grafana's name for: shown"),
    ("grafana/", "\"sort\": #", "Grafana's name for: by name"),
    ("grafana/", "\"id\": #", "a panel's number"),
    ("grafana/", "\"h\": #", "a panel's place"),
    ("grafana/", "\"w\": #", "a panel's place"),
    ("grafana/", "\"x\": #", "a panel's place"),
    ("grafana/", "\"y\": #", "a panel's place"),
    ("grafana/", "\"min\": #", "an axis begins at nothing"),
    ("grafana/", "\"value\": # }", "all of what is there"),
    ("grafana/", "[#]", "the window of a rate: ten readings or more"),
    ("grafana/", "histogram_quantile(#", "the percentile that the legend names"),
    ("grafana/", "code=~\\\"#..", "classes of HTTP answers"),
    ("grafana/", "\"period\": \"#", "seconds of a point of CloudWatch"),
    ("grafana/", "Type\": #", "CloudWatch's number for: a metric, by its name"),
    ("grafana/", "Mode\": #", "CloudWatch's number for: a metric, by its name"),
    ("grafana/", "over # a pod", "all of what is there"),
    ("grafana/", "at # nothing", "all of what is there"),
    ("grafana/", "Over # for", "all of what is there"),
    ("rules.yaml", "code=~\"#..", "classes of HTTP answers"),
    ("rules.yaml", "[#]", "windows of the burn rates (SRE workbook, chapter 5), or ten readings and more of a rate"),
    ("rules.yaml", "for: #", "how long a thing lasts before it is one"),
    ("rules.yaml", "over #;", "the window of the burn rate"),
    ("rules.yaml", "expr: # - ", "the complement of a share"),
    ("rules.yaml", "\"}) < #", "none at all"),
    ("rules.yaml", "vector(#)", "a shard that nobody sees has none"),
    ("rules.yaml", "primary\"}) or vector(0)) < #", "a shard has one"),
    ("rules.yaml", "m])) < #", "none at all"),
    ("rules.yaml", "shard_name=\"", "FOLLOWS the number of shards: the range of keys that one has"),
    ("rules.test.yaml", "has # replicas", "what the rule says of that series"),
    ("rules.test.yaml", "shard_name=\"", "FOLLOWS the number of shards: the range of keys that one has"),
    ("ARCHITECTURE.md", "xxhash of", "FOLLOWS the number of shards: the range of keys that one has"),
    ("vitess.yaml", "HistoryLimit: #", "jobs that are kept to be looked at"),
    ("vitess.yaml", "sleep: { seconds: #", "until nobody begins a connection"),
    ("vitess.yaml", "terminationGracePeriodSeconds: #", "for the statements that run"),
    ("vitess.yaml", "heartbeat-interval: #", "how fine the lag of a replica is measured"),
    ("vitess.yaml", "schedule: \"#", "the minute of the hour"),
    ("vitess.yaml", "* * #\"", "the day of the week"),
    ("rules.yaml", "== bool #", "a primary is in no recovery"),
    ("rules.yaml", "bool 0) < #", "none at all"),
    ("rules.yaml", "archived_time) > #", "later than the last that left"),
    ("overlays/prod/databases.yaml", "schedule: #", "seconds and minutes of the hour, and Sunday"),
    ("overlays/prod/databases.yaml", "schedule: 0 #", "seconds and minutes of the hour, and Sunday"),
    ("overlays/prod/databases.yaml", "* * #", "seconds and minutes of the hour, and Sunday"),
    ("docs/RUNBOOK.md", "<shard>-#", "the first instance"),
    ("rules.test.yaml", "has # standbys", "what the rule says of that series"),
    ("rules.test.yaml", "fills #%", "what the rule says of that series"),
    ("rules.test.yaml", "interval: #", "clock of the test"),
    ("rules.test.yaml", "eval_time: #", "clock of the test"),
    ("rules.test.yaml", "code=\"#\"", "classes of HTTP answers"),
    ("rules.test.yaml", "values: \"#", "a series that is made up to fire the rule or not to"),
    ("rules.test.yaml", " #+", "a series that is made up to fire the rule or not to"),
    ("rules.test.yaml", "summary: \"#%", "what the rule says of that series"),
    ("rules.test.yaml", "only #%", "what the rule says of that series"),
    ("rules.test.yaml", "uses #%", "what the rule says of that series"),
    ("rules.test.yaml", "over #;", "what the rule says of that series"),
    ("rules.test.yaml", "take # ", "what the rule says of that series"),
    ("rules.test.yaml", "m # on", "what the rule says of that series"),
    ("rules.test.yaml", "partition=\"#\"", "a partition's number"),
    ("rules.test.yaml", "e+# messages", "what the rule says of that series"),
    ("loadtest/", "timeUnit: \"#", "rates are per second, or per minute where they are small"),
    ("loadtest/jobs.js", "duration: \"#", "a step, not a ramp"),
    ("loadtest/jobs.js", "[#]", "the first of them"),
    ("docs/START.md", "HostedZones[#]", "the first of them"),
    ("docs/RUNBOOK.md", "Messages[#]", "the first of them"),
    ("docs/RUNBOOK.md", "'.[#].message", "the first of them"),
    ("docs/RUNBOOK.md", "--visibility-timeout #", "a quarter of an hour to repair in"),
    ("loadtest/jobs.js", ") / #;", "milliseconds of a second"),
    ("loadtest/jobs.js", "p(#)", "the share of jobs that are done in time"),
    ("loadtest/", "count==#", "none"),
    ("loadtest/", "length > #", "none"),
    ("loadtest/", "status >= #", "classes of HTTP answers"),
    ("loadtest/", "status < #", "classes of HTTP answers"),
    ("loadtest/", "status === #", "HTTP's own word for done"),
    ("loadtest/", "startVUs: #", "none"),
    ("loadtest/users.json", "\"id\": \"#", "FOLLOWS the map: a user of each part of its ranges"),
    ("loadtest/testrun", "runAsUser: #", "nobody's number"),
    ("loadtest/testrun", "runAsGroup: #", "nobody's number"),
    ("cdn/purge", "execute=#", "the shell's own: positions, streams, exit codes"),
    ("cdn/purge", "{#:-", "the shell's own: positions, streams, exit codes"),
    ("cdn/purge", "{#:?", "the shell's own: positions, streams, exit codes"),
    ("cdn/purge", "'#,", "the shell's own: positions, streams, exit codes"),
    ("cdn/purge", ",#/^", "the shell's own: positions, streams, exit codes"),
    ("cdn/purge", ">&#", "the shell's own: positions, streams, exit codes"),
    ("cdn/purge", "exit #", "the shell's own: positions, streams, exit codes"),
    ("cdn/purge", "shift #", "the shell's own: positions, streams, exit codes"),
    ("cdn/purge", "{@:#:", "the shell's own: positions, streams, exit codes"),
    ("cdn/purge", "{@:1:#}", "as many as one call of the CDN takes"),
    ("cdn/purge", "< # ?", "as many as one call of the CDN takes"),
    ("cdn/purge", ": #)", "as many as one call of the CDN takes"),
    ("cdn/purge", "--retry #", "a call that fails is repeated by a person after that"),
    ("cdn/rules.json", "_ttl\": #", "never kept"),
    ("cdn/rules.json", "\"5xx\": #", "an error is never kept"),
    ("cdn/rules.json", "\"period_s\": #", "the window in which the CDN counts"),
    ("cdn/worker.js", "WIDTHS", "widths of screens that pictures are made for, and the last of them"),
    (".infracost.yml", "version: #", "of the file's own form"),
    ("docs/", "^#. ", "a list's number"),
    ("docs/RUNBOOK.md", "| cron `", "minutes, hours and days that a person chose"),
    ("docs/START.md", "answers #.", "HTTP's own word for done"),
    ("docs/START.md", "answers # when it is done", "HTTP's own word for done"),
    ("RUNBOOK.md", "--since=#", "the log of the last minutes"),
    ("RUNBOOK.md", "shard-manager #` runs", "the port that administrators reach inside the pod"),
    ("RUNBOOK.md", "--since # ", "the log of the last minutes"),
    ("RUNBOOK.md", "--freshness # ", "the log of the last minutes"),
    ("RUNBOOK.md", "--limit # ", "the first lines of it"),
    ("RUNBOOK.md", "services[#]", "the one that was asked for"),
    ("RUNBOOK.md", ".events[:#]", "the latest of them"),
    ("RUNBOOK.md", "GROUP BY # ", "a column's position"),
    ("RUNBOOK.md", "--tail=-#", "all lines there are"),
    ("RUNBOOK.md", "ORDER BY # ", "a column's position"),
    ("START.md", "#, answers `/startup`", "the port of every service"),
    ("START.md", "listens on #", "the port of every service, and of those that speak gRPC"),
    ("START.md", "metrics are on #", "the port of every service's metrics"),
    ("START.md", "`/ready` with #", "HTTP's own word for done"),
    ("START.md", "answers # when the job is done", "HTTP's own word for done"),
    ("RUNBOOK.md", "refused with #:", "HTTP's own word for a stranger"),
    ("START.md", "as user #", "the user of every container"),
    ("START.md", "to it with # when", "HTTP's own word for done"),
    ("loadtest/lib.js", "__ENV.SCALE || #", "all of the load where nobody asks for a part"),
    ("loadtest/lib.js", "Math.max(#, ", "a part is at least one"),
    (".tfvars", "concurrency = #", "a worker's instance takes one job: its time was stated alone"),
    ("RUNBOOK.md", " by # ", "a column's position"),
    ("RUNBOOK.md", "| # to", "a stage of the move"),
    ("RUNBOOK.md", "to # |", "a stage of the move"),
    ("RUNBOOK.md", "| #, ", "a stage of the move"),
    ("RUNBOOK.md", ", # |", "a stage of the move"),
    ("RUNBOOK.md", "| # |", "a stage of the move"),
    ("RUNBOOK.md", "stage #,", "a stage of the move"),
    ("RUNBOOK.md", "`#`", "the beginning of a file's name"),
];

/// Begins the reason of a number that is computed from a quantity by the map of shards.
const FOLLOWS: &str = "FOLLOWS ";

/// A number in a line: where it begins (from 1, in characters), and its text.
#[derive(Debug)]
struct Number {
    column: usize,
    text: String,
}

/// Where the comment of a line begins, if it has one.
fn comment(path: &str, line: &str) -> Option<usize> {
    let extension = path.rsplit('.').next().unwrap_or_default();
    let marks: &[&str] = match extension {
        "json" | "md" => return None,
        "js" | "ts" | "go" | "java" => &["//", " * ", "/*"],
        "sql" => &["--"],
        "ini" => &[";", "#"],
        _ => &["#"],
    };
    marks
        .iter()
        .filter_map(|mark| {
            let at = line.find(mark)?;
            let before = line[..at].trim_end();
            // A mark within a word or a quoted text is none.
            let outside = before.matches('"').count().is_multiple_of(2);
            let apart = at == 0 || line[..at].ends_with(' ') || before.is_empty();
            (outside && apart).then_some(at)
        })
        .min()
}

/// Numbers of a line that stand for themselves: no part of a name, an address or a version.
fn numbers(line: &str) -> Vec<Number> {
    let characters: Vec<char> = line.chars().collect();
    let in_word = |character: char| character.is_alphanumeric() || "_-./:@$".contains(character);
    let mut found = Vec::new();
    let mut at = 0;
    while at < characters.len() {
        if !in_word(characters[at]) {
            at += 1;
            continue;
        }
        let begin = at;
        while at < characters.len() && in_word(characters[at]) {
            at += 1;
        }
        let word: String = characters[begin..at].iter().collect();
        for (offset, part) in parts(&word) {
            found.push(Number {
                column: begin + offset + 1,
                text: part,
            });
        }
    }
    found
}

/// The numbers of one word: itself, with its sign and unit, or both sides of a pair such as `key:12`.
fn parts(word: &str) -> Vec<(usize, String)> {
    let mut parts = Vec::new();
    let mut begin = 0;
    for part in word.split(':') {
        let trimmed = part
            .trim_start_matches(['-', '/'])
            .trim_end_matches(['.', '-', '/']);
        let offset = begin + part.len() - part.trim_start_matches(['-', '/']).len();
        if is_number(trimmed) {
            parts.push((word[..offset].chars().count(), trimmed.to_owned()));
        }
        begin += part.len() + 1;
    }
    parts
}

/// Digits with at most one point and a unit behind them: `12`, `0.5`, `512Mi`, `15s`, `250m`.
fn is_number(word: &str) -> bool {
    let unit =
        word.trim_start_matches(|character: char| character.is_ascii_digit() || character == '.');
    let digits = &word[..word.len() - unit.len()];
    let plain = digits.starts_with(|character: char| character.is_ascii_digit())
        && digits.matches('.').count() <= 1;
    let units = [
        "", "s", "m", "h", "d", "ms", "Mi", "Gi", "Ti", "MiB", "GiB", "k", "x", "M", "G", "MB",
        "GB", "kB", "min", "mb", "gb",
    ];
    plain && units.contains(&unit)
}

/// The entry of [`STRUCTURE`] that knows this number.
fn structure(path: &str, line: &str, number: &Number) -> Option<usize> {
    let begin = line
        .char_indices()
        .nth(number.column - 1)
        .map_or(line.len(), |(at, _)| at);
    let (before, after) = (&line[..begin], &line[begin + number.text.len()..]);
    STRUCTURE.iter().position(|(file, shape, _)| {
        let Some((left, right)) = shape.split_once('#') else {
            return path.contains(file) && line.contains(shape);
        };
        let fits = match left.strip_prefix('^') {
            Some(begin) => before == begin,
            None => before.ends_with(left),
        };
        path.contains(file) && fits && after.starts_with(right)
    })
}

/// The numbers of a file that no quantity printed, each with its line, its number, and what is known of it.
fn unprinted(path: &str, file: &File) -> Vec<(usize, Number, Option<usize>)> {
    let mut found = Vec::new();
    for (idx, line) in file.text.lines().enumerate() {
        let code = comment(path, line).map_or(line, |at| &line[..at]);
        let printed: Vec<_> = file
            .quantities
            .iter()
            .filter(|quantity| quantity.line == idx + 1)
            .collect();
        for number in numbers(code) {
            let covered = printed.iter().any(|quantity| {
                quantity.column < number.column + number.text.len()
                    && number.column < quantity.column + quantity.width
            });
            if !covered {
                let known = structure(path, line, &number);
                found.push((idx + 1, number, known));
            }
        }
    }
    found
}

#[test]
fn every_number_of_a_sized_file_is_a_quantity() {
    let mut lines: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut met = BTreeSet::new();
    for Case {
        name, tree, sized, ..
    } in cases()
    {
        for path in sized {
            let file = &tree.files[path];
            for (line, number, known) in unprinted(path, file) {
                met.extend(known);
                if known.is_none() {
                    let text = file.text.lines().nth(line - 1).unwrap_or_default().trim();
                    lines
                        .entry(format!("{}  in  {text}", number.text))
                        .or_default()
                        .insert(format!("{name}/{path}:{line}"));
                }
            }
        }
    }
    let report: String = lines
        .iter()
        .map(|(what, places)| {
            let first = places.iter().next().expect("a line stands somewhere");
            format!("{what}\n      {first} and {} more\n", places.len() - 1)
        })
        .collect();
    assert!(
        lines.is_empty(),
        "{} numbers come from no quantity:\n{report}",
        lines.len()
    );
    let unmet: Vec<_> = (0..STRUCTURE.len())
        .filter(|idx| !met.contains(idx))
        .map(|idx| STRUCTURE[idx])
        .collect();
    assert!(
        unmet.is_empty(),
        "exceptions that nothing needs: {unmet:#?}"
    );
}

/// How an example grows: flags that leave its structure as it is.
fn growth(name: &str) -> &'static [&'static str] {
    match name {
        "sharded-kubernetes" | "small" => &["users.monthly_active=3M"],
        "stateless-microservices" => &["traffic.requests_per_day=40M"],
        "live-streaming" => &["traffic.requests_per_second=9000/s"],
        _ => &["data.size=900 GiB"],
    }
}

#[test]
fn what_is_no_quantity_does_not_change_with_load() {
    for path in trees::blueprints() {
        let name = path
            .file_stem()
            .and_then(|stem| stem.to_str())
            .unwrap_or_default();
        for cloud in ["aws", "gcp"] {
            let of = |sets: &[&str]| -> BTreeMap<(String, usize), BTreeSet<String>> {
                let case = trees::case(&path, cloud, sets, &AllCommitted::new());
                let mut of: BTreeMap<_, BTreeSet<String>> = BTreeMap::new();
                for path in &case.sized {
                    for (_, number, known) in unprinted(path, &case.tree.files[path]) {
                        let Some(idx) = known.filter(|idx| !STRUCTURE[*idx].2.starts_with(FOLLOWS))
                        else {
                            continue;
                        };
                        of.entry((path.clone(), idx))
                            .or_default()
                            .insert(number.text);
                    }
                }
                of
            };
            let (before, after) = (of(&[]), of(growth(name)));
            for ((path, idx), numbers) in before {
                let Some(later) = after.get(&(path.clone(), idx)) else {
                    continue;
                };
                // What grows may add a server with its port; what was there stays.
                assert!(
                    numbers.is_subset(later),
                    "{name} on {cloud}: {path}: {:?} is {numbers:?}, then {later:?}",
                    STRUCTURE[idx]
                );
            }
        }
    }
}

#[test]
fn every_quantity_that_is_printed_has_a_derivation_and_a_reason() {
    let mut wrong = BTreeSet::new();
    for Case {
        plans,
        blueprint,
        tree,
        ..
    } in cases()
    {
        for (path, file) in &tree.files {
            let is_of = |plan: &&Plan| path.starts_with(&format!("{}/", plan.cloud.name()));
            let plan = plans.iter().find(is_of).unwrap_or(&plans[0]);
            for quantity in &file.quantities {
                let environment = blueprint
                    .environments
                    .iter()
                    .position(|one| one.name == quantity.environment)
                    .unwrap_or_else(|| panic!("{path} prints for `{}`", quantity.environment));
                let known = plan.sizings[environment].ledger.get(&quantity.name);
                let known = known.unwrap_or_else(|| panic!("{path} prints {}", quantity.name));
                let computed = known.derivation.origin == Origin::Computed;
                if computed && known.derivation.formula.is_empty() {
                    wrong.insert(format!("{} has neither formula nor origin", quantity.name));
                }
                if computed && known.why.is_empty() {
                    wrong.insert(format!("{} has no reason", quantity.name));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn numbers_are_told_from_names() {
    let texts = |line: &str| -> Vec<String> {
        numbers(line)
            .into_iter()
            .map(|number| number.text)
            .collect()
    };
    assert_eq!(texts("min = 3, max = 4.5"), ["3", "4.5"]);
    assert_eq!(texts("cpu: 250m memory: \"512Mi\""), ["250m", "512Mi"]);
    assert!(texts("type = \"n2-standard-8\" # s00 v1.33 10.0.0.0/16 s3").len() <= 1);
    assert_eq!(
        texts("rate: { target: 1200, duration: '5m' }"),
        ["1200", "5m"]
    );
    assert_eq!(comment("a.yaml", "x: 1 # 2"), Some(5));
    assert_eq!(comment("a.yaml", "x: \"#1\""), None);
}

//! From the layers to the checked blueprint: environments, accounts, pins, places and digest.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest as _, Sha256};

use super::{
    Account, Blueprint, Cloud, Environment, Pin, Position, SourceMap, Spec,
    check::{first, join, nearest},
    extract,
    format::{Key, Kind, WHOLE, inner, inner_of},
    layers::{Layers, Names, merge},
    node::{Node, Value},
    problem::{Failure, Problem, Severity, Sources, Span},
    validate::{self, Places, locate},
};
use crate::units::Ratio;

/// Ids of architectures, for names that are nearly right.
const ARCHITECTURES: &[&str] = &[
    "sharded-kubernetes",
    "stateless-microservices",
    "managed-containers",
    "live-streaming",
    "serverless-edge",
];

/// Puts everything together, or says everything that is wrong.
pub(crate) fn assemble<'f>(
    mut layers: Layers,
    sets: &[String],
    fragment: &dyn Fn(&str) -> Option<&'f str>,
) -> Result<(Blueprint, Vec<Problem>), Failure> {
    for flag in sets {
        layers.set(flag);
    }
    if layers.stopped {
        return Err(Failure {
            problems: distinct(layers.problems),
            sources: layers.sources,
        });
    }
    architecture(&mut layers, fragment);
    let root = layers.merged();
    let Layers {
        sources,
        mut problems,
        ..
    } = layers;
    let Some(root) = root else {
        return Err(Failure { problems, sources });
    };
    let mut builder = Builder {
        sources: &sources,
        problems: Vec::new(),
        places: Places::new(),
    };
    let blueprint = builder.build(&root);
    let meant = without_consequences(builder.problems, &problems);
    problems.extend(meant);
    let problems = distinct(problems);
    match blueprint {
        Some(mut blueprint)
            if problems
                .iter()
                .all(|problem| problem.severity == Severity::Warning) =>
        {
            blueprint.map.sources = sources;
            Ok((blueprint, problems))
        }
        _ => Err(Failure { problems, sources }),
    }
}

/// Lays the defaults of the architecture below everything.
fn architecture<'f>(layers: &mut Layers, fragment: &dyn Fn(&str) -> Option<&'f str>) {
    let Some((name, span)) = layers.text("architecture") else {
        return;
    };
    match fragment(&name) {
        Some(text) => layers.fragment(&name, text),
        None => {
            let known: Vec<&str> = ARCHITECTURES
                .iter()
                .copied()
                .filter(|id| fragment(id).is_some())
                .collect();
            let advice = match nearest(&name, known.iter().copied()) {
                Some(meant) => format!("; did you mean {meant}?"),
                None if known.is_empty() => String::new(),
                None => format!("; there are {}", known.join(", ")),
            };
            let message = format!("architecture `{name}` is unknown{advice}");
            layers.problems.push(
                Problem::at("architecture", message)
                    .hint("loadpath architectures")
                    .span(span),
            );
        }
    }
}

/// One and the same thing is said once, though several environments may have it.
fn distinct(problems: Vec<Problem>) -> Vec<Problem> {
    let mut seen = BTreeSet::new();
    problems
        .into_iter()
        .filter(|problem| seen.insert((problem.span, problem.message.clone())))
        .collect()
}

/// A value that could not be read makes others look wrong: what only follows from it is left out.
fn without_consequences(found: Vec<Problem>, causes: &[Problem]) -> Vec<Problem> {
    let causes: Vec<&Problem> = causes
        .iter()
        .filter(|problem| problem.severity == Severity::Error)
        .collect();
    let follows = |problem: &Problem| {
        let within = |cause: &&Problem| {
            let below = cause.path.strip_prefix(&problem.path);
            !problem.path.is_empty()
                && below.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        problem.severity == Severity::Warning && !causes.is_empty()
            || causes
                .iter()
                .any(|cause| within(cause) || (cause.span.is_some() && cause.span == problem.span))
    };
    found
        .into_iter()
        .filter(|problem| !follows(problem))
        .collect()
}

/// Finds the place of a problem that has only a path. What an environment does not override stands at the top.
pub(crate) fn located(problem: Problem, places: &Places) -> Problem {
    if problem.span.is_some() {
        return problem;
    }
    let common = problem.path.strip_prefix("environments.").and_then(|rest| {
        let (_, path) = rest.split_once(".override.")?;
        (!places.contains_key(&problem.path)).then_some(path)
    });
    let span = locate(places, common.unwrap_or(&problem.path));
    Problem { span, ..problem }
}

struct Builder<'a> {
    sources: &'a Sources,
    problems: Vec<Problem>,
    places: Places,
}

impl Builder<'_> {
    fn report(&mut self, problem: Problem) {
        self.problems.push(located(problem, &self.places));
    }

    fn build(&mut self, root: &Node) -> Option<Blueprint> {
        collect_places(root, &WHOLE, "", self.sources, &mut self.places);
        let file = Span {
            end_line: first(root).line,
            end_column: first(root).column + 1,
            ..first(root)
        };
        self.places.insert(String::new(), file);
        self.required(root);
        let text = |key: &str| root.get(key).and_then(Node::text).map(str::to_owned);
        let clouds = self.clouds(root);
        let environments = self.environments(root, &clouds);
        let blueprint = Blueprint {
            name: text("name")?,
            architecture: text("architecture")?,
            clouds,
            environments,
            digest: String::new(),
            map: SourceMap {
                sources: Sources::default(),
                places: self.places.clone(),
            },
        };
        for problem in validate::environments(&blueprint) {
            self.report(problem);
        }
        if blueprint.environments.is_empty() {
            return None;
        }
        Some(Blueprint {
            digest: digest(&blueprint),
            ..blueprint
        })
    }

    /// Keys that nothing can stand in for.
    fn required(&mut self, root: &Node) {
        for (path, key) in missing(root, &WHOLE, "") {
            let example = match key {
                "version" => "version: 1",
                "name" => "name: shop",
                "architecture" => "architecture: sharded-kubernetes",
                _ => "",
            };
            let of = if path.is_empty() {
                String::new()
            } else {
                format!(" in {path}")
            };
            let problem = Problem::at(&path, format!("key {key} is missing{of}"));
            self.report(if example.is_empty() {
                problem
            } else {
                problem.hint(example)
            });
        }
    }

    fn clouds(&mut self, root: &Node) -> Vec<Cloud> {
        let stated = extract::texts(root.get("cloud"));
        let clouds: Vec<Cloud> = stated
            .iter()
            .filter_map(|name| {
                [Cloud::Aws, Cloud::Gcp]
                    .into_iter()
                    .find(|cloud| cloud.name() == name)
            })
            .collect();
        if !clouds.is_empty() {
            return clouds;
        }
        if root
            .get("cloud")
            .is_some_and(|node| matches!(node.value, Value::List(_)) && node.items().is_empty())
        {
            self.report(Problem::at(
                "cloud",
                "the list of clouds is empty, wanted aws, gcp or both",
            ));
        }
        // The defaults of an architecture name its cloud; this stands in where the architecture is wrong itself.
        vec![Cloud::Aws]
    }

    fn environments(&mut self, root: &Node, clouds: &[Cloud]) -> Vec<Environment> {
        let empty = Node::new(Value::Map(Vec::new()), root.span);
        let mut stated: Vec<(String, Node)> = match root.get("environments") {
            Some(node) => node.entries().to_vec(),
            None => ["dev", "staging", "prod"]
                .map(|name| (name.to_owned(), empty.clone()))
                .to_vec(),
        };
        if stated.is_empty() {
            self.report(
                Problem::at("environments", "there is no environment")
                    .hint("environments: { prod: {} }"),
            );
        }
        if stated.len() > validate::MOST_ENVIRONMENTS {
            let most = validate::MOST_ENVIRONMENTS;
            let message = format!("{} environments, at most {most} fit", stated.len());
            self.report(Problem::at("environments", message));
            stated.truncate(most);
        }
        let names: Vec<&str> = stated.iter().map(|(name, _)| name.as_str()).collect();
        let (accounts, pins) = (self.accounts(root, &names), self.pins(root, &names));
        let mut environments: Vec<Environment> = Vec::new();
        for (name, node) in &stated {
            let Some(scale) = self.scale(name, node) else {
                continue;
            };
            let mut spec = self.spec(root, name, node, clouds);
            spec.account = accounts.get(name).cloned().unwrap_or_default();
            let meant = |(_, (_, only)): &(&String, &(Pin, Vec<String>))| {
                only.is_empty() || only.contains(name)
            };
            spec.pins = pins
                .iter()
                .filter(meant)
                .map(|(quantity, (pin, _))| (quantity.clone(), pin.clone()))
                .collect();
            environments.push(Environment {
                name: name.clone(),
                share: Ratio::new(1.0),
                scale,
                spec,
            });
        }
        environments.sort_by(|one, other| one.scale.get().total_cmp(&other.scale.get()));
        environments
    }

    fn scale(&mut self, name: &str, node: &Node) -> Option<Ratio> {
        let scale = extract::scale(name, node);
        if scale.is_none() && node.get("scale").is_none() {
            let problem = Problem::at(
                format!("environments.{name}"),
                format!("environment {name} has no scale"),
            );
            self.report(problem.hint("scale: 10 %"));
        }
        scale
    }

    /// One environment with its overrides, checked.
    fn spec(&mut self, root: &Node, name: &str, node: &Node, clouds: &[Cloud]) -> Spec {
        let mut own = root.clone();
        if let Value::Map(entries) = &mut own.value {
            entries
                .retain(|(key, _)| !matches!(key.as_str(), "environments" | "accounts" | "pins"));
        }
        if let Some(over) = node.get("override") {
            let mut unknown = Vec::new();
            merge(
                &mut own,
                over.clone(),
                &WHOLE,
                "",
                &mut Names::Known(&mut unknown),
            );
            self.problems.extend(unknown);
        }
        let mut places = Places::new();
        collect_places(&own, &WHOLE, "", self.sources, &mut places);
        let mut spec = extract::spec(&own, clouds);
        spec.positions = positions(&places, self.sources);
        let region = own.get("region");
        let is_map = region.is_some_and(|region| matches!(region.value, Value::Map(_)));
        let mut found = validate::spec(&spec, clouds);
        found.extend(validate::regions(&spec, is_map, clouds));
        // What stands in the defaults or nowhere is shown at the top of the file, and named by the environment.
        places.insert(String::new(), self.places[""]);
        self.problems.extend(
            found
                .into_iter()
                .map(|problem| match located(problem, &places) {
                    problem
                        if node.get("override").is_some()
                            && problem.span == Some(self.places[""]) =>
                    {
                        Problem {
                            message: format!("in {name}: {}", problem.message),
                            ..problem
                        }
                    }
                    problem => problem,
                }),
        );
        spec
    }

    fn accounts(&mut self, root: &Node, names: &[&str]) -> BTreeMap<String, Account> {
        let mut accounts = BTreeMap::new();
        for (name, node) in root.get("accounts").map_or(&[][..], Node::entries) {
            if let Some(problem) = validate::environment_name(name, names, &join("accounts", name))
            {
                self.report(problem);
            }
            accounts.insert(name.clone(), extract::account(name, node));
        }
        accounts
    }

    fn pins(&mut self, root: &Node, names: &[&str]) -> BTreeMap<String, (Pin, Vec<String>)> {
        let mut pins = BTreeMap::new();
        for (name, node) in root.get("pins").map_or(&[][..], Node::entries) {
            let Some((pin, only)) = extract::pin(name, node) else {
                continue;
            };
            for env in &only {
                if let Some(problem) =
                    validate::environment_name(env, names, &format!("pins.{name}.env"))
                {
                    self.report(problem);
                }
            }
            pins.insert(name.clone(), (pin, only));
        }
        pins
    }
}

/// Required keys that are absent: path of the map and name of the key.
fn missing(node: &Node, kind: &'static Kind, path: &str) -> Vec<(String, &'static str)> {
    match kind {
        Kind::Map(keys) => {
            if !matches!(node.value, Value::Map(_)) {
                return Vec::new();
            }
            let absent = keys
                .iter()
                .filter(|key| key.required && node.get(key.name).is_none());
            let mut found: Vec<_> = absent.map(|key| (path.to_owned(), key.name)).collect();
            for key in *keys {
                if let Some(value) = node.get(key.name) {
                    found.extend(missing(value, &key.kind, &join(path, key.name)));
                }
            }
            found
        }
        Kind::Names(_, inner) => node
            .entries()
            .iter()
            .flat_map(|(name, value)| missing(value, inner, &join(path, name)))
            .collect(),
        // Whether they have a name was checked in each file.
        Kind::Named(keys) => {
            let items = node.items().iter();
            let named = items.filter_map(|item| Some((item.get("name")?.text()?, item)));
            let of_item = |(name, item): (&str, &Node)| {
                let within = |key: &'static Key| {
                    let value = item.get(key.name)?;
                    Some(missing(
                        value,
                        &key.kind,
                        &join(&join(path, name), key.name),
                    ))
                };
                keys.iter().filter_map(within).flatten().collect::<Vec<_>>()
            };
            named.flat_map(of_item).collect()
        }
        Kind::OneOf(kinds) => match super::check::choose(kinds, node) {
            Some(kind @ Kind::Map(_)) => missing(node, kind, path),
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

/// Where each value stands, by path. The architecture's own defaults have no place that a user could go to.
fn collect_places(
    node: &Node,
    kind: &'static Kind,
    path: &str,
    sources: &Sources,
    places: &mut Places,
) {
    if matches!(node.value, Value::Null) {
        return;
    }
    if !sources.0[node.span.source].is_fragment && !path.is_empty() {
        places.insert(path.to_owned(), node.place());
        // `surge: 10x` states the factor.
        if path == "traffic.surge" && node.text().is_some() {
            places.insert("traffic.surge.factor".to_owned(), node.place());
        }
    }
    match (&node.value, kind) {
        (Value::Map(entries), _) => {
            for (name, value) in entries {
                collect_places(value, inner(kind, name), &join(path, name), sources, places);
            }
        }
        (Value::List(items), Kind::Named(keys)) => {
            for item in items {
                let Some(name) = item.get("name") else {
                    continue;
                };
                let at = join(path, name.text().unwrap_or_default());
                for (key, value) in item.entries() {
                    let kind = inner_of(keys, key);
                    collect_places(value, kind, &join(&at, key), sources, places);
                }
                if !sources.0[name.span.source].is_fragment {
                    places.insert(at, name.place());
                }
            }
        }
        _ => {}
    }
}

fn positions(places: &Places, sources: &Sources) -> BTreeMap<String, Position> {
    let position = |span: &Span| Position {
        file: sources.0[span.source].name.clone(),
        line: span.line,
        column: span.column,
    };
    places
        .iter()
        .map(|(path, span)| (path.clone(), position(span)))
        .collect()
}

/// SHA-256 over the meaning: canonical JSON of what was resolved, without what is absent.
fn digest(blueprint: &Blueprint) -> String {
    let meaning = serde_json::json!({
        "name": blueprint.name,
        "architecture": blueprint.architecture,
        "clouds": blueprint.clouds,
        "environments": blueprint.environments,
    });
    let hash = Sha256::digest(canonical(meaning).to_string().as_bytes());
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Drops what is absent, so that a later key of the format does not change the digest of a blueprint without it.
fn canonical(value: serde_json::Value) -> serde_json::Value {
    use serde_json::Value as Json;
    match value {
        Json::Object(entries) => {
            let mut entries: Vec<(String, Json)> = entries
                .into_iter()
                .map(|(name, value)| (name, canonical(value)))
                .collect();
            entries.retain(|(_, value)| !value.is_null());
            entries.sort_by(|one, other| one.0.cmp(&other.0));
            Json::Object(entries.into_iter().collect())
        }
        Json::Array(items) => Json::Array(items.into_iter().map(canonical).collect()),
        other => other,
    }
}

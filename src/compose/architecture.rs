//! The reference architectures: which components, which choices, which defaults.
//!
//! Comes in: one data file per architecture, built in from `architectures/`. Goes out: an [`Architecture`]. Adding one is
//! adding a file.

use std::collections::BTreeMap;

use include_dir::{Dir, include_dir};
use serde::Deserialize;

use super::database;
use crate::{
    blueprint::{Cloud, Engine, ServiceKind, Spec},
    component::Component,
};

static FILES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/architectures");

/// One reference architecture.
#[derive(Clone, Debug)]
pub struct Architecture {
    /// Its id, as in `architecture:`.
    pub id: String,
    /// One line.
    pub summary: String,
    /// What it was made for.
    pub story: String,
    /// When it fits, for the wizard.
    pub fits: Vec<String>,
    /// What speaks for it and against it, for the wizard.
    pub advice: Vec<Advice>,
    /// The cloud it is emitted for where the blueprint names none.
    pub default_cloud: Cloud,
    /// Its components in the order in which data flows.
    pub components: Vec<Component>,
    /// Legal values of each choice by cloud; the first is the default.
    choices: BTreeMap<String, Choice>,
    /// Database engines that it is emitted for.
    pub engines: Vec<String>,
    /// The blueprint's lowest layer, as JSON.
    fragment: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Choice {
    Everywhere(Vec<String>),
    ByCloud { aws: Vec<String>, gcp: Vec<String> },
}

/// A reason for or against an architecture, where all of `when` is true of a system.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Advice {
    /// Facts that must all hold: `jobs`, `gpu`, `services`, `uploads`, `live`, `reads`, `spiky`, `one-node`, `outgrows`.
    pub when: Vec<String>,
    /// Why it fits; `{fact}` stands for the figure behind a fact.
    #[serde(default)]
    pub fits: Option<String>,
    /// Why it does not.
    #[serde(default)]
    pub misfits: Option<String>,
}

#[derive(Deserialize)]
struct File {
    id: String,
    summary: String,
    story: String,
    fits: Vec<String>,
    advice: Vec<Advice>,
    default_cloud: String,
    components: Vec<String>,
    choices: BTreeMap<String, Choice>,
    engines: Vec<String>,
    blueprint: serde_json::Value,
}

impl Architecture {
    /// Legal values of a choice on a cloud, the default first; empty where the architecture has no such choice.
    pub fn legal(&self, key: &str, cloud: Cloud) -> &[String] {
        match (self.choices.get(key), cloud) {
            (Some(Choice::Everywhere(values)), _) => values,
            (Some(Choice::ByCloud { aws, .. }), Cloud::Aws) => aws,
            (Some(Choice::ByCloud { gcp, .. }), Cloud::Gcp) => gcp,
            (None, _) => &[],
        }
    }

    /// Names of the choices.
    pub fn choices(&self) -> impl Iterator<Item = &str> {
        self.choices.keys().map(String::as_str)
    }

    /// The lowest layer of its blueprints, as JSON text (which is YAML).
    pub fn fragment(&self) -> &str {
        &self.fragment
    }

    /// Every choice with the stated value, or the default of the cloud.
    ///
    /// # Errors
    /// A path into the blueprint and a sentence for each choice that the architecture does not have on this cloud.
    pub fn choose(
        &self,
        spec: &Spec,
        cloud: Cloud,
    ) -> Result<BTreeMap<String, String>, Vec<(String, String)>> {
        let mut chosen = BTreeMap::new();
        let mut wrong = Vec::new();
        for key in self.choices() {
            let legal = self.legal(key, cloud);
            let stated = spec.platform.get(key).and_then(|choice| choice.on(cloud));
            match stated {
                Some(value) if legal.iter().all(|word| word != value) => wrong.push((
                    format!("platform.{key}"),
                    format!(
                        "{} on {} has no {key} `{value}`; it has {}",
                        self.id,
                        cloud.name(),
                        legal.join(", ")
                    ),
                )),
                Some(value) => {
                    chosen.insert(key.to_owned(), value.to_owned());
                }
                None => {
                    chosen.insert(key.to_owned(), legal[0].clone());
                }
            }
        }
        if let Some(database) = chosen
            .get("router")
            .and_then(|router| database::follows(router))
            && spec
                .platform
                .get("database")
                .is_none_or(|choice| choice.on(cloud).is_none())
        {
            chosen.insert("database".to_owned(), database.to_owned());
        }
        if spec.data.engine == Engine::Mysql && !self.engines.iter().any(|engine| engine == "mysql")
        {
            let text = format!(
                "{} has no engine `mysql`; it has {}",
                self.id,
                self.engines.join(", ")
            );
            wrong.push(("data.engine".to_owned(), text));
        }
        for service in &spec.services {
            if let Some(what) = service.runs_on
                && !self.components.contains(&what.component())
            {
                let text = format!("{} runs nothing on {}", self.id, what.name());
                wrong.push((format!("services.{}.runs_on", service.name), text));
            }
        }
        for service in &spec.services {
            if service.kind == ServiceKind::Event
                && !self.components.contains(&Component::Functions)
            {
                let text = format!("{} has no functions that take uploaded objects", self.id);
                wrong.push((format!("services.{}.kind", service.name), text));
            }
        }
        for (key, choice) in &spec.platform {
            if let Some(value) = choice.on(cloud)
                && !self.choices.contains_key(key)
            {
                let known = self.choices().collect::<Vec<_>>().join(", ");
                let text = format!(
                    "{} has no choice `{key}` (`{value}`); it has {known}",
                    self.id
                );
                wrong.push((format!("platform.{key}"), text));
            }
        }
        if chosen.contains_key("router") && self.components.contains(&Component::Vitess) {
            wrong.extend(database::refused(spec, &chosen));
        }
        if wrong.is_empty() {
            Ok(chosen)
        } else {
            Err(wrong)
        }
    }
}

/// All architectures, by id.
pub fn all() -> Vec<Architecture> {
    let mut all: Vec<Architecture> = FILES
        .files()
        .map(|file| parse(file.contents_utf8().unwrap_or_default()))
        .collect();
    all.sort_by(|a, b| a.id.cmp(&b.id));
    all
}

/// The architecture of this id.
pub fn find(id: &str) -> Option<Architecture> {
    let file = FILES.get_file(format!("{id}.json"))?;
    Some(parse(file.contents_utf8().unwrap_or_default()))
}

fn parse(text: &str) -> Architecture {
    let mut file: File =
        serde_json::from_str(text).expect("bug: a built-in architecture file is not valid");
    file.blueprint["cloud"] = file.default_cloud.as_str().into();
    let component = |name: &String| {
        name.parse()
            .expect("bug: an architecture names an unknown component")
    };
    Architecture {
        id: file.id,
        summary: file.summary,
        story: file.story,
        fits: file.fits,
        advice: file.advice,
        default_cloud: match file.default_cloud.as_str() {
            "aws" => Cloud::Aws,
            _ => Cloud::Gcp,
        },
        components: file.components.iter().map(component).collect(),
        choices: file.choices,
        engines: file.engines,
        fragment: file.blueprint.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_an_architecture_of_its_name() {
        let all = all();
        assert!(!all.is_empty());
        for architecture in all {
            assert!(find(&architecture.id).is_some());
            for key in architecture.choices() {
                for cloud in [Cloud::Aws, Cloud::Gcp] {
                    assert!(
                        !architecture.legal(key, cloud).is_empty(),
                        "{} {key}",
                        architecture.id
                    );
                }
            }
        }
    }
}

//! For machines: one object for one project, a list of them for many. `loadpath schema` prints its JSON Schema.

use serde_json::{Map, Value as Json, json};

use super::{Document, Section};

/// Version of the format: a number that grows when a key is renamed or removed.
const VERSION: u64 = 1;

/// JSON Schema of what `check --format json` prints.
pub fn schema() -> Json {
    serde_json::from_str(include_str!("check.schema.json")).expect("bug: the schema is JSON")
}

pub(super) fn begin(document: &Document) -> String {
    if document.is_many {
        format!("{{\n  \"version\": {VERSION},\n  \"projects\": [")
    } else {
        String::new()
    }
}

pub(super) fn section(document: &Document, section: &Section) -> String {
    let object = object(section);
    if !document.is_many {
        let mut whole = Map::from_iter([("version".to_owned(), json!(VERSION))]);
        whole.extend(object);
        return format!("{:#}\n", Json::Object(whole));
    }
    let separator = if document.n_sections == 0 { "" } else { "," };
    let text = format!("{:#}", Json::Object(object)).replace('\n', "\n    ");
    format!("{separator}\n    {text}")
}

pub(super) fn end(document: &Document) -> String {
    if document.is_many {
        format!(
            "\n  ],\n  \"total\": {},\n  \"out_of_step\": {}\n}}\n",
            document.n_sections, document.n_out_of_step
        )
    } else {
        String::new()
    }
}

fn object(section: &Section) -> Map<String, Json> {
    let mut object = Map::new();
    object.insert("project".to_owned(), json!(section.name));
    object.insert("folder".to_owned(), json!(section.folder));
    object.insert("blueprint".to_owned(), json!(section.blueprint));
    object.extend(section.facts.clone());
    object.insert("findings".to_owned(), json!(section.findings));
    object.insert("summary".to_owned(), json!(section.summary));
    object.insert("next".to_owned(), json!(section.next));
    object
}

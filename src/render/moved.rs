//! Renamed addresses of Terraform: a row of a table becomes a `moved` block where its new address is.
//!
//! Comes in: the text of the table (`terraform/_moved.tsv` among the templates, so that an overlay which renames can say so) and a
//! rendered tree. Goes out: `moved.tf` in each root that has a renamed address. Promised: renames that follow each other are all
//! there, so that a project of any earlier version finds the way; none that leads in a circle or from one place to two.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, anyhow, bail};
use hcl_edit::structure::Body;

use super::{File, Tree};
use crate::compose::Ownership;

/// The template with the rows.
pub(super) const TABLE: &str = "terraform/_moved.tsv";
/// What stands first in `moved.tf`.
const HEAD: &str = "# What has another name since an earlier version: Terraform renames it in its state, and nothing is replaced. Terraform\n\
                    # passes over what it never knew under the old name.\n";

/// A row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Rename<'t> {
    root: &'t str,
    from: Address<'t>,
    to: Address<'t>,
    since: &'t str,
}

/// `aws_db_instance.shard["users-00"]`: what is declared, and one of its keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Address<'t> {
    declared: &'t str,
    /// With the brackets; empty for all of them.
    key: &'t str,
}

impl<'t> Address<'t> {
    fn parse(text: &'t str) -> Option<Self> {
        let (declared, key) = text.find('[').map_or((text, ""), |at| text.split_at(at));
        let is_name = |name: &str| {
            name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
                && name
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
        };
        let (kind, name) = declared.split_once('.')?;
        let inside = key
            .strip_prefix("[\"")
            .and_then(|key| key.strip_suffix("\"]"));
        let is_key = key.is_empty()
            || inside.is_some_and(|inside| {
                !inside.is_empty() && !inside.contains(['"', '\\', '$', '%'])
            });
        (is_name(kind) && is_name(name) && is_key).then_some(Self { declared, key })
    }

    fn kind(self) -> &'t str {
        self.declared.split('.').next().unwrap_or(self.declared)
    }

    fn text(self) -> String {
        format!("{}{}", self.declared, self.key)
    }
}

/// Adds `moved.tf` to every root of the tree that has a renamed address.
///
/// # Errors
/// A row that is none; two that begin at one address; some that lead back to where they began.
pub(super) fn add(tree: &mut Tree, table: &str) -> Result<()> {
    let renames = parse(table)?;
    let roots: BTreeSet<&str> = renames.iter().map(|rename| rename.root).collect();
    for root in roots {
        let folder = format!("terraform/{root}");
        let Some(versions) = tree.files.get(&format!("{folder}/versions.tf")) else {
            continue;
        };
        let component = versions.component;
        let declared = declared(tree, &folder);
        let wanted: Vec<Rename<'_>> = renames
            .iter()
            .filter(|rename| rename.root == root)
            .filter(|rename| is_there(rename, &renames, &declared))
            .copied()
            .collect();
        if wanted.is_empty() {
            continue;
        }
        let file = File {
            text: text(&wanted),
            component,
            ownership: Ownership::Managed,
            executable: false,
            is_sized: false,
            quantities: Vec::new(),
        };
        if tree
            .files
            .insert(format!("{folder}/moved.tf"), file)
            .is_some()
        {
            bail!("bug: a template gives `{folder}/moved.tf` too");
        }
    }
    Ok(())
}

fn text(renames: &[Rename<'_>]) -> String {
    let mut text = HEAD.to_owned();
    for rename in renames {
        let (from, to) = (rename.from.text(), rename.to.text());
        text.push_str(&format!(
            "\n# since loadpath {}\nmoved {{\n  from = {from}\n  to   = {to}\n}}\n",
            rename.since
        ));
    }
    text
}

fn parse(table: &str) -> Result<Vec<Rename<'_>>> {
    let mut renames: Vec<Rename<'_>> = Vec::new();
    for (idx, line) in table.lines().enumerate() {
        if line.starts_with('#') || line.trim().is_empty() {
            continue;
        }
        let wrong = |what: &str| anyhow!("{TABLE}:{}: {what}", idx + 1);
        let cells: Vec<&str> = line.split('\t').collect();
        let [root, from, to, since] = cells.as_slice() else {
            return Err(wrong(
                "wanted four cells with tabs between them: root, from, to, since",
            ));
        };
        let address = |text: &'_ str| wrong(&format!("`{text}` is no address"));
        let rename = Rename {
            root,
            from: Address::parse(from).ok_or_else(|| address(from))?,
            to: Address::parse(to).ok_or_else(|| address(to))?,
            since,
        };
        if !is_version(since) {
            return Err(wrong(&format!("`{since}` is no version, as 0.2.0")));
        }
        if rename.from.kind() != rename.to.kind() {
            return Err(wrong("a resource keeps its type when it is renamed"));
        }
        if renames
            .iter()
            .any(|known| (known.root, known.from) == (rename.root, rename.from))
        {
            return Err(wrong(&format!("`{from}` is renamed twice")));
        }
        renames.push(rename);
    }
    for rename in &renames {
        if last(rename, &renames).is_none() {
            bail!(
                "{TABLE}: the renames of `{}` in {} lead in a circle",
                rename.from.text(),
                rename.root
            );
        }
    }
    Ok(renames)
}

fn is_version(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    parts.len() == 3 && parts.iter().all(|part| part.parse::<u32>().is_ok())
}

/// The address where the renames that begin with this one end; none where they never do.
fn last<'t>(rename: &Rename<'t>, renames: &[Rename<'t>]) -> Option<Address<'t>> {
    let mut at = rename.to;
    let mut seen = BTreeSet::from([rename.from]);
    while seen.insert(at) {
        match next(at, rename.root, renames) {
            Some(next) => at = next,
            None => return Some(at),
        }
    }
    None
}

/// Where an address is renamed to next: by a row of its own, or with everything that is declared under its name.
fn next<'t>(at: Address<'t>, root: &str, renames: &[Rename<'t>]) -> Option<Address<'t>> {
    let mut rows = renames.iter().filter(|rename| rename.root == root);
    let own = rows.clone().find(|rename| rename.from == at);
    own.map(|rename| rename.to).or_else(|| {
        let whole = Address {
            declared: at.declared,
            key: "",
        };
        let row = rows.find(|rename| rename.from == whole && rename.to.key.is_empty())?;
        Some(Address {
            declared: row.to.declared,
            key: at.key,
        })
    })
}

/// Whether a root has the new address and not the old one as well: a project may have what another renamed.
fn is_there(
    rename: &Rename<'_>,
    renames: &[Rename<'_>],
    declared: &BTreeMap<String, bool>,
) -> bool {
    let Some(end) = last(rename, renames) else {
        return false;
    };
    let has_keys = declared.get(end.declared);
    let is_free =
        rename.from.declared == end.declared || !declared.contains_key(rename.from.declared);
    is_free && has_keys.is_some_and(|has_keys| *has_keys || end.key.is_empty())
}

/// What the files of a root declare, and whether it has keys.
fn declared(tree: &Tree, folder: &str) -> BTreeMap<String, bool> {
    let mut declared = BTreeMap::new();
    for (path, file) in &tree.files {
        let is_own = path
            .strip_prefix(folder)
            .and_then(|path| path.strip_prefix('/'))
            .is_some_and(|name| name.ends_with(".tf") && !name.contains('/'));
        // What is no HCL is refused before it is written.
        let body: Body = match hcl_edit::parser::parse_body(&file.text) {
            Ok(body) if is_own => body,
            _ => continue,
        };
        for block in body.blocks() {
            let labels: Vec<&str> = block.labels.iter().map(|label| label.as_str()).collect();
            let address = match (block.ident.as_str(), labels.as_slice()) {
                ("resource", [kind, name]) => format!("{kind}.{name}"),
                ("module", [name]) => format!("module.{name}"),
                _ => continue,
            };
            declared.insert(address, block.body.has_attribute("for_each"));
        }
    }
    declared
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::component::Component;

    fn tree(texts: &[(&str, &str)]) -> Tree {
        let file = |text: &str| File {
            text: text.to_owned(),
            component: Component::Project,
            ownership: Ownership::Managed,
            executable: false,
            is_sized: false,
            quantities: Vec::new(),
        };
        Tree {
            files: texts
                .iter()
                .map(|(path, text)| ((*path).to_owned(), file(text)))
                .collect(),
        }
    }

    /// The pairs in `moved.tf` of a root that declares this.
    fn moved(main: &str, rows: &str) -> Vec<String> {
        let root = "terraform/aws/infrastructure";
        let mut tree = tree(&[
            (&format!("{root}/main.tf"), main),
            (&format!("{root}/versions.tf"), ""),
            ("terraform/aws/platform/versions.tf", ""),
        ]);
        add(&mut tree, rows).expect("the rows are good");
        assert!(!tree.files.contains_key("terraform/aws/platform/moved.tf"));
        let Some(file) = tree.files.get(&format!("{root}/moved.tf")) else {
            return Vec::new();
        };
        assert_eq!(crate::syntax::hcl::format(&file.text), file.text);
        let lines = file.text.lines().filter(|line| line.contains(" = "));
        let values: Vec<&str> = lines
            .map(|line| line.split_once("= ").expect("an attribute").1)
            .collect();
        values
            .chunks(2)
            .map(|pair| format!("{} > {}", pair[0], pair[1]))
            .collect()
    }

    fn row(from: &str, to: &str) -> String {
        format!("aws/infrastructure\t{from}\t{to}\t0.2.0\n")
    }

    fn refusal(rows: &str) -> String {
        parse(rows).expect_err("the rows are wrong").to_string()
    }

    const QUEUE: &str = "resource \"aws_sqs_queue\" \"topic\" {\n  for_each = var.topics\n}\n";

    #[test]
    fn a_rename_is_told_where_the_new_address_is() {
        let row = row("aws_sqs_queue.old", "aws_sqs_queue.topic");
        assert_eq!(
            moved(QUEUE, &row),
            ["aws_sqs_queue.old > aws_sqs_queue.topic"]
        );
        assert!(moved("", &row).is_empty());
        let both = format!("{QUEUE}resource \"aws_sqs_queue\" \"old\" {{}}\n");
        assert!(moved(&both, &row).is_empty(), "the old one is still there");
        assert!(moved(QUEUE, "# nothing\n").is_empty());
    }

    #[test]
    fn modules_and_keys_are_renamed_too() {
        assert_eq!(
            moved(
                "module \"net\" {\n}\n",
                &row("module.network", "module.net")
            ),
            ["module.network > module.net"]
        );
        let key = row(r#"aws_sqs_queue.topic["a"]"#, r#"aws_sqs_queue.topic["b"]"#);
        assert_eq!(
            moved(QUEUE, &key),
            [r#"aws_sqs_queue.topic["a"] > aws_sqs_queue.topic["b"]"#]
        );
        let first = row("aws_sqs_queue.topic", r#"aws_sqs_queue.topic["a"]"#);
        assert_eq!(
            moved(QUEUE, &first),
            [r#"aws_sqs_queue.topic > aws_sqs_queue.topic["a"]"#]
        );
        let one = "resource \"aws_sqs_queue\" \"topic\" {\n}\n";
        assert!(moved(one, &key).is_empty(), "it has no keys here");
    }

    #[test]
    fn renames_that_follow_each_other_are_all_there() {
        let rows = row("aws_sqs_queue.first", "aws_sqs_queue.second")
            + &row("aws_sqs_queue.second", "aws_sqs_queue.topic")
            + &row(r#"aws_sqs_queue.first["x"]"#, r#"aws_sqs_queue.first["y"]"#);
        assert_eq!(
            moved(QUEUE, &rows),
            [
                "aws_sqs_queue.first > aws_sqs_queue.second",
                "aws_sqs_queue.second > aws_sqs_queue.topic",
                r#"aws_sqs_queue.first["x"] > aws_sqs_queue.first["y"]"#,
            ]
        );
    }

    #[test]
    fn wrong_rows_are_refused_with_their_line() {
        let circle = row("a.b", "a.c") + &row("a.c", "a.d") + &row("a.d", "a.b");
        assert_eq!(
            refusal(&circle),
            "terraform/_moved.tsv: the renames of `a.b` in aws/infrastructure lead in a circle"
        );
        assert!(refusal(&row("a.b", "a.b")).contains("lead in a circle"));
        let keyed = row("a.b", "a.c") + &row(r#"a.c["x"]"#, r#"a.b["x"]"#);
        assert!(refusal(&keyed).contains("lead in a circle"));
        let twice = row("a.b", "a.c") + &row("a.b", "a.d");
        assert_eq!(
            refusal(&twice),
            "terraform/_moved.tsv:2: `a.b` is renamed twice"
        );
        for (wrong, part) in [
            (row("a.b", "x.b"), "keeps its type"),
            (row("a", "a.b"), "`a` is no address"),
            (row("a.b", "a.b[0]"), "is no address"),
            (row("a.b", "a.b[\"${x}\"]"), "is no address"),
            ("aws\ta.b\ta.c\n".to_owned(), "wanted four cells"),
            ("aws\ta.b\ta.c\tsoon\n".to_owned(), "`soon` is no version"),
        ] {
            assert!(
                refusal(&wrong).contains(part),
                "{wrong}: {}",
                refusal(&wrong)
            );
        }
    }

    #[test]
    fn the_built_in_table_is_good() {
        let table = super::super::templates::built_in(TABLE).expect("it is built in");
        parse(table).expect("every row is one");
    }
}

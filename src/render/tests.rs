//! One template at a time: `output(path, template, context)` against the expected text.

use serde::Serialize;

use super::*;
use crate::ledger::{Ledger, Nested, Unit};

fn artifact(path: &str) -> Artifact {
    Artifact {
        path: path.to_owned(),
        template: format!("{path}.j2"),
        component: Component::Project,
        environment: 0,
        sized: false,
        service: None,
        keyspace: None,
        ownership: Ownership::Managed,
        executable: false,
    }
}

fn whole(path: &str, template: &str, context: impl Serialize) -> Result<(String, Vec<QuantityAt>)> {
    let templates = Templates::with_texts([(format!("{path}.j2"), template.to_owned())]);
    fill(
        &artifact(path),
        &context::value(&context, &Arc::from("prod")),
        &Engine::new(&templates),
    )
}

#[track_caller]
fn check(path: &str, template: &str, value: impl Serialize, expected: &str) {
    match whole(path, template, BTreeMap::from([("x", value)])) {
        Ok((text, _)) => assert_eq!(text, expected),
        Err(error) => panic!("{error}"),
    }
}

#[track_caller]
fn refused(path: &str, template: &str, value: impl Serialize, expected: &str) {
    match whole(path, template, BTreeMap::from([("x", value)])) {
        Ok((text, _)) => panic!("was taken: {text}"),
        Err(error) => assert_eq!(error.to_string(), expected),
    }
}

#[derive(Serialize)]
struct Sized<'a> {
    size: Nested<'a>,
}

fn ledger() -> Ledger {
    let mut ledger = Ledger::default();
    ledger
        .add("cache.shards", 3.0, Unit::Count)
        .why("ceil(10 / 4) = 3");
    ledger
        .add("cache.node", "cache.r7g.large", Unit::Name)
        .why("13 GiB");
    ledger.add("cache.hit", 0.95, Unit::Ratio);
    ledger.add("cache.tls", false, Unit::Name);
    ledger
}

#[test]
fn quantities_print_their_value_and_know_their_place() {
    let ledger = ledger();
    let template = "# {{ env.size.cache.shards.why }}\nn = {{ env.size.cache.shards }}\n\
                    longer = \"{{ env.size.cache.node }}\" # {{ env.size.cache.hit }}\n";
    let context = BTreeMap::from([(
        "env",
        Sized {
            size: ledger.nested(""),
        },
    )]);
    let (text, quantities) = whole("a.tfvars", template, context).expect("renders");
    assert_eq!(
        text,
        "# ceil(10 / 4) = 3\nn      = 3\nlonger = \"cache.r7g.large\" # 0.95\n"
    );
    let places: Vec<_> = quantities
        .iter()
        .map(|q| (q.line, q.column, q.width, q.name.as_str()))
        .collect();
    assert_eq!(
        places,
        [
            // the reason is the quantity's as well
            (1, 3, 16, "cache.shards"),
            (2, 10, 1, "cache.shards"),
            (3, 11, 15, "cache.node"),
            (3, 30, 4, "cache.hit")
        ],
    );
    assert!(quantities.iter().all(|q| q.environment == "prod"));
}

#[test]
fn a_missing_field_is_named_with_template_line_and_neighbour() {
    let ledger = ledger();
    let context = BTreeMap::from([(
        "env",
        Sized {
            size: ledger.nested(""),
        },
    )]);
    let error = whole(
        "k/a.yaml",
        "a: 1\n\nb: {{ env.size.cache.shrads }}\n",
        &context,
    )
    .expect_err("misspelt");
    assert_eq!(
        error.to_string(),
        "undefined value `env.size.cache.shrads` in k/a.yaml.j2:3; nearest: `shards`"
    );
    let error = whole(
        "k/a.yaml",
        "{% for c in [1] %}\nb: {{ env.sise.cache }}\n{% endfor %}",
        &context,
    )
    .expect_err("misspelt");
    assert_eq!(
        error.to_string(),
        "undefined value `env.sise` in k/a.yaml.j2:2; nearest: `size`"
    );
    let error =
        whole("k/a.yaml", "{% if env.size.cash %}{% endif %}", &context).expect_err("misspelt");
    assert_eq!(
        error.to_string(),
        "undefined value `env.size.cash` in k/a.yaml.j2:1; nearest: `cache`"
    );
}

#[test]
fn a_flag_quantity_decides_by_its_value() {
    let ledger = ledger();
    let context = BTreeMap::from([(
        "env",
        Sized {
            size: ledger.nested(""),
        },
    )]);
    let (text, _) = whole(
        "a.txt",
        "{% if env.size.cache.tls %}on{% else %}off{% endif %}",
        context,
    )
    .expect("renders");
    assert_eq!(text, "off");
}

#[test]
fn numbers_print_short_and_exact() {
    check("a.tfvars", "a = {{ x }}\n", 3.0, "a = 3\n");
    check(
        "a.tfvars",
        "a = {{ x }}\n",
        0.1 + 0.2,
        "a = 0.30000000000000004\n",
    );
    check("a.tfvars", "a = {{ x }}\n", 1e15, "a = 1000000000000000\n");
    check("a.tfvars", "a = {{ x }}\n", 1.5e-7, "a = 0.00000015\n");
}

#[test]
fn hcl_strings_cannot_be_left() {
    check(
        "a.tf",
        "a = \"{{ x }}\"\n",
        "q\" \\ ${b} %{c}\nd",
        "a = \"q\\\" \\\\ $${b} %%{c}\\nd\"\n",
    );
    check(
        "a.tf",
        "a = \"${f(\"{{ x }}\")}{{ x }}\"\n",
        "q\"",
        "a = \"${f(\"q\\\"\")}q\\\"\"\n",
    );
    check(
        "a.tf",
        "a = <<-EOT\n  {{ x }}\nEOT\nb = {{ x }}\n",
        "name",
        "a = <<-EOT\n  name\nEOT\nb = name\n",
    );
    check(
        "a.tf",
        "# it's \"{{ x }}\na = 1\n",
        "${y}",
        "# it's \"${y}\na = 1\n",
    );
    refused(
        "a.tf",
        "\na = {{ x }}\n",
        "q b",
        "`x` prints `q b` outside quotes, where HCL does not take it in a.tf.j2:2",
    );
    refused(
        "a.tf",
        "a = \"${{ x }}\"\n",
        "{b}",
        "`x` prints `{b}` where it would open a template sequence of HCL in a.tf.j2:1",
    );
    refused(
        "a.tf",
        "# {{ x }}\n",
        "a\nb",
        "`x` has several lines in a comment: use `| comment` in a.tf.j2:1",
    );
    check("a.tf", "# {{ x | comment }}\n", "a\nb", "# a b\n");
}

#[test]
fn yaml_words_keep_their_type() {
    check("a.yaml", "a: {{ x }}\n", "content-s00", "a: content-s00\n");
    for other in [
        "yes",
        "1e3",
        "null",
        "0x1f",
        "1.30",
        "~",
        "12:30",
        "2026-01-02",
        "-a",
        "a b",
        "a: b",
        "",
        "0b1",
    ] {
        check(
            "a.yaml",
            "a: {{ x }}\n",
            other,
            &format!("a: \"{other}\"\n"),
        );
        check(
            "a.yaml",
            "- {{ x }} # c\n",
            other,
            &format!("- \"{other}\" # c\n"),
        );
    }
    check(
        "a.yaml",
        "{{ x }}: [{{ x }}, b]\n",
        "on",
        "\"on\": [\"on\", b]\n",
    );
    check("a.yaml", "a: {{ x }}-b\n", "on", "a: on-b\n");
    check(
        "a.yaml",
        "a: 'it''s {{ x }}'\nb: \"{{ x }}\"\n",
        "o'\"n",
        "a: 'it''s o''\"n'\nb: \"o'\\\"n\"\n",
    );
    check(
        "a.yaml",
        "a: it's {{ x }}\nb: \"{{ x }}\"\n",
        "on",
        "a: it's on\nb: \"on\"\n",
    );
    check(
        "a.yaml",
        "a: b {{ x }}\n- c: {{ x }} d\n",
        "is over",
        "a: b is over\n- c: is over d\n",
    );
    refused(
        "a.yaml",
        "a: b {{ x }}\n",
        "c: d",
        "`x` prints `c: d` outside quotes, where YAML does not take it in a.yaml.j2:1",
    );
    check(
        "a.yaml",
        "a:\n  - b: |\n      it's {{ x }}\n      \"\n    c: {{ x }}\n",
        "1e3",
        "a:\n  - b: |\n      it's 1e3\n      \"\n    c: \"1e3\"\n",
    );
    check(
        "a.yaml",
        "a: |\n  it's {{ x }}\nc: !Sub \"{{ x }}\"\n",
        "\"",
        "a: |\n  it's \"\nc: !Sub \"\\\"\"\n",
    );
    check(
        "a.yaml",
        "a: {{ x }}\nb: \"{{ x }}\"\n",
        2.5,
        "a: 2.5\nb: \"2.5\"\n",
    );
}

#[test]
fn json_takes_content_and_structures() {
    check(
        "a.json",
        "{\"a\": \"{{ x }}\"}\n",
        "q\"\\\n",
        "{\"a\": \"q\\\"\\\\\\n\"}\n",
    );
    check(
        "a.json",
        "{\n  \"a\": {{ x | json }}\n}\n",
        vec!["b"],
        "{\n  \"a\": [\n    \"b\"\n  ]\n}\n",
    );
    refused(
        "a.json",
        "{\"a\": {{ x }}}\n",
        "b",
        "`x` prints `b` outside quotes, where JSON takes no text in a.json.j2:1",
    );
}

#[test]
fn sql_literals_cannot_be_left() {
    check(
        "a.sql",
        "SELECT '{{ x }}', \"{{ x }}\"; -- it's {{ x }}\nSELECT {{ x }}_v;\n",
        "users",
        "SELECT 'users', \"users\"; -- it's users\nSELECT users_v;\n",
    );
    check("a.sql", "SELECT '{{ x }}';\n", "o'b", "SELECT 'o''b';\n");
    refused(
        "a.sql",
        "SELECT {{ x }};\n",
        "content-s00",
        "`x` prints `content-s00` outside quotes, where SQL does not take it in a.sql.j2:1",
    );
    refused(
        "a.sql",
        "SELECT '{{ x }}';\n",
        "a\\",
        "`x` prints `a\\`: no backslash, dollar sign or line break in quotes of SQL in a.sql.j2:1",
    );
}

#[test]
fn shell_words_and_quotes() {
    check(
        "a.sh",
        "# it's {{ x }}\na=\"{{ x }}\" b='{{ x }}'\n",
        "$(d)'`\"",
        "# it's $(d)'`\"\na=\"\\$(d)'\\`\\\"\" b='$(d)'\\''`\"'\n",
    );
    check(
        "a.sh",
        "a=\"$(f \"{{ x }}\" '{{ x }}')\" # {{ x }}\nb={{ x }}\n",
        "c-d",
        "a=\"$(f \"c-d\" 'c-d')\" # c-d\nb=c-d\n",
    );
    check(
        "a.sh",
        "cat <<'EOF'\nit's {{ x }}\nEOF\na={{ x }}\n",
        "b",
        "cat <<'EOF'\nit's b\nEOF\na=b\n",
    );
    check(
        "run",
        "#!/bin/sh\ncat <<EOF\nit's {{ x }}\nEOF\n: \"{{ x }}\"\n",
        "$b",
        "#!/bin/sh\ncat <<EOF\nit's \\$b\nEOF\n: \"\\$b\"\n",
    );
    refused(
        "a.sh",
        "a={{ x }}\n",
        "$b",
        "`x` prints `$b` outside quotes, where the shell does not take it in a.sh.j2:1",
    );
}

#[test]
fn code_strings_and_literals() {
    check(
        "a.js",
        "// it's\nconst a = \"{{ x }}\", b = `${f('{{ x }}')}{{ x }}`, r = /[\"/]/;\nconst c = '{{ x }}';\n",
        "q\"'`$",
        "// it's\nconst a = \"q\\\"'`$\", b = `${f('q\"\\'`$')}q\"'\\`\\$`, r = /[\"/]/;\nconst c = 'q\"\\'`$';\n",
    );
    check(
        "a.js",
        "export const a = {{ x | json }};\n",
        vec![1],
        "export const a = [\n  1\n];\n",
    );
    check(
        "a.py",
        "\"\"\"It's {{ x }}.\"\"\"\na = \"{{ x }}\"  # it's\nb = '{{ x }}'\n",
        "b",
        "\"\"\"It's b.\"\"\"\na = \"b\"  # it's\nb = 'b'\n",
    );
    check("a.py", "a = {{ x }}\n", true, "a = True\n");
    check(
        "a.go",
        "a := \"{{ x }}\" // it's\nb := `{{ x }}`\n",
        "c\"",
        "a := \"c\\\"\" // it's\nb := `c\"`\n",
    );
    check(
        "a.toml",
        "a = \"{{ x }}\" # it's\nb = '{{ x }}'\n",
        "c\"",
        "a = \"c\\\"\" # it's\nb = 'c\"'\n",
    );
    refused(
        "a.toml",
        "b = '{{ x }}'\n",
        "c'",
        "`x` prints `c'`, which cannot be escaped between ' in a.toml.j2:1",
    );
}

#[test]
fn markdown_means_what_it_says() {
    check(
        "a.md",
        "| {{ x }} | `{{ x }}` |\n\n{{ x }}\n",
        "a|b",
        "| a\\|b | `a\\|b` |\n\na|b\n",
    );
    check(
        "a.md",
        "{{ x }}\n```\n{{ x }}\n```\n",
        "2*3",
        "2\\*3\n```\n2*3\n```\n",
    );
}

#[test]
fn macros_keep_the_marks_of_their_values() {
    let template =
        "{% macro m(v) %}\na: \"{{ v }}\"\nb: 1\n{% endmacro %}\nc:\n  {{ m(x) | indent(2) }}";
    check("a.yaml", template, "q\"", "c:\n  a: \"q\\\"\"\n  b: 1\n");
}

#[test]
fn joined_items_are_escaped_one_by_one() {
    check(
        "a.sh",
        "[[ $1 =~ ^({{ x | join(\"|\") }})$ ]]\n",
        vec!["dev", "prod"],
        "[[ $1 =~ ^(dev|prod)$ ]]\n",
    );
    check(
        "a.tf",
        "a = [\"{{ x | join('\", \"') }}\"]\n",
        vec!["b", "\""],
        "a = [\"b\", \"\\\"\"]\n",
    );
    check(
        "a.yaml",
        "a: [{{ x | join(', ') }}]\n",
        vec!["b", "on"],
        "a: [b, \"on\"]\n",
    );
    refused(
        "a.sh",
        "a {{ x | join(' ') }}\n",
        vec!["b", "c d"],
        "`join(' ')` prints `c d` outside quotes, where the shell does not take it in a.sh.j2:1",
    );
}

#[test]
fn names_change_case() {
    check(
        "a.txt",
        "{{ x | upper_snake }} {{ x | snake }} {{ x | title }}",
        "api-host",
        "API_HOST api_host Api host",
    );
}

#[test]
fn what_has_no_text_is_refused() {
    refused(
        "a.txt",
        "{{ x }}",
        vec![1],
        "`x` is a sequence and has no text: loop over it, name a field, or use `| json` in a.txt.j2:1",
    );
    refused(
        "a.txt",
        "{{ x }}",
        None::<u8>,
        "`x` is not set: print it inside an `if` in a.txt.j2:1",
    );
    refused(
        "a.txt",
        "{{ x | default(1) }}",
        1,
        "template a.txt.j2:1 does not compile: filter default is unknown",
    );
    refused(
        "a.txt",
        "{{ x }}",
        "a\u{1}",
        "`x` holds a control character in a.txt.j2:1",
    );
    refused(
        "a.txt",
        "{{ x }}",
        "a\u{E001}",
        "`x` holds a private-use character, or the result of a macro that was changed afterwards in a.txt.j2:1",
    );
}

#[test]
fn other_delimiters_leave_braces_alone() {
    let templates = Templates::with_texts([(
        "a.yaml.jx".to_owned(),
        "[# c #]\na: \"${{ y }} [[ x ]]\"\n".to_owned(),
    )]);
    let artifact = Artifact {
        template: "a.yaml.jx".to_owned(),
        ..artifact("a.yaml")
    };
    let context = context::value(&BTreeMap::from([("x", "b")]), &Arc::from(""));
    let (text, _) = fill(&artifact, &context, &Engine::new(&templates)).expect("renders");
    assert_eq!(text, "a: \"${{ y }} b\"\n");
}

#[test]
fn two_files_that_differ_in_case_alone_are_refused() {
    refuse_same_paths(&[artifact("docs/A.md"), artifact("docs/b.md")]).expect("they are two");
    let refusal = refuse_same_paths(&[artifact("docs/A.md"), artifact("Docs/a.md")]);
    let refusal = refusal.expect_err("on most desktops they are one");
    assert_eq!(
        refusal.to_string(),
        "bug: templates docs/A.md.j2 and Docs/a.md.j2 both give `Docs/a.md`"
    );
}

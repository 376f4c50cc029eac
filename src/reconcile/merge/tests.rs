//! Merging by hand-worked cases and by laws.

use proptest::prelude::*;

use super::*;

/// Words as lines.
fn text(words: &str) -> String {
    words
        .split_whitespace()
        .map(|word| format!("{word}\n"))
        .collect()
}

/// What a hunk says, in one line.
fn shown(hunk: &Hunk) -> String {
    let join = |lines: &[String]| lines.concat().trim_end().replace('\n', "+");
    format!(
        "{}: {} | {} | {}",
        hunk.local_line,
        join(&hunk.base),
        join(&hunk.local),
        join(&hunk.fresh)
    )
}

fn merged(language: Option<Language>, base: &str, local: &str, fresh: &str) -> Merge {
    Texts {
        language,
        base: Some(base),
        local,
        fresh,
    }
    .merge()
}

/// The merged words, or the hunks that stand against each other.
fn check(base: &str, local: &str, fresh: &str, expected: Result<&str, &[&str]>) {
    let (base, local, fresh) = (text(base), text(local), text(fresh));
    match (merged(None, &base, &local, &fresh), expected) {
        (Merge::Text(found), Ok(expected)) => assert_eq!(found, text(expected)),
        (Merge::Conflict(found), Err(expected)) => {
            assert_eq!(found.hunks.iter().map(shown).collect::<Vec<_>>(), expected);
        }
        (found, expected) => panic!("{found:?} is not {expected:?}"),
    }
}

#[test]
fn the_same_line_changed_twice_is_a_conflict() {
    check("a 13 z", "a 32 z", "a 26 z", Err(&["2: 13 | 32 | 26"]));
}

#[test]
fn changes_apart_go_together() {
    check("a b c d e", "a B c d e", "a b c D e", Ok("a B c D e"));
    check(
        "a b c d e",
        "x a b c d e",
        "a b c d e y",
        Ok("x a b c d e y"),
    );
}

#[test]
fn the_same_change_on_both_sides_is_one() {
    check("a b c", "a B c", "a B c", Ok("a B c"));
    check("a b c d", "a B c d", "a B c D", Ok("a B c D"));
}

#[test]
fn lines_are_counted_on_the_local_side() {
    check("a b c d", "x y a b c 7", "a b c 8", Err(&["6: d | 7 | 8"]));
    check("a b c d", "b c 7", "a b c 8", Err(&["3: d | 7 | 8"]));
}

#[test]
fn touching_changes_are_a_conflict() {
    check(
        "a b c d",
        "a B c d",
        "a b C d",
        Err(&["2: b+c | B+c | b+C"]),
    );
    check("a b", "a 1 b", "a 2 b", Err(&["2:  | 1 | 2"]));
}

#[test]
fn without_a_base_every_difference_is_a_conflict() {
    let texts = Texts {
        language: None,
        base: None,
        local: "a\nb\nc\n",
        fresh: "a\nB\nc\nd\n",
    };
    let Merge::Conflict(conflict) = texts.merge() else {
        panic!("somebody must decide")
    };
    assert_eq!(
        conflict.hunks.iter().map(shown).collect::<Vec<_>>(),
        ["2:  | b | B", "4:  |  | d"]
    );
}

#[test]
fn a_conflict_is_decided_as_asked() {
    let (base, local, fresh) = (text("a 1 b 2"), text("a 3 b 2 x"), text("z a 4 b 2"));
    let texts = Texts {
        language: None,
        base: Some(&base),
        local: &local,
        fresh: &fresh,
    };
    let Merge::Conflict(conflict) = texts.merge() else {
        panic!("both changed a line")
    };
    let resolved = |how| texts.resolve(&conflict, how).expect("it has no language");
    assert_eq!(resolved(Resolution::Ours), text("z a 3 b 2 x"));
    assert_eq!(resolved(Resolution::Theirs), text("z a 4 b 2 x"));
    let marked =
        "z\na\n<<<<<<< yours\n3\n||||||| last generated\n1\n=======\n4\n>>>>>>> now\nb\n2\nx\n";
    assert_eq!(resolved(Resolution::Markers), marked);
    assert!(has_markers(marked.as_bytes()));
    assert!(!has_markers(b"a <<<<<<< b\n=======\n"));
}

#[test]
fn healing_keeps_what_was_only_added() {
    let texts = Texts {
        language: None,
        base: None,
        local: "a\nold\nc\nmine\n",
        fresh: "a\nnew\nc\n",
    };
    assert_eq!(texts.heal(), "a\nnew\nc\nmine\n");
}

#[test]
fn line_ends_survive_the_way_there_and_back() {
    assert_eq!(from_crlf(b"a\r\nb\r\n").as_deref(), Some(&b"a\nb\n"[..]));
    assert_eq!(from_crlf(b"a\r\nb").as_deref(), Some(&b"a\nb"[..]));
    assert_eq!(from_crlf(b"a\r\nb\n"), None);
    assert_eq!(from_crlf(b"a\nb\r\n"), None);
    assert_eq!(from_crlf(b"a"), None);
    assert_eq!(from_crlf(b""), None);
    assert_eq!(to_crlf(b"a\nb"), b"a\r\nb");
}

/// Merges three texts of a language into the one expected; none where a person has to decide.
#[track_caller]
fn by_structure(language: Language, [base, local, fresh]: [&str; 3], expected: Option<&str>) {
    for text in [base, local, fresh] {
        language.parse(text).expect("the case is of its language");
    }
    match (merged(Some(language), base, local, fresh), expected) {
        (Merge::Text(found), Some(expected)) => assert_eq!(found, expected),
        (Merge::Conflict(_), None) => {}
        (found, expected) => panic!("{found:#?}\nis not\n{expected:?}"),
    }
}

#[test]
fn blocks_added_at_one_place_go_together() {
    by_structure(
        Language::Hcl,
        [
            "a = 1\n\nresource \"x\" \"one\" {\n  b = 1\n}\n",
            "a = 1\n\nresource \"x\" \"one\" {\n  b = 1\n}\n\n# mine\nresource \"x\" \"mine\" {\n  b = 1\n}\n",
            "a = 1\n\nresource \"x\" \"one\" {\n  b = 1\n}\n\n# new\nresource \"x\" \"two\" {\n  b = 2\n}\n",
        ],
        Some(
            "a = 1\n\nresource \"x\" \"one\" {\n  b = 1\n}\n\n# new\nresource \"x\" \"two\" {\n  b = 2\n}\n\n\
             # mine\nresource \"x\" \"mine\" {\n  b = 1\n}\n",
        ),
    );
}

#[test]
fn attributes_that_touch_go_together() {
    by_structure(
        Language::Hcl,
        [
            "cache = {\n  # 4M items\n  memory_gib = 13.5\n  shards     = 2\n}\n",
            "cache = {\n  # 4M items\n  memory_gib = 13.5\n  shards     = 3 # mine\n}\n",
            "cache = {\n  # 8M items\n  memory_gib = 26\n  shards     = 2\n}\n",
        ],
        Some("cache = {\n  # 8M items\n  memory_gib = 26\n  shards     = 3 # mine\n}\n"),
    );
}

#[test]
fn alignment_is_not_a_change() {
    by_structure(
        Language::Hcl,
        [
            "a {\n  b = 1\n  c = 2\n}\n",
            "a {\n  b = 5\n  c = 2\n}\n",
            "a {\n  b      = 1\n  c      = 3\n  longer = 4\n}\n",
        ],
        Some("a {\n  b = 5\n  c      = 3\n  longer = 4\n}\n"),
    );
}

#[test]
fn one_attribute_changed_twice_is_a_conflict() {
    by_structure(
        Language::Hcl,
        ["a = 1\nb = 1\n", "a = 2\nb = 1\n", "a = 3\nb = 1\n"],
        None,
    );
    by_structure(
        Language::Hcl,
        ["a = {\n  b = 1\n}\n", "a = {\n  b = 2\n}\n", ""],
        None,
    );
}

#[test]
fn the_same_name_added_twice_is_a_conflict() {
    by_structure(
        Language::Hcl,
        ["a = 1\n", "a = 1\n\nz = 2\n", "z = 3\n\na = 1\n"],
        None,
    );
}

#[test]
fn what_no_longer_reads_is_a_conflict() {
    let Merge::Conflict(conflict) = merged(
        Some(Language::Hcl),
        "a = 1\nb = 2\nc = 3\nd = 4\n",
        "a = 1\ne = 9\nb = 2\nc = 3\nd = 4\n",
        "a = 1\nb = 2\nc = 3\nd = 4\ne = 5\n",
    ) else {
        panic!("`e` stands twice");
    };
    assert!(!conflict.hunks.is_empty());
}

#[test]
fn keys_added_at_one_place_go_together() {
    by_structure(
        Language::Yaml,
        [
            "# head\n\nmetadata:\n  name: a\nspec:\n  replicas: 1\n  args: [a]\n",
            "# head\n\nmetadata:\n  name: a\n  labels: {mine: x}\nspec:\n  replicas: 1\n  args: [a, mine]\n",
            "# head\n\nmetadata:\n  name: a\n  annotations: {new: x}\nspec:\n  # computed\n  replicas: 4\n  args: [a]\n",
        ],
        Some(
            "# head\n\nmetadata:\n  name: a\n  annotations: {new: x}\n  labels: {mine: x}\nspec:\n  # computed\n  replicas: 4\n  args: [a, mine]\n",
        ),
    );
}

#[test]
fn items_added_at_one_place_go_together() {
    by_structure(
        Language::Yaml,
        [
            "resources:\n  - a.yaml\n  - b.yaml\n",
            "resources:\n  - a.yaml\n  - b.yaml\n  - mine.yaml\n",
            "resources:\n  - a.yaml\n  - b.yaml\n  - new.yaml\n",
        ],
        Some("resources:\n  - a.yaml\n  - b.yaml\n  - new.yaml\n  - mine.yaml\n"),
    );
    by_structure(
        Language::Yaml,
        ["a:\n  - x\n", "a:\n  - y\n", "a:\n  - z\n"],
        None,
    );
}

#[test]
fn an_edit_stays_in_its_block_where_one_like_it_comes_before() {
    let block = |name: &str, more: &str| format!("{name} = {{\n  size = 0\n  kind = 1\n{more}}}\n");
    let own = "  # mine\n";
    by_structure(
        Language::Hcl,
        [
            &block("b", ""),
            &block("b", own),
            &(block("a", "") + &block("b", "")),
        ],
        Some(&(block("a", "") + &block("b", own))),
    );
    // A person changed a line that the new block has too: it is one less of them, and none is lost.
    let mine = block("b", "").replace("kind = 1", "kind = 2");
    by_structure(
        Language::Hcl,
        [&block("b", ""), &mine, &(block("a", "") + &block("b", ""))],
        Some(&(block("a", "") + &mine)),
    );
}

#[test]
fn a_comment_at_the_end_of_an_item_is_the_items() {
    by_structure(
        Language::Yaml,
        [
            "items:\n  - name: a\n    size: 1\n",
            "items:\n  - name: a\n    size: 1\n    # mine\n",
            "items:\n  - name: a\n    size: 1\n  - name: b\n    size: 2\n",
        ],
        Some("items:\n  - name: a\n    size: 1\n    # mine\n  - name: b\n    size: 2\n"),
    );
    // One that is not further in is about what follows.
    by_structure(
        Language::Yaml,
        [
            "a:\n  x: 1\n# about b\nb: 1\n",
            "a:\n  x: 1\n# about b, says me\nb: 1\n",
            "a:\n  x: 1\n  y: 2\n# about b\nb: 1\n",
        ],
        Some("a:\n  x: 1\n  y: 2\n# about b, says me\nb: 1\n"),
    );
}

#[test]
fn items_are_known_by_name() {
    by_structure(
        Language::Yaml,
        [
            "containers:\n  - name: api\n    image: api:1\n    cpu: 1\n  - name: log\n    image: log:1\n",
            "containers:\n  - name: api\n    image: api:1\n    cpu: 2\n  - name: mine\n    image: x\n  - name: log\n    image: log:1\n",
            "containers:\n  - name: api\n    image: api:2\n    cpu: 1\n  - name: log\n    image: log:2\n",
        ],
        Some(
            "containers:\n  - name: api\n    image: api:2\n    cpu: 2\n  - name: mine\n    image: x\n  - name: log\n    image: log:2\n",
        ),
    );
}

#[test]
fn block_scalars_and_documents_stay_whole() {
    by_structure(
        Language::Yaml,
        [
            "kind: A\ndata: |\n  # text\n  x\n\nz: 1\n---\nkind: B\nb: 1\n",
            "kind: A\ndata: |\n  # text\n  y\n\nz: 1\n---\nkind: B\nb: 1\nmine: 1\n",
            "kind: A\ndata: |\n  # text\n  x\n\nz: 2\n---\nkind: B\nb: 1\nnew: 1\n",
        ],
        Some("kind: A\ndata: |\n  # text\n  y\n\nz: 2\n---\nkind: B\nb: 1\nnew: 1\nmine: 1\n"),
    );
}

#[test]
fn the_entry_behind_a_dash_stays_there() {
    by_structure(
        Language::Yaml,
        [
            "a:\n  - k: 1\n    m: 1\n",
            "a:\n  - k: 1\n    m: 2\n",
            "a:\n  - j: 1\n    k: 1\n    m: 3\n",
        ],
        None,
    );
}

#[test]
fn members_of_json_go_together() {
    by_structure(
        Language::Json,
        [
            "{\n  \"a\": {\n    \"b\": 1,\n    \"c\": 2\n  }\n}\n",
            "{\n  \"a\": {\n    \"b\": 1,\n    \"c\": 2,\n    \"mine\": 3\n  }\n}\n",
            "{\n  \"a\": {\n    \"b\": 1,\n    \"c\": 2,\n    \"new\": 4\n  },\n  \"z\": 5\n}\n",
        ],
        Some(
            "{\n  \"a\": {\n    \"b\": 1,\n    \"c\": 2,\n    \"new\": 4,\n    \"mine\": 3\n  },\n  \"z\": 5\n}\n",
        ),
    );
    by_structure(
        Language::Json,
        [
            "{\n  \"a\": 1\n}\n",
            "{\n  \"a\": 2\n}\n",
            "{\n  \"a\": 3\n}\n",
        ],
        None,
    );
}

fn some_text() -> impl Strategy<Value = String> {
    "[abc\n]{0,30}"
}

proptest! {
    #[test]
    fn one_sided_changes_need_no_decision(base in some_text(), other in some_text()) {
        prop_assert_eq!(merged(None, &base, &base, &other), Merge::Text(other.clone()));
        prop_assert_eq!(merged(None, &base, &other, &base), Merge::Text(other.clone()));
        prop_assert_eq!(merged(None, &base, &other, &other), Merge::Text(other));
    }

    #[test]
    fn sides_come_back_from_a_conflict(base in some_text(), local in some_text(), fresh in some_text()) {
        let texts = Texts { language: None, base: None, local: &local, fresh: &fresh };
        if let Merge::Conflict(conflict) = texts.merge() {
            let with_break = |text: &str| if text.is_empty() || text.ends_with('\n') { text.to_owned() } else { format!("{text}\n") };
            let ours = texts.resolve(&conflict, Resolution::Ours).expect("no language");
            prop_assert_eq!(with_break(&ours), with_break(&local));
            let theirs = texts.resolve(&conflict, Resolution::Theirs).expect("no language");
            prop_assert_eq!(with_break(&theirs), with_break(&fresh));
        }
        let _ = base;
    }

    #[test]
    fn line_ends_come_back(text in "[ab\r\n]{0,30}") {
        if let Some(plain) = from_crlf(text.as_bytes()) {
            prop_assert_eq!(to_crlf(&plain), text.into_bytes());
        }
    }
}

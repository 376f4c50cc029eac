//! The formatter against what Terraform's own does to the same text.

use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use super::{format, parse, tidy};

/// Formatted cases, of every kind of line that Terraform's files have.
const FORMATTED: &[&str] = &[
    "locals {\n  a         = !var.x\n  c         = { for k, v in x : k => v.y }\n  d         = [for x in [1, 2] : -x if x != 3]\n  \
     e         = x ? -1 : 2\n  f         = foo(a...)\n  g         = \"${a}%{if b}c%{else}d%{endif}${ { a = 1 }.a}\"\n  \
     longer_h  = x[*].y\n  k         = -1 - -2\n  l         = (a) - (b)\n  m         = a[0][1]\n  n         = \"é\" # c\n  \
     oooo      = 1   # d\n  q         = { \"a\" : 1, b : 2 }\n  r         = []\n  s         = {}\n  longest_t = foo()\n}\n",
    "locals {\n  v = <<-EOT\n     a ${b} $${c}\n   d = e\n  EOT\n  w = jsonencode({\n    a = 1\n    bb = [\n      1\n    ]\n  })\n  \
     yy = foo(<<-EOT\n    z\n  EOT\n  )\n  a1  = x % 2 + 3 * 4 / 5 >= 6\n  a22 = a[\"b\"].c\n}\n",
    "variable \"x\" { type = string }\n\nresource \"a\" \"b\" {\n  dynamic \"c\" {\n    for_each = x\n    content { a = 1 }\n  }\n\n  \
     # why\n  y = 1 // c\n  z = 2\n  # d\n  zzz = 3 /* e */\n\n  x = merge(a, {\n    b = 1 }, [\n  3])\n}\n",
    "output \"y\" {\n  value = -x\n  v = [\n    -1,\n    \"a\", # one\n    2,   # two\n  ]\n  w = a ? -b : (-c)\n  \
     y = \"%{for x in y}${x},%{endfor}\"\n}\n",
    "shards = {\n  content = {\n    nodes = {\n      s00 = { tier = \"db-custom-2-8192\", disk_gib = 100 }\n    }\n  }\n}\nname    = \"a\" # fill in\nregion  = \"b\"\nnumbers = [1, 2.5e3]\n",
];

/// The text with the white space outside quotes and heredocs destroyed.
fn flat(text: &str) -> String {
    let mut in_heredoc = false;
    let lines = text.lines().map(|line| {
        let was_heredoc = in_heredoc;
        in_heredoc = (in_heredoc && line.trim() != "EOT") || line.contains("<<");
        if was_heredoc {
            line.to_owned()
        } else {
            line.split_whitespace().collect::<Vec<_>>().join(" ")
        }
    });
    lines.collect::<Vec<_>>().join("\n") + "\n"
}

/// What Terraform makes of the text, where there is a Terraform.
fn by_terraform(text: &str) -> Option<String> {
    let mut command = Command::new("terraform");
    command
        .args(["fmt", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().ok()?;
    child.stdin.take()?.write_all(text.as_bytes()).ok()?;
    let output = child.wait_with_output().ok()?;
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).ok()
}

#[test]
fn formatted_text_stays() {
    for case in FORMATTED {
        assert_eq!(format(case), *case);
        assert_eq!(tidy(case), *case);
    }
}

#[test]
fn destroyed_alignment_comes_back() {
    for case in FORMATTED {
        assert_eq!(format(&flat(case)), *case);
    }
}

#[test]
fn terraform_agrees() {
    for case in FORMATTED {
        for text in [(*case).to_owned(), flat(case)] {
            if let Some(expected) = by_terraform(&text) {
                assert_eq!(format(&text), expected);
            }
        }
    }
}

#[test]
fn needless_blank_lines_go() {
    assert_eq!(
        tidy("\n\na {\n\n  b = 1\n\n\n  c = 2\n\n}\n\n"),
        "a {\n  b = 1\n\n  c = 2\n}\n"
    );
    let heredoc = "a = <<EOT\n\n\n b\n\nEOT\n";
    assert_eq!(tidy(heredoc), heredoc);
}

#[test]
fn what_is_no_hcl_keeps_its_tokens() {
    for text in [
        "a = \"b\nc",
        "a = }\n",
        "<<",
        "a = \"${",
        "~",
        "%{ b",
        "\"\\",
        "é = ü\n",
        "<<é\nü${",
    ] {
        let solid = |text: &str| text.split_whitespace().collect::<String>();
        assert_eq!(solid(&format(text)), solid(text));
    }
}

#[test]
fn mistakes_are_placed() {
    assert_eq!(parse("a = 1\nb \"c\" {\n  d = \"${e}\"\n}\n"), Ok(()));
    assert_eq!(parse("a = 1\nb = = 2\n").expect_err("two signs").line, 2);
}

#[test]
fn an_attribute_stands_once() {
    assert_eq!(parse("a {\n  b = 1\n}\na {\n  b = 1\n}\n"), Ok(()));
    let error = parse("a {\n  b = 1\n  c = 1\n  b = 2\n}\n").expect_err("twice");
    assert_eq!(
        error.to_string(),
        "line 4, column 3: invalid attribute; expected unique attribute key; found redefined attribute"
    );
}

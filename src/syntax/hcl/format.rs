//! The white space of Terraform's formatter: two spaces a level, one between most tokens, `=` and comments behind
//! attributes aligned on neighbouring lines. Nothing but white space changes, and none inside quotes or heredocs.

use super::token::{Kind, Token, scan};

/// One line, or all lines of a heredoc, in up to three cells.
struct Line {
    /// First token.
    start: usize,
    /// First token of the `= …` cell; `comment` where there is none.
    assign: usize,
    /// The comment behind other tokens; `end` where there is none.
    comment: usize,
    /// Behind the last token.
    end: usize,
}

impl Line {
    fn has_assign(&self) -> bool {
        self.assign < self.comment
    }

    fn has_comment(&self) -> bool {
        self.comment < self.end
    }

    fn is_blank(&self, tokens: &[Token<'_>]) -> bool {
        self.start < self.end && tokens[self.start].kind == Kind::Newline
    }
}

/// The text as `terraform fmt` would leave it. Text that is no HCL keeps its tokens, too.
pub fn format(text: &str) -> String {
    let (tokens, lines) = formatted(text);
    print(&tokens, lines.iter(), text.len())
}

/// The text as `terraform fmt` would leave it, without blank lines that are doubled, first, last, or next to a bracket.
pub fn tidy(text: &str) -> String {
    let (tokens, lines) = formatted(text);
    let mut kept: Vec<&Line> = Vec::with_capacity(lines.len());
    for (idx, line) in lines.iter().enumerate() {
        if line.is_blank(&tokens) {
            let needless_behind = kept
                .last()
                .is_none_or(|last| last.is_blank(&tokens) || opens(last, &tokens));
            let needless_before = lines[idx + 1..]
                .first()
                .is_none_or(|next| next.start == next.end || closes(next, &tokens));
            if needless_behind || needless_before {
                continue;
            }
        }
        kept.push(line);
    }
    print(&tokens, kept.into_iter(), text.len())
}

/// Whether the line's last token opens a bracket.
fn opens(line: &Line, tokens: &[Token<'_>]) -> bool {
    let solid = tokens[line.start..line.end]
        .iter()
        .rev()
        .find(|token| !token.ends_line());
    solid.is_some_and(|token| token.kind.brackets() > 0)
}

/// Whether the line's first token closes a bracket.
fn closes(line: &Line, tokens: &[Token<'_>]) -> bool {
    tokens[line.start..line.end]
        .first()
        .is_some_and(|token| token.kind.brackets() < 0)
}

fn formatted(text: &str) -> (Vec<Token<'_>>, Vec<Line>) {
    let mut tokens = scan(text);
    let lines = lines(&tokens);
    for line in &lines {
        space(&mut tokens[line.start..line.assign]);
        space(&mut tokens[line.assign..line.comment]);
    }
    indent(&mut tokens, &lines);
    align(&mut tokens, &lines, Line::has_assign, |line| line.assign);
    align(&mut tokens, &lines, Line::has_comment, |line| line.comment);
    (tokens, lines)
}

fn print<'l>(
    tokens: &[Token<'_>],
    lines: impl Iterator<Item = &'l Line>,
    capacity: usize,
) -> String {
    let mut text = String::with_capacity(capacity + capacity / 8);
    for line in lines {
        for token in &tokens[line.start..line.end] {
            text.extend(std::iter::repeat_n(' ', token.spaces));
            text.push_str(token.text);
        }
    }
    text
}

fn lines(tokens: &[Token<'_>]) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut start = 0;
    for (idx, token) in tokens.iter().enumerate() {
        if token.ends_line() {
            lines.push(cells(tokens, start, idx + 1));
            start = idx + 1;
        }
    }
    if start < tokens.len() {
        lines.push(cells(tokens, start, tokens.len()));
    }
    lines
}

fn cells(tokens: &[Token<'_>], start: usize, end: usize) -> Line {
    let has_comment = end - start > 1 && tokens[end - 1].kind == Kind::Comment;
    let comment = if has_comment { end - 1 } else { end };
    let equal = (start + 1..comment).find(|idx| tokens[*idx].kind == Kind::Equal);
    // A value that goes on over further lines stays where it is.
    let whole = |idx: &usize| brackets(&tokens[*idx..comment]) == 0;
    let assign = equal.filter(whole).unwrap_or(comment);
    Line {
        start,
        assign,
        comment,
        end,
    }
}

fn brackets(tokens: &[Token<'_>]) -> i32 {
    tokens.iter().map(|token| token.kind.brackets()).sum()
}

/// Sets the spaces in front of each line: one level for each line that leaves brackets open, however many.
fn indent(tokens: &mut [Token<'_>], lines: &[Line]) {
    let mut levels: Vec<i32> = Vec::with_capacity(10);
    for line in lines {
        if line.is_blank(tokens) {
            continue;
        }
        let lead = &tokens[line.start..line.assign];
        let lead_end = lead
            .iter()
            .position(|token| token.kind == Kind::OpenHeredoc)
            .unwrap_or(lead.len());
        let change = brackets(&lead[..lead_end]) + brackets(&tokens[line.assign..line.comment]);
        let mut closed = -change;
        while closed > 0 {
            let Some(level) = levels.last_mut() else {
                break;
            };
            if closed < *level {
                *level -= closed;
                break;
            }
            closed -= *level;
            levels.pop();
        }
        tokens[line.start].spaces = 2 * levels.len();
        if change > 0 {
            levels.push(change);
        }
    }
}

/// Sets the spaces between the tokens of a cell.
fn space(cell: &mut [Token<'_>]) {
    for idx in 1..cell.len() {
        let before = if idx >= 2 {
            Some(cell[idx - 2].kind)
        } else {
            None
        };
        cell[idx].spaces = usize::from(is_spaced(before, &cell[idx - 1], cell[idx].kind));
    }
}

/// Whether a space stands between `token` and the one `after` it.
fn is_spaced(before: Option<Kind>, token: &Token<'_>, after: Kind) -> bool {
    use Kind::{
        Bang, CloseBrace, CloseHeredoc, CloseQuote, CloseTemplate, Comma, Dot, Ellipsis, Ident,
        Literal, Minus, Newline, Number, Open, OpenBrace, OpenHeredoc, OpenQuote, OpenTemplate,
    };
    match (token.kind, after) {
        (_, Newline) | (Ident, Open(b'(')) | (Dot, _) | (_, Dot | Comma | Ellipsis) => false,
        (Comma, _) => true,
        (Literal | OpenQuote | OpenHeredoc, _) | (_, Literal | CloseQuote | CloseHeredoc) => false,
        (Ident, _) if token.text == "in" && before == Some(Ident) => true,
        (Ident | Number, Open(b'[')) => false,
        (kind, Open(b'[')) if kind.brackets() < 0 => false,
        (Minus, _) => is_subtraction(before),
        (Bang, _) | (OpenBrace, CloseBrace) | (CloseTemplate, OpenTemplate) => false,
        (OpenBrace, _)
        | (_, CloseBrace)
        | (OpenTemplate, OpenBrace)
        | (CloseBrace, CloseTemplate) => true,
        (kind, after) => kind.brackets() <= 0 && after.brackets() >= 0,
    }
}

/// Whether a minus behind such a token stands between two operands.
fn is_subtraction(before: Option<Kind>) -> bool {
    match before {
        None => false,
        Some(kind) => !matches!(
            kind,
            Kind::Open(_)
                | Kind::OpenBrace
                | Kind::Equal
                | Kind::Choice
                | Kind::Comma
                | Kind::Operator
                | Kind::Minus
                | Kind::Bang
        ),
    }
}

/// Sets the spaces in front of one cell so that it begins at one column on each run of lines that have it.
fn align(
    tokens: &mut [Token<'_>],
    lines: &[Line],
    has: fn(&Line) -> bool,
    cell: fn(&Line) -> usize,
) {
    for run in lines.chunk_by(|one, next| has(one) && has(next)) {
        if !has(&run[0]) {
            continue;
        }
        let widths: Vec<usize> = run
            .iter()
            .map(|line| width(&tokens[line.start..cell(line)]))
            .collect();
        let widest = widths.iter().copied().max().unwrap_or(0);
        for (line, width) in run.iter().zip(widths) {
            tokens[cell(line)].spaces = widest - width + 1;
        }
    }
}

fn width(tokens: &[Token<'_>]) -> usize {
    tokens
        .iter()
        .map(|token| token.spaces + token.text.chars().count())
        .sum()
}

//! Tokens of HCL, as far as white space depends on them. Together they are the whole text but for spaces between them.

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name or keyword.
    Ident,
    /// A number.
    Number,
    /// `"`, opening.
    OpenQuote,
    /// `"`, closing.
    CloseQuote,
    /// Text inside quotes or a heredoc.
    Literal,
    /// `<<EOT` with its line break.
    OpenHeredoc,
    /// The line that ends a heredoc, with its indentation.
    CloseHeredoc,
    /// `${` or `%{`
    OpenTemplate,
    /// `}` of a template sequence.
    CloseTemplate,
    /// `{`
    OpenBrace,
    /// `}`
    CloseBrace,
    /// `(` or `[`
    Open(u8),
    /// `)` or `]`
    Close,
    /// `=`
    Equal,
    /// `-`
    Minus,
    /// `!`
    Bang,
    /// `.`, and `::` of a function's namespace.
    Dot,
    /// `,`
    Comma,
    /// `...`
    Ellipsis,
    /// `:` and `?`
    Choice,
    /// `=>`
    Arrow,
    /// Any other operator.
    Operator,
    /// A comment; that of a line with its line break.
    Comment,
    /// A line break.
    Newline,
}

impl Kind {
    /// By how many the token changes the count of open brackets.
    pub(super) fn brackets(self) -> i32 {
        match self {
            Self::OpenBrace | Self::Open(_) | Self::OpenTemplate => 1,
            Self::CloseBrace | Self::Close | Self::CloseTemplate => -1,
            _ => 0,
        }
    }
}

/// A piece of the text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token<'a> {
    /// What it is.
    pub(super) kind: Kind,
    /// Its text.
    pub(super) text: &'a str,
    /// Spaces in front of it.
    pub(super) spaces: usize,
}

impl Token<'_> {
    /// Whether a line ends with it.
    pub(super) fn ends_line(&self) -> bool {
        self.kind == Kind::Newline || (self.kind == Kind::Comment && self.text.ends_with('\n'))
    }
}

enum Mode<'a> {
    /// Attributes, blocks, expressions; with the braces open in it.
    Normal {
        braces: usize,
    },
    Quoted,
    Heredoc {
        delimiter: &'a str,
    },
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
    modes: Vec<Mode<'a>>,
    tokens: Vec<Token<'a>>,
}

/// The tokens of a text. Anything is taken; what is no HCL comes out as operators.
pub(super) fn scan(text: &str) -> Vec<Token<'_>> {
    let modes = vec![Mode::Normal { braces: 0 }];
    let mut scanner = Scanner {
        text,
        at: 0,
        modes,
        tokens: Vec::with_capacity(text.len() / 5),
    };
    while scanner.at < text.len() {
        match scanner.modes.last() {
            Some(Mode::Quoted) => scanner.quoted(),
            Some(Mode::Heredoc { delimiter }) => {
                let delimiter = *delimiter;
                scanner.heredoc(delimiter);
            }
            Some(Mode::Normal { .. }) | None => scanner.normal(),
        }
    }
    scanner.tokens
}

impl<'a> Scanner<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn push(&mut self, kind: Kind, length: usize) {
        let text = &self.text[self.at..self.at + length];
        self.tokens.push(Token {
            kind,
            text,
            spaces: 0,
        });
        self.at += length;
    }

    fn normal(&mut self) {
        let rest = self.rest();
        let byte = rest.as_bytes()[0];
        match byte {
            b' ' | b'\t' | b'\r' => self.at += 1,
            b'\n' => self.push(Kind::Newline, 1),
            b'"' => {
                self.push(Kind::OpenQuote, 1);
                self.modes.push(Mode::Quoted);
            }
            b'#' => self.line_comment(),
            b'/' if rest.starts_with("//") => self.line_comment(),
            b'/' if rest.starts_with("/*") => {
                let length = rest.find("*/").map_or(rest.len(), |end| end + 2);
                self.push(Kind::Comment, length);
            }
            b'<' if rest.starts_with("<<") => self.open_heredoc(),
            b'{' => self.open_brace(),
            b'}' | b'~' if byte == b'}' || rest.starts_with("~}") => self.close_brace(),
            b'0'..=b'9' => {
                let length = number(rest);
                self.push(Kind::Number, length);
            }
            _ if is_name_start(rest) => {
                let end = rest.find(|character: char| {
                    !(character.is_alphanumeric() || "_-".contains(character))
                });
                self.push(Kind::Ident, end.unwrap_or(rest.len()));
            }
            _ => {
                let (kind, length) = operator(rest);
                self.push(kind, length);
            }
        }
    }

    fn line_comment(&mut self) {
        let rest = self.rest();
        let length = rest.find('\n').map_or(rest.len(), |end| end + 1);
        self.push(Kind::Comment, length);
    }

    fn open_brace(&mut self) {
        if let Some(Mode::Normal { braces }) = self.modes.last_mut() {
            *braces += 1;
        }
        self.push(Kind::OpenBrace, 1);
    }

    fn close_brace(&mut self) {
        let length = if self.rest().starts_with('~') { 2 } else { 1 };
        let nested = self.modes.len() > 1;
        match self.modes.last_mut() {
            Some(Mode::Normal { braces: 0 }) if nested => {
                self.modes.pop();
                self.push(Kind::CloseTemplate, length);
            }
            Some(Mode::Normal { braces }) => {
                *braces = braces.saturating_sub(1);
                self.push(Kind::CloseBrace, length);
            }
            _ => self.push(Kind::CloseBrace, length),
        }
    }

    fn open_heredoc(&mut self) {
        let rest = self.rest();
        let line = rest.split_inclusive('\n').next().unwrap_or(rest);
        let delimiter = line[2..].trim_start_matches('-').trim();
        let is_name = is_name_start(delimiter)
            && delimiter
                .chars()
                .all(|character| character.is_alphanumeric() || "_-".contains(character));
        if !is_name || !line.ends_with('\n') {
            self.push(Kind::Operator, 1);
            return;
        }
        self.push(Kind::OpenHeredoc, line.len());
        self.modes.push(Mode::Heredoc { delimiter });
    }

    /// Whether a template sequence begins here; takes its opening.
    fn open_template(&mut self) -> bool {
        let rest = self.rest();
        if !(rest.starts_with("${") || rest.starts_with("%{")) {
            return false;
        }
        let length = if rest[2..].starts_with('~') { 3 } else { 2 };
        self.push(Kind::OpenTemplate, length);
        self.modes.push(Mode::Normal { braces: 0 });
        true
    }

    fn quoted(&mut self) {
        if self.rest().starts_with('"') {
            self.modes.pop();
            self.push(Kind::CloseQuote, 1);
            return;
        }
        if self.open_template() {
            return;
        }
        let bytes = self.rest().as_bytes();
        let mut length = 0;
        while length < bytes.len()
            && !matches!(bytes[length], b'"' | b'\n')
            && !opens_template(&bytes[length..])
        {
            length += step(&bytes[length..], b'\\');
        }
        if length == 0 {
            // A line break in quotes is no HCL: leave them.
            self.modes.pop();
            return;
        }
        let length = ceil_boundary(self.rest(), length);
        self.push(Kind::Literal, length);
    }

    fn heredoc(&mut self, delimiter: &str) {
        let rest = self.rest();
        let line_start = self.text[..self.at].ends_with('\n');
        let line = rest.split('\n').next().unwrap_or(rest);
        if line_start && line.trim() == delimiter {
            self.modes.pop();
            self.push(Kind::CloseHeredoc, line.trim_end().len());
            return;
        }
        if self.open_template() {
            return;
        }
        let bytes = rest.as_bytes();
        let mut length = 0;
        while length < bytes.len() && !opens_template(&bytes[length..]) {
            length += step(&bytes[length..], b'\0');
            if bytes[length - 1] == b'\n' {
                break;
            }
        }
        let length = ceil_boundary(rest, length);
        self.push(Kind::Literal, length);
    }
}

fn opens_template(bytes: &[u8]) -> bool {
    matches!(bytes, [b'$' | b'%', b'{', ..])
}

/// Bytes of literal text that belong together: an escape or one byte.
fn step(bytes: &[u8], escape: u8) -> usize {
    match bytes {
        [b'$', b'$', b'{', ..] | [b'%', b'%', b'{', ..] => 3,
        [first, _, ..] if *first == escape => 2,
        _ => 1,
    }
}

fn ceil_boundary(text: &str, mut at: usize) -> usize {
    at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at += 1;
    }
    at
}

fn is_name_start(text: &str) -> bool {
    text.starts_with(|character: char| character.is_alphabetic() || character == '_')
}

/// Length of a number with fraction and exponent.
fn number(text: &str) -> usize {
    let digits = |text: &str| {
        text.find(|character: char| !character.is_ascii_digit())
            .unwrap_or(text.len())
    };
    let mut length = digits(text);
    if let Some(fraction) = text[length..]
        .strip_prefix('.')
        .map(digits)
        .filter(|length| *length > 0)
    {
        length += 1 + fraction;
    }
    if let Some(exponent) = text[length..].strip_prefix(['e', 'E']) {
        let sign = usize::from(exponent.starts_with(['+', '-']));
        let power = digits(&exponent[sign..]);
        if power > 0 {
            length += 1 + sign + power;
        }
    }
    length
}

fn operator(text: &str) -> (Kind, usize) {
    if text.starts_with("...") {
        return (Kind::Ellipsis, 3);
    }
    if text.starts_with("::") {
        return (Kind::Dot, 2);
    }
    if text.starts_with("=>") {
        return (Kind::Arrow, 2);
    }
    if ["==", "!=", "<=", ">=", "&&", "||"]
        .iter()
        .any(|operator| text.starts_with(operator))
    {
        return (Kind::Operator, 2);
    }
    let kind = match text.as_bytes()[0] {
        b'=' => Kind::Equal,
        b'-' => Kind::Minus,
        b'!' => Kind::Bang,
        b'.' => Kind::Dot,
        b',' => Kind::Comma,
        b':' | b'?' => Kind::Choice,
        bracket @ (b'(' | b'[') => Kind::Open(bracket),
        b')' | b']' => Kind::Close,
        _ => Kind::Operator,
    };
    (kind, text.chars().next().map_or(1, char::len_utf8))
}

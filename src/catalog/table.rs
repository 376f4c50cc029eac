//! Tables of the catalog: text with a heading of remarks, a row of column names and a row per entry, apart by tabs.
//!
//! A dash is an unknown value. Nothing is parsed before it is asked for.

use std::borrow::Cow;

use anyhow::{Result, bail};

/// One table.
#[derive(Clone, Debug)]
pub(super) struct Table {
    name: &'static str,
    text: Cow<'static, str>,
}

/// One row of a table, read by column name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row<'a> {
    columns: &'a str,
    line: &'a str,
}

impl Table {
    pub(super) const fn built_in(name: &'static str, text: &'static str) -> Self {
        Self {
            name,
            text: Cow::Borrowed(text),
        }
    }

    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The table with another text, after checking that it has the same columns and a number wherever this one has.
    pub(super) fn replaced(&self, text: String, file: &str) -> Result<Self> {
        let wanted = self.columns();
        let mut seen = None;
        for (idx, line) in text.lines().enumerate() {
            if line.starts_with('#') || line.trim().is_empty() {
                continue;
            }
            if seen.is_none() {
                if line != wanted {
                    bail!(
                        "{file}:{}: the columns are `{}`, wanted `{}`",
                        idx + 1,
                        show(line),
                        show(wanted)
                    );
                }
                seen = Some(());
                continue;
            }
            let (found, n_columns) = (line.split('\t').count(), wanted.split('\t').count());
            if found != n_columns {
                bail!(
                    "{file}:{}: {found} columns, wanted {n_columns}: {}",
                    idx + 1,
                    show(wanted)
                );
            }
            self.check_numbers(
                Row {
                    columns: wanted,
                    line,
                },
                file,
                idx + 1,
            )?;
        }
        if seen.is_none() {
            bail!("{file}: no row of column names, wanted `{}`", show(wanted));
        }
        Ok(Self {
            name: self.name,
            text: Cow::Owned(text),
        })
    }

    fn check_numbers(&self, row: Row<'_>, file: &str, line: usize) -> Result<()> {
        let Some(first) = self.rows().next() else {
            return Ok(());
        };
        for column in self.columns().split('\t') {
            let is_number = first
                .get(column)
                .is_some_and(|value| value.parse::<f64>().is_ok());
            match row.get(column) {
                Some(value)
                    if is_number
                        && !value
                            .parse::<f64>()
                            .is_ok_and(|number| number.is_finite() && number >= -180.0) =>
                {
                    bail!("{file}:{line}: `{value}` in column {column} is not a number");
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn lines(&self) -> impl Iterator<Item = &str> {
        self.text
            .lines()
            .filter(|line| !line.starts_with('#') && !line.trim().is_empty())
    }

    fn columns(&self) -> &str {
        self.lines().next().unwrap_or_default()
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        let columns = self.columns();
        self.lines().skip(1).map(move |line| Row { columns, line })
    }

    /// A remark of the heading, such as `as of`.
    pub(super) fn remark(&self, key: &str) -> &str {
        let remark = |line: &'_ str| {
            line.strip_prefix("# ")?
                .strip_prefix(key)?
                .strip_prefix(": ")
                .map(str::len)
        };
        self.text
            .lines()
            .find(|line| remark(line).is_some())
            .map_or("", |line| &line[key.len() + 4..])
    }
}

fn show(line: &str) -> String {
    line.split('\t').collect::<Vec<_>>().join(" ")
}

impl<'a> Row<'a> {
    /// The cell of a column; nothing where it is unknown.
    pub(super) fn get(&self, column: &str) -> Option<&'a str> {
        let idx = self.columns.split('\t').position(|name| name == column)?;
        self.line.split('\t').nth(idx).filter(|cell| *cell != "-")
    }

    /// The cell of a column that is always there.
    pub(super) fn text(&self, column: &str) -> &'a str {
        self.get(column).unwrap_or_default()
    }

    /// The number of a column; nothing where it is unknown.
    pub(super) fn number(&self, column: &str) -> Option<f64> {
        self.get(column)?.parse().ok()
    }

    /// Whether the cell says yes.
    pub(super) fn flag(&self, column: &str) -> bool {
        self.get(column) == Some("yes")
    }

    /// The grade of the row.
    pub(super) fn grade(&self) -> crate::ledger::Grade {
        super::grade(self.text("grade"))
    }
}

//! Tables of the catalog: text with a heading of remarks, a row of column names and a row per entry, apart by tabs.
//!
//! A dash is an unknown value. No table is split before it is asked for, and then once: sizing reads tables thousands of times. A table that replaces a built-in one is held to what the built-in one shows of each column:
//! always there, a number, a grade.

use std::{borrow::Cow, ops::Range, sync::OnceLock};

use anyhow::{Result, bail};

/// One table.
#[derive(Clone, Debug)]
pub(super) struct Table {
    name: &'static str,
    text: Cow<'static, str>,
    split: OnceLock<Split>,
}

/// Where in the text of a table its cells are.
#[derive(Clone, Debug, Default)]
struct Split {
    /// Cells of the row of column names, and then of each row.
    cells: Vec<Range<u32>>,
    /// Cells of a row.
    n_columns: usize,
    /// Rows in the order of their first cells; those that share one, as they stand.
    by_key: Vec<u32>,
}

/// One row of a table, read by column name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row<'a> {
    table: &'a Table,
    split: &'a Split,
    /// 0 for the row of column names.
    idx: usize,
}

/// What a replacing table must have in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cell {
    /// Anything, or a dash.
    Text,
    /// Anything but a dash.
    SomeText,
    /// A number, or a dash.
    Number,
    /// A number.
    SomeNumber,
    /// A, B, M or C.
    Grade,
}

impl Split {
    fn of(text: &str) -> Self {
        let mut split = Self::default();
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            let begin = at;
            at += line.len();
            let line = line.trim_end_matches(['\n', '\r']);
            if line.starts_with('#') || line.trim().is_empty() {
                continue;
            }
            if split.n_columns == 0 {
                split.n_columns = line.split('\t').count();
            }
            let (mut from, mut n_cells) = (begin, 0);
            // A row that is longer or shorter is refused where a table is replaced.
            for cell in line.split('\t').take(split.n_columns) {
                split.cells.push(from as u32..(from + cell.len()) as u32);
                from += cell.len() + 1;
                n_cells += 1;
            }
            let end = (begin + line.len()) as u32;
            split
                .cells
                .extend((n_cells..split.n_columns).map(|_| end..end));
        }
        split.by_key = (1..split.n_rows() as u32).collect();
        let key = |idx: &u32| {
            let cell = &split.cells[*idx as usize * split.n_columns];
            &text[cell.start as usize..cell.end as usize]
        };
        split.by_key.sort_by(|a, b| key(a).cmp(key(b)));
        split
    }

    fn n_rows(&self) -> usize {
        self.cells.len() / self.n_columns.max(1)
    }
}

impl Table {
    pub(super) const fn built_in(name: &'static str, text: &'static str) -> Self {
        Self {
            name,
            text: Cow::Borrowed(text),
            split: OnceLock::new(),
        }
    }

    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The table with another text, after checking that it has the same columns and, cell by cell, what this table has
    /// in that column: numbers where it has numbers, no dash where it has none.
    pub(super) fn replaced(&self, text: String, file: &str) -> Result<Self> {
        let wanted = self.columns();
        let names: Vec<&str> = wanted.split('\t').collect();
        let kinds: Vec<Cell> = names.iter().map(|name| self.kind(name)).collect();
        let (mut has_columns, mut keys) = (false, Vec::new());
        for (idx, line) in text.lines().enumerate() {
            let place = format!("{file}:{}", idx + 1);
            if line.starts_with('#') || line.trim().is_empty() {
                continue;
            }
            if !has_columns {
                if line != wanted {
                    bail!(
                        "{place}: the columns are `{}`, wanted `{}`",
                        show(line),
                        show(wanted)
                    );
                }
                has_columns = true;
                continue;
            }
            let found: Vec<&str> = line.split('\t').collect();
            if found.len() != names.len() {
                bail!(
                    "{place}: {} columns, wanted {}: {}",
                    found.len(),
                    names.len(),
                    show(wanted)
                );
            }
            for ((cell, name), kind) in found.iter().zip(&names).zip(&kinds) {
                check(cell, name, *kind, &place)?;
            }
            // Two columns tell rows apart in the tables whose first one repeats.
            let key = if self.is_keyed_by_two() {
                &found[..2]
            } else {
                &found[..1]
            };
            if keys.iter().any(|known| known == key) {
                bail!("{place}: `{}` is there twice", key.join(" "));
            }
            keys.push(
                key.iter()
                    .map(|part| (*part).to_owned())
                    .collect::<Vec<_>>(),
            );
        }
        if !has_columns {
            bail!("{file}: no row of column names, wanted `{}`", show(wanted));
        }
        if keys.is_empty() {
            bail!("{file}: no rows");
        }
        Ok(Self {
            name: self.name,
            text: Cow::Owned(text),
            split: OnceLock::new(),
        })
    }

    /// What the rows of this table have in a column.
    fn kind(&self, column: &str) -> Cell {
        if column == "grade" {
            return Cell::Grade;
        }
        let values = || self.rows().filter_map(|row| row.get(column));
        let always = values().count() == self.rows().count();
        let numbers =
            values().next().is_some() && values().all(|value| value.parse::<f64>().is_ok());
        match (numbers, always) {
            (true, true) => Cell::SomeNumber,
            (true, false) => Cell::Number,
            (false, true) => Cell::SomeText,
            (false, false) => Cell::Text,
        }
    }

    fn is_keyed_by_two(&self) -> bool {
        let mut first: Vec<&str> = self.rows().map(|row| row.cell(0)).collect();
        first.sort_unstable();
        first.windows(2).any(|pair| pair[0] == pair[1])
    }

    fn columns(&self) -> &str {
        let is_row = |line: &&str| !line.starts_with('#') && !line.trim().is_empty();
        self.text.lines().find(is_row).unwrap_or_default()
    }

    fn split(&self) -> &Split {
        self.split.get_or_init(|| Split::of(&self.text))
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        let split = self.split();
        (1..split.n_rows()).map(move |idx| Row {
            table: self,
            split,
            idx,
        })
    }

    /// The first row whose first column is this.
    pub(super) fn row(&self, key: &str) -> Option<Row<'_>> {
        self.rows_of(key).next()
    }

    /// The first row whose first two columns are these.
    pub(super) fn row_of(&self, first: &str, second: &str) -> Option<Row<'_>> {
        self.rows_of(first).find(|row| row.cell(1) == second)
    }

    /// The rows whose first column is `key`.
    fn rows_of<'a, 'k>(&'a self, key: &'k str) -> impl Iterator<Item = Row<'a>> + use<'a, 'k> {
        let split = self.split();
        let row = move |idx: &u32| Row {
            table: self,
            split,
            idx: *idx as usize,
        };
        let first = split.by_key.partition_point(|idx| row(idx).cell(0) < key);
        let rows = split.by_key[first..].iter().map(row);
        rows.take_while(move |row| row.cell(0) == key)
    }

    /// A remark of the heading, such as `as of`.
    pub(super) fn remark(&self, key: &str) -> &str {
        let heading = self.text.lines().take_while(|line| line.starts_with('#'));
        let mut remarks = heading.filter_map(|line| {
            line.strip_prefix("# ")?
                .strip_prefix(key)?
                .strip_prefix(": ")
        });
        remarks.next().unwrap_or_default()
    }
}

fn check(cell: &str, column: &str, kind: Cell, place: &str) -> Result<()> {
    if cell.is_empty() {
        bail!("{place}: column {column} is empty; `-` says that a value is unknown");
    }
    if cell == "-" {
        if matches!(kind, Cell::SomeText | Cell::SomeNumber | Cell::Grade) {
            bail!("{place}: column {column} must be known in every row");
        }
        return Ok(());
    }
    match kind {
        Cell::Text | Cell::SomeText => Ok(()),
        Cell::Grade if ["A", "B", "M", "C"].contains(&cell) => Ok(()),
        Cell::Grade => bail!(
            "{place}: `{cell}` is no grade; there are A (read), B (recalled), M (measured), C (assumed)"
        ),
        Cell::Number | Cell::SomeNumber => match cell.parse::<f64>() {
            Ok(number) if !number.is_finite() => {
                bail!("{place}: `{cell}` in column {column} is not a number")
            }
            Ok(number) if number < 0.0 && !["lat", "lon"].contains(&column) => {
                bail!("{place}: `{cell}` in column {column} is below zero")
            }
            Ok(_) => Ok(()),
            Err(_) => bail!("{place}: `{cell}` in column {column} is not a number"),
        },
    }
}

fn show(line: &str) -> String {
    line.split('\t').collect::<Vec<_>>().join(" ")
}

impl<'a> Row<'a> {
    fn cell(&self, column: usize) -> &'a str {
        let cell = self
            .split
            .cells
            .get(self.idx * self.split.n_columns + column);
        cell.map_or("", |cell| {
            &self.table.text[cell.start as usize..cell.end as usize]
        })
    }

    /// The name of a column.
    fn name(&self, column: usize) -> &'a str {
        Row { idx: 0, ..*self }.cell(column)
    }

    /// The cell of a column; nothing where it is unknown.
    pub(super) fn get(&self, column: &str) -> Option<&'a str> {
        // Most names differ in length already.
        let is_it =
            |idx: &usize| self.split.cells[*idx].len() == column.len() && self.name(*idx) == column;
        let idx = (0..self.split.n_columns).find(is_it)?;
        Some(self.cell(idx)).filter(|cell| !cell.is_empty() && *cell != "-")
    }

    /// The cell of a column that is always there.
    pub(super) fn text(&self, column: &str) -> &'a str {
        self.get(column).unwrap_or_default()
    }

    /// The number of a column; nothing where it is unknown.
    pub(super) fn number(&self, column: &str) -> Option<f64> {
        self.get(column)?.parse().ok()
    }

    /// The number of a column that is known in every row: built-in tables are tested for it, replacing ones checked.
    pub(super) fn known(&self, column: &str) -> f64 {
        self.number(column)
            .unwrap_or_else(|| panic!("bug: a row of the catalog without {column}"))
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

#[cfg(test)]
mod tests {
    use super::*;

    static TABLE: Table = Table::built_in(
        "t",
        "# as of: 2026-01\nname\tusd\tgpu\tgrade\nx\t1.5\t-\tA\ny\t2\tl4\tB\n",
    );

    fn refused(text: &str) -> String {
        TABLE
            .replaced(text.to_owned(), "t.tsv")
            .expect_err("the table is wrong")
            .to_string()
    }

    #[test]
    fn a_row_is_read_by_column_and_a_dash_is_unknown() {
        let row = TABLE.row("x").expect("x is a row");
        assert_eq!(
            (row.known("usd"), row.get("gpu"), row.get("none")),
            (1.5, None, None)
        );
        assert_eq!(TABLE.row("y").and_then(|row| row.get("gpu")), Some("l4"));
        assert!(TABLE.row("z").is_none());
        assert_eq!(TABLE.remark("as of"), "2026-01");
    }

    #[test]
    fn a_replacing_table_is_held_to_the_columns_of_the_built_in_one() {
        let head = "name\tusd\tgpu\tgrade\n";
        assert!(
            TABLE
                .replaced(format!("# mine\n\n{head}z\t3\t-\tC\n"), "t.tsv")
                .is_ok()
        );
        assert_eq!(
            refused("name\tusd\n"),
            "t.tsv:1: the columns are `name usd`, wanted `name usd gpu grade`"
        );
        assert_eq!(
            refused(&format!("{head}z\t3\tC\n")),
            "t.tsv:2: 3 columns, wanted 4: name usd gpu grade"
        );
        assert_eq!(
            refused(&format!("{head}z\tfree\t-\tC\n")),
            "t.tsv:2: `free` in column usd is not a number"
        );
        assert_eq!(
            refused(&format!("{head}z\tNaN\t-\tC\n")),
            "t.tsv:2: `NaN` in column usd is not a number"
        );
        assert_eq!(
            refused(&format!("{head}z\t-3\t-\tC\n")),
            "t.tsv:2: `-3` in column usd is below zero"
        );
        assert_eq!(
            refused(&format!("{head}z\t-\t-\tC\n")),
            "t.tsv:2: column usd must be known in every row"
        );
        assert!(refused(&format!("{head}z\t3\t-\tD\n")).starts_with("t.tsv:2: `D` is no grade"));
        assert_eq!(
            refused(&format!("{head}z\t3\t-\tC\nz\t4\t-\tC\n")),
            "t.tsv:3: `z` is there twice"
        );
        assert_eq!(refused(head), "t.tsv: no rows");
        assert!(refused("").starts_with("t.tsv: no row of column names"));
    }
}

//! Columns that line up, within the width of the terminal.

use unicode_width::UnicodeWidthStr as _;

/// Rows of text cells. The last column is clipped where the line would not fit.
#[derive(Debug, Default)]
pub(super) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// Adds a row.
    pub(super) fn row(&mut self, cells: impl IntoIterator<Item = impl Into<String>>) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }

    /// Lines up all rows, each behind `indent` spaces.
    pub(super) fn render(&self, indent: usize, width: usize) -> String {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let widths: Vec<usize> = (0..columns)
            .map(|idx| {
                self.rows
                    .iter()
                    .filter_map(|row| row.get(idx))
                    .map(|cell| cell.width())
                    .max()
                    .unwrap_or(0)
            })
            .collect();
        let mut out = String::new();
        for row in &self.rows {
            let mut line = " ".repeat(indent);
            for (idx, cell) in row.iter().enumerate() {
                let last = idx + 1 == row.len();
                line.push_str(cell);
                if !last {
                    line.push_str(&" ".repeat(widths[idx] - cell.width() + 2));
                }
            }
            out.push_str(clip(line.trim_end(), width).as_str());
            out.push('\n');
        }
        out
    }
}

/// The line, or as much of it as fits with a mark that it goes on.
fn clip(line: &str, width: usize) -> String {
    if line.width() <= width {
        return line.to_owned();
    }
    let mut clipped = String::new();
    for character in line.chars() {
        if clipped.width() + 1 >= width {
            break;
        }
        clipped.push(character);
    }
    clipped + "…"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_and_long_lines_are_clipped() {
        let mut table = Table::default();
        table.row(["a", "bbb", "why"]);
        table.row(["aaaa", "b", "a reason that is too long for it"]);
        assert_eq!(
            table.render(2, 24),
            "  a     bbb  why\n  aaaa  b    a reason t…\n"
        );
    }
}

//! Tables: a header, columns that fit the terminal, no frame.

use std::fmt;

use comfy_table::{Attribute, CellAlignment, Color, ColumnConstraint, ContentArrangement, Width};
use comfy_table::{LineStyle, TableStyle};

use super::look::{Look, Tone};

/// One cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    text: String,
    tone: Tone,
    right: bool,
}

impl Cell {
    /// Plain text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), tone: Tone::Plain, right: false }
    }

    /// A number: stands to the right.
    #[must_use]
    pub fn number(value: impl fmt::Display) -> Self {
        Self { text: value.to_string(), tone: Tone::Plain, right: true }
    }

    /// A number of which zero is nothing worth seeing.
    #[must_use]
    pub fn count(value: u64) -> Self {
        Self {
            text: if value == 0 { "·".to_owned() } else { value.to_string() },
            tone: Tone::Plain,
            right: true,
        }
    }

    /// The same cell in another tone; an empty count stays plain.
    #[must_use]
    pub fn tone(mut self, tone: Tone) -> Self {
        if self.text != "·" {
            self.tone = tone;
        }
        self
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

/// A header and rows, rendered when displayed.
pub struct Table {
    look: Look,
    table: comfy_table::Table,
}

/// No frame: what is copied from a terminal into a mail stays readable.
const STYLE: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));

impl Table {
    /// A table with these column heads.
    #[must_use]
    pub fn new(look: Look, heads: &[String]) -> Self {
        let mut table = comfy_table::Table::new();
        table.load_style(STYLE).force_no_tty();
        match look.width {
            Some(width) => {
                table.set_width(width).set_content_arrangement(ContentArrangement::Dynamic);
            }
            None => {
                table.set_content_arrangement(ContentArrangement::Disabled);
            }
        }
        if look.color {
            table.enforce_styling();
        }
        table
            .set_header(heads.iter().map(|head| comfy_table::Cell::new(head).add_attribute(Attribute::Bold)));
        for column in table.column_iter_mut() {
            column.set_padding((0, 2));
        }
        Self { look, table }
    }

    /// Keeps columns from being folded: names and periods are for copying.
    #[must_use]
    pub fn keep_whole(mut self, columns: &[usize]) -> Self {
        for &ix in columns {
            if let Some(column) = self.table.column_mut(ix) {
                column.set_constraint(ColumnConstraint::ContentWidth);
            }
        }
        self
    }

    /// Keeps a column from becoming narrower than this.
    #[must_use]
    pub fn at_least(mut self, column: usize, width: u16) -> Self {
        if let Some(column) = self.table.column_mut(column) {
            column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(width)));
        }
        self
    }

    /// Adds a row.
    pub fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        let cells = cells.into_iter().map(|cell| {
            let mut out = comfy_table::Cell::new_owned(cell.text);
            if cell.right {
                out = out.set_alignment(CellAlignment::Right);
            }
            if self.look.color { tinted(out, cell.tone) } else { out }
        });
        self.table.add_row(cells.collect::<Vec<_>>());
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.table.is_empty()
    }
}

fn tinted(cell: comfy_table::Cell, tone: Tone) -> comfy_table::Cell {
    match tone {
        Tone::Plain => cell,
        Tone::Good => cell.fg(Color::DarkGreen),
        Tone::Bad => cell.fg(Color::DarkRed).add_attribute(Attribute::Bold),
        Tone::Busy => cell.fg(Color::DarkCyan),
        Tone::Warn => cell.fg(Color::DarkYellow),
        Tone::Dim => cell.add_attribute(Attribute::Dim),
        Tone::Strong => cell.add_attribute(Attribute::Bold),
    }
}

impl fmt::Display for Table {
    /// Every line ends with a line feed, none with spaces.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in self.table.lines() {
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table").field("rows", &self.table.row_count()).finish_non_exhaustive()
    }
}

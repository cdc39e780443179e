//! Tables: a header, columns that fit the terminal, no frame.

use std::fmt;

use comfy_table::{Attribute, CellAlignment, Color, ColumnConstraint, ContentArrangement, Width};
use comfy_table::{LineStyle, TableStyle};
use unicode_width::UnicodeWidthStr;

use super::look::{Look, Tone};

/// A count of nothing.
const NOTHING: &str = "·";

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
            text: if value == 0 { NOTHING.to_owned() } else { value.to_string() },
            tone: Tone::Plain,
            right: true,
        }
    }

    /// The same cell in another tone; an empty count stays plain.
    #[must_use]
    pub fn tone(mut self, tone: Tone) -> Self {
        if self.text != NOTHING {
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
#[derive(Debug, Clone)]
pub struct Table {
    look: Look,
    heads: Vec<String>,
    rows: Vec<Vec<Cell>>,
    /// Columns that are not folded.
    whole: Vec<usize>,
    /// The last column is a sentence.
    sentence: bool,
}

/// No frame: what is copied from a terminal into a mail stays readable.
const STYLE: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));

/// After the text of a column.
const PADDING: u16 = 1;

/// From the end of a column's text to the next column: its padding, and where other tables have a line.
const GAP: usize = PADDING as usize + 1;

/// Before a sentence that stands below its row, so that the names above it stay a column.
const INDENT: &str = "    ";

/// A longer word may be broken.
const WORD_MAX: usize = 30;

impl Table {
    /// A table with these column heads.
    #[must_use]
    pub fn new(look: Look, heads: &[String]) -> Self {
        Self { look, heads: heads.to_vec(), rows: Vec::new(), whole: Vec::new(), sentence: false }
    }

    /// Keeps columns from being folded: names and periods are for copying. Numbers are never folded.
    #[must_use]
    pub fn keep_whole(mut self, columns: &[usize]) -> Self {
        self.whole.extend_from_slice(columns);
        self
    }

    /// The last column is a sentence: where it does not fit beside the others, it stands below its row.
    #[must_use]
    pub const fn ends_in_a_sentence(mut self) -> Self {
        self.sentence = true;
        self
    }

    /// Adds a row.
    pub fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// Whether there are no rows.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Whether the columns fit beside each other without breaking words.
    #[must_use]
    pub fn fits(&self) -> bool {
        let needed =
            |width: u16| (0..self.heads.len()).map(|at| self.least(at) + GAP).sum::<usize>() <= width.into();
        self.look.width.is_none_or(needed)
    }

    fn texts(&self, column: usize) -> impl Iterator<Item = &str> {
        let cells = self.rows.iter().filter_map(move |row| row.get(column));
        std::iter::once(self.heads[column].as_str()).chain(cells.map(|cell| cell.text.as_str()))
    }

    fn is_whole(&self, column: usize) -> bool {
        self.whole.contains(&column)
            || self.rows.iter().any(|row| row.get(column).is_some_and(|cell| cell.right))
    }

    /// The least width of a column.
    fn least(&self, column: usize) -> usize {
        if self.is_whole(column) {
            return self.texts(column).map(UnicodeWidthStr::width).max().unwrap_or(0);
        }
        let words = self.texts(column).flat_map(str::split_whitespace);
        words.map(UnicodeWidthStr::width).max().unwrap_or(0).min(WORD_MAX)
    }

    /// The rows below each other, the columns beside each other.
    fn beside(&self) -> comfy_table::Table {
        self.grid(true, &self.rows)
    }

    /// Some of the rows in the columns of all of them.
    fn grid(&self, with_heads: bool, rows: &[Vec<Cell>]) -> comfy_table::Table {
        let mut table = self.frame();
        if with_heads {
            let heads = self.heads.iter().map(comfy_table::Cell::new);
            table.set_header(heads.map(|head| head.add_attribute(Attribute::Bold)));
        }
        for row in rows {
            table.add_row(row.iter().map(|cell| self.cell(cell)).collect::<Vec<_>>());
        }
        for (column, width) in table.column_iter_mut().zip(self.widths()) {
            column.set_padding((0, PADDING));
            column.set_constraint(ColumnConstraint::Absolute(Width::Fixed(width as u16 + PADDING)));
        }
        table
    }

    /// The width of each column: what it needs, or what is left; those that need little more than their words get it first.
    fn widths(&self) -> Vec<usize> {
        let natural = |at: usize| self.texts(at).map(UnicodeWidthStr::width).max().unwrap_or(0);
        let natural = (0..self.heads.len()).map(natural).collect::<Vec<_>>();
        let Some(width) = self.look.width else { return natural };
        let mut widths = (0..self.heads.len()).map(|at| self.least(at)).collect::<Vec<_>>();
        let mut spare = usize::from(width).saturating_sub(widths.iter().map(|width| width + GAP).sum());
        let mut wishes = natural
            .iter()
            .zip(&widths)
            .map(|(natural, least)| natural - least)
            .enumerate()
            .collect::<Vec<_>>();
        wishes.sort_by_key(|&(_, wish)| wish);
        for (at, wish) in wishes {
            let more = wish.min(spare);
            widths[at] += more;
            spare -= more;
        }
        widths
    }

    /// The table without the sentences in its last column, if that fits.
    fn without_sentences(&self) -> Option<Self> {
        let last = self.heads.len().checked_sub(1).filter(|_| self.sentence)?;
        let mut rest = self.clone();
        rest.heads.truncate(last);
        rest.rows.iter_mut().for_each(|row| row.truncate(last));
        rest.fits().then_some(rest)
    }

    /// The rows of `rest` with the sentence of each below it, if it has one.
    fn with_sentences_below(&self, rest: &Self) -> Vec<String> {
        let mut lines = rest.grid(true, &[]).lines().collect::<Vec<_>>();
        for (row, whole) in rest.rows.iter().zip(&self.rows) {
            lines.extend(rest.grid(false, std::slice::from_ref(row)).lines());
            let sentence = whole.get(rest.heads.len()).filter(|cell| !cell.text.is_empty());
            if let Some(Cell { text, tone, .. }) = sentence {
                let text = self.look.wrap(text, INDENT.len(), "");
                lines.extend(text.lines().map(|line| format!("{INDENT}{}", self.look.paint(*tone, line))));
            }
        }
        lines
    }

    /// For a narrow terminal: each row as a block of lines, one a column that says something.
    fn below(&self) -> comfy_table::Table {
        let mut table = self.frame();
        for (number, row) in self.rows.iter().enumerate() {
            if number > 0 {
                table.add_row([""; 2]);
            }
            for (head, cell) in
                self.heads.iter().zip(row).filter(|(_, cell)| !matches!(cell.text.as_str(), "" | NOTHING))
            {
                let head = comfy_table::Cell::new(head).add_attribute(Attribute::Bold);
                table.add_row([head, self.cell(&Cell { right: false, ..cell.clone() })]);
            }
        }
        for column in table.column_iter_mut() {
            column.set_padding((0, PADDING));
        }
        if let Some(column) = table.column_mut(0) {
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
        table
    }

    fn frame(&self) -> comfy_table::Table {
        let mut table = comfy_table::Table::new();
        table.load_style(STYLE).force_no_tty();
        let arrangement = match self.look.width {
            Some(width) => {
                table.set_width(width);
                ContentArrangement::Dynamic
            }
            None => ContentArrangement::Disabled,
        };
        table.set_content_arrangement(arrangement);
        if self.look.color {
            table.enforce_styling();
        }
        table
    }

    fn cell(&self, cell: &Cell) -> comfy_table::Cell {
        let mut out = comfy_table::Cell::new(&cell.text);
        if cell.right {
            out = out.set_alignment(CellAlignment::Right);
        }
        if self.look.color { tinted(out, cell.tone) } else { out }
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
        let lines = if self.fits() {
            self.beside().lines().collect()
        } else if let Some(rest) = self.without_sentences() {
            self.with_sentences_below(&rest)
        } else {
            self.below().lines().collect::<Vec<_>>()
        };
        for line in lines {
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

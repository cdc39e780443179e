//! The result of a query as a table in the log.

use std::fmt::Write;

use unicode_width::UnicodeWidthStr;

use super::engine::{ResultSink, Row, Value};
use super::log::Log;

/// Rows that the log shows.
const ROWS_SHOWN: usize = 20;
/// Characters of a value that the log shows.
const CELL_LENGTH: usize = 40;

/// Keeps the first rows of a result and forgets the rest.
#[derive(Debug, Default)]
pub(super) struct Grid {
    columns: Vec<String>,
    rows: Vec<Row>,
    beyond: u64,
}

impl ResultSink for Grid {
    fn columns(&mut self, names: &[&str]) {
        self.columns = names.iter().map(|&name| name.to_owned()).collect();
    }

    fn row(&mut self, row: Row) {
        if self.rows.len() < ROWS_SHOWN {
            self.rows.push(row);
        } else {
            self.beyond += 1;
        }
    }
}

impl Grid {
    /// Writes the table, indented; nothing if there was no row.
    pub(super) fn print(&self, log: &mut Log<'_>) {
        if self.rows.is_empty() {
            return;
        }
        let header = self.columns.iter().map(|name| cell(name, log)).collect();
        let body = self.rows.iter().map(|row| row.iter().map(|value| cell(&shown(value), log)).collect());
        let lines: Vec<Vec<String>> = std::iter::once(header).chain(body).collect();
        let widths: Vec<usize> = (0..self.columns.len())
            .map(|i| lines.iter().map(|line| line[i].width()).max().unwrap_or(0))
            .collect();
        for (n, line) in lines.iter().enumerate() {
            log.line(format_args!("    {}", joined(line, &widths)));
            if n == 0 {
                let rule: Vec<String> = widths.iter().map(|&width| "-".repeat(width)).collect();
                log.line(format_args!("    {}", rule.join("  ")));
            }
        }
        if self.beyond > 0 {
            log.line(format_args!("    … and {} more", self.beyond));
        }
    }
}

fn joined(cells: &[String], widths: &[usize]) -> String {
    let mut line = String::new();
    for (cell, &width) in cells.iter().zip(widths) {
        let padding = width.saturating_sub(cell.width());
        let _ = write!(line, "{cell}{:padding$}  ", "");
    }
    line.truncate(line.trim_end().len());
    line
}

/// Masked before it is cut, on one line.
fn cell(text: &str, log: &Log<'_>) -> String {
    let masked = log.masked(text);
    let mut cell: String =
        masked.chars().take(CELL_LENGTH).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if masked.chars().nth(CELL_LENGTH).is_some() {
        cell.push('…');
    }
    cell
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::Integer(n) => n.to_string(),
        Value::Real(x) => format!("{x:?}"),
        Value::Text(text) => text.to_string(),
        Value::Blob(bytes) => format!("({} bytes)", bytes.len()),
    }
}

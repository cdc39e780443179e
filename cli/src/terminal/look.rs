//! Everything that a renderer has to know about the place where its text will stand.

use anstyle::{AnsiColor, Style};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::messages::Catalogue;

/// Language, width and colours. Renderers take it and return text: they never ask the terminal themselves.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// The language.
    pub catalogue: &'static Catalogue,
    /// Columns to fit into; `None` = as wide as it gets (a pipe, a file).
    pub width: Option<u16>,
    /// Whether colours may be used.
    pub color: bool,
}

/// What a piece of text means; the colour follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tone {
    /// Nothing special.
    #[default]
    Plain,
    /// Done, fine.
    Good,
    /// Failed, wrong.
    Bad,
    /// Under way.
    Busy,
    /// Wants attention.
    Warn,
    /// In the background.
    Dim,
    /// A heading.
    Strong,
}

impl Tone {
    /// The terminal's style for it.
    pub(super) const fn style(self) -> Style {
        match self {
            Self::Plain => Style::new(),
            Self::Good => AnsiColor::Green.on_default(),
            Self::Bad => AnsiColor::Red.on_default().bold(),
            Self::Busy => AnsiColor::Cyan.on_default(),
            Self::Warn => AnsiColor::Yellow.on_default(),
            Self::Dim => Style::new().dimmed(),
            Self::Strong => Style::new().bold(),
        }
    }
}

impl Look {
    /// The text in its colour, or as it is.
    #[must_use]
    pub fn paint(&self, tone: Tone, text: &str) -> String {
        if self.color && tone != Tone::Plain {
            let style = tone.style();
            format!("{style}{text}{style:#}")
        } else {
            text.to_owned()
        }
    }

    /// The text cut to `columns`, with `…` where something is missing. Chinese characters take two columns.
    #[must_use]
    pub fn cut(text: &str, columns: usize) -> String {
        if text.width() <= columns {
            return text.to_owned();
        }
        let mut used = 0;
        let fits = |c: &char| {
            used += c.width().unwrap_or(0);
            used < columns
        };
        let mut cut = text.chars().take_while(fits).collect::<String>();
        cut.push('…');
        cut
    }
}

#[cfg(test)]
mod tests {
    use super::Look;

    #[test]
    fn cut_counts_columns_and_not_characters() {
        for (text, columns, expected) in [
            ("waiting", 7, "waiting"),
            ("waiting", 6, "waiti…"),
            ("等待前置", 8, "等待前置"),
            ("等待前置", 7, "等待前…"),
            ("等待前置", 6, "等待…"),
            ("", 3, ""),
        ] {
            assert_eq!(Look::cut(text, columns), expected);
        }
    }
}

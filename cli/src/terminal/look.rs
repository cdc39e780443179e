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

    /// The text on lines that fit, broken between words, or inside of one that is longer than a line. The first line has
    /// `used` columns before it, the others begin with `indent`.
    #[must_use]
    pub fn wrap(&self, text: &str, used: usize, indent: &str) -> String {
        let Some(width) = self.width.map(usize::from) else { return text.to_owned() };
        let mut wrapped = String::new();
        let mut column = used;
        for (number, word) in text.split(' ').enumerate() {
            let space = usize::from(number > 0);
            if number > 0 && column + space + word.width() > width && column > indent.width() {
                wrapped.push('\n');
                wrapped.push_str(indent);
                column = indent.width();
            } else if number > 0 {
                wrapped.push(' ');
                column += 1;
            }
            for c in word.chars() {
                let wide = c.width().unwrap_or(0);
                if column + wide > width && column > indent.width() {
                    wrapped.push('\n');
                    wrapped.push_str(indent);
                    column = indent.width();
                }
                wrapped.push(c);
                column += wide;
            }
        }
        wrapped
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
    use crate::lang::Lang;
    use crate::messages::Catalogue;

    #[test]
    fn wrapped_text_breaks_between_words_and_between_chinese_characters() {
        let look = Look { catalogue: Catalogue::of(Lang::En), width: Some(12), color: false };
        for (text, expected) in [
            ("short", "short"),
            ("one two three four", "one two\n  three four"),
            ("等待前置程序", "等待前置\n  程序"),
            ("averyverylongword", "averyver\n  ylongword"),
        ] {
            assert_eq!(look.wrap(text, 4, "  "), expected);
        }
        assert_eq!(Look { width: None, ..look }.wrap("one two three four", 4, ""), "one two three four");
    }

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

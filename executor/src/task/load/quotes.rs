//! Quotes that swallow rows.
//!
//! The parser takes whatever it is given: a quote that is opened and not closed takes the rows behind it into one field, up to
//! the next quote or the end of the file. Either shows here, in front of the parser.

use std::io::{self, Read};

/// A quote that cannot be right, in the row that begins in this line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Misquoted {
    #[error("line {line}: never closed")]
    Unclosed { line: u64 },
    #[error("line {line}: text behind the closing quote")]
    Behind { line: u64 },
}

/// Passes UTF-8 on as long as its quotes are right.
pub(super) struct Quotes<R> {
    source: R,
    separator: u8,
    place: Place,
    /// From 1.
    line: u64,
    /// Where the present row begins.
    row_line: u64,
    wrong: Option<Misquoted>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    RowStart,
    FieldStart,
    Plain,
    Quoted,
    /// Behind a quote that closes a field, unless another one follows.
    Closed,
    /// Behind blanks behind a closing quote.
    Padded,
}

impl<R> Quotes<R> {
    pub(super) fn new(source: R, separator: u8) -> Self {
        Self { source, separator, place: Place::RowStart, line: 1, row_line: 1, wrong: None }
    }

    pub(super) fn source(&self) -> &R {
        &self.source
    }

    pub(super) fn into_source(self) -> R {
        self.source
    }

    /// How much of it is right.
    fn scan(&mut self, bytes: &[u8]) -> usize {
        for (at, &byte) in bytes.iter().enumerate() {
            if self.place == Place::RowStart {
                self.row_line = self.line;
            }
            match self.after(byte) {
                Some(place) => self.place = place,
                None => {
                    self.wrong = Some(Misquoted::Behind { line: self.row_line });
                    return at;
                }
            }
            self.line += u64::from(byte == b'\n');
        }
        bytes.len()
    }

    fn after(&self, byte: u8) -> Option<Place> {
        let ends_field = match byte {
            b'\r' | b'\n' => Some(Place::RowStart),
            _ if byte == self.separator => Some(Place::FieldStart),
            _ => None,
        };
        match self.place {
            Place::RowStart | Place::FieldStart if byte == b'"' => Some(Place::Quoted),
            Place::RowStart | Place::FieldStart | Place::Plain => Some(ends_field.unwrap_or(Place::Plain)),
            Place::Quoted => Some(if byte == b'"' { Place::Closed } else { Place::Quoted }),
            Place::Closed if byte == b'"' => Some(Place::Quoted),
            Place::Closed | Place::Padded if ends_field.is_none() && matches!(byte, b' ' | b'\t') => {
                Some(Place::Padded)
            }
            Place::Closed | Place::Padded => ends_field,
        }
    }
}

impl<R: Read> Read for Quotes<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let mut right = 0;
        if self.wrong.is_none() {
            let length = self.source.read(out)?;
            if length == 0 && !out.is_empty() && self.place == Place::Quoted {
                self.wrong = Some(Misquoted::Unclosed { line: self.row_line });
            }
            right = self.scan(&out[..length]);
        }
        // What comes before is read first: an earlier row may have a fault of its own.
        match self.wrong {
            Some(wrong) if right == 0 => Err(io::Error::new(io::ErrorKind::InvalidData, wrong)),
            Some(_) | None => Ok(right),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_that_are_right_and_those_that_are_not() {
        let behind = |line| Err(Misquoted::Behind { line });
        let unclosed = |line| Err(Misquoted::Unclosed { line });
        let cases = [
            ("", Ok(())),
            ("a,b\n\"a\",\"b\"\n", Ok(())),
            ("\"a\"\"b\",\"\"\r\n\"\"", Ok(())),
            ("\"a\nb\",\"c,d\"", Ok(())),
            ("5\" pipe,a\"b\"\n", Ok(())),
            ("\"padded\" ,\"b\"\t\n", Ok(())),
            ("1,a,x\n2,b,\"y\n3,c,\"z\"\n", behind(2)),
            ("1,\"a\"b\n", behind(1)),
            ("1,\"a\" b\n", behind(1)),
            ("1,\"a\" \"\n", behind(1)),
            ("1\r\n\r\n\"2\r\n3", unclosed(3)),
            ("\"", unclosed(1)),
            ("\"\"\"", unclosed(1)),
        ];
        for (text, expected) in cases {
            let mut passed = Vec::new();
            let read = Quotes::new(text.as_bytes(), b',').read_to_end(&mut passed);
            let found = read.map(drop).map_err(|error| {
                *error.get_ref().and_then(|inner| inner.downcast_ref::<Misquoted>()).expect("a quote")
            });
            assert_eq!(found, expected, "{text:?}");
            assert!(text.as_bytes().starts_with(&passed), "{text:?}");
        }
    }
}

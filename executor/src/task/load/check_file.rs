//! The check file (校验文件) of a delivery: one line `FILENAME|ROWS|BYTES|SHA256` per data file.

use std::borrow::Cow;
use std::collections::BTreeSet;

use encoding_rs::{Encoding, GB18030, UTF_8};

/// What a check file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CheckFile {
    /// `EMPTY|0|0|-`: the source has nothing for this period.
    Empty,
    /// These files, at least one.
    Files(Vec<Announced>),
}

/// One line of a check file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announced {
    /// File name without directory.
    pub name: String,
    /// Data rows, the header line not counted.
    pub rows: u64,
    /// Size of the file as it is delivered, compressed if it is.
    pub bytes: u64,
    /// Of the file as it is delivered, lower-case hexadecimal.
    pub sha256: String,
}

/// Lines that are no check lines, all of them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}; a line is `FILENAME|ROWS|BYTES|SHA256`, or `EMPTY|0|0|-` alone for a period without data", .0.join("; "))]
pub struct CheckFileError(pub Vec<String>);

impl CheckFile {
    /// The text of a check file. Names in it are UTF-8, whatever the data are, or else as the data, or else (of a source of which
    /// nothing is said) GB18030: whoever looks for a delivery and whoever loads it must read the same names.
    #[must_use]
    pub fn decode<'b>(bytes: &'b [u8], data: Option<&'static Encoding>) -> Cow<'b, str> {
        std::str::from_utf8(bytes).map_or_else(
            |_| {
                let legacy = data.filter(|&encoding| encoding != UTF_8).unwrap_or(GB18030);
                legacy.decode_without_bom_handling(bytes).0
            },
            Cow::Borrowed,
        )
    }

    /// Reads a check file's text; blank lines and CRLF do no harm.
    ///
    /// # Errors
    /// Every line that is wrong, with its number.
    pub fn parse(text: &str) -> Result<Self, CheckFileError> {
        let mut files: Vec<Announced> = Vec::new();
        let mut names = BTreeSet::new();
        let mut empty = false;
        let mut wrong = Vec::new();
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        for (i, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let number = i + 1;
            match Line::parse(line.trim()) {
                Ok(Line::Empty) => empty = true,
                Ok(Line::File(file)) if names.insert(file.name.clone()) => files.push(file),
                Ok(Line::File(file)) => wrong.push(format!("line {number} names {} again", file.name)),
                Err(what) => wrong.push(format!("line {number} {what}")),
            }
        }
        if empty && !files.is_empty() {
            wrong.push("it says EMPTY and names files as well".to_owned());
        }
        if !empty && files.is_empty() && wrong.is_empty() {
            wrong.push("it holds no line".to_owned());
        }
        match (wrong.is_empty(), empty) {
            (false, _) => Err(CheckFileError(wrong)),
            (true, true) => Ok(Self::Empty),
            (true, false) => Ok(Self::Files(files)),
        }
    }

    /// Rows of all files together.
    #[must_use]
    pub fn rows(&self) -> u64 {
        match self {
            Self::Empty => 0,
            Self::Files(files) => files.iter().map(|file| file.rows).sum(),
        }
    }
}

enum Line {
    Empty,
    File(Announced),
}

impl Line {
    /// The error finishes a sentence that begins with "line 3".
    fn parse(line: &str) -> Result<Self, String> {
        let fields: Vec<&str> = line.split('|').map(str::trim).collect();
        let [name, rows, bytes, sha256] = fields[..] else {
            return Err(format!("has {} fields instead of 4", fields.len()));
        };
        if name == "EMPTY" {
            let plain = rows == "0" && bytes == "0" && sha256 == "-";
            return if plain { Ok(Self::Empty) } else { Err("says EMPTY, but not `EMPTY|0|0|-`".to_owned()) };
        }
        if name.is_empty() || name.contains(['/', '\\']) {
            return Err(format!("names `{name}`, which is no file name"));
        }
        let number = |text: &str, what| {
            text.parse().map_err(|_| format!("has `{text}` for {what}, which is no number"))
        };
        let hexadecimal = sha256.len() == 64 && sha256.bytes().all(|b| b.is_ascii_hexdigit());
        if !hexadecimal {
            return Err(format!("has `{sha256}` for its SHA-256, which is not 64 hexadecimal digits"));
        }
        Ok(Self::File(Announced {
            name: name.to_owned(),
            rows: number(rows, "its rows")?,
            bytes: number(bytes, "its bytes")?,
            sha256: sha256.to_ascii_lowercase(),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHA: &str = "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855";

    #[test]
    fn lines_are_read() {
        let file = |name: &str, rows, bytes| Announced {
            name: name.to_owned(),
            rows,
            bytes,
            sha256: SHA.to_ascii_lowercase(),
        };
        let cases = [
            ("EMPTY|0|0|-\n".to_owned(), CheckFile::Empty),
            (format!("a.csv|24|1204|{SHA}"), CheckFile::Files(vec![file("a.csv", 24, 1204)])),
            (
                format!(
                    "\u{feff}a.csv | 0 | 12 | {SHA}\r\n\r\n天气.csv.gz|7|9|{}\r\n",
                    SHA.to_ascii_lowercase()
                ),
                CheckFile::Files(vec![file("a.csv", 0, 12), file("天气.csv.gz", 7, 9)]),
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(CheckFile::parse(&text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn every_wrong_line_is_named() {
        let text = format!(
            "a|1|2\nb|x|2|{SHA}\n\nc|1|-2|{SHA}\nd|1|2|abc\n../e|1|2|{SHA}\ng|1|1|{SHA}\ng|1|1|{SHA}\nEMPTY|1|0|-"
        );
        let wrong = [
            "line 1 has 3 fields instead of 4",
            "line 2 has `x` for its rows, which is no number",
            "line 4 has `-2` for its bytes, which is no number",
            "line 5 has `abc` for its SHA-256, which is not 64 hexadecimal digits",
            "line 6 names `../e`, which is no file name",
            "line 8 names g again",
            "line 9 says EMPTY, but not `EMPTY|0|0|-`",
        ];
        assert_eq!(CheckFile::parse(&text), Err(CheckFileError(wrong.map(str::to_owned).to_vec())));
        let contradiction = format!("EMPTY|0|0|-\na|1|1|{SHA}");
        for (text, expected) in
            [("", "it holds no line"), (&contradiction, "it says EMPTY and names files as well")]
        {
            assert_eq!(CheckFile::parse(text), Err(CheckFileError(vec![expected.to_owned()])), "{text}");
        }
    }
}

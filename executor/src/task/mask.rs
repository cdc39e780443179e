//! Keeps secrets out of everything that an attempt writes.

use std::borrow::Cow;

/// What stands in a log where a secret was.
const MASKED: &str = "***";

/// The spellings of the attempt's secrets, longest first so that no rest of a longer one stays visible.
#[derive(Debug, Default)]
pub(super) struct Mask {
    spellings: Vec<String>,
}

impl Mask {
    pub(super) fn new(secrets: &[String]) -> Self {
        let mut spellings: Vec<String> = secrets.iter().flat_map(|secret| spellings(secret)).collect();
        spellings.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        spellings.dedup();
        Self { spellings }
    }

    /// The text with every spelling of every secret masked. Mask before cutting a text: half a secret is not found.
    pub(super) fn apply<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut masked = Cow::Borrowed(text);
        for spelling in &self.spellings {
            if masked.contains(spelling) {
                masked = Cow::Owned(masked.replace(spelling, MASKED));
            }
        }
        masked
    }

    /// Length in bytes of the longest spelling: a text that was cut may end in this much less one of a secret.
    pub(super) fn longest(&self) -> usize {
        self.spellings.first().map_or(0, String::len)
    }
}

/// A secret as it comes back from servers and databases: plain, within JSON, within a URL, and line by line.
pub(crate) fn spellings(secret: &str) -> Vec<String> {
    let whole = std::iter::once(secret);
    let lines = secret.lines().filter(|line| line.trim().len() > 3);
    whole
        .chain(lines)
        .filter(|text| !text.trim().is_empty())
        .flat_map(|text| [text.to_owned(), in_json(text), in_url(text)])
        .collect()
}

fn in_json(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

/// As a part of a URL.
pub(crate) fn in_url(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::Mask;

    #[test]
    fn every_spelling_is_masked() {
        let secrets =
            ["p\"w/d".to_owned(), "p\"w/d-longer".to_owned(), "line one\nline two".to_owned(), String::new()];
        let mask = Mask::new(&secrets);
        let cases = [
            ("plain p\"w/d here", "plain *** here"),
            ("the longer one: p\"w/d-longer.", "the longer one: ***."),
            (r#"{"password":"p\"w/d"}"#, r#"{"password":"***"}"#),
            ("http://h/?p=p%22w%2Fd&x", "http://h/?p=***&x"),
            ("only the second line: line two", "only the second line: ***"),
            ("nothing secret", "nothing secret"),
        ];
        for (text, expected) in cases {
            assert_eq!(mask.apply(text), expected, "{text}");
        }
        assert_eq!(mask.longest(), "line%20one%0Aline%20two".len());
    }
}

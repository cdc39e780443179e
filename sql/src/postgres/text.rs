//! Texts that PostgreSQL keeps: every text but those with a NUL in them.
//!
//! The last line of a job's output may hold one, and a batch that the database refuses for ever would stop the scheduler. A NUL is
//! written as [`ESCAPE`] and `0`, and the escape, a code point that no text ever needs, as itself twice.

use std::borrow::Cow;

/// U+10FFFF, the last code point: not a character.
const ESCAPE: char = '\u{10FFFF}';

/// The text as it is stored.
pub(super) fn stored(text: &str) -> Cow<'_, str> {
    if !text.contains(['\0', ESCAPE]) {
        return Cow::Borrowed(text);
    }
    let mut stored = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '\0' => stored.extend([ESCAPE, '0']),
            ESCAPE => stored.extend([ESCAPE, ESCAPE]),
            c => stored.push(c),
        }
    }
    Cow::Owned(stored)
}

/// Undoes [`stored`] inside the strings of a JSON text.
pub(super) fn restore_in_json(json: String) -> String {
    if !json.contains(ESCAPE) {
        return json;
    }
    restore(&json, "\\u0000")
}

/// Undoes [`stored`].
pub(super) fn restored(text: String) -> String {
    if !text.contains(ESCAPE) {
        return text;
    }
    restore(&text, "\0")
}

fn restore(text: &str, nul: &str) -> String {
    let mut restored = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(ESCAPE) {
        restored.push_str(before);
        // What follows is `0` or the escape; anything else was written by somebody else, and is left as it is.
        rest = if let Some(after) = after.strip_prefix('0') {
            restored.push_str(nul);
            after
        } else {
            restored.push(ESCAPE);
            after.strip_prefix(ESCAPE).unwrap_or(after)
        };
    }
    restored.push_str(rest);
    restored
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_comes_back() {
        let texts = ["", "a", "\0", "\u{10FFFF}", "\u{10FFFF}0", "a\0\u{10FFFF}\u{10FFFF}\0\0x\u{10FFFE}日"];
        for text in texts {
            let stored = stored(text);
            assert!(!stored.contains('\0'));
            assert_eq!(restored(stored.clone().into_owned()), text);
            let json = serde_json::to_string(&stored).expect("JSON");
            let back: String = serde_json::from_str(&restore_in_json(json)).expect("JSON");
            assert_eq!(back, text);
        }
        assert!(matches!(stored("plain"), Cow::Borrowed(_)));
        assert_ne!(stored("\0"), stored("\u{10FFFF}0"));
    }
}

//! References to secrets within texts.

use super::SecretError;

pub(super) const PREFIX: &str = "secret://";

/// Where a reference stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// The text begins with it.
    Start,
    Within,
}

/// The text with every `secret://NAME` replaced by what `value` says; `None` if it has none.
pub(super) fn replace(
    text: &str,
    mut value: impl FnMut(&str, Place) -> Result<String, SecretError>,
) -> Result<Option<String>, SecretError> {
    if !text.contains(PREFIX) {
        return Ok(None);
    }
    let mut replaced = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(PREFIX) {
        replaced.push_str(before);
        let name = name_at_start(after).ok_or(SecretError::NoName)?;
        let place = if replaced.is_empty() { Place::Start } else { Place::Within };
        replaced.push_str(&value(name, place)?);
        rest = &after[name.len()..];
    }
    replaced.push_str(rest);
    Ok(Some(replaced))
}

/// A name begins with a letter or digit, so that no name leads out of the directory of secrets.
fn name_at_start(text: &str) -> Option<&str> {
    let end = text
        .find(|character: char| !character.is_ascii_alphanumeric() && !"_-.".contains(character))
        .unwrap_or(text.len());
    let name = &text[..end];
    name.starts_with(|character: char| character.is_ascii_alphanumeric()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_found_anywhere() {
        let value = |name: &str, place| {
            Ok(if place == Place::Start { format!("<{name}>") } else { format!("({name})") })
        };
        let cases = [
            ("plain", None),
            ("secret://mpp", Some("<mpp>")),
            ("postgres://u:secret://mpp.pass-1@h/db", Some("postgres://u:(mpp.pass-1)@h/db")),
            ("a secret://x b secret://y", Some("a (x) b (y)")),
            ("secret://x/secret://y", Some("<x>/(y)")),
            ("Bearer secret://t_1/more", Some("Bearer (t_1)/more")),
        ];
        for (text, expected) in cases {
            assert_eq!(replace(text, value).expect(text).as_deref(), expected, "{text}");
        }
        for text in
            ["secret://", "secret://../x", "secret:///etc/passwd", "x secret:// y", "secret://.hidden"]
        {
            assert!(matches!(replace(text, value), Err(SecretError::NoName)), "{text}");
        }
    }
}

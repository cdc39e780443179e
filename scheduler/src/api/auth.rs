//! Named tokens: whoever has one is known by its name, and the audit trail is true.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use sha2::{Digest, Sha256};

/// Shortest secret, in characters: 32 hexadecimal digits are 128 bits.
const SECRET_LENGTH_MIN: usize = 32;

/// The tokens that are accepted; where there is none, nobody is let in. Secrets are kept as digests only. Clones are the same set: [`Tokens::replace`] changes all of them.
#[derive(Clone)]
pub struct Tokens {
    known: Arc<RwLock<Arc<[Token]>>>,
}

#[derive(Clone)]
struct Token {
    name: Arc<str>,
    digest: [u8; 32],
}

/// Tokens that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It could be guessed.
    #[error("the token of `{name}` is shorter than {SECRET_LENGTH_MIN} characters: make a longer one")]
    TooShort {
        /// Whose.
        name: String,
    },
    /// Two people of one name cannot be told apart.
    #[error("two tokens have the name `{name}`: give each its own")]
    SameName {
        /// Which name.
        name: String,
    },
    /// One token for two people says nothing about who it was.
    #[error("`{first}` and `{second}` have the same token: give each its own")]
    SameSecret {
        /// The one.
        first: String,
        /// The other.
        second: String,
    },
    /// It is no SHA-256 digest.
    #[error("the digest of the token of `{name}` is not 64 hexadecimal digits: make the token again")]
    Digest {
        /// Whose.
        name: String,
    },
    /// Names stand in the audit trail, in logs and on screens.
    #[error("`{name}` is no name for a token: 1 to 64 letters, digits and `._@-`")]
    Name {
        /// What was given.
        name: String,
    },
}

impl Tokens {
    /// From pairs of name and secret.
    ///
    /// # Errors
    /// See [`TokenError`].
    pub fn new(pairs: impl IntoIterator<Item = (String, String)>) -> Result<Self, TokenError> {
        let tokens = pairs.into_iter().map(|(name, secret)| {
            let long = secret.chars().count() >= SECRET_LENGTH_MIN;
            if long { Ok((name, digest(&secret))) } else { Err(TokenError::TooShort { name }) }
        });
        Self::accept(tokens)
    }

    /// From pairs of name and SHA-256 digest of the secret (64 hexadecimal digits): whoever keeps the file of tokens need not keep secrets.
    ///
    /// # Errors
    /// See [`TokenError`].
    pub fn from_digests(pairs: impl IntoIterator<Item = (String, String)>) -> Result<Self, TokenError> {
        Self::accept(pairs.into_iter().map(|(name, hex)| match digest_from(&hex) {
            Some(digest) => Ok((name, digest)),
            None => Err(TokenError::Digest { name }),
        }))
    }

    fn accept(
        tokens: impl Iterator<Item = Result<(String, [u8; 32]), TokenError>>,
    ) -> Result<Self, TokenError> {
        let mut known: Vec<Token> = Vec::new();
        let mut names = BTreeSet::new();
        for token in tokens {
            let (name, digest) = token?;
            if !is_name(&name) {
                return Err(TokenError::Name { name });
            }
            if !names.insert(name.to_lowercase()) {
                return Err(TokenError::SameName { name });
            }
            if let Some(same) = known.iter().find(|token| token.digest == digest) {
                return Err(TokenError::SameSecret { first: same.name.to_string(), second: name });
            }
            known.push(Token { name: name.into(), digest });
        }
        Ok(Self { known: Arc::new(RwLock::new(known.into())) })
    }

    /// Accepts these tokens from now on, and no others.
    pub fn replace(&self, by: &Self) {
        let by = by.known();
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = by;
    }

    fn known(&self) -> Arc<[Token]> {
        // Nothing panics while it is locked, and the list is replaced in one step.
        Arc::clone(&self.known.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The name of whoever presents this secret.
    ///
    /// Always looks at all tokens, and at all bytes of their digests: the time that it takes says nothing about any of them.
    pub(super) fn who(&self, secret: &str) -> Option<Arc<str>> {
        let presented = digest(secret);
        let mut who = None;
        for token in self.known().iter() {
            let difference = token.digest.iter().zip(presented).fold(0, |sum, (a, b)| sum | (a ^ b));
            if std::hint::black_box(difference) == 0 {
                who = Some(Arc::clone(&token.name));
            }
        }
        who
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.known().iter().map(|token| &token.name)).finish()
    }
}

fn digest(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

fn digest_from(hex: &str) -> Option<[u8; 32]> {
    let digits = hex
        .chars()
        .map(|c| c.to_digit(16))
        .collect::<Option<Vec<_>>>()
        .filter(|digits| digits.len() == 64)?;
    let bytes = digits.chunks(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | *digit as u8));
    bytes.collect::<Vec<_>>().try_into().ok()
}

fn is_name(text: &str) -> bool {
    let length = text.chars().count();
    (1..=64).contains(&length)
        && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '@' | '-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(pairs: &[(&str, &str)]) -> Result<Tokens, TokenError> {
        Tokens::new(pairs.iter().map(|(name, secret)| ((*name).to_owned(), (*secret).to_owned())))
    }

    const WANG: &str = "0123456789abcdef0123456789abcdef";
    const LI: &str = "fedcba9876543210fedcba9876543210";

    #[test]
    fn a_secret_names_its_owner_and_nobody_else() {
        let tokens = tokens(&[("wang", WANG), ("李", LI)]).expect("good tokens");
        assert_eq!(tokens.who(WANG).as_deref(), Some("wang"));
        assert_eq!(tokens.who(LI).as_deref(), Some("李"));
        for wrong in ["", &WANG[1..], &format!("{WANG} "), "wang"] {
            assert_eq!(tokens.who(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn tokens_that_tell_nothing_are_refused() {
        let error = |pairs: &[(&str, &str)]| tokens(pairs).expect_err("refused").to_string();
        assert_eq!(
            error(&[("wang", "admin")]),
            "the token of `wang` is shorter than 32 characters: make a longer one"
        );
        assert_eq!(
            error(&[("wang", WANG), ("Wang", LI)]),
            "two tokens have the name `Wang`: give each its own"
        );
        assert_eq!(
            error(&[("wang", WANG), ("li", WANG)]),
            "`wang` and `li` have the same token: give each its own"
        );
        assert_eq!(
            error(&[("wang li", WANG)]),
            "`wang li` is no name for a token: 1 to 64 letters, digits and `._@-`"
        );
    }

    #[test]
    fn digests_do_as_well_as_secrets() {
        let hex = |secret: &str| digest(secret).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let tokens = Tokens::from_digests([("wang".to_owned(), hex(WANG))]).expect("a digest");
        assert_eq!(tokens.who(WANG).as_deref(), Some("wang"));
        for wrong in ["", "12", &hex(WANG)[1..], &format!("{}00", hex(WANG)), &hex(WANG).replace('a', "g")] {
            let refused = Tokens::from_digests([("wang".to_owned(), wrong.to_owned())]);
            assert!(matches!(refused, Err(TokenError::Digest { .. })), "{wrong:?}");
        }
    }

    #[test]
    fn a_token_that_was_taken_back_is_worth_nothing_anywhere() {
        let served = tokens(&[("wang", WANG), ("li", LI)]).expect("good tokens");
        let clone = served.clone();
        served.replace(&tokens(&[("li", LI)]).expect("a good token"));
        for tokens in [&served, &clone] {
            assert_eq!(tokens.who(WANG), None);
            assert_eq!(tokens.who(LI).as_deref(), Some("li"));
        }
        served.replace(&tokens(&[]).expect("nobody is somebody to name, too"));
        assert_eq!(clone.who(LI), None, "the last one is worth nothing either");
    }

    #[test]
    fn secrets_are_not_shown() {
        let shown = format!("{:?}", tokens(&[("wang", WANG)]).expect("good tokens"));
        assert_eq!(shown, r#"["wang"]"#);
    }
}

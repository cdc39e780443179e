//! Named tokens, so that "who" in the audit trail is true. The server's side keeps only their hashes.

use std::fmt::Write;
use std::fs::File;
use std::io;
use std::path::Path;

use daybreak_flows::time::Timestamp;
use daybreak_scheduler::api::{TokenError, Tokens};
use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::data::{DataDir, write_json, write_private};
use crate::error::ExpectedError;

/// Longest name of a token, in bytes.
const NAME_BYTES_MAX: usize = 64;

/// One token, without the token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenRow {
    /// Who uses it.
    pub name: String,
    /// SHA-256 of the token, hexadecimal. Tokens are 256 random bits, so a plain hash cannot be turned around.
    pub sha256: String,
    /// When it was made.
    pub made_at: Timestamp,
}

/// The file of tokens in a data directory.
#[derive(Debug)]
pub struct TokenFile {
    rows: Vec<TokenRow>,
}

#[derive(Serialize, Deserialize)]
struct Content {
    tokens: Vec<TokenRow>,
}

impl TokenFile {
    /// Reads the file; a file that is not there holds no tokens.
    ///
    /// # Errors
    /// It cannot be read, or was damaged.
    pub fn read(path: &Path) -> Result<Self, ExpectedError> {
        let path = path.to_owned();
        let rows = match std::fs::read(&path) {
            Ok(text) => match serde_json::from_slice::<Content>(&text) {
                Ok(content) => content.tokens,
                Err(source) => return Err(ExpectedError::DataDamaged { path, source }),
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(source) => return Err(ExpectedError::Data { path, source }),
        };
        Ok(Self { rows })
    }

    /// All tokens, by name.
    #[must_use]
    pub fn rows(&self) -> &[TokenRow] {
        &self.rows
    }

    /// Reads the file, changes it and writes it, while nobody else does.
    ///
    /// # Errors
    /// What the change says, or the file cannot be read or written.
    pub fn change<T>(
        path: &Path,
        change: impl FnOnce(&mut Self) -> Result<T, ExpectedError>,
    ) -> Result<T, ExpectedError> {
        let failed = |source: io::Error| ExpectedError::Data { path: path.to_owned(), source };
        // The file itself is replaced, so its directory is what is locked, until `directory` goes.
        let directory = File::open(path.parent().unwrap_or(Path::new("."))).map_err(failed)?;
        flock(&directory, FlockOperation::LockExclusive).map_err(|error| failed(error.into()))?;
        let mut file = Self::read(path)?;
        let result = change(&mut file)?;
        write_json(path, &Content { tokens: file.rows })?;
        Ok(result)
    }

    /// The tokens as the API accepts them.
    ///
    /// # Errors
    /// The file was edited into something that the API does not take.
    pub fn accepted(&self) -> Result<Tokens, TokenError> {
        Tokens::from_digests(self.rows.iter().map(|row| (row.name.clone(), row.sha256.clone())))
    }

    /// Makes a token. This is the only time that anybody sees it.
    ///
    /// # Errors
    /// The name is taken, in capitals or not, or cannot be a name.
    pub fn add(&mut self, name: &str, now: Timestamp) -> Result<String, ExpectedError> {
        let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '@');
        if name.is_empty() || name.len() > NAME_BYTES_MAX || !name.chars().all(plain) {
            return Err(ExpectedError::TokenName { name: name.to_owned() });
        }
        if let Some(same) = self.same_name(name) {
            return Err(ExpectedError::TokenExists { name: same.name.clone() });
        }
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(|source| ExpectedError::Part {
            part: "random numbers",
            source: source.to_string().into(),
        })?;
        let token = format!("daybreak-{}", hex(&bytes));
        self.rows.push(TokenRow { name: name.to_owned(), sha256: hash(&token), made_at: now });
        self.rows.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(token)
    }

    /// The token of a name; the API tells no capitals apart.
    fn same_name(&self, name: &str) -> Option<&TokenRow> {
        self.rows.iter().find(|row| row.name.to_lowercase() == name.to_lowercase())
    }

    /// Takes a token back.
    ///
    /// # Errors
    /// There is no such token.
    pub fn revoke(&mut self, name: &str) -> Result<(), ExpectedError> {
        let before = self.rows.len();
        self.rows.retain(|row| row.name != name);
        if self.rows.len() == before {
            return Err(ExpectedError::NoToken { name: name.to_owned() });
        }
        Ok(())
    }
}

/// Makes a token for the person who starts the server, unless they have one that is valid.
///
/// # Errors
/// The files cannot be read or written.
pub fn ensure_own(data: &DataDir, now: Timestamp) -> Result<(), ExpectedError> {
    let file = TokenFile::read(&data.tokens())?;
    let own = std::fs::read_to_string(data.client_token()).map(|token| hash(token.trim())).ok();
    if own.is_some_and(|own| file.rows.iter().any(|row| row.sha256 == own)) {
        return Ok(());
    }
    let name = login_name();
    let token = TokenFile::change(&data.tokens(), |file| {
        if let Some(lost) = file.same_name(&name).map(|row| row.name.clone()) {
            file.revoke(&lost)?;
        }
        file.add(&name, now)
    })?;
    write_private(&data.client_token(), format!("{token}\n").as_bytes())
}

/// The name of this process's user, as the password file has it.
#[must_use]
pub fn login_name() -> String {
    let uid = rustix::process::getuid().as_raw();
    let passwd = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let name = passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(uid)).then(|| name.to_owned())
    });
    name.unwrap_or_else(|| format!("uid-{uid}"))
}

/// SHA-256 of a token, hexadecimal.
#[must_use]
pub fn hash(token: &str) -> String {
    hex(&Sha256::digest(token.as_bytes()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_made_kept_as_hashes_and_taken_back() {
        let root = tempfile::tempdir().expect("a temporary directory");
        let path = root.path().join("tokens");
        let add = |name: &str| TokenFile::change(&path, |file| file.add(name, Timestamp(1)));
        let token = add("wang").expect("a new name");
        add("li").expect("a new name");
        for name in ["wang", "Wang", "LI"] {
            assert!(matches!(add(name), Err(ExpectedError::TokenExists { .. })), "{name:?}");
        }
        for name in ["", "a b", "a\nb", &"x".repeat(65)] {
            assert!(matches!(add(name), Err(ExpectedError::TokenName { .. })), "{name:?}");
        }
        let kept = std::fs::read_to_string(&path).expect("written");
        assert!(!kept.contains(&token), "the token itself is not in the file");
        let file = TokenFile::read(&path).expect("written by us");
        assert_eq!(file.rows().iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), ["li", "wang"]);
        assert_eq!(file.rows()[1].sha256, hash(&token));
        let revoke = || TokenFile::change(&path, |file| file.revoke("wang"));
        revoke().expect("it is there");
        assert!(matches!(revoke(), Err(ExpectedError::NoToken { .. })));
    }

    #[test]
    fn tokens_made_at_the_same_time_are_all_kept() {
        let root = tempfile::tempdir().expect("a temporary directory");
        let path = root.path().join("tokens");
        std::thread::scope(|scope| {
            for number in 0..8 {
                let path = &path;
                scope.spawn(move || {
                    TokenFile::change(path, |file| file.add(&format!("n{number}"), Timestamp(1)))
                        .expect("a new name")
                });
            }
        });
        assert_eq!(TokenFile::read(&path).expect("written by us").rows().len(), 8);
    }

    #[test]
    fn the_own_token_is_made_once_and_again_when_it_is_lost() {
        let root = tempfile::tempdir().expect("a temporary directory");
        let data = DataDir::at(root.path());
        let own = || std::fs::read_to_string(data.client_token()).expect("made");
        ensure_own(&data, Timestamp(1)).expect("made");
        let first = own();
        ensure_own(&data, Timestamp(2)).expect("there already");
        assert_eq!(own(), first);
        std::fs::remove_file(data.client_token()).expect("it was there");
        ensure_own(&data, Timestamp(3)).expect("made again");
        assert_ne!(own(), first);
        assert_eq!(TokenFile::read(&data.tokens()).expect("written").rows().len(), 1, "the lost one is gone");
    }
}

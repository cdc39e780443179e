//! Hides the values of secrets in what tasks print.

use memchr::memmem::Finder;

use crate::task::secret_spellings;

/// Hides secrets in bytes, length by length: every byte of a value becomes `*`, so that sizes and offsets stay.
#[derive(Debug, Clone, Default)]
pub struct SecretMask {
    /// Longest first, so that a value that contains another one is hidden as a whole.
    finders: Vec<Finder<'static>>,
}

impl SecretMask {
    /// A mask for these values, as they are and as JSON and URLs spell them. Values of fewer than four bytes are left out:
    /// they would hide half of every log and protect nothing.
    #[must_use]
    pub fn new(values: &[String]) -> Self {
        let long = values.iter().filter(|value| value.len() >= 4);
        let mut spellings: Vec<String> = long.flat_map(|value| secret_spellings(value)).collect();
        spellings.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        spellings.dedup();
        Self { finders: spellings.iter().map(|spelling| Finder::new(spelling).into_owned()).collect() }
    }

    /// Whether there is nothing to hide.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.finders.is_empty()
    }

    /// Length of the longest spelling: of a text that was cut, this much less one may belong to half a secret.
    #[must_use]
    pub fn longest(&self) -> usize {
        self.finders.first().map_or(0, |finder| finder.needle().len())
    }

    /// Overwrites every spelling with `*`. Says whether there was one.
    pub fn hide(&self, bytes: &mut [u8]) -> bool {
        let mut any = false;
        for finder in &self.finders {
            let length = finder.needle().len();
            let mut from = 0;
            while let Some(at) = finder.find(&bytes[from..]) {
                bytes[from + at..from + at + length].fill(b'*');
                from += at + length;
                any = true;
            }
        }
        any
    }

    /// The text with every spelling hidden.
    #[must_use]
    pub fn hidden(&self, text: &str) -> String {
        let mut bytes = text.as_bytes().to_vec();
        self.hide(&mut bytes);
        // Whole spellings were replaced, byte by byte, so that no character is left in half.
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

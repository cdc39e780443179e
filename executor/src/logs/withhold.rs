//! Takes a log out of everybody's sight when nothing says which secrets it may hold.

use std::io;
use std::path::Path;

use super::scrub;
use crate::secrets::SecretMask;

/// What people read instead.
pub(crate) const WITHHELD: &str = "(its output is withheld: the secrets that it was given are not known any more, so that nothing could hide them)";

/// Hides the secrets of an attempt that has ended in its log; withholds it if they are not known or cannot be overwritten.
/// Says whether the log may be quoted.
pub(crate) fn conceal(log: &Path, mask: Option<&SecretMask>) -> bool {
    let scrubbed = mask.map(|mask| scrub(log, mask));
    if let Some(Ok(())) = scrubbed {
        return true;
    }
    if let Some(Err(error)) = scrubbed {
        tracing::error!(%error, log = %log.display(), "secrets could not be overwritten in a log");
    }
    if let Err(error) = withhold(log) {
        tracing::error!(%error, log = %log.display(), "a log that may hold secrets could not be put aside");
    }
    false
}

/// Puts the log aside, beside its place, for somebody with the agent's own rights; in its place stands why. May be done again.
fn withhold(log: &Path) -> io::Result<()> {
    let aside = log.with_extension("withheld");
    if aside.exists() {
        return Ok(());
    }
    match std::fs::rename(log, &aside) {
        Ok(()) => std::fs::write(log, format!("{WITHHELD}\n")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

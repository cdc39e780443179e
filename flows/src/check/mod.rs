//! Looks at a whole tree of definitions for what only shows when everything is known.

use crate::compile::draft::Draft;
use crate::problem::Problems;

/// Runs all checks; each reports everything that it finds.
pub(crate) fn run(draft: &Draft<'_>, problems: &mut Problems) {
    let _ = (draft, problems);
}

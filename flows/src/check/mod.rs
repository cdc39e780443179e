//! Looks at a whole tree of definitions for what only shows when everything is known.

mod crons;
mod cycles;
mod instances;
mod places;
mod starts;
mod texts;
mod unmet;
mod window;

use crate::compile::draft::Draft;
use crate::problem::Problems;

/// Runs all checks; each reports everything that it finds.
pub(crate) fn run(draft: &Draft<'_>, problems: &mut Problems) {
    cycles::check(draft, problems);
    unmet::check(draft, problems);
    starts::check(draft, problems);
    texts::check(draft, problems);
}

//! New definitions: compiled and compared away from the loop, then applied in one batch.

use std::sync::Arc;

use daybreak_flows::problem::Problem;
use daybreak_flows::source::SourceTree;

use super::blocking::blocking;
use super::compile::{CompileError, compile};
use super::error::{DefineError, RequestError};
use super::handle::{Defined, Handle, Proposal};
use crate::engine::diff::{DefinitionsDiff, OpenEffect, diff};

/// A wish for other definitions.
#[derive(Debug, Clone)]
pub struct Apply {
    /// The entire tree.
    pub source: SourceTree,
    /// Who wishes it.
    pub who: String,
    /// Why.
    pub why: Option<String>,
    /// Refuse unless this version is in force; absent = whichever is.
    pub base_version: Option<u64>,
    /// Only say what would change.
    pub dry_run: bool,
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct Applied {
    /// The version in force afterwards.
    pub version: u64,
    /// Whether it is a new one: not in a dry run, and not if the files are the same.
    pub applied: bool,
    /// What differs from the version before.
    pub diff: DefinitionsDiff,
    /// What that means for instances that are planned already.
    pub open: OpenEffect,
    /// Findings that are no errors.
    pub warnings: Vec<Problem>,
}

impl Handle {
    /// Compiles a tree, compares it with the definitions in force, and applies it unless it is a dry run. Returns when it is durable.
    ///
    /// # Errors
    /// [`DefineError::Rejected`] with all findings; [`RequestError::OtherVersion`] if `base_version` is not in force.
    pub async fn define(&self, wish: Apply) -> Result<Applied, DefineError> {
        let source = Arc::new(wish.source);
        let compiled = compile(Arc::clone(&source)).await;
        let (definitions, warnings) =
            compiled.map_err(|CompileError { problems }| DefineError::Rejected { problems })?;
        loop {
            let (base_version, before) =
                self.query(|core| (core.version(), Arc::clone(core.definitions()))).await?;
            if let Some(expected) = wish.base_version.filter(|&expected| expected != base_version) {
                return Err(RequestError::OtherVersion { expected, found: base_version }.into());
            }
            let after = Arc::clone(&definitions);
            let diff = Arc::new(blocking(move || diff(&before, &after)).await);
            let asked = Arc::clone(&diff);
            let open = self.query(move |core| core.open_effect(&asked)).await?;
            let defined = if wish.dry_run {
                Ok(Defined { version: base_version, applied: false })
            } else {
                let (source, definitions) = (Arc::clone(&source), Arc::clone(&definitions));
                let (who, why) = (wish.who.clone(), wish.why.clone());
                self.propose(Proposal { source, definitions, who, why, base_version }).await
            };
            match defined {
                Ok(Defined { version, applied }) => {
                    let diff = Arc::unwrap_or_clone(diff);
                    return Ok(Applied { version, applied, diff, open, warnings });
                }
                // Somebody else was faster, and nobody insists on what was in force: compare with theirs.
                Err(RequestError::OtherVersion { .. }) if wish.base_version.is_none() => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

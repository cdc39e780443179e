//! Steps from any older schema to the newest, the same numbers and names in every engine; an engine adds how a step is applied.

use std::fmt::Write;

use daybreak_scheduler::ports::StoreError;
use sha2::{Digest, Sha256};

/// What migrating is called in errors.
pub(crate) const OPERATION: &str = "migrate the database";
/// What has been applied: version and checksum.
pub(crate) const APPLIED: &str = "SELECT version, checksum FROM migration ORDER BY version";

/// One step. What has been released is never edited: the next change is the next number.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Migration {
    /// Name of its file.
    pub(crate) name: &'static str,
    /// Its statements.
    pub(crate) text: &'static str,
}

/// Another step stands where this program has this one.
#[derive(Debug)]
pub(crate) struct Foreign {
    /// Its number.
    pub(crate) version: u32,
    /// Its name here.
    pub(crate) name: &'static str,
}

/// Why nothing is migrated.
pub(crate) enum Refusal {
    /// A newer program was here.
    Newer(StoreError),
    /// A program with other steps was here.
    Foreign(Foreign),
}

/// The steps that are still to be applied, with their numbers.
///
/// # Errors
/// The database knows steps that this program does not, or went through others.
pub(crate) fn missing<'a>(
    steps: &'a [Migration],
    applied: &[(i64, String)],
    place: &str,
) -> Result<impl Iterator<Item = (i64, &'a Migration)> + use<'a>, Refusal> {
    let done = applied.len();
    if done > steps.len() {
        let (found, known) = (done as u32, steps.len() as u32);
        return Err(Refusal::Newer(StoreError::Newer { place: place.to_owned(), found, known }));
    }
    for (step, (version, checksum)) in steps.iter().zip(applied) {
        if step.checksum() != *checksum {
            return Err(Refusal::Foreign(Foreign { version: *version as u32, name: step.name }));
        }
    }
    if done < steps.len() {
        tracing::info!(place, from = done, to = steps.len(), "the database is migrated");
    }
    Ok((1..).zip(steps).skip(done))
}

impl Migration {
    /// SHA-256 of the text, in hexadecimal.
    pub(crate) fn checksum(&self) -> String {
        let digest = Sha256::digest(self.text.as_bytes());
        digest.iter().fold(String::with_capacity(64), |mut text, byte| {
            write!(text, "{byte:02x}").expect("a String takes everything");
            text
        })
    }
}

/// All steps of an engine by the names of their files; a step's number is its place, from 1.
macro_rules! migrations {
    ($engine:literal) => {
        $crate::migration::migrations! { @steps $engine;
            "0001_running_tables"
            "0002_retention"
            "0003_operator_views"
            "0004_job_periods"
            "0005_clock_step"
            "0006_lost_attempts"
            "0007_lease"
        }
    };
    (@steps $engine:literal; $($name:literal)*) => {
        &[$($crate::migration::Migration {
            name: $name,
            text: include_str!(concat!("../../migrations/", $engine, "/", $name, ".sql")),
        }),*]
    };
}
pub(crate) use migrations;

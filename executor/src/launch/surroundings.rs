//! What attempts inherit from their agent: very little.

use std::collections::BTreeMap;

/// Variables that attempts take over from the agent; everything else they get from their definition.
const INHERITED: [&str; 6] = ["PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR"];
const PATH_DEFAULT: &str = "/usr/local/bin:/usr/bin:/bin";

/// The environment that every attempt begins with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Surroundings {
    base: BTreeMap<String, String>,
}

impl Surroundings {
    /// The inherited part of this process's environment.
    pub(crate) fn of_this_process() -> Self {
        let inherited =
            INHERITED.iter().filter_map(|&name| Some((name.to_owned(), std::env::var(name).ok()?)));
        let mut base: BTreeMap<String, String> = inherited.collect();
        base.entry("PATH".to_owned()).or_insert_with(|| PATH_DEFAULT.to_owned());
        Self { base }
    }

    pub(crate) fn base(&self) -> &BTreeMap<String, String> {
        &self.base
    }

    /// The base, and what the job's definition says, which wins.
    pub(crate) fn with(&self, env: &BTreeMap<String, String>) -> BTreeMap<String, String> {
        let mut all = self.base.clone();
        all.extend(env.iter().map(|(name, value)| (name.clone(), value.clone())));
        all
    }
}

//! The statements of `queries/` that every engine takes, by name; those of one engine stand in its folder and its module.

/// Declares a constant for each file, and the list of all of them for the test that prepares every one.
macro_rules! statements {
    ($folder:literal; $($name:ident = $file:literal;)*) => {
        $(pub(crate) const $name: &str = include_str!(concat!($folder, $file, ".sql"));)*

        /// All of them with their names.
        #[cfg(test)]
        pub(crate) const ALL: &[(&str, &str)] = &[$(($file, $name)),*];
    };
}
pub(crate) use statements;

statements! { "../queries/";
    CONTROL_READ = "control_read";
    CONTROL_WRITE = "control_write";
    JOBS = "jobs";
    AGENTS = "agents";
    DURATIONS = "durations";
    MET_SETS = "met_sets";
    BACKFILLS = "backfills";
    INSTANCES_PAGE = "instances_page";
    ATTEMPTS_PAGE = "attempts_page";
    ARRIVALS_PAGE = "arrivals_page";
    DEFINITION_NEWEST = "definition_newest";
    DEFINITION_BY_VERSION = "definition_by_version";
    VERSIONS_NEWEST = "versions_newest";
    COMMAND_BY_ID = "command_by_id";
    COMMANDS_NEWEST = "commands_newest";
    INSTANCE_BY_KEY = "instance_by_key";
    ATTEMPTS_BY_KEY = "attempts_by_key";
    ARRIVALS_BY_KEY = "arrivals_by_key";
    EXPIRED_IN_PERIOD = "expired_in_period";
    EXPIRED_IN_HISTORY = "expired_in_history";
    COMMANDS_EXPIRE = "commands_expire";
    STRAY_ATTEMPTS = "stray_attempts";
    STRAY_ARRIVALS = "stray_arrivals";
}

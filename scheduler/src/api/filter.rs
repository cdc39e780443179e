//! Parameters that choose instances or jobs.

use super::error::ApiError;
use super::extract::Params;
use crate::engine::select::Filter;

/// The parameters of a [`Filter`], as [`super::types::filter_query`] writes them.
const OF_INSTANCES: [&str; 8] =
    ["job", "flow", "period", "state", "platform", "layer", "interfaces", "limit"];

/// Those that say something about jobs.
const OF_JOBS: [&str; 6] = ["job", "flow", "platform", "layer", "interfaces", "limit"];

/// Reads which instances are asked for.
pub(super) fn of_instances(params: &Params) -> Result<Filter, ApiError> {
    read(params, &OF_INSTANCES)
}

/// Reads which jobs are asked for.
pub(super) fn of_jobs(params: &Params) -> Result<Filter, ApiError> {
    read(params, &OF_JOBS)
}

fn read(params: &Params, known: &[&str]) -> Result<Filter, ApiError> {
    let mut reader = params.reader(known);
    let filter = Filter {
        jobs: reader.all("job"),
        flows: reader.all("flow"),
        periods: reader.all("period"),
        states: reader.all("state"),
        platforms: reader.all("platform"),
        layers: reader.all("layer"),
        interfaces: reader.one("interfaces", "true"),
        limit: reader.one("limit", "100"),
    };
    reader.finish(filter)
}

#[cfg(test)]
mod tests {
    use super::super::types::filter_query;
    use super::*;

    #[test]
    fn what_the_client_writes_is_what_the_server_reads() {
        let filter = Filter {
            jobs: vec!["dwd_*".to_owned(), "rpt".to_owned()],
            flows: vec!["dwd day".to_owned()],
            periods: vec!["20130101..20130131".to_owned()],
            states: vec!["failed".to_owned()],
            platforms: vec!["yt".to_owned()],
            layers: vec!["dwd".to_owned()],
            interfaces: Some(false),
            limit: Some(7),
        };
        let pairs = filter_query(&filter).into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        assert_eq!(of_instances(&Params(pairs)), Ok(filter));
    }
}

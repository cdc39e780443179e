//! Names of instances as they are typed: `JOB@PERIOD`.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

/// One instance, `JOB@PERIOD`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstanceName {
    /// The job's or interface's name.
    pub job: String,
    /// The period's label.
    pub period: String,
}

impl FromStr for InstanceName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('@') {
            Some((job, period)) if !job.is_empty() && !period.is_empty() => {
                Ok(Self { job: job.to_owned(), period: period.to_owned() })
            }
            Some(_) | None => {
                Err(format!("`{text}` is not of the form JOB@PERIOD, such as dwd_flight@20130105"))
            }
        }
    }
}

impl fmt::Display for InstanceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.job, self.period)
    }
}

/// A job, or one instance of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobOrInstance {
    /// `JOB`.
    Job(String),
    /// `JOB@PERIOD`.
    Instance(InstanceName),
}

impl FromStr for JobOrInstance {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(text.parse().map_or_else(|_| Self::Job(text.to_owned()), Self::Instance))
    }
}

#[cfg(test)]
mod tests {
    use super::{InstanceName, JobOrInstance};

    #[test]
    fn a_job_and_a_period_with_an_at_between() {
        let name = "dwd_flight@20130105".parse::<InstanceName>().expect("a literal of this test");
        assert_eq!((name.job.as_str(), name.period.as_str()), ("dwd_flight", "20130105"));
        assert_eq!(name.to_string(), "dwd_flight@20130105");
        for text in ["", "dwd_flight", "dwd_flight@", "@20130105"] {
            assert!(text.parse::<InstanceName>().is_err(), "{text}");
        }
        assert_eq!("dwd_flight".parse(), Ok(JobOrInstance::Job("dwd_flight".to_owned())));
    }
}

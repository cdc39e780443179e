//! What travels over the HTTP API, in both directions: the server and the command line share these types.
//!
//! Points in time are milliseconds since the Unix epoch, lengths of time are milliseconds. Instances go by name here
//! (`dwd_flight`, `20130105`); numbers never leave the scheduler except as [`crate::engine::command::Target`] inside views.

mod command;
mod definition;
mod error;
mod finding;
mod instance;
mod job;
mod live;

pub use self::command::{
    CommandList, CommandReply, CommandRequest, CommandView, Order, RefusedView, VersionView,
};
pub use self::definition::{DefinitionsReply, DefinitionsRequest, DefinitionsView};
pub use self::error::{Detail, ErrorBody, ErrorCode, ErrorView, ProblemView};
pub use self::finding::Finding;
pub use self::instance::{ArrivalView, AttemptView, InstanceList, LogChunk, ShowView, filter_query};
pub use self::job::{ExceptionView, FeedView, JobList, JobSummary, JobView, NeedLine, RetryView};
pub use self::live::AgentList;
pub use crate::engine::diff::{
    Change, ChangedJob, DefinitionsDiff, OpenEffect, RenamedJob, SharedChange, SharedKind,
};
pub use crate::engine::select::{NameKind, SelectError};
pub use crate::shell::event::{EventLine, EventView, Named};

/// Largest request body, in bytes: 16 MiB.
pub const BODY_BYTES_MAX: usize = 16 << 20;

/// Most bytes of output in one [`LogChunk`].
pub const LOG_CHUNK_BYTES_MAX: usize = 256 << 10;

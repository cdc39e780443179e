//! Platforms of an attempt: connected, and initialised.

use daybreak_flows::task::PlatformUrl;

use super::TaskSpec;
use super::engine::{Access, ConnectError, Session};
use super::init::{InitError, initialise};
use super::log::Log;

/// Why a platform cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PlatformError {
    /// The attempt came without the platform's URL.
    #[error("the platform `{name}` came without a url: define it, or correct the name")]
    Unknown {
        /// Its name.
        name: String,
    },
    /// A `sql` job works on one platform.
    #[error("a sql job works on one platform, and this one came with {count}: give it one `platform:`")]
    NotOne {
        /// How many came.
        count: usize,
    },
    /// No connection.
    #[error("no connection to the platform `{name}`")]
    Connect {
        /// Its name.
        name: String,
        /// Why.
        source: ConnectError,
    },
    /// The init texts could not be run; nothing of them was kept.
    #[error("the platform `{name}` cannot be initialised")]
    Init {
        /// Its name.
        name: String,
        /// Why.
        source: InitError,
    },
}

/// A connected platform.
pub(super) struct Platform {
    pub(super) name: String,
    pub(super) session: Session,
}

impl Platform {
    /// Connects to the attempt's platform of this name and runs the init texts that it has not had yet.
    pub(super) async fn open(spec: &TaskSpec, name: &str, log: &mut Log<'_>) -> Result<Self, PlatformError> {
        let url = url(spec, name)?;
        let mut platform = Self::connect(spec, name, url).await?;
        initialise(&mut platform, &url.init, log)
            .await
            .map_err(|source| PlatformError::Init { name: name.to_owned(), source })?;
        Ok(platform)
    }

    /// A second connection to a platform that [`Platform::open`] has initialised.
    pub(super) async fn open_again(spec: &TaskSpec, name: &str) -> Result<Self, PlatformError> {
        Self::connect(spec, name, url(spec, name)?).await
    }

    async fn connect(spec: &TaskSpec, name: &str, url: &PlatformUrl) -> Result<Self, PlatformError> {
        let access = if url.init.is_empty() { Access::Write } else { Access::Create };
        let session = Session::open(url, &spec.root, access)
            .await
            .map_err(|source| PlatformError::Connect { name: name.to_owned(), source })?;
        Ok(Self { name: name.to_owned(), session })
    }
}

fn url<'s>(spec: &'s TaskSpec, name: &str) -> Result<&'s PlatformUrl, PlatformError> {
    spec.run.platforms.get(name).ok_or_else(|| PlatformError::Unknown { name: name.to_owned() })
}

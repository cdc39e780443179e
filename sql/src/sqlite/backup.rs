//! A copy of the store, made while it is in use.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use daybreak_scheduler::ports::StoreError;
use sqlx::{ConnectOptions, Connection};

use super::connection;
use super::trouble::Trouble;

/// Writes a complete and compact copy of the store in `dir`, as of now, to the file `to`. The store may be closed, or open in this or any
/// other process, and goes on. The copy has its name when it is complete and on disk, and not before.
///
/// # Errors
/// [`StoreError::Failed`]: there is no store, `to` exists, or cannot be written to. Nothing was changed.
pub async fn backup(dir: &Path, to: &Path) -> Result<(), StoreError> {
    let partial = partial_path(to);
    let copied = match clear_way(to, &partial) {
        Ok(()) => copy(&dir.join(connection::DATABASE), &partial).await,
        Err(error) => Err(error.into()),
    };
    let kept = copied.and_then(|()| publish(&partial, to).map_err(Trouble::from));
    kept.map_err(|trouble| trouble.failed("write a backup", &to.display().to_string()))
}

/// Where the copy grows until it is complete.
fn partial_path(to: &Path) -> PathBuf {
    let mut path = to.as_os_str().to_owned();
    path.push(".partial");
    path.into()
}

/// Refuses to overwrite a backup; removes what an interrupted one left.
fn clear_way(to: &Path, partial: &Path) -> io::Result<()> {
    if to.try_exists()? {
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, "the file exists: choose another name"));
    }
    match fs::remove_file(partial) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Copies page by page in one reading transaction, which keeps nobody from writing.
async fn copy(database: &Path, partial: &Path) -> Result<(), Trouble> {
    fs::metadata(database)?;
    let mut reader = connection::reader(database).connect().await?;
    let target = partial.display().to_string();
    let copied = sqlx::query("VACUUM INTO $1").bind(target).execute(&mut reader).await;
    reader.close().await?;
    copied?;
    Ok(())
}

/// Gives the complete copy its name, durably: content, then name, then folder.
fn publish(partial: &Path, to: &Path) -> io::Result<()> {
    File::open(partial)?.sync_all()?;
    fs::rename(partial, to)?;
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

//! What the servers have in common.

use std::io;
use std::net::{Ipv4Addr, SocketAddrV4, TcpListener};
use std::path::{Path, PathBuf};

/// A port of loopback that nobody listened on a moment ago.
pub(crate) fn free_port() -> io::Result<u16> {
    let listener = TcpListener::bind(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0))?;
    Ok(listener.local_addr()?.port())
}

/// User and group that a server is to run as: servers refuse root, and nothing else needs another user.
pub(crate) fn unprivileged(name: &str) -> io::Result<Option<(u32, u32)>> {
    if !rustix::process::geteuid().is_root() {
        return Ok(None);
    }
    let passwd = std::fs::read_to_string("/etc/passwd")?;
    let ids = passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        let is_user = fields.next() == Some(name);
        let (user, group) = (fields.nth(1)?.parse().ok()?, fields.next()?.parse().ok()?);
        is_user.then_some((user, group))
    });
    ids.map(Some)
        .ok_or_else(|| io::Error::other(format!("there is no user `{name}`: run tests/servers/install")))
}

/// The first of these that is there.
pub(crate) fn program(candidates: impl IntoIterator<Item = PathBuf>) -> io::Result<PathBuf> {
    candidates.into_iter().find(|path| path.exists()).ok_or_else(|| {
        io::Error::new(io::ErrorKind::NotFound, "a server is not installed: run tests/servers/install")
    })
}

/// Gives a directory to the user that a server runs as.
pub(crate) fn give(dir: &Path, owner: Option<(u32, u32)>) -> io::Result<()> {
    owner.map_or(Ok(()), |(user, group)| std::os::unix::fs::chown(dir, Some(user), Some(group)))
}

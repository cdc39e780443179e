//! Whatever ends a test, its server ends too.

use std::io;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Reads until its input ends, which is when the process that made it has ended, however that was. Then it ends the server, which may be
/// frozen, and removes its directory.
const SCRIPT: &str = r#"
read -r _
for process in "$1" $(cat "/proc/$1/task/$1/children" 2>/dev/null); do kill -CONT "$process"; done
kill -QUIT "$1"
while kill -0 "$1"; do sleep 0.1; done
rm -rf "$2"
"#;

/// A process that outlives this one by as much as it takes to clean up.
#[derive(Debug)]
pub(crate) struct Guardian {
    child: Child,
}

impl Guardian {
    /// Looks after a server and its directory.
    pub(crate) fn of(server: u32, dir: &Path) -> io::Result<Self> {
        let mut shell = Command::new("sh");
        shell.args(["-c", SCRIPT, "guardian"]).arg(server.to_string()).arg(dir).current_dir("/");
        let child = shell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        Ok(Self { child })
    }

    /// There is nothing left to look after.
    pub(crate) fn dismiss(mut self) -> io::Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}

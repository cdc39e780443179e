//! Scripts that are a single plain command need no shell, as `make` does it.
//!
//! What `sh -eu` would do with such a text is exactly this: find the program, execute it with these words, and end with its
//! exit code. Everything that could mean more to a shell goes to the shell.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// The words of `script` with its program found, if a shell would do nothing but execute them. A program that is not there
/// is left to the shell, which says so in the log and ends with 127.
pub(super) fn plain(script: &str, dir: &Path, path: &str) -> Option<Vec<String>> {
    let script = script.trim();
    if !script.bytes().all(is_plain) {
        return None;
    }
    let mut words = script.split_ascii_whitespace().map(str::to_owned);
    let name = words.next()?;
    if name.contains('=') || SHELL_WORDS.contains(&name.as_str()) {
        return None;
    }
    let program = find(&name, dir, path)?;
    Some(std::iter::once(program).chain(words).collect())
}

/// Bytes without a meaning of their own for the shell anywhere in a word; and the blank. A newline would begin another
/// command, `#` a comment, `~` a home directory, `%` at the start a job.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b" ./_-+:,=@".contains(&byte)
}

/// Reserved words, and what `sh` does itself: where a builtin and a program of the same name differ, the shell decides.
const SHELL_WORDS: [&str; 62] = [
    "!", ".", ":", "[", "alias", "bg", "bind", "break", "builtin", "case", "cd", "chdir", "command",
    "continue", "declare", "do", "done", "echo", "elif", "else", "esac", "eval", "exec", "exit", "export",
    "false", "fc", "fg", "fi", "for", "function", "getopts", "hash", "history", "if", "in", "jobs", "kill",
    "let", "local", "printf", "pwd", "read", "readonly", "return", "select", "set", "shift", "source",
    "test", "then", "times", "trap", "true", "type", "typeset", "ulimit", "umask", "unalias", "unset",
    "until", "wait",
];

fn find(name: &str, dir: &Path, path: &str) -> Option<String> {
    if name.contains('/') {
        return executable(&dir.join(name.strip_prefix("./").unwrap_or(name)));
    }
    for entry in path.split(':') {
        // Relative to wherever the shell would be.
        if !entry.starts_with('/') {
            return None;
        }
        if let Some(program) = executable(&Path::new(entry).join(name)) {
            return Some(program);
        }
    }
    None
}

fn executable(path: &Path) -> Option<String> {
    let metadata = path.metadata().ok()?;
    let may_run = metadata.is_file() && metadata.permissions().mode() & 0o111 != 0;
    may_run.then(|| path.to_str().map(str::to_owned)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_commands_go_without_a_shell() {
        let dir = tempfile::tempdir().expect("a directory");
        let script = dir.path().join("delay.sh");
        std::fs::write(&script, "#!/bin/sh\n").expect("a file");
        std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).expect("permissions");
        std::fs::write(dir.path().join("data.csv"), "").expect("a file");
        let own = script.to_str().expect("UTF-8");
        let cases: &[(&str, Option<&[&str]>)] = &[
            ("/bin/true", Some(&["/bin/true"])),
            ("  /bin/sleep   0.1 \n", Some(&["/bin/sleep", "0.1"])),
            ("./delay.sh --day=20130105 a:b", Some(&[own, "--day=20130105", "a:b"])),
            ("env A=1", Some(&["/usr/bin/env", "A=1"])),
            ("", None),
            ("true", None),
            ("exit 3", None),
            ("A=1 env", None),
            ("no_such_program x", None),
            ("./data.csv", None),
            ("/bin", None),
            ("while x", None),
            ("/bin/echo $PERIOD", None),
            ("/bin/echo a; /bin/echo b", None),
            ("/bin/echo a\n/bin/echo b", None),
            ("/bin/echo 'a'", None),
            ("/bin/ls *", None),
            ("/bin/ls ~", None),
            ("/bin/true # comment", None),
            ("/bin/true &", None),
            ("/bin/echo 天", None),
        ];
        for (script, expected) in cases {
            let found = plain(script, dir.path(), "/usr/bin:/bin");
            let expected =
                expected.map(|words| words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>());
            assert_eq!(found, expected, "{script:?}");
        }
        let own = Some(vec![own.to_owned()]);
        let folder = dir.path().to_str().expect("UTF-8");
        for (path, expected) in [
            (format!("/none:{folder}:/usr/bin"), own),
            (format!("bin:{folder}"), None),
            (format!(":{folder}"), None),
            (String::new(), None),
        ] {
            assert_eq!(plain("delay.sh", dir.path(), &path), expected, "{path:?}");
        }
    }
}

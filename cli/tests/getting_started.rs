//! `docs/getting-started.md` as a newcomer reads it: every block is run, one after the other in one shell, and what the
//! page shows below a block is what came.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Printed between the outputs of two blocks.
const MARK: &str = "----- next block -----";

/// A block to run, and the lines that the page shows below it.
struct Step {
    script: String,
    shown: Vec<String>,
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the repository is there")
}

/// The blocks of the page; `sh build` is what whoever runs this has done already.
fn steps(page: &str) -> Vec<Step> {
    let mut steps = Vec::<Step>::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let Some(kind) = line.strip_prefix("```") else { continue };
        let block = lines.by_ref().take_while(|line| *line != "```").map(str::to_owned).collect::<Vec<_>>();
        match kind {
            "sh" => steps.push(Step { script: block.join("\n"), shown: Vec::new() }),
            "text" => steps.last_mut().expect("something was run before").shown = block,
            "sh build" => {}
            other => panic!("a block of the kind {other:?}: nobody would know what to do with it"),
        }
    }
    steps
}

/// Whether a line is what the page shows, `…` standing for anything.
fn is_shown(line: &str, shown: &str) -> bool {
    let mut rest = line.trim();
    let parts = shown.split('…').collect::<Vec<_>>();
    for (number, part) in parts.iter().map(|part| part.trim()).enumerate() {
        let Some(at) = rest.find(part).filter(|&at| at == 0 || number > 0) else { return false };
        rest = rest[at + part.len()..].trim_start();
    }
    rest.is_empty() || shown.ends_with('…')
}

/// The repository as a newcomer has it: without what was built, and without what hidden folders hold.
fn copied(from: &Path, to: &Path) {
    std::fs::create_dir(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("the repository is there") {
        let name = entry.expect("a readable entry").file_name();
        if name == "target" || name.as_encoded_bytes().starts_with(b".") {
            continue;
        }
        let copied = Command::new("cp").arg("-r").args([&from.join(&name), &to.join(&name)]).status();
        assert!(copied.expect("cp is there").success());
    }
}

/// Every file below a folder.
fn files_in(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).expect("it is there") {
        let path = entry.expect("a readable entry").path();
        if path.is_dir() { files.extend(files_in(&path)) } else { files.push(path) }
    }
    files.sort();
    files
}

#[test]
fn a_newcomer_sees_what_the_page_shows() {
    let page = std::fs::read_to_string(repository().join("docs/getting-started.md")).expect("the page");
    let steps = steps(&page);
    assert!(steps.len() > 8, "the blocks of the page were found");
    let home = tempfile::tempdir().expect("a temporary directory");
    let root = home.path().join("repository");
    copied(&repository(), &root);
    let before = files_in(&root);
    let binary = Path::new(env!("CARGO_BIN_EXE_daybreak")).parent().expect("it lies in a directory");
    let path = format!("{}:{}", binary.display(), std::env::var("PATH").unwrap_or_default());
    // Whatever goes wrong on the way, no server stays behind.
    let mut script =
        "set -eu\ntrap '[ -z \"${server:-}\" ] || kill -9 $server 2>/dev/null || true' EXIT\n".to_owned();
    for step in &steps {
        script += &format!("{}\necho '{MARK}'\n", step.script);
    }
    let mut command = Command::new("bash");
    command
        .args(["-c", &script])
        .current_dir(&root)
        .stdin(Stdio::null())
        .env("PATH", path)
        .env("HOME", home.path());
    for name in ["DAYBREAK_DATA", "DAYBREAK_URL", "DAYBREAK_TOKEN_FILE", "LC_ALL", "LC_MESSAGES", "COLUMNS"] {
        command.env_remove(name);
    }
    let output = command.env("LANG", "C.UTF-8").output().expect("bash is there");
    let said = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{errors}");
    assert_eq!(files_in(&root), before, "a newcomer's files belong into a folder of their own");
    for (step, printed) in steps.iter().zip(said.split(MARK)) {
        let mut lines = printed.lines();
        for shown in &step.shown {
            let found = lines.any(|line| is_shown(line, shown));
            assert!(
                found,
                "the page shows {shown:?} below\n{}\nand what came is\n{printed}\n{errors}",
                step.script
            );
        }
    }
}

//! The binary as a script sees it: arguments in; output, errors and exit codes out. No server runs here.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use daybreak_cli::exit;
use serde_json::Value;

/// One run of the binary in its own directory, deaf to the environment of whoever runs the tests.
fn daybreak(directory: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_daybreak"));
    command.args(arguments).current_dir(directory).stdin(Stdio::null());
    for name in ["DAYBREAK_DATA", "DAYBREAK_URL", "DAYBREAK_TOKEN_FILE", "LC_ALL", "LC_MESSAGES", "COLUMNS"] {
        command.env_remove(name);
    }
    command.env("LANG", "C.UTF-8");
    command
}

fn run(directory: &Path, arguments: &[&str]) -> Output {
    daybreak(directory, arguments).output().expect("the binary starts")
}

fn code(output: &Output) -> u8 {
    let code = output.status.code().expect("no signal ended it");
    u8::try_from(code).expect("exit codes are bytes")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("the program speaks UTF-8")
}

/// A directory with a sound tree, a broken one and an empty one.
fn trees() -> tempfile::TempDir {
    let root = tempfile::tempdir().expect("a temporary directory");
    let write = |name: &str, content: &str| {
        let path = root.path().join(name);
        fs::create_dir_all(path.parent().expect("below the root")).expect("a directory");
        fs::write(path, content).expect("a file");
    };
    write(
        "good/a.yaml",
        "flow: a\ncycle: day\nstart: T+1 01:30\njobs:\n  first: {shell: echo hello}\n  second: {needs: [first], noop: true}\n",
    );
    write(
        "bad/a.yaml",
        "flow: a\ncycle: day\nstart: T+1 01:30\njobs:\n  first: {needs: [secnd], shell: echo hello}\n  second: {shell: 'true'}\n",
    );
    write("token", "daybreak-0000\n");
    write("unreadable/a.yaml", "flow: a\njobs:\n  first: {needs: [nobody], noop: true}\n");
    fs::write(root.path().join("unreadable/b.sql"), b"select 1;\n-- \xc4\xe3\n").expect("a file");
    let first = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/first");
    std::os::unix::fs::symlink(first, root.path().join("first")).expect("a link");
    write("empty/readme.txt", "nothing to see\n");
    root
}

#[test]
fn exit_codes_are_what_the_documentation_says() {
    let root = trees();
    let cases: [(&[&str], u8); 19] = [
        (&["--help"], exit::OK),
        (&["--version"], exit::OK),
        (&["check", "good"], exit::OK),
        (&["check", "bad"], exit::WORK_FAILED),
        (&["check", "bad", "--json"], exit::WORK_FAILED),
        (&["plan", "bad", "2013-01-05"], exit::WORK_FAILED),
        (&["plan", "good", "yesterday"], exit::USAGE),
        (&["chekc", "good"], exit::USAGE),
        (&["up", "--listen", "0.0.0.0:80"], exit::USAGE),
        (&["check", "nowhere"], exit::REFUSED),
        (&["check", "empty"], exit::REFUSED),
        (&["check", "good/a.yaml"], exit::USAGE),
        (&["check", "unreadable"], exit::WORK_FAILED),
        (&["check", "unreadable", "--sarif"], exit::WORK_FAILED),
        (&["plan", "good", "2013-02"], exit::USAGE),
        (&["--url", "http://127.0.0.1:1", "--token-file", "nowhere", "status"], exit::REFUSED),
        (&["token", "list"], exit::OK),
        (&["play", "first", "--date", "2026-01-10"], exit::OK),
        (&["status"], exit::NO_SERVER),
    ];
    for (arguments, expected) in cases {
        let output = run(root.path(), arguments);
        assert_eq!(
            code(&output),
            expected,
            "{arguments:?}: {}{}",
            text(&output.stdout),
            text(&output.stderr)
        );
    }
}

#[test]
fn every_command_explains_itself() {
    let root = trees();
    let help = text(&run(root.path(), &["--help"]).stdout);
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let commands =
        commands.take_while(|line| !line.is_empty()).filter_map(|line| line.split_whitespace().next());
    let commands = commands.collect::<Vec<_>>();
    assert!(commands.len() > 20 && !commands.contains(&"keeper"), "{commands:?}");
    let alone = run(root.path(), &[]);
    assert!(code(&alone) == exit::USAGE && !text(&alone.stderr).contains("keeper"), "{alone:?}");
    for command in commands {
        let output = run(root.path(), &[command, "--help"]);
        let help = text(&output.stdout);
        assert!(output.status.success() && help.contains("Examples:"), "{command}: {help}");
    }
}

#[test]
fn check_shows_the_line_and_what_was_meant() {
    let root = trees();
    let output = text(&run(root.path(), &["check", "bad"]).stdout);
    for part in
        ["error F0103", "--> bad/a.yaml:5:19", "first: {needs: [secnd]", "did you mean `second`?", "1 error"]
    {
        assert!(output.contains(part), "`{part}` is missing:\n{output}");
    }
    let report = serde_json::from_slice::<Value>(&run(root.path(), &["check", "bad", "--json"]).stdout);
    let report = report.expect("JSON");
    assert_eq!(report["problems"][0]["code"], "F0103");
    assert_eq!(report["problems"][0]["at"]["line"], 5);
    let sarif = serde_json::from_slice::<Value>(&run(root.path(), &["check", "bad", "--sarif"]).stdout);
    assert_eq!(sarif.expect("JSON")["version"], "2.1.0");
}

#[test]
fn what_cannot_be_read_is_a_finding_beside_the_others() {
    let root = trees();
    let report = run(root.path(), &["check", "unreadable", "--json"]).stdout;
    let report = serde_json::from_slice::<Value>(&report).expect("JSON");
    let found = report["problems"].as_array().expect("a list").iter();
    let found =
        found.map(|problem| (problem["code"].as_str().expect("text"), problem["at"]["line"].as_u64()));
    let found = found.collect::<Vec<_>>();
    assert!(found.contains(&("F0602", Some(2))) && found.contains(&("F0103", Some(3))), "{found:?}");
    assert!(text(&run(root.path(), &["check", "unreadable", "--sarif"]).stdout).contains("F0602"));
    let chinese = text(&run(root.path(), &["check", "unreadable", "--lang", "zh-CN"]).stdout);
    assert!(chinese.contains("F0602 文件不是 UTF-8 编码"), "{chinese}");
}

#[test]
fn check_says_what_a_crontab_expression_means() {
    let root = trees();
    let flow = "flow: a\ncycle: day\ncron: \"30 1 * * *\"\nlag: 1\njobs:\n  first: {noop: true}\n  second: {noop: true}\n";
    fs::create_dir(root.path().join("crons")).expect("a directory");
    fs::write(root.path().join("crons/a.yaml"), flow).expect("a file");
    let said = text(&run(root.path(), &["check", "crons"]).stdout);
    assert!(said.contains("cron `30 1 * * *`, lag 1: first … and 1 more"), "{said}");
    assert_eq!(
        said.lines().filter(|line| line.contains(" starts ") && line.contains("01:30")).count(),
        3,
        "{said}"
    );
}

#[test]
fn errors_are_json_where_json_was_asked_for() {
    let root = trees();
    for (arguments, code, exit_code) in [
        (&["status", "--json"][..], "no_server", exit::NO_SERVER),
        (&["check", "nowhere", "--json"], "tree_unreadable", exit::REFUSED),
        (&["plan", "bad", "2013-01-05", "--json"], "definitions", exit::WORK_FAILED),
        (&["chekc", "good", "--json"], "usage", exit::USAGE),
        (&["token", "revoke", "wang", "--json"], "no_token", exit::REFUSED),
    ] {
        let output = run(root.path(), arguments);
        let error = serde_json::from_slice::<Value>(&output.stderr).expect("JSON, and that alone");
        assert_eq!(
            (&error["error"]["code"], &error["error"]["exit_code"]),
            (&code.into(), &exit_code.into())
        );
        assert!(error["error"]["message"].is_string() && error["error"]["causes"].is_array(), "{error}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
    let said = run(root.path(), &["plan", "bad", "2013-01-05", "--json"]).stderr;
    let error = serde_json::from_slice::<Value>(&said).expect("JSON");
    assert_eq!(error["error"]["problems"][0]["code"], "F0103");
}

#[test]
fn findings_fit_the_terminal() {
    let root = trees();
    let output =
        daybreak(root.path(), &["check", "bad"]).env("COLUMNS", "40").output().expect("the binary starts");
    let said = text(&output.stdout);
    assert!(said.lines().all(|line| line.chars().count() <= 40), "{said}");
}

#[test]
fn whoever_only_looks_makes_nothing() {
    let root = trees();
    for command in ["list", "revoke"] {
        let name: &[&str] = if command == "revoke" { &["wang"] } else { &[] };
        run(root.path(), &[&["--data", "data", "token", command], name].concat());
        assert!(!root.path().join("data").exists(), "token {command}");
    }
}

#[test]
fn errors_are_said_in_the_language_of_the_environment() {
    let root = trees();
    let said = |variable: &str, value: &str, arguments: &[&str]| {
        text(
            &daybreak(root.path(), arguments)
                .env(variable, value)
                .output()
                .expect("the binary starts")
                .stderr,
        )
    };
    assert!(said("LC_ALL", "zh_CN.UTF-8", &["status"]).contains("没有正在运行的服务"));
    assert!(said("LC_ALL", "zh_CN.UTF-8", &["--lang", "en", "status"]).contains("no server runs"));
    assert!(said("LANG", "en_US.UTF-8", &["--lang", "zh-CN", "status"]).contains("没有正在运行的服务"));
}

#[test]
fn a_state_that_is_not_known_is_an_error_with_those_that_are() {
    let root = trees();
    let output = run(root.path(), &["wait", "a@20130105", "--state", "suceeded"]);
    let said = text(&output.stderr);
    assert_eq!(code(&output), exit::USAGE, "{said}");
    assert!(
        said.contains("retrying, killing") && said.contains("similar value exists: 'succeeded'"),
        "{said}"
    );
    let output = run(root.path(), &["wait", "a@20130105", "--state", "SUCCEEDED"]);
    assert_eq!(code(&output), exit::NO_SERVER, "in any case: {}", text(&output.stderr));
}

#[test]
fn errors_name_what_to_do_and_say_each_cause_once() {
    let root = trees();
    let output = run(root.path(), &["status"]);
    let said = text(&output.stderr);
    assert!(said.contains(".daybreak") && said.contains("daybreak up"), "{said}");
    assert!(output.stdout.is_empty());

    let url = ["--url", "http://127.0.0.1:1", "--token-file", "token", "status"];
    let output = run(root.path(), &url);
    assert_eq!(code(&output), exit::NO_SERVER);
    let said = text(&output.stderr);
    assert!(said.contains("nobody answers at http://127.0.0.1:1"), "{said}");
    assert_eq!(said.to_lowercase().matches("connection refused").count(), 1, "{said}");
}

#[test]
fn a_pipe_that_is_closed_is_no_failure() {
    let root = trees();
    let mut child = daybreak(root.path(), &["completions", "bash"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    drop(child.stdout.take());
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
}

#[test]
fn results_in_a_pipe_have_no_colours_unless_asked() {
    let root = trees();
    let plain = run(root.path(), &["check", "bad"]).stdout;
    let tinted = run(root.path(), &["check", "bad", "--color", "always"]).stdout;
    assert!(!plain.contains(&0x1b) && tinted.contains(&0x1b));
}

#[test]
fn a_plan_is_a_timetable() {
    let root = trees();
    let output = run(root.path(), &["plan", "good", "2013-01-05", "--json"]);
    let plan = serde_json::from_slice::<Value>(&output.stdout).expect("JSON");
    let runs = plan["runs"].as_array().expect("a list");
    let names = runs.iter().map(|run| run["job"].as_str().expect("a name")).collect::<Vec<_>>();
    assert_eq!(names, ["first", "second"]);
    assert_eq!(runs[0]["end"], runs[1]["start"], "the second starts when the first has ended");
    assert_eq!(plan["unknown"], serde_json::json!(["first"]), "`noop` takes no time");
}

#[test]
fn tokens_are_shown_once_and_taken_back() {
    let root = trees();
    let run = |arguments: &[&str]| run(root.path(), &[&["--data", "data"], arguments].concat());
    let token = text(&run(&["token", "add", "wang"]).stdout);
    assert!(token.starts_with("daybreak-") && token.trim_end().len() > 64, "{token}");
    assert_eq!(code(&run(&["token", "add", "wang"])), exit::REFUSED);
    assert_eq!(code(&run(&["token", "add", "Wang"])), exit::REFUSED, "the API tells no capitals apart");
    assert!(text(&run(&["token", "list"]).stdout).contains("wang"));
    assert_eq!(code(&run(&["token", "revoke", "wang"])), exit::OK);
    assert_eq!(code(&run(&["token", "revoke", "wang"])), exit::REFUSED);
    assert_eq!(code(&run(&["token", "add", "two words"])), exit::USAGE);
}

#[test]
fn schema_and_completions_are_for_machines() {
    let root = trees();
    let schema = serde_json::from_slice::<Value>(&run(root.path(), &["schema"]).stdout).expect("JSON");
    assert!(schema["$schema"].is_string());
    for shell in ["bash", "zsh", "fish"] {
        let script = text(&run(root.path(), &["completions", shell]).stdout);
        assert!(script.contains("rerun") && !script.contains("keeper"), "{shell}");
        assert!(script.contains("retrying"), "{shell} completes states");
    }
}

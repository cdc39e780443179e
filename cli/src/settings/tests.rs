//! Settings from a file and from the environment.

use super::*;

const FILE: &str = r#"
data = "/var/lib/daybreak"
[store]
url = "postgresql://daybreak@db1/daybreak"
[broker]
url = "amqps://scheduler@mq1/daybreak"
password_file = "/etc/daybreak/broker.password"
ca_file = "/etc/ssl/corp.pem"
[keys]
secret = "/etc/daybreak/scheduler.key"
agents = "/etc/daybreak/agents"
"#;

fn reading(file: &str) -> Result<Loaded<SchedulerConfig>, ExpectedError> {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("scheduler.toml");
    std::fs::write(&path, file).expect("a file");
    read(&path, "DAYBREAK_TEST_OF_SETTINGS")
}

fn problems(file: &str) -> Vec<String> {
    match reading(file) {
        Err(ExpectedError::Settings { problems, .. }) => problems,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_left_out_is_as_usual_and_what_is_given_names_its_origin() {
    let Loaded { settings, given } = reading(FILE).expect("good settings");
    assert_eq!(settings.broker.prefix, "daybreak");
    assert_eq!(settings.api.listen.to_string(), "127.0.0.1:8600");
    let keys: Vec<&str> = given.iter().map(|given| given.key.as_str()).collect();
    assert_eq!(
        keys,
        [
            "broker.ca_file",
            "broker.password_file",
            "broker.url",
            "data",
            "keys.agents",
            "keys.secret",
            "store.url"
        ]
    );
    assert!(given.iter().all(|given| given.origin.ends_with("scheduler.toml")), "{given:?}");
    assert_eq!(given[3].value, "/var/lib/daybreak");
}

#[test]
fn a_mistake_is_named_with_its_key() {
    for (wrong, key) in [
        (FILE.replace("password_file", "pasword_file"), "pasword_file"),
        (FILE.replace("data = ", "dta = "), "dta"),
        (format!("{FILE}[api]\nlisten = \"nowhere\"\n"), "api.listen"),
        (FILE.replace("ca_file", "queues = \"mirrored\"\nca_file"), "broker.queues"),
        (FILE.replace("secret = \"/etc/daybreak/scheduler.key\"\n", ""), "secret"),
    ] {
        let problems = problems(&wrong);
        assert!(problems.iter().any(|problem| problem.contains(key)), "{key}: {problems:?}");
    }
    assert_eq!(problems("data = ").len(), 1, "not TOML");
}

#[test]
fn a_file_that_is_not_there_is_an_error() {
    let read = read::<SchedulerConfig>(Path::new("/no/such/file.toml"), "DAYBREAK_TEST_OF_SETTINGS");
    assert!(matches!(read, Err(ExpectedError::Settings { .. })), "{read:?}");
}

#[test]
fn a_secret_key_that_others_can_read_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("scheduler.key");
    let key = daybreak_bus::seal::SecretKey::from_chance([5; 32]);
    std::fs::write(&path, key.reveal()).expect("a file");
    let set = |mode| std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode));
    set(0o640).expect("permissions");
    assert!(matches!(secret_key(&path), Err(ExpectedError::KeyOpen { mode: 0o640, .. })));
    set(0o600).expect("permissions");
    assert_eq!(secret_key(&path).expect("a key").public(), key.public());
    // The public half is not the secret one.
    std::fs::write(&path, key.public().to_string()).expect("a file");
    assert!(matches!(secret_key(&path), Err(ExpectedError::Key { .. })));
}

/// They explain every key: one that they do not name would be unknown to people.
#[test]
fn the_examples_name_every_key_and_are_good() {
    let example = |name: &str| Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/cluster").join(name);
    let scheduler = read::<SchedulerConfig>(&example("scheduler.toml"), "DAYBREAK_TEST_OF_SETTINGS");
    let agent = read::<AgentConfig>(&example("agent.toml"), "DAYBREAK_TEST_OF_SETTINGS");
    let keys = |given: Vec<Given>| given.into_iter().map(|given| given.key).collect::<Vec<_>>();
    assert_eq!(keys(scheduler.expect("good settings").given).len(), 13);
    assert_eq!(keys(agent.expect("good settings").given).len(), 13);
    for (source, file) in [
        (include_str!("scheduler.rs"), include_str!("../../../examples/cluster/scheduler.toml")),
        (include_str!("agent.rs"), include_str!("../../../examples/cluster/agent.toml")),
    ] {
        let fields = source.lines().filter_map(|line| line.trim().strip_prefix("pub ")?.split_once(": "));
        for (field, _) in fields.filter(|(field, _)| !field.contains(['(', ' '])) {
            assert!(
                file.contains(&format!("\n{field} = ")) || file.contains(&format!("[{field}]")),
                "{field}"
            );
        }
    }
}

#[test]
fn a_password_is_no_setting_and_is_not_shown() {
    for url in
        ["postgresql://daybreak:s3cret@db1/daybreak", "postgresql://daybreak@db1/daybreak?password=s3cret"]
    {
        let problems = problems(&FILE.replace("postgresql://daybreak@db1/daybreak", url));
        assert!(problems[0].starts_with("`store.url` holds a password"), "{problems:?}");
        assert!(!format!("{problems:?}").contains("s3cret"));
    }
}

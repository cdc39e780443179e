//! The smallest program that an agent can live in: `program agent …` runs one whose mailbox is standard input and whose
//! scheduler reads standard output, one JSON message per line; `program keeper …` and `program task …` are what the agent
//! starts. The tests of this crate play the scheduler.

use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use daybreak_bus::link::{AgentLink, Delivery, LinkError, Outcome, Receipt};
use daybreak_bus::message::{FromAgent, ToAgent};
use daybreak_executor::clock::SystemClock;
use daybreak_executor::{AgentSettings, keeper_main, run, task};
use tokio::sync::mpsc;

fn main() -> ExitCode {
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["keeper", "--data", data] => keeper_main(Path::new(data)),
        ["task", "--spec", spec, "--out", out] => task::task_main(Path::new(spec), Path::new(out)),
        ["agent", root, data, slots, ref more @ ..] => agent(root, data, slots, more),
        _ => {
            eprintln!("usage: program agent ROOT DATA SLOTS [LOG_CAP_BYTES] [cgroups]");
            ExitCode::from(2)
        }
    }
}

fn agent(root: &str, data: &str, slots: &str, more: &[&str]) -> ExitCode {
    let program = std::env::current_exe().expect("a process knows its executable");
    let slots = slots.parse().expect("SLOTS is a number");
    let mut settings = AgentSettings { slots, ..AgentSettings::new("a", root, PathBuf::from(data), program) };
    settings.poll_feeds = Duration::from_millis(50);
    for word in more {
        match word.parse() {
            Ok(bytes) => settings.log_cap_bytes = bytes,
            Err(_) => settings.cgroups = *word == "cgroups",
        }
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let ended = runtime.block_on(run(settings, Pipes::open(), SystemClock, std::future::pending()));
    if let Err(error) = ended {
        eprintln!("{error}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// Standard input as a mailbox, standard output as the way to the scheduler.
struct Pipes {
    mailbox: mpsc::UnboundedReceiver<ToAgent>,
}

impl Pipes {
    fn open() -> Self {
        let (put, mailbox) = mpsc::unbounded_channel();
        std::thread::spawn(move || {
            for line in std::io::stdin().lock().lines().map_while(Result::ok) {
                let message = serde_json::from_str(&line).expect("a message per line");
                if put.send(message).is_err() {
                    return;
                }
            }
        });
        Self { mailbox }
    }
}

impl AgentLink for Pipes {
    async fn send(&mut self, message: FromAgent) -> Result<(), LinkError> {
        let mut line = serde_json::to_vec(&message).expect("every message has a JSON form");
        line.push(b'\n');
        let mut out = std::io::stdout().lock();
        out.write_all(&line).and_then(|()| out.flush()).map_err(|_| LinkError::Closed)
    }

    async fn receive(&mut self) -> Option<Delivery<ToAgent>> {
        let message = self.mailbox.recv().await?;
        // The other end of a pipe repeats what is not reported on.
        let receipt = Receipt::new(|_: Outcome| {});
        Some(Delivery { message, receipt })
    }
}

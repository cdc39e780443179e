//! `token`: works on the data directory itself, so that nobody needs a token to make one.

use std::time::Duration;

use daybreak_flows::time::Timestamp;
use daybreak_scheduler::api::types::AgentList;
use daybreak_scheduler::ports::Clock;
use serde::Serialize;

use super::Outcome;
use crate::args::{Global, TokenCommand};
use crate::client::Client;
use crate::clock::SystemClock;
use crate::data::{ApiFile, DataDir};
use crate::error::ExpectedError;
use crate::say;
use crate::terminal::{Cell, Screen, Table};
use crate::tokens::{TokenFile, TokenRow};

/// Pause between two looks whether the server knows a new token.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Looks before it is left to itself: two seconds.
const LOOKS_MAX: u32 = 40;

pub(super) fn run(
    global: &Global,
    screen: &Screen,
    command: &TokenCommand,
) -> Result<Outcome, ExpectedError> {
    let data = DataDir::at(global.data());
    match command {
        TokenCommand::Add { name } => {
            let is_new = !data.path().is_dir();
            let data = DataDir::create(global.data())?;
            if is_new {
                let path = data.path().display().to_string();
                screen.note(&say!(screen.catalogue(), "data-made", path = path));
            }
            let token = TokenFile::change(&data.tokens(), |file| file.add(name, SystemClock.now()))?;
            until_accepted(&data, &token);
            screen.show(&token, |_| format!("{token}\n"))?;
        }
        TokenCommand::List => {
            let file = TokenFile::read(&data.tokens())?;
            let names = file.rows().iter().map(|row| Named { name: &row.name, made_at: row.made_at });
            screen.show(&names.collect::<Vec<_>>(), |look| table(look, file.rows()))?;
        }
        TokenCommand::Revoke { name } => {
            // Where there is no data directory there is no token either.
            if !data.path().is_dir() {
                return Err(ExpectedError::NoToken { name: name.clone() });
            }
            TokenFile::change(&data.tokens(), |file| file.revoke(name))?;
            // The server reads the file again several times a second. Whoever takes a token back has only its name, so that
            // nobody here can ask whether it is refused yet.
            let runs = ApiFile::read(&data).is_ok();
            let key = if runs { "token-revoked-soon" } else { "token-revoked" };
            screen.note(&say!(screen.catalogue(), key, name = name.as_str()));
            if screen.json() {
                screen.print_json(&Revoked { revoked: name })?;
            }
        }
    }
    Ok(Outcome::Done)
}

/// What `token list --json` prints of each token.
#[derive(Serialize)]
struct Named<'a> {
    name: &'a str,
    made_at: Timestamp,
}

/// What `token revoke --json` prints.
#[derive(Serialize)]
struct Revoked<'a> {
    revoked: &'a str,
}

/// A running server reads the file again soon: whoever uses the token at once should not be sent away.
fn until_accepted(data: &DataDir, token: &str) {
    let Ok(api) = ApiFile::read(data) else { return };
    let client = Client::with_token(api.url, token.to_owned(), data.tokens());
    for _ in 0..LOOKS_MAX {
        match client.get::<AgentList>("/v1/agents", &[]) {
            Err(ExpectedError::Unauthorized { .. }) => std::thread::sleep(LOOK_EVERY),
            // Accepted, or a server that has other worries.
            Ok(_) | Err(_) => return,
        }
    }
}

fn table(look: crate::terminal::Look, rows: &[TokenRow]) -> String {
    let heads = ["head-who", "head-made"].map(|key| say!(look.catalogue, key));
    let mut table = Table::new(look, &heads);
    for row in rows {
        let made = row.made_at.to_jiff().strftime("%Y-%m-%d %H:%M UTC").to_string();
        table.row([Cell::new(&row.name), Cell::new(made)]);
    }
    table.to_string()
}

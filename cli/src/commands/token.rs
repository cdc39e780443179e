//! `token`: works on the data directory itself, so that nobody needs a token to make one.

use daybreak_scheduler::ports::Clock;

use super::Outcome;
use crate::args::{Global, TokenCommand};
use crate::clock::SystemClock;
use crate::data::DataDir;
use crate::error::ExpectedError;
use crate::say;
use crate::terminal::{Cell, Screen, Table};
use crate::tokens::{TokenFile, TokenRow};

pub(super) fn run(global: &Global, screen: &Screen, command: &TokenCommand) -> Result<Outcome, ExpectedError> {
    let data = DataDir::create(global.data())?;
    let mut file = TokenFile::read(&data.tokens())?;
    match command {
        TokenCommand::Add { name } => {
            let token = file.add(name, SystemClock.now())?;
            screen.show(&token, |_| format!("{token}\n"))?;
        }
        TokenCommand::List => {
            let names = file.rows().iter().map(|row| row.name.as_str()).collect::<Vec<_>>();
            screen.show(&names, |look| table(look, file.rows()))?;
        }
        TokenCommand::Revoke { name } => {
            file.revoke(name)?;
            screen.note(&say!(screen.catalogue(), "token-revoked", name = name.as_str()));
        }
    }
    Ok(Outcome::Done)
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

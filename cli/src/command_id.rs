//! Ids of commands, made by whoever gives them: the same id twice takes effect once.

use crate::error::ExpectedError;

/// 32 hexadecimal digits that nobody else uses.
///
/// # Errors
/// The operating system has no random numbers.
pub fn command_id() -> Result<String, ExpectedError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|source| ExpectedError::Part {
        part: "random numbers",
        source: source.to_string().into(),
    })?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::command_id;

    #[test]
    fn command_ids_are_different_and_of_the_allowed_form() {
        let ids = [command_id(), command_id()].map(|id| id.expect("this machine has random numbers"));
        assert_ne!(ids[0], ids[1]);
        assert!(ids.iter().all(|id| id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit())));
    }
}

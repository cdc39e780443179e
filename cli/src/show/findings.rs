//! What a server finds wrong, in the language of its user.

use daybreak_flows::period::Cycle;
use daybreak_flows::time::Timestamp;
use daybreak_scheduler::api::types::{Detail, ErrorCode, ErrorView, Finding, NameKind, SelectError};

use super::job::cycle;
use crate::messages::Catalogue;
use crate::say;

/// The whole error: the only finding, or a headline with one line a finding.
#[must_use]
pub fn error(catalogue: &Catalogue, error: &ErrorView) -> String {
    let count = error.details.len();
    let headline = match error.code {
        ErrorCode::DefinitionsRejected => say!(catalogue, "finding-definitions-rejected"),
        ErrorCode::InvalidSelection if count > 1 => {
            say!(catalogue, "error-findings-selection", count = count)
        }
        ErrorCode::InvalidRequest if count > 1 => say!(catalogue, "error-findings-request", count = count),
        ErrorCode::InvalidRequest
        | ErrorCode::InvalidSelection
        | ErrorCode::Unauthorized
        | ErrorCode::ForbiddenHost
        | ErrorCode::NotFound
        | ErrorCode::MethodNotAllowed
        | ErrorCode::Conflict
        | ErrorCode::TooLarge
        | ErrorCode::Unavailable
        | ErrorCode::Internal
        | ErrorCode::Other => match error.details.as_slice() {
            [only] => return detail(catalogue, only),
            [] | [_, ..] => error.message.clone(),
        },
    };
    let lines = error.details.iter().map(|finding| format!("\n  {}", detail(catalogue, finding)));
    headline + &lines.collect::<String>()
}

/// The server's own words where it says more than this program knows.
fn detail(catalogue: &Catalogue, detail: &Detail) -> String {
    detail.finding.as_ref().and_then(|it| finding(catalogue, it)).unwrap_or_else(|| detail.message.clone())
}

fn finding(catalogue: &Catalogue, finding: &Finding) -> Option<String> {
    Some(match finding {
        Finding::Select(error) => selection(catalogue, error),
        Finding::Other(_) => return None,
        Finding::StoreDown { .. }
        | Finding::NotLeading { .. }
        | Finding::Stopped
        | Finding::OutcomeOpen { .. }
        | Finding::StoreUnread { .. }
        | Finding::OutputUnread { .. } => trouble(catalogue, finding)?,
        Finding::JobRemoved { name } => say!(catalogue, "finding-job-removed", name = name.as_str()),
        Finding::NotStarted { name } => say!(catalogue, "finding-not-started", name = name.as_str()),
        Finding::NoAttempt { name, attempt, newest } => {
            say!(catalogue, "finding-no-attempt", name = name.as_str(), attempt = *attempt, newest = *newest)
        }
        Finding::NothingApplied => say!(catalogue, "finding-nothing-applied"),
        Finding::NoVersion { version } => say!(catalogue, "finding-no-version", version = *version),
        Finding::NotAVersion { text } => say!(catalogue, "finding-not-a-version", text = text.as_str()),
        Finding::EmptySelection => say!(catalogue, "finding-empty-selection"),
        Finding::CommandId => say!(catalogue, "finding-command-id"),
        Finding::IdTaken { id } => say!(catalogue, "finding-id-taken", id = id.as_str()),
        Finding::UnknownParameter { name, known } => {
            say!(catalogue, "finding-unknown-parameter", name = name.as_str(), known = known.as_str())
        }
        Finding::GivenTwice { name } => say!(catalogue, "finding-given-twice", name = name.as_str()),
        Finding::Value { name, value, example } => say!(
            catalogue,
            "finding-value",
            name = name.as_str(),
            value = value.as_str(),
            example = example.as_str()
        ),
        Finding::Unreadable { reason } => say!(catalogue, "finding-unreadable", reason = reason.as_str()),
        Finding::TooLarge { mib } => say!(catalogue, "finding-too-large", mib = *mib),
        Finding::NoSuchPath => say!(catalogue, "finding-no-such-path"),
        Finding::OtherMethod => say!(catalogue, "finding-other-method"),
        Finding::TokenNeeded => say!(catalogue, "finding-token-needed"),
        Finding::OtherHost => say!(catalogue, "finding-other-host"),
        Finding::OtherVersion { expected, found } => {
            say!(catalogue, "finding-other-version", expected = *expected, found = *found)
        }
        Finding::DefinitionsRejected => say!(catalogue, "finding-definitions-rejected"),
    })
}

/// What does not work on the server's side.
fn trouble(catalogue: &Catalogue, finding: &Finding) -> Option<String> {
    Some(match finding {
        Finding::Stopped => say!(catalogue, "finding-stopped"),
        Finding::NotLeading { leader, url: _ } => {
            say!(catalogue, "finding-not-leading", leader = leader.as_str())
        }
        Finding::StoreDown { reason, since: None } => {
            say!(catalogue, "finding-store-down", reason = reason.as_str())
        }
        Finding::StoreDown { reason, since: Some(since) } => {
            say!(catalogue, "finding-store-down-since", reason = reason.as_str(), since = utc(*since))
        }
        Finding::OutcomeOpen { id } => say!(catalogue, "finding-outcome-open", id = id.as_str()),
        Finding::StoreUnread { reason } => say!(catalogue, "finding-store-unread", reason = reason.as_str()),
        Finding::OutputUnread { reason } => {
            say!(catalogue, "finding-output-unread", reason = reason.as_str())
        }
        Finding::Select(_)
        | Finding::Other(_)
        | Finding::JobRemoved { .. }
        | Finding::NotStarted { .. }
        | Finding::NoAttempt { .. }
        | Finding::NothingApplied
        | Finding::NoVersion { .. }
        | Finding::NotAVersion { .. }
        | Finding::EmptySelection
        | Finding::CommandId
        | Finding::IdTaken { .. }
        | Finding::UnknownParameter { .. }
        | Finding::GivenTwice { .. }
        | Finding::Value { .. }
        | Finding::Unreadable { .. }
        | Finding::TooLarge { .. }
        | Finding::NoSuchPath
        | Finding::OtherMethod
        | Finding::TokenNeeded
        | Finding::OtherHost
        | Finding::OtherVersion { .. }
        | Finding::DefinitionsRejected => return None,
    })
}

/// A selection that names nothing, or is not understood.
#[must_use]
pub fn selection(catalogue: &Catalogue, error: &SelectError) -> String {
    let named = |name: &str, period: &str| format!("{name}@{period}");
    match error {
        SelectError::UnknownJob { name, suggestions } => say!(
            catalogue,
            "finding-unknown-job",
            name = name.as_str(),
            suggestions = did_you_mean(catalogue, suggestions)
        ),
        SelectError::UnknownName { kind, name, suggestions } => say!(
            catalogue,
            "finding-unknown-name",
            kind = kind_of_name(catalogue, *kind),
            name = name.as_str(),
            suggestions = did_you_mean(catalogue, suggestions)
        ),
        SelectError::Period { text, missing: true, .. } => {
            say!(catalogue, "finding-period-missing", text = text.as_str())
        }
        SelectError::Period { text, cycle: name, .. } => {
            // A cycle of a newer server is shown by its name.
            let of = name.parse::<Cycle>().ok();
            let shown = of.map_or_else(|| name.clone(), |of| cycle(catalogue, of));
            let example = of.map_or("20130105", example);
            say!(catalogue, "finding-period", text = text.as_str(), cycle = shown, example = example)
        }
        SelectError::PeriodWord { text } => say!(catalogue, "finding-period-word", text = text.as_str()),
        SelectError::Range { text } => say!(catalogue, "finding-range", text = text.as_str()),
        SelectError::NotPlanned { name, period } => {
            say!(catalogue, "finding-not-planned", name = named(name, period))
        }
        SelectError::Archived { name, period } => {
            say!(catalogue, "finding-archived", name = named(name, period))
        }
        SelectError::Form { text } => say!(catalogue, "finding-form", text = text.as_str()),
        SelectError::State { word, known } => {
            say!(catalogue, "finding-state", word = word.as_str(), known = known.as_str())
        }
    }
}

fn did_you_mean(catalogue: &Catalogue, names: &[String]) -> String {
    if names.is_empty() {
        return String::new();
    }
    let names = names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>();
    say!(catalogue, "did-you-mean", names = names.join(&say!(catalogue, "clause-separator")))
}

fn kind_of_name(catalogue: &Catalogue, kind: NameKind) -> String {
    let key = match kind {
        NameKind::Flow => "name-flow",
        NameKind::Platform => "name-platform",
        NameKind::Layer => "name-layer",
    };
    say!(catalogue, key)
}

const fn example(cycle: Cycle) -> &'static str {
    match cycle {
        Cycle::Hour => "2013010521",
        Cycle::Day => "20130105",
        Cycle::Week => "2013W01",
        Cycle::Month => "201301",
        Cycle::Year => "2013",
        Cycle::None => "#3",
    }
}

/// Without a status there is no other zone to show it in.
fn utc(at: Timestamp) -> String {
    at.to_jiff().strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::Lang;

    fn view(code: ErrorCode, findings: &[Finding]) -> ErrorView {
        let details = findings.iter().map(|finding| Detail {
            field: None,
            message: finding.to_string(),
            finding: Some(finding.clone()),
            problem: None,
        });
        ErrorView { code, message: "of the server".to_owned(), details: details.collect() }
    }

    #[test]
    fn one_finding_is_said_once_and_several_under_a_headline() {
        let unknown = |name: &str| {
            let suggestions = vec!["dwd_flight".to_owned()];
            Finding::Select(SelectError::UnknownJob { name: name.to_owned(), suggestions })
        };
        let both = [unknown("dwd_flihgt"), Finding::NotStarted { name: "a@20130105".to_owned() }];
        let (en, zh) = (Catalogue::of(Lang::En), Catalogue::of(Lang::ZhCn));
        let one = view(ErrorCode::InvalidSelection, &both[..1]);
        assert_eq!(error(en, &one), "there is no job or interface `dwd_flihgt`: did you mean `dwd_flight`?");
        assert_eq!(error(zh, &one), "没有名为 `dwd_flihgt` 的程序或接口，是否指 `dwd_flight`？");
        let two = error(zh, &view(ErrorCode::InvalidSelection, &both));
        assert_eq!(two.lines().count(), 3, "{two}");
    }

    #[test]
    fn what_a_newer_server_finds_is_told_in_its_own_words() {
        let newer = view(ErrorCode::Other, &[Finding::Other(serde_json::json!({"code": "of_2030"}))]);
        assert_eq!(error(Catalogue::of(Lang::ZhCn), &newer), "an error of a newer server");
    }
}

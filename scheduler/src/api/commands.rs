//! Operators' commands: names in, names out, and the audit trail.

mod order;

use std::collections::BTreeSet;
use std::time::Duration;

use axum::Json;
use axum::extract::State;

use super::Api;
use super::error::{ApiError, detail};
use super::extract::{Body, Params};
use super::guard::Who;
use super::types::{
    CommandList, CommandReply, CommandRequest, CommandView, Detail, ErrorCode, Finding, Order, RefusedView,
    VersionView,
};
use crate::engine::Core;
use crate::engine::command::{Action, Answer, Command, Target};
use crate::ports::History;
use crate::rows::{CommandRow, VersionRow};
use crate::shell::RequestError;
use crate::shell::event::named;

/// How long an operator waits for a command to become durable before hearing that it is not yet.
const PATIENCE: Duration = Duration::from_secs(10);

/// Commands of the audit trail in one answer: as many as asked for, but no more than this.
const AUDIT_MAX: u32 = 1_000;

/// `POST /v1/commands`
pub(super) async fn give<H: History, L>(
    State(api): State<Api<H, L>>,
    Who(who): Who,
    Body(request): Body<CommandRequest>,
) -> Result<Json<CommandReply>, ApiError> {
    let CommandRequest { id, why, preview, order } = request;
    if !Command::is_id(&id) {
        return Err(ApiError::invalid(vec![detail("id", Finding::CommandId)]));
    }
    // Before names are resolved: what they meant the first time is what counts.
    if let Some(row) = api.history.command(&id).await? {
        return if is_repetition(&row, &who, preview, &order) {
            reply(&api, id, row.answer).await
        } else {
            Err(RequestError::IdTaken { id }.into())
        };
    }
    let action = api.handle.query(move |core| action(core, &order)).await?.map_err(ApiError::selection)?;
    let previewed = preview.then(|| action.clone());
    let command = Command { id: id.clone(), who: who.to_string(), why, action, preview };
    let answer = tokio::time::timeout(PATIENCE, api.handle.command(command))
        .await
        .map_err(|_| ApiError::of(ErrorCode::Unavailable, Finding::OutcomeOpen { id: id.clone() }))??;
    let said = move |core: &Core| {
        let reply = reply_view(core, id, answer);
        previewed.map_or(reply.clone(), |action| foreseen(core, &action, reply))
    };
    Ok(Json(api.handle.query(said).await?))
}

/// `GET /v1/commands`
pub(super) async fn audit<H: History, L>(
    State(api): State<Api<H, L>>,
    params: Params,
) -> Result<Json<CommandList>, ApiError> {
    let mut reader = params.reader(&["limit"]);
    let limit = reader.one("limit", "50").unwrap_or(50).min(AUDIT_MAX);
    let limit = reader.finish(limit)?;
    let rows = api.history.commands(limit).await?;
    let versions = api.history.versions(limit).await?.into_iter().map(version).collect();
    let view = |core: &Core, row: CommandRow| CommandView {
        at: row.at,
        order: order::of_action(&row.command.action, &|target| named(core, target).to_string()),
        reply: reply_view(core, row.command.id, row.answer),
        who: row.command.who,
        why: row.command.why,
    };
    let commands =
        api.handle.query(move |core| rows.into_iter().map(|row| view(core, row)).collect()).await?;
    Ok(Json(CommandList { commands, versions }))
}

fn version(row: VersionRow) -> VersionView {
    let VersionRow { version, at, who, why } = row;
    VersionView { version, at, who, why }
}

/// Whether the same person asks for the same kind of thing again.
fn is_repetition(row: &CommandRow, who: &str, preview: bool, order: &Order) -> bool {
    let first = order::of_action(&row.command.action, &|_| String::new());
    row.command.who == who
        && row.command.preview == preview
        && std::mem::discriminant(&first) == std::mem::discriminant(order)
}

/// Resolves names. All that are wrong are reported.
fn action(core: &Core, order: &Order) -> Result<Action, Vec<Detail>> {
    let is_start = matches!(order, Order::Start { .. });
    order::to_action(order, &|select| targets(core, select, is_start))
}

fn targets(core: &Core, select: &[String], is_start: bool) -> Result<Vec<Target>, Vec<Detail>> {
    if select.is_empty() {
        return Err(vec![detail("select", Finding::EmptySelection)]);
    }
    let mut findings = Vec::new();
    let mut targets = Vec::new();
    let mut seen = BTreeSet::new();
    for (at, text) in select.iter().enumerate() {
        let found = if is_start { core.select_to_start(text) } else { core.select(text) };
        match found {
            Ok(found) => targets.extend(found.into_iter().filter(|target| seen.insert(*target))),
            Err(error) => findings.push(detail(format!("select[{at}]"), Finding::Select(error))),
        }
    }
    if findings.is_empty() { Ok(targets) } else { Err(findings) }
}

async fn reply<H, L>(api: &Api<H, L>, id: String, answer: Answer) -> Result<Json<CommandReply>, ApiError> {
    Ok(Json(api.handle.query(move |core| reply_view(core, id, answer)).await?))
}

fn reply_view(core: &Core, id: String, answer: Answer) -> CommandReply {
    let refused = answer.refused.into_iter().map(|refused| RefusedView {
        target: refused.target.map(|target| named(core, target)),
        message: order::refusal(&refused.reason),
        reason: refused.reason,
    });
    CommandReply {
        id,
        preview: answer.preview,
        done: answer.done.into_iter().map(|target| named(core, target)).collect(),
        refused: refused.collect(),
        waiting: None,
        planned: None,
    }
}

/// What a preview says beside the instances that would change.
fn foreseen(core: &Core, action: &Action, reply: CommandReply) -> CommandReply {
    match action {
        Action::Rerun { targets, after: true, through_prev } => {
            CommandReply { waiting: Some(core.waiting_behind(targets, *through_prev)), ..reply }
        }
        Action::Backfill { first, last } => {
            CommandReply { planned: Some(core.periods_to_plan(*first, *last)), ..reply }
        }
        Action::Rerun { .. }
        | Action::Pass { .. }
        | Action::Skip { .. }
        | Action::Kill { .. }
        | Action::Start { .. }
        | Action::Hold { .. }
        | Action::Release { .. }
        | Action::Fail { .. }
        | Action::FeedEmpty { .. }
        | Action::FeedArrived { .. }
        | Action::Priority { .. }
        | Action::Freeze
        | Action::Thaw
        | Action::ConfirmClock
        | Action::Drain { .. }
        | Action::Undrain { .. } => reply,
    }
}

//! Load, compile, build the core, once the term is claimed (P10). Every start goes this way, after a stop as after a crash.

use std::sync::Arc;

use daybreak_bus::message::Term;
use daybreak_flows::source::SourceTree;

use super::compile::{compile, nothing};
use super::error::ShellError;
use super::event;
use super::names::Names;
use super::pace::Pace;
use super::watch::WatchPlan;
use crate::engine::output::{Effect, Event};
use crate::engine::{self, Core};
use crate::ports::{Clock, Position, Store, StoreError};
use crate::rows::DefinitionRow;

/// A scheduler that may begin.
pub(super) struct Recovered {
    pub(super) term: Term,
    pub(super) core: Core,
    pub(super) effects: Vec<Effect>,
    pub(super) pace: Pace,
    pub(super) names: Names,
    pub(super) watch: WatchPlan,
    /// The files of the version in force.
    pub(super) source: Arc<SourceTree>,
}

/// Recovers from the store, where a new term has begun at `position`.
pub(super) async fn recover(
    store: &mut impl Store,
    position: Position,
    clock: &impl Clock,
    settings: engine::Settings,
) -> Result<Recovered, ShellError> {
    let snapshot = store.load().await.map_err(cannot("load its state"))?;
    let pace = Pace::begin(position.now, snapshot.control.clock_step, clock.now(), clock.boot());
    if let Some(step) = snapshot.control.clock_step {
        event::alert(&Event::ClockStep { by_ms: step.by.0 });
    }
    let source = Arc::new(snapshot.definition.as_ref().map(|row| row.source.clone()).unwrap_or_default());
    let definitions = match &snapshot.definition {
        None => Arc::new(nothing()),
        Some(row) => compile_row(row, &source).await?,
    };
    let mut watch = WatchPlan::default();
    for agent in &snapshot.agents {
        watch.heard(agent.name.clone(), false);
    }
    let mut names = Names::of_rows(&snapshot.jobs);
    let mut effects = Vec::new();
    let core = Core::recover(settings, position.term, pace.now(), snapshot, definitions, &mut effects);
    names.learn(&[], &core);
    tracing::info!(term = position.term, version = core.version(), "recovered");
    Ok(Recovered { term: position.term, core, effects, pace, names, watch, source })
}

/// The definitions of a stored version.
pub(super) async fn compile_row(
    row: &DefinitionRow,
    source: &Arc<SourceTree>,
) -> Result<Arc<daybreak_flows::model::Definitions>, ShellError> {
    let compiled = compile(Arc::clone(source)).await;
    let version = row.version;
    compiled.map(|(definitions, _)| definitions).map_err(|source| ShellError::Definitions { version, source })
}

/// Names the operation that a store error ends.
pub(super) fn cannot(operation: &'static str) -> impl FnOnce(StoreError) -> ShellError {
    move |source| ShellError::Store { operation, source }
}

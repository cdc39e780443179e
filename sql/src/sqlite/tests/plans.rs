//! Every statement is understood by the database, and none that the scheduler or an operator waits for reads a whole table.

use daybreak_scheduler::rows::{
    AgentRow, ArrivalRow, AttemptRow, BackfillRow, CommandRow, DefinitionRow, DurationRow, InstanceRow,
    JobRow, MetSetRow,
};
use sqlx::{AssertSqlSafe, Executor, Row, SqlSafeStr, SqliteConnection};

use super::super::bulk;
use super::super::reader::as_json;
use super::super::{retention, statements as own};
use super::newest;
use crate::record::{Record, Write};
use crate::{late_ends, statements};

async fn prepare(connection: &mut SqliteConnection, name: &str, statement: String) {
    let prepared = connection.prepare(AssertSqlSafe(statement.clone()).into_sql_str()).await;
    prepared.unwrap_or_else(|error| panic!("{name}: {error}\n{statement}"));
}

async fn prepare_record<R: Record>(connection: &mut SqliteConnection) {
    for write in [Write::Insert, Write::Upsert, Write::Replace] {
        for rows in [1, bulk::ROWS_MAX] {
            prepare(connection, R::TABLE, bulk::text::<R>(write, rows)).await;
        }
    }
    prepare(connection, R::TABLE, as_json::<R>(&format!("SELECT * FROM {}", R::TABLE))).await;
}

#[tokio::test]
async fn every_statement_is_understood() {
    let dir = tempfile::tempdir().expect("a folder");
    let connection = &mut newest(dir.path()).await;
    for (name, statement) in statements::ALL.iter().chain(own::ALL) {
        prepare(connection, name, (*statement).to_owned()).await;
    }
    for statement in retention::all() {
        prepare(connection, "retention", statement).await;
    }
    for statement in late_ends::statements() {
        prepare(connection, "late ends", statement).await;
    }
    prepare_record::<AgentRow>(connection).await;
    prepare_record::<ArrivalRow>(connection).await;
    prepare_record::<AttemptRow>(connection).await;
    prepare_record::<BackfillRow>(connection).await;
    prepare_record::<CommandRow>(connection).await;
    prepare_record::<DefinitionRow>(connection).await;
    prepare_record::<DurationRow>(connection).await;
    prepare_record::<InstanceRow>(connection).await;
    prepare_record::<JobRow>(connection).await;
    prepare_record::<MetSetRow>(connection).await;
}

/// The steps that SQLite takes for a statement, in its words.
async fn plan(connection: &mut SqliteConnection, statement: &str) -> Vec<String> {
    let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
    let rows = sqlx::query(explain).fetch_all(connection).await.expect("explains");
    rows.iter().map(|row| row.get("detail")).collect()
}

/// Whether a step reads a table from end to end; the keys that came as JSON may be.
fn is_scan(step: &str) -> bool {
    step.starts_with("SCAN") && !step.contains("VIRTUAL TABLE") && step != "SCAN CONSTANT ROW"
}

#[tokio::test]
async fn nothing_that_somebody_waits_for_reads_a_whole_table() {
    let dir = tempfile::tempdir().expect("a folder");
    let connection = &mut newest(dir.path()).await;
    let waited_for = [
        own::LEADER_ADVANCE,
        statements::INSTANCES_PAGE,
        statements::ATTEMPTS_PAGE,
        statements::ARRIVALS_PAGE,
        statements::INSTANCE_BY_KEY,
        statements::ATTEMPTS_BY_KEY,
        statements::ARRIVALS_BY_KEY,
        statements::COMMAND_BY_ID,
        statements::DEFINITION_BY_VERSION,
        statements::EXPIRED_IN_PERIOD,
        statements::EXPIRED_IN_HISTORY,
        statements::COMMANDS_EXPIRE,
    ];
    let made = [retention::all(), late_ends::statements().collect()].concat();
    for statement in waited_for.into_iter().chain(made.iter().map(String::as_str)) {
        let steps = plan(connection, statement).await;
        assert!(!steps.iter().any(|step| is_scan(step)), "{statement}\n{steps:#?}");
    }
    // The newest come from the end of the key: a scan that stops at its limit.
    for statement in [statements::COMMANDS_NEWEST, statements::DEFINITION_NEWEST] {
        let steps = plan(connection, statement).await;
        assert!(!steps.iter().any(|step| step.contains("TEMP B-TREE")), "{statement}\n{steps:#?}");
    }
    // And the test would see one.
    assert!(
        plan(connection, "SELECT * FROM attempt WHERE agent = 'a1'").await.iter().any(|step| is_scan(step))
    );
}

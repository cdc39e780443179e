//! Every statement is understood by the database, and none that the scheduler or an operator waits for reads a whole table; the schema says
//! what everything in it is.

use daybreak_scheduler::engine::state::State;
use daybreak_scheduler::rows::{
    AgentRow, ArrivalRow, AttemptRow, BackfillRow, CommandRow, DefinitionRow, DurationRow, InstanceRow,
    JobRow, MetSetRow,
};
use daybreak_servers::postgres::PostgresServer;
use futures::TryStreamExt;
use sqlx::{AssertSqlSafe, ConnectOptions, Executor, PgConnection, SqlSafeStr};

use super::super::bulk::Pending;
use super::super::reader::{as_json, copy};
use super::super::{migrations, retention, statements as own};
use super::{database, session};
use crate::conformance::sample;
use crate::record::{Paged, Record, Write};
use crate::{late_ends, statements};

async fn prepare(connection: &mut PgConnection, name: &str, statement: String) {
    let prepared = connection.prepare(AssertSqlSafe(statement.clone()).into_sql_str()).await;
    prepared.map(drop).unwrap_or_else(|error| panic!("{name}: {error}\n{statement}"));
}

async fn prepare_record<R: Record>(connection: &mut PgConnection, row: R) {
    for how in [Write::Insert, Write::Upsert, Write::Replace] {
        let mut pending = Pending::default();
        pending.add(how, std::slice::from_ref(&row)).expect("encodes");
        prepare(connection, R::TABLE, pending.finish().text().to_owned()).await;
    }
    prepare(connection, R::TABLE, as_json::<R>(&format!("SELECT * FROM {}", R::TABLE))).await;
}

async fn run_copy<R: Paged>(connection: &mut PgConnection, statement: &str) {
    let copied =
        async { connection.copy_out_raw(&copy::<R>(statement)).await?.try_collect::<Vec<_>>().await };
    let lines = copied.await.unwrap_or_else(|error| panic!("{error}\n{}", copy::<R>(statement)));
    assert!(lines.is_empty());
}

async fn every_statement_is_understood(connection: &mut PgConnection) {
    for (name, statement) in statements::ALL.iter().chain(own::ALL) {
        prepare(connection, name, (*statement).to_owned()).await;
    }
    for statement in retention::all() {
        prepare(connection, "retention", statement).await;
    }
    for statement in late_ends::statements() {
        prepare(connection, "late ends", statement).await;
    }
    let date = "2013-02-08".parse().expect("a date");
    prepare_record::<AgentRow>(connection, sample::agent("a1")).await;
    prepare_record::<ArrivalRow>(connection, sample::arrival(1, 5, 1)).await;
    prepare_record::<AttemptRow>(connection, sample::attempt(1, 5, 1)).await;
    let backfill = BackfillRow { command: "c".to_owned(), first: date, last: date, at: sample::at(0) };
    prepare_record::<BackfillRow>(connection, backfill).await;
    prepare_record::<CommandRow>(connection, sample::command("c1")).await;
    prepare_record::<DefinitionRow>(connection, sample::definition(1)).await;
    prepare_record::<DurationRow>(connection, DurationRow { job: 1, count: 1, mean_ms: 1 }).await;
    prepare_record::<InstanceRow>(connection, sample::instance(1, 5, State::Running)).await;
    prepare_record::<JobRow>(connection, sample::jobs().remove(0)).await;
    prepare_record::<MetSetRow>(connection, sample::met_set(1)).await;
    run_copy::<InstanceRow>(connection, statements::INSTANCES_PAGE).await;
    run_copy::<AttemptRow>(connection, statements::ATTEMPTS_PAGE).await;
    run_copy::<ArrivalRow>(connection, statements::ARRIVALS_PAGE).await;
}

/// The steps that PostgreSQL takes for a statement when no table is small, whatever its values are.
async fn plan(connection: &mut PgConnection, statement: &str) -> String {
    let explain = AssertSqlSafe(format!("PREPARE asked AS {statement}"));
    sqlx::raw_sql(explain).execute(&mut *connection).await.expect("prepares");
    let parameters: i32 = sqlx::query_scalar(
        "SELECT coalesce(cardinality(parameter_types), 0) FROM pg_prepared_statements WHERE name = 'asked'",
    )
    .fetch_one(&mut *connection)
    .await
    .expect("counts");
    let values = vec!["NULL"; parameters.unsigned_abs() as usize].join(", ");
    let call = if values.is_empty() { String::new() } else { format!("({values})") };
    let explain = AssertSqlSafe(format!("EXPLAIN EXECUTE asked{call}"));
    let lines: Vec<String> = sqlx::query_scalar(explain).fetch_all(&mut *connection).await.expect("explains");
    sqlx::raw_sql("DEALLOCATE asked").execute(connection).await.expect("forgets");
    lines.join("\n")
}

async fn nothing_that_somebody_waits_for_reads_a_whole_table(connection: &mut PgConnection) {
    let settings =
        "SET enable_seqscan = off; SET enable_bitmapscan = on; SET plan_cache_mode = force_generic_plan";
    sqlx::raw_sql(settings).execute(&mut *connection).await.expect("sets");
    let waited_for = [
        statements::INSTANCES_PAGE,
        statements::ATTEMPTS_PAGE,
        statements::ARRIVALS_PAGE,
        statements::INSTANCE_BY_KEY,
        statements::ATTEMPTS_BY_KEY,
        statements::ARRIVALS_BY_KEY,
        statements::COMMAND_BY_ID,
        statements::COMMANDS_NEWEST,
        statements::DEFINITION_NEWEST,
        statements::DEFINITION_BY_VERSION,
        statements::EXPIRED_IN_PERIOD,
        statements::EXPIRED_IN_HISTORY,
        statements::COMMANDS_EXPIRE,
    ];
    let made = retention::all().into_iter().chain(late_ends::statements());
    for statement in waited_for.into_iter().map(str::to_owned).chain(made) {
        let steps = plan(connection, &statement).await;
        assert!(!steps.contains("Seq Scan"), "{statement}\n{steps}");
    }
    // And the test would see one.
    let steps = plan(connection, "SELECT * FROM attempt WHERE agent = 'a1'").await;
    assert!(steps.contains("Seq Scan"), "{steps}");
}

async fn the_schema_says_what_it_is(connection: &mut PgConnection) {
    let silent = "SELECT c.relname || coalesce('.' || a.attname, '')
        FROM pg_class AS c
        LEFT JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND c.relkind = 'r'
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'v') AND c.relname <> 'migration'
            AND (obj_description(c.oid, 'pg_class') IS NULL
                OR a.attnum IS NOT NULL AND col_description(c.oid, a.attnum) IS NULL)";
    let silent: Vec<String> = sqlx::query_scalar(silent).fetch_all(connection).await.expect("reads");
    assert_eq!(silent, [""; 0], "these have no comment");
}

#[tokio::test]
async fn statements_and_schema() {
    let server = PostgresServer::start().expect("starts");
    let target = database(&server, "plans").await;
    migrations::migrate(&mut session(&target), migrations::ALL, "here").await.expect("migrates");
    every_statement_is_understood(&mut target.options.connect().await.expect("connects")).await;
    let connection = &mut target.options.connect().await.expect("connects");
    nothing_that_somebody_waits_for_reads_a_whole_table(connection).await;
    the_schema_says_what_it_is(connection).await;
}

//! `copy`: between databases and within one, under another name, counted on both sides.

use daybreak_executor::task::TaskExit::{AlreadyDone, Success};
use daybreak_flows::task::{Copy, PlatformUrl, Task};

use crate::site::{Site, copy, table};

const FLIGHT: &str = "create table flight (day text, no integer, delay real, tail, note text);
    insert into flight values ('20130104', 1, 0.5, null, 'kept out'), ('20130105', 2, -1.25, 'N1', 'a,\"b\"'),
                              ('20130105', 3, null, x'00ff', ''), ('20130105', 4, 1e300, 5, '天气');";
const TARGET: &str =
    "create table RPT_FLIGHT (note text, No integer, delay real, tail, day text, extra text default 'e');
    insert into RPT_FLIGHT (day, No) values ('20130105', 99), ('20130103', 98);";

fn site() -> Site {
    let mut site = Site::new(FLIGHT);
    site.spec.run.platforms.get_mut("mpp").expect("mpp").init = vec![TARGET.to_owned()];
    site
}

#[test]
fn rows_are_replaced_at_the_target_with_their_types() {
    let mut site = site();
    for _ in 0..2 {
        site.spec.key.attempt += 1;
        let ran = site.run(Task::Copy(copy())).expect(Success, 3, 3);
        assert!(ran.log.contains("counted at the source and at the target: 3 each"), "{}", ran.log);
        let columns = "no, delay, tail, typeof(tail), note, extra";
        assert_eq!(
            site.rows("mpp", &format!("select {columns} from RPT_FLIGHT where day = '20130105'")),
            "2,-1.25,N1,text,\"a,\"\"b\"\"\",e 3,,00FF,blob,,e 4,1.0e+300,5,integer,天气,e"
        );
        assert_eq!(site.rows("mpp", "select no from RPT_FLIGHT where day = '20130103'"), "98");
    }
    site.run(Task::Copy(copy())).expect(AlreadyDone, 3, 3);
}

#[test]
fn an_entire_table_some_columns_and_a_view_within_one_database() {
    let init = "create table flight (day, no, delay); insert into flight values ('20130105', 1, 2), ('20130104', 2, 3);
                create view v as select * from flight; create table \"odd \"\"name\" (no, delay, x)";
    let site = Site::new(init);
    let copy = Copy {
        from: table("yt", "v"),
        to: table("yt", "odd \"name"),
        rows: None,
        columns: vec!["NO".to_owned(), "delay".to_owned()],
    };
    let ran = site.run(Task::Copy(copy)).expect(Success, 2, 2);
    assert!(ran.log.contains("replacing the entire table: 0 rows deleted"), "{}", ran.log);
    assert_eq!(site.rows("yt", "select * from \"odd \"\"name\""), "1,2, 2,3,");
}

#[test]
fn two_platforms_may_be_the_same_file() {
    let mut site = Site::new(FLIGHT);
    let init = vec!["create table RPT_FLIGHT (day, no, delay, tail, note)".to_owned()];
    site.spec.run.platforms.insert("mpp".to_owned(), PlatformUrl { url: "sqlite:yt.db".to_owned(), init });
    site.run(Task::Copy(copy())).expect(Success, 3, 3);
    assert_eq!(site.rows("yt", "select no from RPT_FLIGHT"), "2 3 4");
}

#[test]
fn many_rows_are_streamed() {
    let mut site = Site::new(
        "create table flight as with recursive c(n) as (select 1 union all select n + 1 from c where n < 20000)
         select '20130105' as day, n from c",
    );
    site.spec.run.platforms.get_mut("mpp").expect("mpp").init =
        vec!["create table RPT_FLIGHT (day, n)".to_owned()];
    site.run(Task::Copy(copy())).expect(Success, 20_000, 20_000);
    assert_eq!(site.rows("mpp", "select count(*), sum(n) from RPT_FLIGHT"), "20000,200010000");
}

#[test]
fn what_is_wrong_is_said_and_the_target_stays() {
    type Case = (&'static str, &'static str, fn(&mut Copy), &'static str);
    let cases: [Case; 8] = [
        ("no source", TARGET, |copy| copy.from.table = "flights".to_owned(),
            "there is no table `flights` on the platform `yt`: create it in the platform's `init:`"),
        ("no target", TARGET, |copy| copy.to.table = "RPT_FLIGHTS".to_owned(),
            "there is no table `RPT_FLIGHTS` on the platform `mpp`: create it in the platform's `init:`"),
        ("a platform that nobody defined", TARGET, |copy| copy.to.platform = "mmp".to_owned(),
            "the platform `mmp` came without a url: define it, or correct the name"),
        ("itself", TARGET, |copy| copy.to = table("yt", "Flight"),
            "`from` and `to` are the same table, yt.flight: name two tables"),
        ("a target that lacks columns", "create table RPT_FLIGHT (day, no, note)", same,
            "mpp.RPT_FLIGHT has no column delay, tail: it has day, no, note; give `columns:`, or alter the table"),
        ("a row that the target refuses", "create table RPT_FLIGHT (day, no, delay not null, tail, note)", same,
            "row 2 of the source is refused by the target: (code: 1299) NOT NULL constraint failed: RPT_FLIGHT.delay"),
        ("a target that changes what it gets",
            "create table RPT_FLIGHT (day, no, delay, tail, note);
             create trigger t after insert on RPT_FLIGHT when new.no = 3 begin delete from RPT_FLIGHT where no = 3; end;", same,
            "the counts differ: the source has 3 rows, 3 were written, and the target has 2 for the same condition; are \
             there triggers, or columns that `rows:` needs and are not copied?"),
        ("a condition that the target does not understand", "create table RPT_FLIGHT (day, no, delay, tail, note)",
            |copy| copy.rows = Some("rowid in (select rowid from flight)".to_owned()),
            "deleting the period's rows of `RPT_FLIGHT` failed on the platform `mpp`: (code: 1) no such table: flight"),
    ];
    for (name, target, change, expected) in cases {
        let mut site = site();
        site.spec.run.platforms.get_mut("mpp").expect("mpp").init = vec![target.to_owned()];
        let mut copy = copy();
        change(&mut copy);
        assert_eq!(site.run(Task::Copy(copy)).failure(), expected, "{name}");
        if site.root().join("mpp.db").exists() {
            let found = site.rows("mpp", "select count(*) from RPT_FLIGHT where day = '20130105'");
            assert_eq!(found, if target == TARGET { "1" } else { "0" }, "{name}");
        }
    }
}

fn same(_: &mut Copy) {}

//! Export: sorted, with the database's own spelling of numbers, and without touching anything.

use daybreak_executor::task::Export;

use crate::site::Site;

#[test]
fn tables_and_queries_come_sorted_by_value() {
    let site = Site::new(
        "create table t (n, text, \"od\"\"d, name\");
         insert into t values (10, 'b', null), (9, 'a,b', 0.1), (9, 'a \"q\"', 1e21), (2.5, x'ff', 1.0), (null, '', -3)",
    );
    site.sql("select 1");
    let table =
        "n,text,\"od\"\"d, name\"\n,,-3\n2.5,FF,1.0\n9,\"a \"\"q\"\"\",1.0e+21\n9,\"a,b\",0.1\n10,b,\n";
    let cases = [
        (Export::Table("t".to_owned()), table),
        (Export::Table("main.t".to_owned()), table),
        (Export::Query("select n + 1 as m from t where n > 5; ".to_owned()), "m\n10\n10\n11\n"),
        (Export::Query("select n from t where n > 100 -- none".to_owned()), "n\n"),
        (
            Export::Query("with x as (select n from t where n >= 9) select n, -n as n from x".to_owned()),
            "n,n\n9,-9\n9,-9\n10,-10\n",
        ),
    ];
    for (what, expected) in cases {
        assert_eq!(site.export("yt", &what), Ok(expected.to_owned()), "{what:?}");
    }
}

#[test]
fn what_cannot_be_exported_says_why() {
    let site = Site::new("create table t (a)");
    let root = site.root().display().to_string();
    let absent = site.export("yt", &Export::Table("t".to_owned())).expect_err("no file yet");
    assert_eq!(
        absent.replace(&root, "ROOT"),
        "no connection to the platform: the database file ROOT/yt.db does not exist yet: no job has written to this platform"
    );
    assert!(!site.root().join("yt.db").exists(), "an export creates nothing");
    site.sql("select 1");
    let cases = [
        (Export::Table("u".to_owned()), "there is no table `u` on the platform: check its spelling: "),
        (
            Export::Query("selec 1".to_owned()),
            "the rows cannot be read: (code: 1) near \"selec\": syntax error",
        ),
        (
            Export::Query("delete from t returning a".to_owned()),
            "the rows cannot be read: (code: 1) near \"delete\": syntax error",
        ),
    ];
    for (what, expected) in cases {
        assert_eq!(site.export("yt", &what), Err(expected.to_owned()), "{what:?}");
    }
}

//! Deliveries of interfaces, from the files to the message.

use std::path::Path;

use daybreak_bus::message::{Delivered, ToAgent, Watch};
use sha2::{Digest, Sha256};

use crate::desk::Desk;

fn watch(job: u32, check: bool, known: Option<&str>) -> Watch {
    Watch {
        job,
        ordinal: 5,
        dir: "in".to_owned(),
        files: format!("w{job}_*.csv"),
        check: check.then(|| format!("w{job}.chk")),
        known: known.map(str::to_owned),
    }
}

fn send(desk: &mut Desk, feeds: Vec<Watch>) {
    desk.send(&ToAgent::Watch { term: 1, feeds });
}

fn write(desk: &Desk, name: &str, content: &str) {
    let dir = desk.root().join("in");
    std::fs::create_dir_all(&dir).expect("a directory");
    std::fs::write(dir.join(name), content).expect("a file");
}

fn line(name: &str, content: &str) -> String {
    let sum: String = Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{name}|{}|{}|{sum}\n", content.lines().count() - 1, content.len())
}

/// The first delivery of a job that is not among `before`.
fn arrival(desk: &mut Desk, job: u32, before: &[&Delivered]) -> Delivered {
    let known: Vec<String> = before.iter().map(|delivered| delivered.fingerprint.clone()).collect();
    desk.wait_for(&format!("delivery of {job}"), |desk| {
        let mut found = desk.arrivals.iter().filter(|found| found.job == job);
        found.find(|found| !known.contains(&found.fingerprint)).cloned()
    })
}

#[test]
fn with_a_check_file_the_delivery_is_compared() {
    let mut desk = Desk::new(1);
    let (a, b) = ("h\n1\n2\n", "h\n3\n");
    send(&mut desk, vec![watch(1, true, None)]);
    write(&desk, "w1_a.csv", a);
    write(&desk, "w1.chk", &(line("w1_a.csv", a) + &line("w1_b.csv", b)));
    let half = arrival(&mut desk, 1, &[]);
    assert!(
        half.problem.as_deref().is_some_and(|problem| problem.contains("w1_b.csv is missing")),
        "{half:?}"
    );

    write(&desk, "w1_b.csv", b);
    let whole = arrival(&mut desk, 1, &[&half]);
    assert_eq!(
        (whole.problem.as_deref(), whole.files, whole.bytes, whole.rows, whole.empty),
        (None, 2, 10, Some(3), false)
    );
    // Another delivery of the same period: same sizes, other content.
    write(&desk, "w1_b.csv", "h\n4\n");
    let torn = arrival_with(&mut desk, 1, "another SHA-256");
    write(&desk, "w1.chk", &(line("w1_a.csv", a) + &line("w1_b.csv", "h\n4\n")));
    let second = arrival(&mut desk, 1, &[&half, &whole, &torn]);
    assert_eq!((second.problem, second.rows), (None, Some(3)));
}

fn arrival_with(desk: &mut Desk, job: u32, words: &str) -> Delivered {
    desk.wait_for(words, |desk| {
        let mut found = desk.arrivals.iter().filter(|found| found.job == job);
        found.find(|found| found.problem.as_deref().is_some_and(|problem| problem.contains(words))).cloned()
    })
}

#[test]
fn empty_wrong_and_known_deliveries() {
    let mut desk = Desk::new(1);
    write(&desk, "w1.chk", "EMPTY|0|0|-\n");
    write(&desk, "w2.chk", "something else\n");
    write(&desk, "w3_a.csv", "h\n1\n");
    write(&desk, "w3.chk", &line("w3_a.csv", "h\n1\n"));
    send(&mut desk, vec![watch(1, true, None), watch(2, true, None)]);
    let empty = arrival(&mut desk, 1, &[]);
    assert_eq!((empty.empty, empty.files, empty.rows, empty.problem), (true, 0, Some(0), None));
    let wrong = arrival(&mut desk, 2, &[]);
    assert!(wrong.problem.is_some_and(|problem| problem.contains("line 1")), "{:?}", wrong.fingerprint);

    send(&mut desk, vec![watch(3, true, None)]);
    let found = arrival(&mut desk, 3, &[]);
    desk.arrivals.clear();
    // The list says that it is known; a change of the list makes the agent look at once, and a delivery that comes after
    // shows that it has looked.
    write(&desk, "w4_a.csv", "h\n1\n");
    write(&desk, "w4.chk", &line("w4_a.csv", "h\n1\n"));
    send(&mut desk, vec![watch(3, true, Some(&found.fingerprint)), watch(4, true, None)]);
    arrival(&mut desk, 4, &[]);
    assert!(desk.arrivals.iter().all(|arrival| arrival.job == 4), "{:?}", desk.arrivals);
}

#[test]
fn what_says_that_it_is_empty_must_be() {
    let mut desk = Desk::new(1);
    write(&desk, "w1.chk", "EMPTY|0|0|-\n");
    write(&desk, "w1_a.csv", "h\n1\n");
    write(&desk, "w2.chk", "EMPTY|0|0|-\n");
    write(&desk, "w2_a.csv", "");
    send(&mut desk, vec![watch(1, true, None), watch(2, true, None)]);
    let wrong = arrival(&mut desk, 1, &[]);
    assert_eq!(wrong.problem.as_deref(), Some("the check file says EMPTY, and there is w1_a.csv"));
    let empty = arrival(&mut desk, 2, &[]);
    assert_eq!((empty.empty, empty.problem), (true, None));
}

/// Names of a source that says nothing of its encoding; a pattern that fits the check file as well.
#[test]
fn a_check_file_may_be_in_gb18030_and_lie_among_the_data() {
    let mut desk = Desk::new(1);
    let data = "h\n1\n";
    write(&desk, "w1_天气.csv", data);
    let check = line("w1_天气.csv", data);
    let (check, _, _) = encoding_rs::GB18030.encode(&check);
    std::fs::write(desk.root().join("in/w1_check.csv"), check).expect("a file");
    let watch = Watch { check: Some("w1_check.csv".to_owned()), ..watch(1, true, None) };
    send(&mut desk, vec![watch]);
    let found = arrival(&mut desk, 1, &[]);
    assert_eq!((found.problem, found.files, found.rows), (None, 1, Some(1)));
}

#[test]
fn without_a_check_file_two_looks_must_agree() {
    let mut desk = Desk::new(1);
    write(&desk, "w1_a.csv", "h\n1\n");
    send(&mut desk, vec![watch(1, false, None)]);
    let found = arrival(&mut desk, 1, &[]);
    assert_eq!((found.files, found.bytes, found.rows, found.problem.as_deref()), (1, 4, None, None));
    write(&desk, "w1_b.csv", "h\n2\n3\n");
    let more = arrival(&mut desk, 1, &[&found]);
    assert_eq!((more.files, more.bytes), (2, 10));
    write(&desk, "w1_b.csv", "h\n4\n5\n");
    let again = arrival(&mut desk, 1, &[&found, &more]);
    assert_eq!((again.files, again.bytes), (2, 10), "the same sizes, and another delivery");
}

#[test]
fn a_directory_that_cannot_be_read_is_the_deliverys_problem_alone() {
    let mut desk = Desk::new(1);
    std::fs::create_dir_all(desk.root().join("in/w1.chk")).expect("a directory in the place of a file");
    write(&desk, "w2_a.csv", "h\n1\n");
    send(&mut desk, vec![watch(1, true, None), watch(2, false, None)]);
    let wrong = arrival(&mut desk, 1, &[]);
    assert!(wrong.problem.is_some_and(|problem| problem.contains("cannot be read")));
    assert_eq!(arrival(&mut desk, 2, &[]).problem, None);
    assert!(Path::new(&desk.root()).exists());
}

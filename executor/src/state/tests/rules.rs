//! One test per rule.

use daybreak_bus::message::{Exit, Phase, Question, ToAgent, What};
use daybreak_flows::time::Timestamp;

use super::bench::*;
use crate::journal::Record;
use crate::keeper::protocol::KeptStage;
use crate::state::{Effect, Input};

/// No starts.
const NONE: [u32; 0] = [];

#[test]
fn p3_reports_are_numbered_and_repeated_until_receipted() {
    let mut bench = Bench::with_keeper(2);
    bench.dispatch(1, vec![shell(1), shell(2)]);
    assert_eq!(reports(&bench.ends(key(1), Exit::Success)), [(1, 1, ended(Exit::Success))]);
    assert_eq!(reports(&bench.ends(key(2), Exit::Code(3))), [(2, 2, ended(Exit::Code(3)))]);

    bench.later(4_999);
    assert_eq!(bench.apply(Input::Tick).effects, [], "too early to repeat");
    bench.later(1);
    let repeated = bench.apply(Input::Tick);
    assert_eq!(reports(&repeated.effects).len(), 2);
    assert_eq!(repeated.records, [], "repeating changes nothing");

    bench.receipt(1);
    bench.later(5_000);
    assert_eq!(reports(&bench.apply(Input::Tick).effects), [(2, 2, ended(Exit::Code(3)))]);
    bench.receipt(2);
    bench.later(5_000);
    assert_eq!(bench.apply(Input::Tick).effects, []);
}

#[test]
fn p3_only_a_receipt_of_this_journal_counts() {
    let mut bench = Bench::with_keeper(1);
    bench.dispatch(1, vec![noop(1)]);
    bench.hear(ToAgent::Receipt { term: 1, incarnation: ME + 1, up_to: 1 });
    assert_eq!(bench.state.list(bench.now, question(1)).reports.len(), 1);
    bench.receipt(1);
    assert_eq!(bench.state.list(bench.now, question(1)).reports, []);
}

#[test]
fn p4_hands_over_what_fits_in_order_of_number() {
    let mut bench = Bench::with_keeper(3);
    let mut large = shell(2);
    large.slots = 3;
    // Message order is not number order, and a later small one must not keep the large one waiting for ever.
    assert_eq!(starts(&bench.dispatch(1, vec![shell(1)])), [1]);
    assert_eq!(starts(&bench.dispatch(1, vec![shell(4), shell(3)])), [3, 4]);
    assert_eq!(starts(&bench.dispatch(1, vec![shell(5)])), NONE);
    assert_eq!(starts(&bench.dispatch(1, vec![large])), NONE);
    bench.later(1_000);
    for (job, then) in [(1, vec![]), (3, vec![]), (4, vec![2])] {
        bench.later(1_000);
        let effects = bench.ends(key(job), Exit::Success);
        let (first, rest) = (starts(&effects), then);
        // An end makes one more wait at the keeper; it never lets a later number pass an earlier one.
        assert!(first == rest || first.is_empty() || first[0] == 2, "after {job}: {first:?}");
        if first.contains(&2) {
            return;
        }
    }
    panic!("the large one was never handed over");
}

#[test]
fn p4_an_attempt_larger_than_the_agent_runs_alone() {
    let mut bench = Bench::with_keeper(2);
    let mut large = shell(1);
    large.slots = 100;
    assert_eq!(starts(&bench.dispatch(1, vec![large, shell(2)])), [1]);
    bench.later(1_000);
    assert_eq!(starts(&bench.ends(key(1), Exit::Success)), [2]);
}

#[test]
fn p4_fast_ends_let_more_wait_at_the_keeper_and_slow_ones_none() {
    let mut bench = Bench::with_keeper(2);
    let items: Vec<_> = (1..=40).map(shell).collect();
    assert_eq!(starts(&bench.dispatch(1, items)), [1, 2]);
    bench.ends(key(1), Exit::Success);
    bench.ends(key(2), Exit::Success);
    assert_eq!(bench.state.book.handed.len(), 4, "two slots, and as many ahead as have just ended");
    bench.later(60_000);
    let held = bench.state.book.handed.clone();
    for key in held {
        bench.later(1_000);
        bench.ends(key, Exit::Success);
    }
    assert!(bench.state.book.handed.len() <= 3, "{:?}", bench.state.book.handed);
}

#[test]
fn p4_a_pause_in_which_nothing_ran_says_nothing_about_the_pace() {
    let mut bench = Bench::with_keeper(2);
    bench.dispatch(1, (1..=10).map(shell).collect());
    for job in 1..=10 {
        bench.later(5);
        bench.ends(key(job), Exit::Success);
    }
    bench.later(600_000);
    assert_eq!(
        starts(&bench.dispatch(1, (11..=40).map(shell).collect())).len(),
        12,
        "two slots and ten ahead"
    );
}

#[test]
fn p4_attempts_that_run_one_by_one_make_no_pace_with_the_pauses_between_them() {
    let mut bench = Bench::with_keeper(1);
    for job in 1..=40 {
        bench.dispatch(1, vec![shell(job)]);
        bench.later(60);
        bench.ends(key(job), Exit::Success);
        bench.later(10_000);
    }
    let ahead = starts(&bench.dispatch(1, (41..=80).map(shell).collect())).len() - 1;
    assert!(ahead <= 4, "{ahead} ahead at less than four ends in 200 ms");
}

#[test]
fn p5_accepted_and_intent_are_in_the_journal_with_what_follows_from_them() {
    let mut bench = Bench::with_keeper(1);
    let items = vec![shell(1), shell(2)];
    let out = bench.apply(Input::Message(ToAgent::Dispatch { term: 1, incarnation: ME, items }));
    let accepted = |job| Record::Accepted { dispatch: shell(job).into() };
    assert_eq!(
        out.records,
        [Record::Term { term: 1 }, accepted(1), accepted(2), Record::Handed { key: key(1) }]
    );
    assert_eq!(out.effects, [Effect::Start(shell(1).into())]);
}

#[test]
fn p5_noop_ends_where_it_begins() {
    let mut bench = Bench::new(1);
    let effects = bench.dispatch(1, vec![noop(1), noop(2)]);
    assert_eq!(
        reports(&effects).iter().map(|(n, job, what)| (*n, *job, exit(what))).collect::<Vec<_>>(),
        [(1, 1, Some(Exit::Success)), (2, 2, Some(Exit::Success))]
    );
    let list = bench.state.list(bench.now, question(1));
    assert_eq!(list.accepted_up_to, 2);
    assert!(list.held.iter().all(|held| held.phase == Phase::Ended));
    bench.receipt(2);
    assert_eq!(bench.state.list(bench.now, question(1)).held, []);
}

#[test]
fn p5_after_a_restart_nothing_is_started_that_may_have_been() {
    let mut bench = Bench::with_keeper(1);
    bench.dispatch(1, vec![shell(1), shell(2)]);
    bench.restart();
    // Another ledger: the host was restarted, or the keeper's directory is gone.
    let effects = bench.keeper_there(LEDGER + 1, Vec::new());
    assert!(matches!(reports(&effects)[..], [(1, 1, What::Unknown { .. })]), "{effects:?}");
    assert_eq!(starts(&effects), [2], "the second was never given to a keeper");
}

#[test]
fn p5_an_unbroken_ledger_proves_that_nothing_was_started() {
    let mut bench = Bench::with_keeper(1);
    bench.dispatch(1, vec![shell(1)]);
    bench.restart();
    assert_eq!(starts(&bench.keeper_there(LEDGER, Vec::new())), [1]);
    assert_eq!(starts(&bench.keeper_there(LEDGER, vec![kept(1, KeptStage::Queued)])), NONE);
    let running = KeptStage::Running { since: Timestamp(5) };
    let effects = bench.keeper_there(LEDGER, vec![kept(1, running.clone())]);
    assert_eq!(reports(&effects), [(1, 1, What::Started)]);
    assert_eq!(reports(&bench.keeper_there(LEDGER, vec![kept(1, running)])), [], "said once");
}

#[test]
fn p6_a_duplicate_changes_nothing_and_repeats_what_is_known() {
    let mut bench = Bench::with_keeper(1);
    bench.dispatch(1, vec![shell(1)]);
    assert_eq!(bench.dispatch(1, vec![shell(1)]), []);
    bench.ends(key(1), Exit::Code(1));
    let again = bench.dispatch(1, vec![shell(1)]);
    assert_eq!(again.len(), 1);
    assert_eq!(reports(&again), [(1, 1, ended(Exit::Code(1)))]);
    // The same attempt under another number: an answer of ours was lost, and a new leader numbered anew.
    let mut renumbered = shell(1);
    renumbered.number = 9;
    assert_eq!(starts(&bench.dispatch(2, vec![renumbered])), NONE);
    assert_eq!(bench.state.list(bench.now, question(2)).accepted_up_to, 9);
}

#[test]
fn p6_a_number_that_has_passed_is_refused() {
    let mut bench = Bench::with_keeper(1);
    bench.dispatch(1, vec![noop(1)]);
    bench.receipt(1);
    let effects = bench.dispatch(1, vec![noop(1)]);
    assert!(matches!(&reports(&effects)[..], [(2, 1, What::Refused { .. })]), "{effects:?}");
    let again = bench.dispatch(1, vec![noop(1)]);
    assert_eq!(reports(&again), reports(&effects), "said again, under the same number");
    // Another attempt under a used number: never run under it.
    let mut other = shell(7);
    other.number = 1;
    let effects = bench.dispatch(1, vec![other]);
    assert!(matches!(&reports(&effects)[..], [(3, 7, What::Refused { .. })]), "{effects:?}");
    assert_eq!(starts(&effects), NONE);
}

#[test]
fn p6_gaps_stay_open_until_their_dispatch_comes() {
    let mut bench = Bench::with_keeper(5);
    assert_eq!(starts(&bench.dispatch(1, vec![shell(3)])), [3]);
    assert_eq!(bench.state.list(bench.now, question(1)).accepted_up_to, 3);
    assert_eq!(starts(&bench.dispatch(1, vec![shell(1), shell(2)])), [1, 2]);
}

#[test]
fn p6_a_dispatch_for_another_journal_is_answered_by_the_list() {
    let mut bench = Bench::with_keeper(1);
    let effects = bench.hear(ToAgent::Dispatch { term: 3, incarnation: ME + 1, items: vec![shell(1)] });
    assert_eq!(effects, [Effect::List(Question { term: 3, number: 0 })]);
    assert_eq!(bench.state.list(bench.now, question(3)).held, []);
}

#[test]
fn p6_a_receipt_from_the_future_shows_that_the_journal_is_old() {
    let mut bench = Bench::with_keeper(1);
    bench.dispatch(1, vec![noop(1)]);
    assert_eq!(bench.receipt(2), [Effect::Renew]);
    let renew = |incarnation, accepted_up_to, reported_up_to| ToAgent::Renew {
        term: 1,
        incarnation,
        accepted_up_to,
        reported_up_to,
    };
    assert_eq!(bench.hear(renew(ME, 2, 1)), [Effect::Renew], "a dispatch is missing");
    assert_eq!(bench.hear(renew(ME, 1, 2)), [Effect::Renew], "a report is missing");
    assert_eq!(bench.hear(renew(ME, 1, 1)), [], "only the list was overtaken");
    assert_eq!(bench.hear(renew(ME + 1, 9, 9)), [], "overtaken");
}

#[test]
fn p7_a_term_is_journaled_before_anything_else_and_lower_ones_are_dropped() {
    let mut bench = Bench::with_keeper(1);
    let out = bench.apply(Input::Message(query(5)));
    assert_eq!(out.records, [Record::Term { term: 5 }]);
    assert_eq!(out.effects, [Effect::List(question(5))]);
    bench.restart();
    bench.keeper_there(LEDGER, Vec::new());
    let attempts = vec![key(1)];
    let lower = [
        query(4),
        ToAgent::Dispatch { term: 4, incarnation: ME, items: vec![shell(1)] },
        ToAgent::Kill { term: 4, attempts: attempts.clone() },
        ToAgent::Revoke { term: 4, attempts },
        ToAgent::Watch { term: 4, feeds: Vec::new() },
        ToAgent::Renew { term: 4, incarnation: ME, accepted_up_to: 9, reported_up_to: 9 },
        ToAgent::Receipt { term: 4, incarnation: ME, up_to: 100 },
    ];
    for message in lower {
        let out = bench.apply(Input::Message(message.clone()));
        assert_eq!((out.records, out.effects), (Vec::new(), Vec::new()), "{message:?}");
    }
}

#[test]
fn p7_revoking_what_waits_here_is_durable() {
    let mut bench = Bench::with_keeper(1);
    bench.dispatch(1, vec![shell(1), shell(2)]);
    let effects = bench.hear(ToAgent::Revoke { term: 1, attempts: vec![key(2)] });
    assert_eq!(reports(&effects), [(1, 2, What::Revoked)]);
    bench.restart();
    bench.keeper_there(LEDGER, vec![kept(1, KeptStage::Running { since: Timestamp(5) })]);
    assert_eq!(starts(&bench.ends(key(1), Exit::Success)), NONE, "it was given back");
}

#[test]
fn p7_revoking_what_the_keeper_has_asks_it_back() {
    let mut bench = Bench::with_keeper(1);
    bench.dispatch(1, vec![shell(1)]);
    let revoke = ToAgent::Revoke { term: 1, attempts: vec![key(1)] };
    assert_eq!(bench.hear(revoke.clone()), [Effect::Withdraw(key(1))]);
    assert_eq!(reports(&bench.apply(Input::Withdrawn { key: key(1) }).effects), [(1, 1, What::Revoked)]);

    bench.dispatch(1, vec![shell(2)]);
    bench.hear(ToAgent::Revoke { term: 1, attempts: vec![key(2)] });
    let started = bench.apply(Input::Started { key: key(2), at: Timestamp(7) }).effects;
    assert_eq!(reports(&started), [(2, 2, What::Started)], "too late: it runs");
    let again = bench.hear(ToAgent::Revoke { term: 1, attempts: vec![key(2)] });
    assert_eq!(reports(&again), [(2, 2, What::Started)], "answered by what happened instead");
}

#[test]
fn p7_a_revoke_survives_the_keepers_absence() {
    let mut bench = Bench::with_keeper(1);
    bench.dispatch(1, vec![shell(1), shell(2)]);
    bench.apply(Input::KeeperGone);
    bench.hear(ToAgent::Revoke { term: 1, attempts: vec![key(1)] });
    let effects = bench.keeper_there(LEDGER, Vec::new());
    assert_eq!(reports(&effects), [(1, 1, What::Revoked)]);
    assert_eq!(starts(&effects), [2]);
}

#[test]
fn p7_killing_what_has_not_started_ends_it_here() {
    let mut bench = Bench::new(1);
    bench.dispatch(1, vec![shell(1)]);
    let effects = bench.hear(ToAgent::Kill { term: 1, attempts: vec![key(1)] });
    assert_eq!(reports(&effects).iter().map(|r| exit(&r.2)).collect::<Vec<_>>(), [Some(Exit::Killed)]);
    assert_eq!(starts(&bench.keeper_there(LEDGER, Vec::new())), NONE);
}

#[test]
fn p7_a_kill_of_what_the_keeper_has_survives_a_restart() {
    let mut bench = Bench::with_keeper(1);
    bench.dispatch(1, vec![shell(1)]);
    assert_eq!(bench.hear(ToAgent::Kill { term: 1, attempts: vec![key(1)] }), [Effect::Kill(key(1))]);
    bench.restart();
    let running = kept(1, KeptStage::Running { since: Timestamp(5) });
    let effects = bench.keeper_there(LEDGER, vec![running]);
    assert!(effects.contains(&Effect::Kill(key(1))), "{effects:?}");
    bench.restart();
    let effects = bench.keeper_there(LEDGER, Vec::new());
    assert_eq!(starts(&effects), NONE);
    assert_eq!(reports(&effects).iter().filter_map(|r| exit(&r.2)).collect::<Vec<_>>(), [Exit::Killed]);
}

#[test]
fn p7_an_unknown_attempt_gets_a_tombstone_that_its_late_dispatch_meets() {
    for (message, says) in [
        (ToAgent::Kill { term: 1, attempts: vec![key(1)] }, Some(Exit::Killed)),
        (ToAgent::Revoke { term: 1, attempts: vec![key(1)] }, None),
    ] {
        let mut bench = Bench::with_keeper(1);
        let effects = bench.hear(message.clone());
        let answer = reports(&effects);
        assert_eq!(answer.iter().map(|r| exit(&r.2)).collect::<Vec<_>>(), [says]);
        assert_eq!(reports(&bench.hear(message)), answer, "said again, under the same number");

        bench.restart();
        bench.keeper_there(LEDGER, Vec::new());
        assert_eq!(reports(&bench.dispatch(1, vec![shell(1)])), answer);
        bench.receipt(1);
        assert_eq!(bench.dispatch(1, vec![shell(1)]), [], "the scheduler knows");
        // A higher term shuts out every dispatch that could still be under way.
        bench.hear(query(2));
        assert!(bench.state.book.tombstones.is_empty());
        assert_eq!(bench.dispatch(1, vec![shell(1)]), []);
    }
}

#[test]
fn p9_reports_move_forward_only() {
    let mut bench = Bench::with_keeper(1);
    bench.dispatch(1, vec![shell(1)]);
    bench.ends(key(1), Exit::Success);
    let forget = [Effect::Forget(key(1))];
    assert_eq!(bench.apply(Input::Started { key: key(1), at: Timestamp(1) }).effects, []);
    assert_eq!(bench.ends(key(1), Exit::Code(1)), forget, "the first word stays");
    assert_eq!(bench.apply(Input::Withdrawn { key: key(1) }).effects, []);
}

#[test]
fn p6_what_runs_for_an_earlier_journal_is_taken_over_and_reported() {
    let mut bench = Bench::with_keeper(2);
    let mut foreign = kept(8, KeptStage::Running { since: Timestamp(5) });
    foreign.incarnation = ME + 1;
    let effects = bench.keeper_there(LEDGER, vec![foreign]);
    assert_eq!(reports(&effects), [(1, 8, What::Started)]);
    assert_eq!(bench.state.list(bench.now, question(1)).held[0].number, 0);
    let effects = bench.ends(key(8), Exit::Code(4));
    assert_eq!(reports(&effects), [(2, 8, ended(Exit::Code(4)))]);
    assert!(effects.contains(&Effect::Forget(key(8))));
}

#[test]
fn the_heartbeat_agrees_with_the_list() {
    let mut bench = Bench::with_keeper(1);
    bench.dispatch(1, vec![shell(1), shell(2), noop(3)]);
    bench.apply(Input::Started { key: key(1), at: Timestamp(3) });
    let list = bench.state.list(bench.now, question(1));
    let phases: Vec<Phase> = list.held.iter().map(|held| held.phase).collect();
    assert_eq!(phases, [Phase::Running, Phase::Accepted, Phase::Ended]);
    let heartbeat = bench.state.heartbeat(Timestamp(9));
    let hash = daybreak_bus::held::held_hash(list.held.iter().map(|held| (held.key, held.phase)));
    assert_eq!((heartbeat.held_hash, heartbeat.running), (hash, 1));
}

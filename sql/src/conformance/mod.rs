//! One suite, every store: each guarantee of [`Store`] and of its [`History`](daybreak_scheduler::ports::History) is one function of
//! that name.
//!
//! ```ignore
//! daybreak_sql::store_conformance!(MyFixture::new());
//! ```
//!
//! makes one test of each.

mod archive;
mod extremes;
mod fencing;
mod history;
mod late_ends;
mod lease;
mod load;
mod round_trip;
mod rules;
pub mod sample;
mod session;

use std::future::Future;

use daybreak_scheduler::ports::{SharedStore, Store};

pub use archive::*;
pub use extremes::extremes as every_table;
pub use fencing::*;
pub use history::*;
pub use late_ends::*;
pub use lease::*;
pub use load::*;
pub use round_trip::*;
pub use rules::*;
pub use session::Session;

/// What the suite needs to know about an implementation: how to get at one store, again and again.
pub trait StoreFixture: Send + Sync {
    /// The implementation.
    type S: Store;

    /// Opens the one store of this fixture. It is empty the first time; later it holds what was committed before. At most one is open at
    /// a time: the former one has been dropped.
    fn open(&self) -> impl Future<Output = Self::S> + Send;
}

/// A store that several schedulers share: the suite opens it more than once at a time.
pub trait SharedFixture: StoreFixture<S: SharedStore> {}

impl<F: StoreFixture<S: SharedStore>> SharedFixture for F {}

/// Makes one test of all guarantees of [`SharedStore`]; as [`store_conformance!`](crate::store_conformance), and beside it.
#[macro_export]
macro_rules! shared_store_conformance {
    ($name:ident, $server:ident = $start:expr; $fixture:expr) => {
        $crate::store_conformance! { @test $name, $server = $start; $fixture;
            one_of_many_leads
            a_lease_that_runs_out_makes_room
            a_batch_renews_the_lease
            a_renewal_keeps_the_term
            who_was_deposed_renews_nothing
            who_gives_up_makes_room_and_writes_no_more
        }
    };
}

/// Makes one test of every guarantee, or, where a test process costs much, one test of all. The expression gives a fresh fixture.
#[macro_export]
macro_rules! store_conformance {
    ($fixture:expr) => {
        $crate::store_conformance! { @list @tests $fixture }
    };
    ($name:ident, $server:ident = $start:expr; $fixture:expr) => {
        $crate::store_conformance! { @list @test $name, $server = $start; $fixture }
    };
    (@list $($what:tt)*) => {
        $crate::store_conformance! { $($what)*;
            a_new_store_is_empty
            a_claim_raises_the_term
            a_claim_lasts
            a_batch_of_an_older_term_is_refused
            a_batch_of_a_term_to_come_is_refused
            a_batch_out_of_turn_is_refused
            a_refused_batch_writes_nothing
            a_lost_answer_is_found_out
            time_does_not_run_back
            every_row_comes_back_as_it_was
            every_state_and_exit_comes_back
            everything_survives_reopening
            an_upsert_overwrites
            the_same_rows_again_change_nothing
            renames_keep_the_number
            a_large_batch_is_one_batch
            a_load_is_in_order
            a_load_has_the_attempts_of_what_holds_slots
            a_load_has_deliveries_of_unplanned_periods
            attempts_and_arrivals_are_in_order
            history_knows_nothing_of_what_is_not_there
            history_sees_a_batch_when_it_is_committed
            a_command_is_found_by_its_id
            commands_come_newest_first
            definitions_come_by_version
            what_is_archived_leaves_the_load_and_stays_in_history
            archiving_takes_what_the_same_batch_wrote
            what_was_archived_may_come_back
            a_late_delivery_joins_what_is_archived
            met_sets_survive_the_archive
            a_late_end_completes_its_attempt
            a_late_end_overwrites_nothing
            a_late_kill_settles_no_doubt
            a_late_end_follows_what_the_same_batch_wrote
            a_late_end_finds_what_is_archived
            a_late_end_comes_back_as_it_was
            a_command_takes_effect_once
            what_is_inserted_must_be_new
            the_life_cycle_is_held
            nothing_speaks_of_unknown_jobs
        }
    };
    (@test $name:ident, $server:ident = $start:expr; $fixture:expr; $($guarantee:ident)*) => {
        #[tokio::test]
        async fn $name() {
            let $server = $start;
            $(
                eprintln!("{}", stringify!($guarantee));
                $crate::conformance::$guarantee(&$fixture).await;
            )*
        }
    };
    (@tests $fixture:expr; $($guarantee:ident)*) => {
        $(
            #[tokio::test]
            async fn $guarantee() {
                $crate::conformance::$guarantee(&$fixture).await;
            }
        )*
    };
}

//! What answers look like: golden files in English and Chinese, `UPDATE_GOLDEN=1 cargo nextest run -p daybreak-cli`
//! writes them anew.

mod night;

use std::collections::BTreeMap;
use std::path::Path;

use daybreak_bus::message::Exit;
use daybreak_cli::lang::Lang;
use daybreak_cli::messages::Catalogue;
use daybreak_cli::show::{self, Listing};
use daybreak_cli::terminal::Look;
use daybreak_flows::source::SourceTree;
use daybreak_scheduler::engine::state::State;
use daybreak_scheduler::engine::view::{Counts, InstanceView, WhyView};
use unicode_width::UnicodeWidthStr;

const WIDTH: u16 = 110;

fn everything(look: Look) -> Vec<(&'static str, String)> {
    let face = night::face();
    let words = BTreeMap::from([("dwd_flight@20130117".to_owned(), "no such table: ods_weather".to_owned())]);
    let files = SourceTree { files: BTreeMap::from([("dwd.yaml".to_owned(), night::DWD_YAML.to_owned())]) };
    vec![
        ("status", show::status(look, &face, &night::status())),
        ("list", show::list(look, &face, &night::instances(), 6)),
        ("show", show::instance(look, &face, &night::show())),
        ("why", show::why(look, &face, &night::why(), &words)),
        (
            "answer",
            show::answer(look, &night::reply(), Listing::default())
                + &show::refusals(look, &night::reply(), Listing::default()),
        ),
        (
            "preview",
            show::preview(look, &night::reply(), Listing { in_order: true, all: false })
                + &show::refusals(look, &night::reply(), Listing::default()),
        ),
        ("audit", show::audit(look, &face, &night::audit(), 50)),
        ("apply", show::diff(look, &night::diff())),
        ("plan", show::timetable(look, &face, &night::timetable())),
        ("check", show::problems(look, &night::problems(), Path::new("flows"), &files)),
    ]
}

fn golden(lang: Lang, name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/{name}.{}.txt", lang.tag()));
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, text).expect("the golden directory is there");
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(text, expected, "{} differs; UPDATE_GOLDEN=1 writes it anew", path.display());
}

#[test]
fn answers_look_as_they_did() {
    for lang in Lang::ALL {
        let look = Look { catalogue: Catalogue::of(lang), width: Some(WIDTH), color: false };
        for (name, text) in everything(look) {
            golden(lang, name, &text);
        }
    }
}

#[test]
fn rows_stay_rows_on_a_usual_terminal_however_long_a_sentence_is() {
    let face = night::face();
    for lang in Lang::ALL {
        let look = Look { catalogue: Catalogue::of(lang), width: Some(80), color: false };
        let instances = night::instances();
        let list = show::list_table(look, &face, &instances).to_string();
        for instance in &instances {
            let row =
                list.lines().find(|line| line.starts_with(&instance.job) && line.contains(&instance.period));
            assert!(row.is_some(), "{} has no row:\n{list}", instance.job);
        }
        let mut status = night::status();
        let platforms = status.platforms.iter_mut().map(|(_, counts)| counts);
        for counts in std::iter::once(&mut status.counts).chain(platforms) {
            // The columns that are always there.
            let Counts { total, succeeded, failed, running, waiting_predecessors, .. } = *counts;
            let (waiting_agent, not_triggered) = (counts.waiting_agent, counts.not_triggered);
            *counts = Counts {
                total,
                succeeded,
                failed,
                running,
                waiting_predecessors,
                waiting_agent,
                not_triggered,
                ..Counts::default()
            };
        }
        let status = show::status(look, &face, &status);
        let all = look.catalogue.text("count-all", &[]);
        assert!(status.lines().any(|line| line.starts_with(&all)), "one row a platform:\n{status}");
    }
}

#[test]
fn tables_fit_the_terminal_in_columns_and_not_in_characters() {
    let face = night::face();
    for (lang, width) in Lang::ALL.into_iter().flat_map(|lang| [40, 60, 80, WIDTH].map(|width| (lang, width)))
    {
        let look = Look { catalogue: Catalogue::of(lang), width: Some(width), color: false };
        let tables = [
            show::list_table(look, &face, &night::instances()).to_string(),
            show::audit(look, &face, &night::audit(), 50),
            show::agents(look, &face, &night::agents()),
        ];
        for line in tables.iter().flat_map(|table| table.lines()) {
            assert!(
                line.width() <= width.into(),
                "{} columns of {width}: {line}\n{}",
                line.width(),
                tables.concat()
            );
            assert!(!line.contains('\u{1b}') && !line.ends_with(' '), "{line:?}");
        }
        let status = show::status(look, &face, &night::status());
        for whole in ["1284", "dwd_flight", "feed_weather", "2013020902"] {
            let words = [&tables[0], &status].map(|text| text.split_whitespace().any(|word| word == whole));
            assert!(words.contains(&true), "{whole} is broken at {width} columns:\n{status}{}", tables[0]);
        }
    }
}

#[test]
fn colours_change_nothing_but_the_colour() {
    for lang in Lang::ALL {
        let plain = Look { catalogue: Catalogue::of(lang), width: Some(WIDTH), color: false };
        let tinted = Look { color: true, ..plain };
        for ((name, plain), (_, tinted)) in everything(plain).into_iter().zip(everything(tinted)) {
            assert!(tinted.contains('\u{1b}') || name == "audit", "{name} has colours");
            let bare = console::strip_ansi_codes(&tinted);
            let bare = bare.lines().map(str::trim_end).collect::<Vec<_>>();
            assert_eq!(bare, plain.lines().collect::<Vec<_>>(), "{name}");
        }
    }
}

#[test]
fn a_pipe_gets_whole_lines() {
    let look = Look { catalogue: Catalogue::of(Lang::En), width: None, color: false };
    let list = show::list(look, &night::face(), &night::instances(), 6);
    assert_eq!(list.lines().count(), 2 + night::instances().len() + 1, "one line a row:\n{list}");
}

#[test]
fn what_was_killed_is_said_once() {
    let killed = InstanceView {
        attempt: 1,
        exit: Some(Exit::Killed),
        ..night::instance("dwd_flight", "20130117", State::Killed)
    };
    let why = WhyView { instance: killed, needs: Vec::new(), roots: Vec::new(), roots_total: 0 };
    for (lang, state, words) in [
        (Lang::En, "dwd_flight@20130117: killed (attempt 1), since", "killed"),
        (Lang::ZhCn, "dwd_flight@20130117：已终止（第 1 次执行），自", "终止"),
    ] {
        let look = Look { catalogue: Catalogue::of(lang), width: Some(WIDTH), color: false };
        let told = show::why(look, &night::face(), &why, &BTreeMap::new());
        assert!(told.starts_with(state), "{told}");
        let listed = show::list(look, &night::face(), std::slice::from_ref(&why.instance), 1);
        assert_eq!(listed.matches(words).count(), 1, "{listed}");
    }
}

//! docs/semantics.md tells the rules, each with a link to the scenario that proves it; neither may be without the other.

use std::collections::BTreeSet;
use std::path::Path;

/// Where scenarios lie as seen from docs/.
const SCENARIOS: &str = "../scheduler/tests/scenarios/";

/// Targets of Markdown links: what stands between `](` and `)`.
fn links(text: &str) -> BTreeSet<&str> {
    text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target).collect()
}

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn every_scenario_is_linked_and_every_link_is_a_scenario() {
    let text = read("docs/semantics.md");
    let linked: BTreeSet<String> =
        links(&text).into_iter().filter_map(|link| link.strip_prefix(SCENARIOS)).map(str::to_owned).collect();
    let existing: BTreeSet<String> = crate::scenarios().into_iter().map(|(name, _)| name).collect();
    let unlinked: Vec<_> = existing.difference(&linked).collect();
    let missing: Vec<_> = linked.difference(&existing).collect();
    assert!(unlinked.is_empty(), "docs/semantics.md does not mention {unlinked:?}");
    assert!(missing.is_empty(), "docs/semantics.md links to {missing:?}, which do not exist");
}

/// Every step that a scenario can have stands in README.md.
#[test]
fn the_list_of_steps_is_complete() {
    let text = read("scheduler/tests/scenarios/README.md");
    let used: BTreeSet<String> = crate::scenarios()
        .iter()
        .flat_map(|(name, text)| {
            let script =
                crate::script::Script::parse(text).unwrap_or_else(|problem| panic!("{name}: {problem}"));
            script.items.into_iter().filter_map(|item| match item {
                crate::script::Item::Step { line, .. } => line.split_whitespace().next().map(str::to_owned),
                crate::script::Item::Verbatim(_) => None,
            })
        })
        .collect();
    let unknown: Vec<_> = used.iter().filter(|verb| !text.contains(&format!("`{verb}"))).collect();
    assert!(unknown.is_empty(), "README.md does not explain {unknown:?}");
}

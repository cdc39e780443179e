//! The graph functions against reference answers that networkx computed for graphs of other projects.
//!
//! The data lies beside the repository and is not part of it; without it the test says so and passes.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use daybreak_flows::graph::{Graph, Towards};
use rayon::prelude::*;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

#[derive(Deserialize)]
struct Input {
    nodes: Vec<Node>,
    edges: Vec<(String, String)>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    runtime_s: Option<f64>,
}

#[derive(Deserialize)]
struct Answer {
    file: String,
    nodes: usize,
    is_dag: bool,
    self_loops: Vec<String>,
    scc_members: Vec<Vec<String>>,
    levels: Option<usize>,
    max_level_width: Option<usize>,
    critical_path_s: Option<f64>,
    critical_path: Option<Vec<String>>,
    closure: Vec<Closure>,
}

#[derive(Deserialize)]
struct Closure {
    id: String,
    down: usize,
    up: usize,
    down_sha: String,
    up_sha: String,
}

/// A graph under its own names.
struct Named {
    ids: Vec<String>,
    numbers: BTreeMap<String, u32>,
    runtimes_us: Vec<u64>,
    graph: Graph,
}

fn data() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    folder.join("graphs/answers").is_dir().then_some(folder)
}

fn read(path: &Path) -> Input {
    let bytes = fs::read(path).unwrap();
    if path.extension().is_some_and(|ending| ending == "gz") {
        let mut text = String::new();
        flate2::read::GzDecoder::new(bytes.as_slice()).read_to_string(&mut text).unwrap();
        return serde_json::from_str(&text).unwrap();
    }
    serde_json::from_slice(&bytes).unwrap()
}

impl Named {
    /// Edges from or to nodes that are not listed are left out, as the reference does.
    fn new(input: &Input) -> Self {
        let ids: Vec<String> = input.nodes.iter().map(|node| node.id.clone()).collect();
        let numbers: BTreeMap<String, u32> = ids.iter().cloned().zip(0..).collect();
        let runtimes_us =
            input.nodes.iter().map(|node| (node.runtime_s.unwrap_or(0.0) * 1e6).round() as u64).collect();
        let number = |id| numbers.get(id).copied();
        let edges = input.edges.iter().filter_map(|(before, after)| Some((number(before)?, number(after)?)));
        let graph = Graph::new(numbers.len() as u32, edges);
        Self { ids, numbers, runtimes_us, graph }
    }

    fn names(&self, nodes: &[u32]) -> Vec<&str> {
        let mut names: Vec<&str> = nodes.iter().map(|node| self.ids[*node as usize].as_str()).collect();
        names.sort_unstable();
        names
    }

    fn sha(&self, nodes: &[u32]) -> String {
        let digest = Sha256::digest(self.names(nodes).join("\n").as_bytes());
        digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }
}

fn check_cycles(named: &Named, answer: &Answer) {
    let cycles = named.graph.cycles();
    let (loops, knots): (Vec<_>, Vec<_>) = cycles.iter().partition(|members| members.len() == 1);
    let mut knots: Vec<Vec<&str>> = knots.into_iter().map(|members| named.names(members)).collect();
    knots.sort_unstable();
    let mut expected: Vec<Vec<&str>> =
        answer.scc_members.iter().map(|members| members.iter().map(String::as_str).collect()).collect();
    expected.iter_mut().for_each(|members| members.sort_unstable());
    expected.sort_unstable();
    assert_eq!(knots, expected, "cycles of {}", answer.file);
    for member in loops {
        assert!(answer.self_loops.contains(&named.ids[member[0] as usize]), "self loop in {}", answer.file);
    }
    for id in &answer.self_loops {
        assert!(cycles.iter().flatten().any(|node| *node == named.numbers[id]), "{id} in {}", answer.file);
    }
}

fn check_levels(named: &Named, answer: &Answer) {
    let levels = named.graph.levels();
    assert_eq!(levels.is_some(), answer.is_dag, "is {} without cycles", answer.file);
    let (Some(levels), Some(expected)) = (levels, answer.levels) else { return };
    let count = levels.iter().max().map_or(0, |highest| *highest as usize + 1);
    assert_eq!(count, expected, "levels of {}", answer.file);
    let widest = (0..count).map(|level| levels.iter().filter(|l| **l as usize == level).count()).max();
    assert_eq!(widest.unwrap_or(0), answer.max_level_width.unwrap_or(0), "widest level of {}", answer.file);
}

fn check_critical_path(named: &Named, answer: &Answer) {
    let (Some(expected_s), Some(expected_path)) = (answer.critical_path_s, &answer.critical_path) else {
        return;
    };
    let path = named.graph.critical_path(&named.runtimes_us).expect("only graphs without cycles have one");
    let expected_us = (expected_s * 1e6).round() as u64;
    assert!(
        path.length.abs_diff(expected_us) <= expected_path.len() as u64,
        "critical path of {}",
        answer.file
    );
    let sum: u64 = path.nodes.iter().map(|node| named.runtimes_us[*node as usize]).sum();
    assert_eq!(sum, path.length, "nodes and length of the critical path of {}", answer.file);
    // Of paths with the same length the reference may have taken another one.
    let ids: Vec<&str> = path.nodes.iter().map(|node| named.ids[*node as usize].as_str()).collect();
    let theirs: u64 = expected_path.iter().map(|id| named.runtimes_us[named.numbers[id] as usize]).sum();
    assert!(
        ids == *expected_path || theirs == path.length,
        "another critical path of {}: {ids:?}",
        answer.file
    );
}

fn check_closures(named: &Named, answer: &Answer) {
    let nodes: Vec<u32> = answer.closure.iter().map(|closure| named.numbers[&closure.id]).collect();
    let down = named.graph.closures(&nodes, Towards::Downstream);
    let up = named.graph.closures(&nodes, Towards::Upstream);
    for ((expected, down), up) in answer.closure.iter().zip(&down).zip(&up) {
        let (id, file) = (&expected.id, &answer.file);
        assert_eq!((down.len(), up.len()), (expected.down, expected.up), "closure of {id} in {file}");
        assert_eq!(named.sha(down), expected.down_sha, "downstream of {id} in {file}");
        assert_eq!(named.sha(up), expected.up_sha, "upstream of {id} in {file}");
    }
}

#[test]
fn every_graph_agrees_with_networkx() {
    let Some(data) = data() else {
        eprintln!("skipped: the reference answers are not beside this repository");
        return;
    };
    let answers: Vec<PathBuf> =
        fs::read_dir(data.join("graphs/answers")).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(answers.len() > 100, "only {} answers", answers.len());
    answers.par_iter().for_each(|path| {
        let answer: Answer = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
        let named = Named::new(&read(&data.join(&answer.file)));
        assert_eq!(named.ids.len(), answer.nodes, "nodes of {}", answer.file);
        check_cycles(&named, &answer);
        check_levels(&named, &answer);
        check_critical_path(&named, &answer);
        check_closures(&named, &answer);
    });
}

/// Debian's packages depend on each other in circles. There is no reference answer for them, so the knots are held
/// against closures, which are computed another way: a member's knot is what it reaches and what reaches it.
#[test]
fn knots_of_debian_are_mutual_reachability() {
    let Some(data) = data() else {
        eprintln!("skipped: the graph of Debian is not beside this repository");
        return;
    };
    let named = Named::new(&read(&data.join("graphs/debian_depends.json.gz")));
    let cycles = named.graph.cycles();
    assert!(named.graph.levels().is_none() && cycles.len() > 10, "{} knots", cycles.len());
    cycles.par_iter().filter(|members| members.len() > 1).for_each(|members| {
        let first = members[0];
        let up = named.graph.closure(first, Towards::Upstream);
        let mut mutual = named.graph.closure(first, Towards::Downstream);
        mutual.retain(|node| up.binary_search(node).is_ok());
        mutual.insert(mutual.partition_point(|node| *node < first), first);
        assert_eq!(mutual, *members, "the knot of {}", named.ids[first as usize]);
        let circle = named.graph.shortest_cycle(first).expect("a member of a knot is on a cycle");
        assert!(circle.iter().all(|node| members.contains(node)), "a circle leaves its knot");
    });
    let in_knots: usize = cycles.iter().map(Vec::len).sum();
    println!("{} packages, {} knots with {in_knots} members", named.ids.len(), cycles.len());
}

//! Tasks as agents get them, for particular periods, as golden files.

use daybreak_flows::compile;
use daybreak_flows::period::Period;
use daybreak_flows::render::{RenderError, render, watch};
use daybreak_flows::source::SourceTree;
use serde_json::json;

use crate::golden::golden_files;

/// The task of `JOB@PERIOD` and where its delivery is looked for, as JSON.
fn rendered(tree: &SourceTree, question: &str) -> String {
    let compiled = compile(tree);
    let Some(definitions) = compiled.definitions else { panic!("{:#?}", compiled.problems) };
    let (name, label) = question.split_once('@').expect("render files ask `>>> JOB@PERIOD`");
    let ix = definitions.job_named(name).expect("the job exists");
    let job = &definitions.jobs[ix as usize];
    let ordinal = Period::parse(job.cycle, label, &job.zone).unwrap().ordinal;
    let shown = render(&definitions, ix, ordinal).and_then(|run| {
        let watch = watch(&definitions, ix, ordinal)?;
        let watch =
            watch.map(|watch| json!({ "dir": watch.dir, "files": watch.files, "check": watch.check }));
        Ok(json!({ "run": run, "watch": watch }))
    });
    match shown {
        Ok(value) => format!("{}\n", serde_json::to_string_pretty(&value).unwrap()),
        Err(error @ RenderError { .. }) => format!("{error}: {}\n", error.source),
    }
}

#[test]
fn golden() {
    let files = golden_files("render");
    assert!(!files.is_empty());
    let wrong: Vec<String> = files.into_iter().filter_map(|golden| golden.settle(rendered)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

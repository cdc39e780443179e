//! Whatever stands in the files: `compile` comes back, and every finding names a place that exists.

use daybreak_flows::compile;
use daybreak_flows::sarif::to_sarif;
use daybreak_flows::source::SourceTree;
use proptest::prelude::*;

const FLOW: &str = include_str!("../check/issue.txt");
const TEXTS: &str = include_str!("../check/texts.txt");

/// Pieces of definitions and of what breaks them.
const PIECES: &[&str] = &[
    "flow: a\n",
    "cycle: day\n",
    "jobs:\n",
    "feeds:\n",
    "  x: {noop: true}\n",
    "  y:\n",
    "    needs: [x@prev, y]\n",
    "start: T+1 01:30\n",
    "    sql: |\n",
    "      select :day\n",
    "{{ ",
    " }}",
    "{% ",
    " %}",
    "'",
    "\"",
    "[",
    "]",
    "{",
    "}",
    ": ",
    "- ",
    "\t",
    "&a ",
    "*a",
    "<<: ",
    "!!x ",
    "? ",
    "---\n",
    "#",
    " # c\n",
    "|\n",
    ">\n",
    "\n",
    "  ",
    ",",
    "@each",
    "@-6..0",
    "@month-1",
    "cron: \"*/5 * * * *\"\n",
    "lag: 1\n",
    "except: {month_end: {start: manual}}",
    "from: 2019-01-01\n",
    "until: 0001-01-01\n",
    "calendar: work\n",
    "zone: Asia/Shanghai\n",
    "账期",
    "\u{feff}",
    "\u{e0ff}",
    "\u{0}",
    "9999999999",
    "-",
    "T+99999",
    "workday 3",
    "files: \"in/{{ hour - 1 }}\"",
    "params: {a: b}\n",
    "%YAML 1.2\n",
    "platform: yt\n",
    "\r\n",
    "load: {into: yt.t}",
    "dir: \"{{ day | format('%d') }}\"",
];

fn check(files: &[(&str, &str)]) -> Result<(), TestCaseError> {
    let files = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
    let tree = SourceTree { files: files.collect() };
    let compiled = compile(&tree);
    for problem in &compiled.problems {
        let text = tree.files.get(&problem.at.file);
        prop_assert!(text.is_some(), "{problem} is in no file");
        let lines = text.map_or(0, |text| text.lines().count());
        prop_assert!(
            problem.at.line >= 1 && problem.at.line as usize <= lines + 1,
            "{problem} is on no line"
        );
        prop_assert!(problem.at.column >= 1, "{problem} has no column");
    }
    let results = to_sarif(&compiled.problems, "")["runs"][0]["results"].as_array().map(Vec::len);
    prop_assert_eq!(results, Some(compiled.problems.len()));
    let again = compile(&tree);
    prop_assert_eq!(again.problems, compiled.problems, "twice the same tree, other findings");
    Ok(())
}

/// A text with a stretch of it replaced.
fn spliced(text: &str, at: usize, length: usize, piece: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let start = at % (chars.len() + 1);
    let end = (start + length).min(chars.len());
    chars[..start].iter().copied().chain(piece.chars()).chain(chars[end..].iter().copied()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn any_text(text in any::<String>(), tree in any::<String>()) {
        check(&[("a.yaml", &text), ("daybreak.yaml", &tree), ("x.sql", &text)])?;
    }

    #[test]
    fn pieces_of_definitions(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..60)) {
        let text: String = pieces.concat();
        check(&[("a.yaml", &text), ("daybreak.yaml", "platforms: {yt: {url: \"sqlite:x\"}}\n"), ("x.sh", "true")])?;
    }

    #[test]
    fn definitions_with_accidents(
        accidents in prop::collection::vec((any::<usize>(), 0_usize..20, prop::sample::select(PIECES)), 1..6),
    ) {
        // The golden files hold whole trees; here each is cut into one text, which is as wrong as a file can be.
        for golden in [FLOW, TEXTS] {
            let mut files: Vec<(String, String)> = Vec::new();
            for part in golden.split("=== ").skip(1) {
                let (path, text) = part.split_once('\n').unwrap_or((part, ""));
                let text = text.split(">>> ").next().unwrap_or_default();
                let text = accidents.iter().fold(text.to_owned(), |text, (at, length, piece)| spliced(&text, *at, *length, piece));
                files.push((path.to_owned(), text));
            }
            let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
            check(&files)?;
        }
    }
}

#[test]
fn hostile_texts() {
    let deep =
        ["[", "{a: ", "- ", "{{", "{", "? "].map(|open| format!("flow: a\njobs: {}", open.repeat(20_000)));
    let nested: String = (0..500).map(|depth| format!("{}a:\n", "  ".repeat(depth))).collect();
    let wide = format!("flow: a\ncycle: day\nstart: manual\njobs: {{{}}}", "x".repeat(200_000));
    let braces = format!("flow: a\ntitle: {}\n", "{{ x }} ".repeat(2_000));
    for text in deep.iter().chain([&nested, &wide, &braces]) {
        check(&[("a.yaml", text)]).unwrap();
    }
}

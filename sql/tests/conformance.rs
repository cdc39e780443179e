//! The one suite, on every store of this crate.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use daybreak_sql::conformance::StoreFixture;
use daybreak_sql::memory::{MemoryDisk, MemoryStore};
use daybreak_sql::sqlite::SqliteStore;

#[derive(Default)]
struct MemoryFixture {
    disk: MemoryDisk,
}

impl StoreFixture for MemoryFixture {
    type S = MemoryStore;

    async fn open(&self) -> MemoryStore {
        self.disk.open()
    }
}

struct SqliteFixture {
    dir: tempfile::TempDir,
}

impl Default for SqliteFixture {
    fn default() -> Self {
        Self { dir: tempfile::tempdir().expect("a folder") }
    }
}

impl StoreFixture for SqliteFixture {
    type S = SqliteStore;

    async fn open(&self) -> SqliteStore {
        SqliteStore::open(self.dir.path()).await.expect("opens")
    }
}

mod memory {
    use super::MemoryFixture;
    daybreak_sql::store_conformance!(MemoryFixture::default());
}

mod sqlite {
    use super::SqliteFixture;
    daybreak_sql::store_conformance!(SqliteFixture::default());
}

/// A guarantee that is not on the list would be tested on nothing.
#[test]
fn every_guarantee_is_on_the_list() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/conformance");
    let mut written = BTreeSet::new();
    let mut list = String::new();
    for entry in fs::read_dir(folder).expect("the suite").map(|entry| entry.expect("a file").path()) {
        let text = fs::read_to_string(&entry).expect("a text");
        let functions = text.lines().filter_map(|line| line.strip_prefix("pub async fn "));
        let names = functions.filter_map(|line| line.split_once("<F: S").map(|(name, _)| name.to_owned()));
        written.extend(names);
        if entry.ends_with("mod.rs") {
            list = text;
        }
    }
    let listed: BTreeSet<String> = list.lines().map(|line| line.trim().to_owned()).collect();
    let missing: Vec<_> = written.difference(&listed).collect();
    assert!(missing.is_empty(), "add to `store_conformance!` in src/conformance/mod.rs: {missing:?}");
    assert!(written.len() > 30, "the functions were found");
}

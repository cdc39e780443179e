//! The files of a tree by number and by name, and which of them are definitions.

use std::collections::BTreeMap;

use crate::decode::node::{Mark, Paths, Spot};
use crate::names::did_you_mean;
use crate::source::SourceTree;

/// The files of a tree, in the order of their paths.
#[derive(Debug)]
pub(crate) struct Tree<'t> {
    pub(crate) paths: Paths<'t>,
    texts: Vec<&'t str>,
    /// Lower-cased path → numbers: names of files are found without their case.
    by_lower: BTreeMap<String, Vec<u32>>,
}

/// Which file a path names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Found<'t> {
    /// None.
    Nothing,
    /// The one that is spelled like it, or the only one that differs in case.
    File(u32),
    /// Several that differ from it in case only.
    Several(Vec<&'t str>),
}

/// What a file is, judged by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FileKind {
    /// `daybreak.yaml`, in the root or below.
    Folder,
    /// Any other `*.yaml`.
    Flow,
    /// `*.yml`, `*.YAML`, `Daybreak.yaml`: almost certainly meant to be a definition.
    Misnamed,
    /// Read only where a definition names it.
    Other,
}

impl<'t> Tree<'t> {
    pub(crate) fn new(source: &'t SourceTree) -> Self {
        let paths: Vec<&str> = source.files.keys().map(String::as_str).collect();
        let mut by_lower: BTreeMap<String, Vec<u32>> = BTreeMap::new();
        for (file, path) in (0..).zip(&paths) {
            by_lower.entry(path.to_lowercase()).or_default().push(file);
        }
        Self { texts: source.files.values().map(String::as_str).collect(), paths: Paths(paths), by_lower }
    }

    /// Numbers of all files.
    pub(crate) fn files(&self) -> std::ops::Range<u32> {
        0..self.texts.len() as u32
    }

    pub(crate) fn path(&self, file: u32) -> &'t str {
        self.paths.0[file as usize]
    }

    pub(crate) fn text(&self, file: u32) -> &'t str {
        self.texts[file as usize]
    }

    /// What the file is. Files and folders that begin with a dot are none of ours.
    pub(crate) fn kind(&self, file: u32) -> FileKind {
        let path = self.path(file);
        let hidden = path.split('/').any(|part| part.starts_with('.'));
        let name = path.rsplit('/').next().unwrap_or(path);
        match name.rsplit_once('.') {
            _ if hidden => FileKind::Other,
            Some((_, "yaml")) if name == "daybreak.yaml" => FileKind::Folder,
            // Who writes that means the one that is read.
            Some((_, "yaml")) if name.eq_ignore_ascii_case("daybreak.yaml") => FileKind::Misnamed,
            Some((_, "yaml")) => FileKind::Flow,
            Some((_, ending)) if ["yml", "yaml"].iter().any(|known| ending.eq_ignore_ascii_case(known)) => {
                FileKind::Misnamed
            }
            _ => FileKind::Other,
        }
    }

    /// The folder of a file, without a slash at its end; empty for the root.
    pub(crate) fn folder(&self, file: u32) -> &'t str {
        split(self.path(file)).0
    }

    /// The file at a path relative to a folder, found without its case unless several differ in nothing else. `..` may not
    /// leave the tree.
    pub(crate) fn find(&self, folder: &str, path: &str) -> Found<'t> {
        let Some(path) = normalise(folder, path) else { return Found::Nothing };
        let files = self.by_lower.get(&path.to_lowercase()).map_or(&[] as &[u32], Vec::as_slice);
        let exact = files.iter().find(|file| self.path(**file) == path);
        match (files, exact) {
            ([], _) => Found::Nothing,
            ([file], _) | (_, Some(file)) => Found::File(*file),
            (several, None) => Found::Several(several.iter().map(|file| self.path(*file)).collect()),
        }
    }

    /// The path in the tree that comes nearest to one that does not exist.
    pub(crate) fn nearest(&self, folder: &str, path: &str) -> Option<&'t str> {
        let wanted = normalise(folder, path)?;
        let (folder, name) = split(&wanted);
        let beside = self.paths.0.iter().map(|path| split(path)).filter(|(its, _)| *its == folder);
        let near = did_you_mean(name, beside.map(|(_, name)| name));
        near.and_then(|name| self.paths.0.iter().find(|path| split(path) == (folder, name)).copied()).or_else(
            || did_you_mean(&wanted, self.paths.0.iter().copied().filter(|path| split(path).0 != folder)),
        )
    }

    /// The beginning of a file.
    pub(crate) const fn start_of(&self, file: u32) -> Spot {
        Spot { file, mark: Mark { line: 1, column: 1 } }
    }
}

/// Folder and name of a path.
fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

/// `folder/path` without `.` and `..`; `None` if it leaves the tree.
fn normalise(folder: &str, path: &str) -> Option<String> {
    if path.starts_with('/') {
        return None;
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

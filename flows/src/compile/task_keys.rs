//! Decodes the task keys of a job.

use crate::compile::raw::{RawCopy, RawHttp, RawLoad, RawTask, TaskBody};
use crate::decode::fields::{Fields, Reader, Spanned};
use crate::decode::keys::{self, METHODS};
use crate::decode::node::{Node, Value};
use crate::problem::Code;

impl Reader<'_> {
    /// All task keys that the job has, and whether all could be read: more than one is reported later, when names are
    /// known. `noop: false` is none.
    pub(crate) fn tasks(&mut self, fields: Fields<'_, '_>) -> (Vec<RawTask>, bool) {
        let (mut tasks, mut all_read) = (Vec::new(), true);
        for key in ["shell", "sql", "file", "http", "load", "copy", "noop"] {
            let Some(entry) = fields.get(key) else { continue };
            match self.task(key, fields, &entry.value) {
                Some(TaskBody::Noop(false)) => {}
                Some(body) => tasks.push(RawTask { at: self.spot(entry.key.at), key, body }),
                None => all_read = false,
            }
        }
        (tasks, all_read)
    }

    fn task(&mut self, key: &str, fields: Fields<'_, '_>, node: &Node<'_>) -> Option<TaskBody> {
        match key {
            "shell" => self.script(fields, key).map(TaskBody::Shell),
            "sql" => self.script(fields, key).map(TaskBody::Sql),
            "file" => self.text(fields, key).map(TaskBody::File),
            "http" => self.http(node).map(TaskBody::Http),
            "load" => self.load(node).map(TaskBody::Load),
            "copy" => self.copy(node).map(TaskBody::Copy),
            _ => self.flag(fields, key).map(|flag| TaskBody::Noop(flag.value)),
        }
    }

    /// `http: URL` or `http: {url: …}`.
    fn http(&mut self, node: &Node<'_>) -> Option<RawHttp> {
        if let Value::Text(url) = &node.value {
            let url = self.spanned(url.at, url.text.clone().into_owned());
            return Some(RawHttp {
                url,
                method: None,
                headers: Default::default(),
                body: None,
                expect: Vec::new(),
            });
        }
        let fields = self.fields(node, &keys::HTTP)?;
        let expect = self.texts(fields, "expect").unwrap_or_default();
        Some(RawHttp {
            url: self.text(fields, "url")?,
            method: self.word(fields, "method", METHODS, METHODS),
            headers: self.text_map(fields, "headers").unwrap_or_default(),
            body: self.text(fields, "body"),
            expect: expect.iter().filter_map(|status| self.number_in("expect", status, 100, 599)).collect(),
        })
    }

    fn load(&mut self, node: &Node<'_>) -> Option<RawLoad> {
        let fields = self.fields(node, &keys::LOAD)?;
        let files = self.text(fields, "files");
        let replace = self.text(fields, "replace");
        Some(RawLoad {
            into: self.text(fields, "into")?,
            replace_lost: Self::is_lost(fields, "replace", replace.as_ref()),
            replace,
            files_lost: Self::is_lost(fields, "files", files.as_ref()),
            files,
            check: self.text(fields, "check"),
            separator: self.separator(fields),
            encoding: self.text(fields, "encoding"),
            columns: self.texts(fields, "columns").unwrap_or_default(),
            set: self.text_map(fields, "set").unwrap_or_default(),
            null: self.texts(fields, "null").unwrap_or_default(),
        })
    }

    fn separator(&mut self, fields: Fields<'_, '_>) -> Option<Spanned<char>> {
        let text = self.text(fields, "separator")?;
        let mut chars = text.value.chars();
        match (text.value.as_str(), chars.next(), chars.next()) {
            ("tab" | "\\t", ..) => Some(Spanned { at: text.at, value: '\t' }),
            (_, Some(one), None) => Some(Spanned { at: text.at, value: one }),
            _ => {
                let message = format!("`separator` takes one character, not `{}`", text.value);
                self.problem(Code::BadValue, text.at.mark, message).suggest("write \",\", \"|\" or tab");
                None
            }
        }
    }

    fn copy(&mut self, node: &Node<'_>) -> Option<RawCopy> {
        let fields = self.fields(node, &keys::COPY)?;
        Some(RawCopy {
            from: self.text(fields, "from")?,
            to: self.text(fields, "to")?,
            rows: self.text(fields, "rows"),
            columns: self.texts(fields, "columns").unwrap_or_default(),
        })
    }
}

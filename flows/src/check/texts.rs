//! Templates that cannot be filled, binds that nobody supplies, and templates where none are filled.
//!
//! Every template is filled for some sample periods, exactly as a task is rendered.

use super::places;
use crate::compile::draft::{Draft, Fill, Origin, Written};
use crate::decode::fields::list_of;
use crate::decode::node::Spot;
use crate::model::Job;
use crate::names::did_you_mean;
use crate::period::{Ordinal, Period};
use crate::problem::{Code, Problem, Problems};
use crate::sql_text::{self, Placeholder};
use crate::template::{self, Scope, TemplateError};
use crate::vocabulary;

use rayon::prelude::*;

/// Reports what is wrong in the texts of all jobs.
pub(super) fn check(draft: &Draft<'_>, problems: &mut Problems) {
    let jobs: Vec<_> = draft.definitions.jobs.iter().zip(&draft.origins).collect();
    let found: Vec<Vec<Problem>> = jobs
        .par_iter()
        .filter(|(_, origin)| origin.cycle_known && origin.params_known)
        .map(|(job, origin)| of_job(draft, job, origin))
        .collect();
    problems.0.extend(found.into_iter().flatten());
}

fn of_job(draft: &Draft<'_>, job: &Job, origin: &Origin<'_>) -> Vec<Problem> {
    if origin.texts.is_empty() {
        return Vec::new();
    }
    let ordinals = vocabulary::samples(job.cycle, &job.zone);
    let periods: Vec<_> =
        ordinals.iter().map(|ordinal| vocabulary::values(job.cycle, *ordinal, &job.zone)).collect();
    let samples =
        periods.iter().map(|periods| Scope { periods, params: &job.params, zone: &job.zone }).collect();
    let mut checker = Checker { draft, job, ordinals, samples, problems: Problems::default() };
    for written in &origin.texts {
        checker.text(written);
    }
    checker.problems.0
}

struct Checker<'c, 'd> {
    draft: &'c Draft<'d>,
    job: &'c Job,
    /// Periods for which templates are tried out.
    ordinals: Vec<Ordinal>,
    /// One for each of these.
    samples: Vec<Scope<'c>>,
    problems: Problems,
}

impl Checker<'_, '_> {
    fn text(&mut self, written: &Written<'_>) {
        self.secret(written);
        match written.fill {
            Fill::Template => self.template(written),
            Fill::Condition => {
                self.template(written);
                self.sql(written, &without_templates(written.text));
            }
            Fill::Sql => {
                self.no_template(written, |name| format!("write the bind `:{name}`"));
                self.sql(written, written.text);
            }
            Fill::Value => self.value(written),
            Fill::Script => {
                if written.text.trim().is_empty() {
                    let message = format!("`{}` of `{}` holds no command", written.field, self.job.name);
                    self.add(
                        Code::NoTask,
                        written,
                        0,
                        message,
                        Some("write one, or `noop: true`".to_owned()),
                    );
                }
                self.no_template(written, |name| match vocabulary::ALL.contains(&name) {
                    true => format!("write `${}`", name.to_uppercase()),
                    false => format!("write `${name}`"),
                });
            }
            Fill::Nothing => self.no_template(written, |_| "write the value as it is".to_owned()),
        }
    }

    /// Agents put secrets in where they reach nobody else: not into texts that stand in logs and in databases.
    fn secret(&mut self, written: &Written<'_>) {
        let field = written.field.as_ref();
        let put_in = matches!(field, "url" | "headers" | "body") || field.starts_with("env.");
        // A parameter reaches scripts through their environment; where SQL takes it, it is looked at there.
        if put_in || field.starts_with("params.") {
            return;
        }
        if let Some(at) = written.text.find(SECRET) {
            let message =
                format!("`{field}` of `{}` names a secret, and none is put in there", self.job.name);
            self.add(Code::SecretNotHere, written, at, message, Some(SECRETS_STAND.to_owned()));
        }
    }

    fn add(
        &mut self,
        code: Code,
        written: &Written<'_>,
        offset: usize,
        message: String,
        suggestion: Option<String>,
    ) {
        let file = self.draft.tree.text(written.at.file);
        let mark = places::of_byte(file, written, offset);
        let at = self.draft.tree.paths.position(Spot { mark, ..written.at });
        self.problems.add(code, at, message).suggest_some(suggestion);
    }

    fn template(&mut self, written: &Written<'_>) {
        let field = &written.field;
        if !template::is_template(written.text) {
            return;
        }
        for (fault, sample) in template::faults(written.text, &self.samples) {
            match fault {
                TemplateError::Unknown { name, suggestion, at } => {
                    let message =
                        format!("`{field}` of `{}` uses `{name}`, which does not exist", self.job.name);
                    self.add(Code::UnknownVariable, written, at.unwrap_or(0), message, Some(suggestion));
                }
                TemplateError::Bad { message, at } => {
                    // A template that works on most days is told from the day on which it does not.
                    let when = match self.ordinals.get(sample) {
                        Some(ordinal) if sample > 0 => {
                            let period = Period { cycle: self.job.cycle, ordinal: *ordinal };
                            format!(" for {}", period.label(&self.job.zone))
                        }
                        Some(_) | None => String::new(),
                    };
                    let message =
                        format!("`{field}` of `{}` cannot be filled{when}: {message}", self.job.name);
                    self.add(
                        Code::BadTemplate,
                        written,
                        at.unwrap_or(0),
                        message,
                        Some(TEMPLATE_FORMS.to_owned()),
                    );
                }
            }
        }
    }

    fn sql(&mut self, written: &Written<'_>, sql: &str) {
        let field = &written.field;
        let text = match sql_text::scan(sql) {
            Ok(text) => text,
            Err(error) => {
                let message = format!("`{field}` of `{}`: {error}", self.job.name);
                let suggestion = Some("close it; inside a string a quote is written twice".to_owned());
                return self.add(Code::BadSql, written, error.start, message, suggestion);
            }
        };
        if text.empty {
            let message = format!("`{field}` of `{}` holds no statement", self.job.name);
            self.add(Code::BadSql, written, 0, message, Some("write one, or `noop: true`".to_owned()));
        }
        for placeholder in text.placeholders {
            self.placeholder(written, placeholder);
        }
    }

    fn placeholder(&mut self, written: &Written<'_>, placeholder: Placeholder<'_>) {
        let text = placeholder.text;
        let Some(name) = placeholder.bind() else {
            let message = format!("`{text}` is no bind here: agents supply values by name");
            let near = self.near(&text[1..].to_lowercase());
            return self.add(Code::UnknownBind, written, placeholder.start, message, Some(near));
        };
        if self.job.params.get(name).is_some_and(|value| value.contains(SECRET)) {
            let message = format!("`:{name}` of `{}` is a secret, and none is put into SQL", self.job.name);
            self.add(
                Code::SecretNotHere,
                written,
                placeholder.start,
                message,
                Some(SECRETS_STAND.to_owned()),
            );
        }
        if !self.names().any(|known| known == name) {
            let message = format!("`{}` has no value for `:{name}`", self.job.name);
            let near = self.near(name);
            self.add(Code::UnknownBind, written, placeholder.start, message, Some(near));
        }
    }

    /// A constant column: a bind if it is nothing else.
    fn value(&mut self, written: &Written<'_>) {
        self.no_template(written, |name| format!("write the bind `:{name}`"));
        if let Ok(text) = sql_text::scan(written.text)
            && let [placeholder] = text.placeholders.as_slice()
            && placeholder.text.len() == written.text.len()
            && placeholder.bind().is_some()
        {
            self.placeholder(written, *placeholder);
        }
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        let periods = vocabulary::of(self.job.cycle).iter().copied();
        periods.chain(self.job.params.keys().map(String::as_str))
    }

    fn near(&self, name: &str) -> String {
        if let Some(near) = did_you_mean(name, self.names()) {
            return format!("did you mean `:{near}`?");
        }
        let binds: Vec<String> = self.names().map(|name| format!(":{name}")).collect();
        format!("there are {}", list_of(binds.iter().map(String::as_str)))
    }

    /// A template of ours where nobody fills it. Other `{{ }}` may belong to the program that is called.
    fn no_template(&mut self, written: &Written<'_>, instead: impl Fn(&str) -> String) {
        let Some((at, name)) = self.own_template(written.text) else { return };
        let suggestion = instead(name);
        let message = format!(
            "`{}` of `{}` is not a template: `{{{{ {name} }}}}` stays as it is",
            written.field, self.job.name
        );
        self.add(Code::TemplateNotHere, written, at, message, Some(suggestion));
    }

    /// The first `{{ name` whose name is one of ours.
    fn own_template<'t>(&self, text: &'t str) -> Option<(usize, &'t str)> {
        text.match_indices("{{").find_map(|(at, _)| {
            let inside = text[at + 2..].trim_start_matches([' ', '(']);
            let length =
                inside.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(inside.len());
            let name = &inside[..length];
            let ours = vocabulary::ALL.contains(&name) || self.job.params.contains_key(name);
            ours.then_some((at, name))
        })
    }
}

const SECRET: &str = "secret://";
const SECRETS_STAND: &str = "secrets stand in `env`, in a platform's `url`, and in `url`, `headers` and `body` of `http`; \
                             a script takes them from its environment";

const TEMPLATE_FORMS: &str = "as in `{{ day }}`, `{{ day - 1 }}` or `{{ day | format(\"%Y-%m-%d\") }}`";

/// The text with its templates blanked out, at the same offsets.
fn without_templates(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find("{{") {
        let close = rest[open..].find("}}").map_or(rest.len(), |at| open + at + 2);
        out.push_str(&rest[..open]);
        // A value stands there: `x` keeps the text from looking empty.
        out.extend(std::iter::repeat_n('x', close - open));
        rest = &rest[close..];
    }
    out.push_str(rest);
    out
}

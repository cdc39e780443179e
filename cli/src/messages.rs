//! The catalogue: every sentence that the program says, in every language that it speaks.
//!
//! Texts live in `cli/locales/*.ftl` and are embedded; those of `--help` have a file of their own in every language but
//! English, which stands with the commands. [`say!`](crate::say) looks one up by a literal key; the tests
//! below find keys that are missing, unused, or that take other arguments in another language.

use std::fmt;
use std::sync::OnceLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};

use crate::lang::Lang;

/// All texts of one language.
pub struct Catalogue {
    lang: Lang,
    bundle: FluentBundle<FluentResource>,
}

impl fmt::Debug for Catalogue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Catalogue").field("lang", &self.lang).finish_non_exhaustive()
    }
}

/// The embedded file of a language.
const fn source(lang: Lang) -> &'static str {
    match lang {
        Lang::En => include_str!("../locales/en.ftl"),
        Lang::ZhCn => include_str!("../locales/zh-CN.ftl"),
    }
}

/// The embedded file of `--help` in a language.
const fn help(lang: Lang) -> &'static str {
    match lang {
        Lang::En => "",
        Lang::ZhCn => include_str!("../locales/help.zh-CN.ftl"),
    }
}

impl Catalogue {
    /// The catalogue of a language, parsed once.
    #[must_use]
    pub fn of(lang: Lang) -> &'static Self {
        static EN: OnceLock<Catalogue> = OnceLock::new();
        static ZH_CN: OnceLock<Catalogue> = OnceLock::new();
        match lang {
            Lang::En => EN.get_or_init(|| Self::parse(lang)),
            Lang::ZhCn => ZH_CN.get_or_init(|| Self::parse(lang)),
        }
    }

    fn parse(lang: Lang) -> Self {
        let tag = lang.tag().parse().expect("the tags of our own languages are language tags");
        let mut bundle = FluentBundle::new_concurrent(vec![tag]);
        // Isolation marks are for right-to-left mixtures; in a terminal they are garbage before and after each value.
        bundle.set_use_isolating(false);
        for text in [source(lang), help(lang)] {
            let resource = FluentResource::try_new(text.to_owned())
                .unwrap_or_else(|(_, errors)| panic!("locales, {}: {errors:?}", lang.tag()));
            bundle
                .add_resource(resource)
                .unwrap_or_else(|errors| panic!("locales, {}: {errors:?}", lang.tag()));
        }
        Self { lang, bundle }
    }

    /// Which language it is.
    #[must_use]
    pub const fn lang(&self) -> Lang {
        self.lang
    }

    /// The text of a key with its arguments put in.
    ///
    /// A key that does not exist is shown as it is: a missing sentence must not keep an operator from the number
    /// beside it. The tests keep that from happening.
    #[must_use]
    pub fn text(&self, key: &str, args: &[(&'static str, FluentValue<'_>)]) -> String {
        let Some(pattern) = self.bundle.get_message(key).and_then(|message| message.value()) else {
            debug_assert!(false, "locales/{}.ftl has no `{key}`", self.lang.tag());
            return key.to_owned();
        };
        let mut errors = Vec::new();
        let args = args.iter().cloned().collect::<FluentArgs<'_>>();
        let text = self.bundle.format_pattern(pattern, Some(&args), &mut errors).into_owned();
        debug_assert!(errors.is_empty(), "locales/{}.ftl, `{key}`: {errors:?}", self.lang.tag());
        text
    }

    /// The text of a key without arguments, if this language has it.
    #[must_use]
    pub fn find(&self, key: &str) -> Option<String> {
        self.bundle.has_message(key).then(|| self.text(key, &[]))
    }

    /// The keys of the texts of `--help`, in file order.
    #[cfg(test)]
    pub(crate) fn help_keys() -> Vec<String> {
        let lines = help(Lang::ZhCn).lines().filter(|line| !line.starts_with(['#', ' ']));
        lines.filter_map(|line| line.split_once(" =")).map(|(key, _)| key.to_owned()).collect()
    }
}

/// `say!(catalogue, "key", name = value, …)`: the text of a key, see [`Catalogue::text`].
#[macro_export]
macro_rules! say {
    ($catalogue:expr, $key:expr $(, $name:ident = $value:expr)* $(,)?) => {
        $catalogue.text($key, &[$( (stringify!($name), fluent_bundle::FluentValue::from($value)) ),*])
    };
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::path::Path;

    use daybreak_flows::problem::Code;

    use super::{Catalogue, Lang, source};

    /// Keys with the names of their arguments, from the text of a catalogue.
    fn entries(lang: Lang) -> BTreeMap<String, BTreeSet<String>> {
        let mut entries = BTreeMap::<_, BTreeSet<String>>::new();
        let mut key = String::new();
        for line in source(lang).lines().filter(|line| !line.starts_with('#')) {
            if let Some((name, _)) = line.split_once(" = ").filter(|_| !line.starts_with(' ')) {
                name.clone_into(&mut key);
                assert!(!entries.contains_key(name), "locales/{}.ftl has `{name}` twice", lang.tag());
            }
            if !key.is_empty() {
                let arguments = line.split('$').skip(1).map(|rest| {
                    rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect::<String>()
                });
                entries.entry(key.clone()).or_default().extend(arguments);
            }
        }
        entries
    }

    /// All Rust files of this crate.
    fn sources(directory: &Path, texts: &mut Vec<String>) {
        for entry in std::fs::read_dir(directory).expect("the crate's sources are there") {
            let path = entry.expect("the crate's sources are there").path();
            if path.is_dir() {
                sources(&path, texts);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = std::fs::read_to_string(&path).expect("the crate's sources are text");
                let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
                texts.push(code.collect::<Vec<_>>().join("\n"));
            }
        }
    }

    #[test]
    fn every_language_has_the_same_keys_with_the_same_arguments() {
        let english = entries(Lang::En);
        assert!(english.len() > 100, "the catalogue was read");
        for lang in Lang::ALL {
            assert_eq!(entries(lang), english, "locales/{}.ftl differs from en.ftl", lang.tag());
        }
    }

    #[test]
    fn every_kind_of_finding_has_a_name_in_every_language() {
        for code in Code::ALL {
            let key = format!("finding-{code}");
            assert_eq!(Catalogue::of(Lang::En).text(&key, &[]), code.title(), "{code}");
            let chinese = Catalogue::of(Lang::ZhCn).text(&key, &[]);
            assert!(chinese.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)), "{code}: {chinese}");
        }
    }

    #[test]
    fn every_key_is_used_and_every_used_key_exists() {
        let mut texts = Vec::new();
        sources(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")), &mut texts);
        let all = texts.concat();
        let entries = entries(Lang::En);
        let is_kind = |key: &str| Code::ALL.iter().any(|code| key == format!("finding-{code}"));
        let unused = entries.keys().filter(|key| !is_kind(key) && !all.contains(&format!("\"{key}\"")));
        let unused = unused.collect::<Vec<_>>();
        assert!(unused.is_empty(), "nobody says {unused:?}");
        // `say!(catalogue, "key"`: whatever expression the catalogue is, the key is the first literal after a comma.
        let missing = all.split("say!(").skip(1).filter_map(|call| {
            let after = call.split_once(',')?.1.trim_start();
            let key = after.strip_prefix('"')?.split('"').next()?;
            (!entries.contains_key(key)).then_some(key)
        });
        assert_eq!(missing.collect::<Vec<_>>(), [""; 0], "locales/en.ftl lacks these");
    }
}

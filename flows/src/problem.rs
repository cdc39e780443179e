//! What is wrong with a tree of definitions: every finding of `check` has a code, a place, a sentence and,
//! where there is one, a suggestion.

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};

use crate::source::Position;

/// Whether a finding keeps the definitions from being applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The definitions cannot be used.
    Error,
    /// They can, and probably do not say what was meant.
    Warning,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
        })
    }
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Which kind of finding; each has a page `docs/errors/CODE.md`.
    pub code: Code,
    /// Whether it is an error.
    pub severity: Severity,
    /// Where it is, in the file that has to be changed.
    pub at: Position,
    /// What is wrong, as a sentence without a full stop.
    pub message: String,
    /// What to write instead, or where to look.
    pub suggestion: Option<String>,
}

impl Problem {
    /// A finding without a suggestion; its severity follows from the code.
    #[must_use]
    pub fn new(code: Code, at: Position, message: impl Into<String>) -> Self {
        Self { code, severity: code.severity(), at, message: message.into(), suggestion: None }
    }

    /// The order in which findings are shown: by place, then by code.
    pub(crate) fn order(&self) -> impl Ord + '_ {
        (&self.at, self.code, &self.message)
    }
}

impl fmt::Display for Problem {
    /// `flows/a.yaml:3:5: error F0006: message`, and the suggestion on a line of its own.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Position { file, line, column } = &self.at;
        write!(f, "{file}:{line}:{column}: {} {}: {}", self.severity, self.code, self.message)?;
        match &self.suggestion {
            Some(suggestion) => write!(f, "\n    {suggestion}"),
            None => Ok(()),
        }
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Declares the codes in one table, so that number, severity and title cannot drift apart.
macro_rules! codes {
    ($( $code:literal $severity:ident $name:ident $title:literal; )*) => {
        /// The kinds of findings. Numbers are stable: one that is no longer used is never given to another kind.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $( #[doc = $title] $name, )*
        }

        impl Code {
            /// All codes in the order of their numbers.
            pub const ALL: &'static [Self] = &[ $( Self::$name, )* ];

            /// The number, as it stands in messages and names the page: `F0006`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $( Self::$name => $code, )* }
            }

            /// Whether findings of this kind are errors.
            #[must_use]
            pub const fn severity(self) -> Severity {
                match self { $( Self::$name => Severity::$severity, )* }
            }

            /// The kind in a few words: the title of its page.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $( Self::$name => $title, )* }
            }
        }
    };
}

codes! {
    // The text of a file.
    "F0001" Error   Syntax             "The file is not valid YAML";
    "F0002" Error   NeedsQuotes        "A value has to be put in quotes";
    "F0003" Error   DuplicateKey       "The same key stands twice";
    "F0004" Error   YamlFeature        "A feature of YAML that definitions do not use";
    "F0005" Error   Tab                "A tab in the indentation";
    "F0006" Error   UnknownKey         "A key that nobody reads";
    "F0007" Error   WrongKind          "A list, a map or a text where something else belongs";
    "F0008" Error   BadValue           "A value that cannot be read";
    "F0009" Error   MissingKey         "A key is missing";
    "F0010" Error   OutOfRange         "A number outside its range";
    "F0011" Error   KeyNotHere         "A key at the wrong place";
    "F0012" Warning IgnoredFile        "A file that looks like a definition and is not read";
    // Names.
    "F0101" Error   DuplicateJob       "Two jobs of the same name";
    "F0102" Error   BadName            "A name with characters that names cannot have";
    "F0103" Error   UnknownJob         "A need on a job that does not exist";
    "F0104" Error   UnknownPlatform    "A platform that is not defined";
    "F0105" Error   UnknownCalendar    "A calendar that is not defined";
    "F0106" Error   UnknownResource    "A resource that is not defined";
    "F0107" Error   DuplicateName      "Two flows, platforms, calendars or resources of the same name";
    "F0108" Error   UnknownZone        "A time zone that does not exist";
    "F0109" Error   FormerName         "A former name that is in use";
    // Needs and periods.
    "F0201" Error   CyclesDiffer       "A need between cycles that differ, without a mapping";
    "F0202" Error   MappingDoesNotFit  "A mapping that does not fit the two cycles";
    "F0203" Error   DependencyCycle    "Jobs that wait for each other";
    "F0204" Error   NeverMet           "A need that can never be met";
    "F0205" Warning NoPeriod           "A need on periods that do not exist";
    "F0206" Error   DuplicateNeed      "The same need twice";
    "F0207" Error   EmptyRange         "A job or a calendar without days";
    "F0208" Warning NeverApplies       "An exception that never applies";
    // Starts.
    "F0301" Error   PeriodsWithoutStart "Periods that no start belongs to";
    "F0302" Warning StartsWithoutPeriod "Starts that no period belongs to";
    "F0303" Error   TwoStarts          "Two starts for one period";
    "F0304" Error   NothingStarts      "A job that nothing can start";
    "F0305" Error   LagWithoutCron     "A lag without a cron";
    "F0306" Error   CronWithoutLag     "A cron without a lag";
    "F0307" Error   StartTwice         "A start and a cron for the same job";
    "F0308" Warning PromiseBeforeStart "A promise before the start";
    "F0309" Warning FeedWithoutDue     "An interface without a reference time";
    "F0310" Error   StartWithoutCycle  "A clock start for a job without a cycle";
    "F0311" Error   NoSuchMoment       "A promise or a reference time that does not exist";
    // Tasks and templates.
    "F0401" Error   SeveralTasks       "More than one task for a job";
    "F0402" Error   NoTask             "A job without a task";
    "F0403" Error   FileNotFound       "A file that is not in the tree";
    "F0404" Error   NoConnection       "A task without a database to run on";
    "F0405" Error   BadTemplate        "A template that cannot be rendered";
    "F0406" Error   UnknownVariable    "A variable that does not exist";
    "F0407" Error   UnknownBind        "A bind that does not exist";
    "F0408" Error   TemplateNotHere    "A template where templates are not filled";
    "F0409" Error   ReservedName       "A parameter with a reserved name";
    "F0410" Error   BadSql             "An SQL text that cannot be read";
    "F0411" Error   SecretNotHere      "A secret where none is put in";
    // Limits.
    "F0501" Error   OverLimit          "More units than the resource has";
    // Files that whoever reads the tree cannot read.
    "F0601" Error   Unreadable         "A file or folder that cannot be read";
    "F0602" Error   NotText            "A file that is not UTF-8";
    "F0603" Error   FileTooLarge       "A file that is too large for definitions";
    "F0604" Error   LinkUp             "A symbolic link to a folder above it";
}

/// Collects the findings of one stage; nothing is ever reported first-only.
#[derive(Debug, Default)]
pub(crate) struct Problems(pub(crate) Vec<Problem>);

impl Problems {
    /// Adds a finding and gives it back for a suggestion: `problems.add(…).suggest(…)`.
    pub(crate) fn add(&mut self, code: Code, at: Position, message: impl Into<String>) -> Added<'_> {
        self.0.push(Problem::new(code, at, message));
        Added(self.0.last_mut())
    }
}

impl Problems {
    /// Adds a finding in the words of an error: what it says behind its first colon is what to do.
    pub(crate) fn add_error(&mut self, code: Code, at: Position, error: impl AsRef<str>) {
        let (message, suggestion) = apart(error.as_ref());
        self.add(code, at, message).suggest_some(suggestion);
    }
}

/// `` `30` is no length of time: write … `` in two: colons inside of backticks, and those behind a lone field, do not count.
fn apart(error: &str) -> (&str, Option<&str>) {
    let field = error.strip_prefix('`').and_then(|rest| rest.find("`: ")).map_or(0, |end| end + 4);
    let mut quoted = false;
    for (at, c) in error.char_indices().skip_while(|(at, _)| *at < field) {
        match c {
            '`' => quoted = !quoted,
            ':' if !quoted && error[at + 1..].starts_with(' ') => {
                return (&error[..at], Some(&error[at + 2..]));
            }
            _ => {}
        }
    }
    (error, None)
}

/// A finding just added.
pub(crate) struct Added<'a>(Option<&'a mut Problem>);

impl Added<'_> {
    /// Says what to do about it.
    pub(crate) fn suggest(self, suggestion: impl Into<String>) {
        self.suggest_some(Some(suggestion));
    }

    /// Says what to do about it, if something is known.
    pub(crate) fn suggest_some(self, suggestion: Option<impl Into<String>>) {
        if let Some(problem) = self.0 {
            problem.suggestion = suggestion.map(Into::into);
        }
    }
}

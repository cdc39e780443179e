//! The attempt's log, as its readers see it: one line per step, with counts and times, and no secret.

use std::borrow::Cow;
use std::fmt;
use std::io::Write;
use std::time::{Duration, Instant};

use super::mask::Mask;

/// Where the attempt's steps are told.
pub(super) struct Log<'w> {
    out: &'w mut dyn Write,
    mask: Mask,
}

impl<'w> Log<'w> {
    pub(super) fn new(out: &'w mut dyn Write, secrets: &[String]) -> Self {
        Self { out, mask: Mask::new(secrets) }
    }

    /// One line, masked. A log that cannot be written (disk full) must not undo the work, so errors end here.
    pub(super) fn line(&mut self, text: fmt::Arguments<'_>) {
        let text = text.to_string();
        let _ = writeln!(self.out, "{}", self.mask.apply(&text));
    }

    /// For texts that are cut before they are written: see [`Mask::apply`].
    pub(super) fn masked<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.mask.apply(text)
    }

    /// See [`Mask::longest`].
    pub(super) fn secret_length_max(&self) -> usize {
        self.mask.longest()
    }
}

/// Measures one step for the log; nothing is decided by it but how long an HTTP request may still take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stopwatch(Instant);

impl Stopwatch {
    #[expect(clippy::disallowed_methods, reason = "the child process is an adapter; it only measures itself")]
    pub(super) fn start() -> Self {
        Self(Instant::now())
    }

    pub(super) fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}

/// `0.4 ms`, `38 ms`, `2.31 s`, `14 min 03 s`.
impl fmt::Display for Stopwatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_duration(f, self.elapsed())
    }
}

fn write_duration(f: &mut fmt::Formatter<'_>, duration: Duration) -> fmt::Result {
    let ms = duration.as_secs_f64() * 1e3;
    match duration.as_secs() {
        0 if ms < 10.0 => write!(f, "{ms:.1} ms"),
        0 => write!(f, "{ms:.0} ms"),
        1..60 => write!(f, "{:.2} s", duration.as_secs_f64()),
        s => write!(f, "{} min {:02} s", s / 60, s % 60),
    }
}

/// `1 row`, `842 rows`.
pub(super) struct Counted(pub(super) u64, pub(super) &'static str);

impl fmt::Display for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}{}", self.0, self.1, if self.0 == 1 { "" } else { "s" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Shown(Duration);

    impl fmt::Display for Shown {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write_duration(f, self.0)
        }
    }

    #[test]
    fn durations_are_short_and_have_a_unit() {
        let cases = [(412, "0.4 ms"), (38_000, "38 ms"), (2_310_000, "2.31 s"), (843_000_000, "14 min 03 s")];
        for (us, expected) in cases {
            assert_eq!(Shown(Duration::from_micros(us)).to_string(), expected);
        }
    }

    #[test]
    fn a_line_is_masked() {
        let mut out = Vec::new();
        Log::new(&mut out, &["geheim".to_owned()]).line(format_args!("password is {}", "geheim"));
        assert_eq!(out, b"password is ***\n");
    }
}

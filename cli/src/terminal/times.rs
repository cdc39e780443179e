//! Points in time and lengths of time as operators read them.

use daybreak_flows::time::{Span, Timestamp, Zone};
use jiff::civil::Date;

/// Shows points in time in one zone, and leaves the date out where it is today's.
#[derive(Debug, Clone)]
pub struct Clockface {
    zone: Zone,
    now: Timestamp,
}

impl Clockface {
    /// A clock face for a zone, at a moment.
    #[must_use]
    pub const fn new(zone: Zone, now: Timestamp) -> Self {
        Self { zone, now }
    }

    /// The moment that "today" is taken from.
    #[must_use]
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// `01:30 EST`, or `2013-01-17 01:30 EST` on another day.
    #[must_use]
    pub fn minute(&self, at: Timestamp) -> String {
        self.format(at, "%H:%M %Z")
    }

    /// `01:30:07 EST`, or `2013-01-17 01:30:07 EST` on another day.
    #[must_use]
    pub fn second(&self, at: Timestamp) -> String {
        self.format(at, "%H:%M:%S %Z")
    }

    /// `2013-01-17 01:30 EST`, whatever day it is: for moments that stand beside others of other days.
    #[must_use]
    pub fn dated(&self, at: Timestamp) -> String {
        at.to_jiff().to_zoned(self.zone.tz().clone()).strftime("%Y-%m-%d %H:%M %Z").to_string()
    }

    /// The date that goes without saying.
    #[must_use]
    pub fn today(&self) -> Date {
        self.now.to_jiff().to_zoned(self.zone.tz().clone()).date()
    }

    fn format(&self, at: Timestamp, time: &str) -> String {
        let local = at.to_jiff().to_zoned(self.zone.tz().clone());
        let today = self.today();
        let clock = local.strftime(time);
        if local.date() == today { clock.to_string() } else { format!("{} {clock}", local.date()) }
    }

    /// How long ago something was; nothing is ever shown as being in the future.
    #[must_use]
    pub fn ago(&self, at: Timestamp) -> String {
        span(self.now.since(at).max(Span::ZERO))
    }
}

/// A length of time with its two most significant units: `350ms`, `4.2s`, `42s`, `2m05s`, `1h07m`, `3d04h`.
#[must_use]
pub fn span(span: Span) -> String {
    let ms = span.0.unsigned_abs();
    let sign = if span.0 < 0 { "-" } else { "" };
    let (s, m, h) = (ms / 1_000, ms / 60_000, ms / 3_600_000);
    match ms {
        0..1_000 => format!("{sign}{ms}ms"),
        1_000..10_000 => format!("{sign}{s}.{}s", ms % 1_000 / 100),
        10_000..60_000 => format!("{sign}{s}s"),
        60_000..3_600_000 => format!("{sign}{m}m{:02}s", s % 60),
        3_600_000..86_400_000 => format!("{sign}{h}h{:02}m", m % 60),
        86_400_000.. => format!("{sign}{}d{:02}h", h / 24, h % 24),
    }
}

#[cfg(test)]
mod tests {
    use daybreak_flows::time::{Span, Timestamp, Zone};

    use super::{Clockface, span};

    #[test]
    fn spans_show_two_units() {
        for (ms, expected) in [
            (0, "0ms"),
            (350, "350ms"),
            (1_000, "1.0s"),
            (4_290, "4.2s"),
            (9_999, "9.9s"),
            (42_900, "42s"),
            (125_000, "2m05s"),
            (3_599_999, "59m59s"),
            (4_020_000, "1h07m"),
            (86_399_999, "23h59m"),
            (273_600_000, "3d04h"),
            (-125_000, "-2m05s"),
        ] {
            assert_eq!(span(Span(ms)), expected, "{ms} ms");
        }
    }

    #[test]
    fn the_date_is_shown_unless_it_is_today() {
        let zone = Zone::named("America/New_York").expect("the zone database is bundled");
        let at =
            |text: &str| Timestamp::from(text.parse::<jiff::Timestamp>().expect("a literal of this test"));
        // 2013-02-09 23:00 in New York, already the 10th in UTC.
        let face = Clockface::new(zone, at("2013-02-10T04:00:00Z"));
        for (when, expected) in [
            ("2013-02-09T06:30:00Z", "01:30 EST"),
            ("2013-02-09T04:59:59Z", "2013-02-08 23:59 EST"),
            ("2013-07-01T04:00:00Z", "2013-07-01 00:00 EDT"),
        ] {
            assert_eq!(face.minute(at(when)), expected);
        }
        assert_eq!(face.dated(at("2013-02-09T06:30:00Z")), "2013-02-09 01:30 EST");
        assert_eq!(face.second(at("2013-02-10T03:59:55Z")), "22:59:55 EST");
        assert_eq!(face.ago(at("2013-02-10T03:57:55Z")), "2m05s");
        assert_eq!(face.ago(at("2013-02-10T05:00:00Z")), "0ms");
    }
}

//! The witness file of a site.

pub(crate) use daybreak_tests::witness::{Courses, Event, Line, courses, in_flight};

use crate::site::Site;

/// All lines, in the order in which they were written.
pub(crate) fn read(site: &Site) -> Vec<Line> {
    daybreak_tests::witness::read(&site.witness())
}

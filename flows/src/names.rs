//! Names as people type them: which of the known ones was meant, and what a name may consist of.

/// The known name that is nearest to what was typed, if one is near enough to be meant.
pub(crate) fn did_you_mean<'a>(typed: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let typed = typed.to_lowercase();
    let length = typed.chars().count();
    // One slip in three characters; short words only with one slip.
    let slips_max = (length / 3).clamp(1, 4);
    let mut nearest: Option<(usize, &str)> = None;
    for name in known {
        let its_length = name.chars().count();
        // The beginning of one name counts like one slip: `mon` for `month`.
        let slips = if length >= 3 && its_length > length && name.to_lowercase().starts_with(&typed) {
            1
        } else if its_length.abs_diff(length) <= slips_max {
            strsim::osa_distance(&typed, &name.to_lowercase())
        } else {
            continue;
        };
        if slips <= slips_max && slips < length && nearest.is_none_or(|(fewest, _)| slips < fewest) {
            nearest = Some((slips, name));
        }
    }
    nearest.map(|(_, name)| name)
}

/// Whether a job, a flow, a platform, a calendar or a resource may be called that: letters of any language, digits
/// and `_ - .`, beginning with a letter, a digit or `_`. So `JOB@PERIOD` and paths stay unambiguous.
pub(crate) fn is_name(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|c| c.is_alphanumeric() || c == '_')
        && chars.all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))
        && text.chars().count() <= NAME_LENGTH_MAX
}

/// Longest name, in characters.
pub(crate) const NAME_LENGTH_MAX: usize = 120;

/// Whether a parameter may be called that: what SQL binds, templates and shells all can name.
pub(crate) fn is_identifier(text: &str) -> bool {
    text.chars().next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

//! The case folding of text, for [`Collation::Unicode`](crate::schema::Collation::Unicode).

/// Returns the text that stands for all texts that are equal without regard to case.
#[cfg(feature = "unicode")]
pub(crate) fn folded(text: &str) -> String {
    unicase::UniCase::unicode(text).to_folded_case()
}

/// No database of this build knows the collation, so that nothing was found to be equal by it.
#[cfg(not(feature = "unicode"))]
pub(crate) fn folded(text: &str) -> String {
    text.to_owned()
}

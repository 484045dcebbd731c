//! Case folding of text, for [`Collation::Unicode`](crate::schema::Collation::Unicode).

/// Returns the text with its case folded: texts that differ only in case have the same result.
#[cfg(feature = "unicode")]
pub(crate) fn folded(text: &str) -> String {
    unicase::UniCase::unicode(text).to_folded_case()
}

/// Returns the text unchanged. In a build without the feature `unicode`, this function replaces
/// the one that folds the case; a statement that uses the collation fails then anyway.
#[cfg(not(feature = "unicode"))]
pub(crate) fn folded(text: &str) -> String {
    text.to_owned()
}

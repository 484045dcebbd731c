//! Case folding of text, for [`Collation::Unicode`](crate::schema::Collation::Unicode).

/// Returns the text with its case folded: texts that differ only in case have the same result.
#[cfg(feature = "unicode")]
pub(crate) fn folded(text: &str) -> String {
    unicase::UniCase::unicode(text).to_folded_case()
}

/// Returns the text unchanged. It replaces the function above in a build without the feature
/// `unicode`, in which a statement that uses the collation fails anyway.
#[cfg(not(feature = "unicode"))]
pub(crate) fn folded(text: &str) -> String {
    text.to_owned()
}

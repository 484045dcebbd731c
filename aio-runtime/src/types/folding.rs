//! Case folding of text, for [`Collation::Unicode`](crate::schema::Collation::Unicode).

/// Folds the case of a text. Texts that differ only in case have the same result.
#[cfg(feature = "unicode")]
pub(crate) fn folded(text: &str) -> String {
    unicase::UniCase::unicode(text).to_folded_case()
}

/// Returns the text unchanged. This is the function without the feature `unicode`, with which no
/// statement can use the collation.
#[cfg(not(feature = "unicode"))]
pub(crate) fn folded(text: &str) -> String {
    text.to_owned()
}

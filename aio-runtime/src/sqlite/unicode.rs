//! Case-insensitive text for all letters: a collation, and functions for matching.
//!
//! Two texts are equal if their case foldings are equal
//! (<https://www.unicode.org/reports/tr44/#CaseFolding.txt>). Folding may turn one letter into
//! several: `ß` becomes `ss`. Texts are not normalized, so an accented letter that is written as
//! one character differs from the same letter written as two.

use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Error, Result};
use unicase::UniCase;

use crate::types::folded;

/// Registers the collation `unicode_nocase`, and the functions `unicode_lower`, `unicode_upper`
/// and `unicode_fold`.
pub(super) fn add_to(raw: &Connection) -> Result<()> {
    raw.create_collation("unicode_nocase", |one: &str, other: &str| {
        UniCase::unicode(one).cmp(&UniCase::unicode(other))
    })?;
    type OfText = fn(&str) -> String;
    let functions: [(&str, OfText); 3] =
        [("unicode_lower", str::to_lowercase), ("unicode_upper", str::to_uppercase), ("unicode_fold", folded)];
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS;
    for (name, function) in functions {
        raw.create_scalar_function(name, 1, flags, move |context| Ok(text(context, name)?.map(function)))?;
    }
    Ok(())
}

/// Returns the argument as text, or `None` if it is NULL.
fn text<'a>(context: &'a Context<'_>, name: &str) -> Result<Option<&'a str>> {
    let failed = |message: &str| Error::UserFunctionError(format!("{name}: {message}").into());
    match context.get_raw(0) {
        ValueRef::Null => Ok(None),
        ValueRef::Text(text) => str::from_utf8(text).map(Some).map_err(|_| failed("the text is not UTF-8")),
        _ => Err(failed("expected text")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::error::typed;
    use super::*;

    /// Creates a file whose schema uses the feature's collation and functions, and opens it
    /// without them, as a build without the feature would.
    #[test]
    fn without_the_feature_an_error_names_it() -> Result<()> {
        let folder = std::env::temp_dir().join(format!("aio-sql-unicode-{}.db", std::process::id()));
        let with = Connection::open(&folder)?;
        add_to(&with)?;
        with.execute_batch(
            "create table t (name text collate unicode_nocase unique, lower text as (unicode_lower(name))); \
             insert into t values ('Ä')",
        )?;
        drop(with);
        let without = Connection::open(&folder)?;
        for text in [
            "select name from t order by name",
            "select name from t where name = 'a'",
            "insert into t values ('b')",
            "select lower from t",
            "select unicode_fold('a')",
            "create table other (name text collate UNICODE_NOCASE unique)",
        ] {
            let error = without.execute_batch(text).map_err(typed).err().map(|error| error.to_string());
            assert!(error.as_ref().is_some_and(|error| error.contains("the feature `unicode`")), "{text}: {error:?}");
        }
        let other = without.execute_batch("select 1 order by 'a' collate german").map_err(typed).err();
        assert!(other.is_some_and(|error| !error.to_string().contains("feature")));
        drop(without);
        let _ = std::fs::remove_file(folder);
        Ok(())
    }
}

//! The cache of SQL texts. If a statement of a table has only a few different texts, such as
//! `find` or an insert, each text is written once in the process, and then looked up here.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use super::writer::{RawSources, SqlText, Writer};
use crate::dialect::Dialect;
use crate::error::Result;
use crate::schema::TableDef;
use crate::statement::CachedStatement;
use crate::value::Param;

/// The text of a statement, which may be shared with the cache, and the values of its
/// placeholders.
#[derive(Debug)]
pub(crate) struct WrittenStatement {
    pub(crate) text: Arc<str>,
    pub(crate) params: Vec<Param>,
    pub(crate) sources: RawSources,
    /// Whether the statement locks rows.
    pub(crate) locks_rows: bool,
}

impl From<SqlText> for WrittenStatement {
    fn from(SqlText { text, params, sources, locks_rows }: SqlText) -> WrittenStatement {
        WrittenStatement { text: text.into(), params, sources, locks_rows }
    }
}

/// Writes a statement. If `cached` names an entry of the cache, the text comes from the cache, and
/// `write` is called only to collect the values. If the cache does not have the text yet, `write`
/// is called once more before, to write it.
pub(super) fn write_statement(
    dialect: Dialect,
    cached: Option<(&'static TableDef, CachedStatement)>,
    write: impl Fn(&mut Writer) -> Result<()>,
) -> Result<WrittenStatement> {
    let Some((table, statement)) = cached else {
        let mut writer = Writer::new(dialect);
        write(&mut writer)?;
        return writer.finish().map(WrittenStatement::from);
    };
    let text = text_of(dialect, table, statement, || {
        let mut writer = Writer::new(dialect);
        writer.text_is_shared = true;
        write(&mut writer)?;
        writer.finish().map(|sql| sql.text)
    })?;
    let mut writer = Writer::of_values(dialect);
    writer.text_is_shared = true;
    write(&mut writer)?;
    let SqlText { params, .. } = writer.finish().map_err(|error| error.with_sql(&text))?;
    Ok(WrittenStatement { text, params, sources: None, locks_rows: false })
}

/// The key of a text in the cache: the dialect, the address of the table's definition, and which
/// of the table's statements it is.
type Key<D> = (D, usize, CachedStatement);
type Texts<D> = HashMap<Key<D>, Arc<str>>;

/// If the cache has this many texts, the texts of all inserts are removed before another text is
/// added. Only inserts can reach that number: a table has a different insert for each set of
/// columns that a row may leave to their defaults.
const MAX_TEXTS: usize = 4096;

fn texts() -> &'static RwLock<Texts<Dialect>> {
    static TEXTS: OnceLock<RwLock<Texts<Dialect>>> = OnceLock::new();
    TEXTS.get_or_init(RwLock::default)
}

/// Returns the text of a statement from the cache. If the cache does not have the text, `write`
/// writes it, and it is added.
pub(super) fn text_of(
    dialect: Dialect,
    table: &'static TableDef,
    statement: CachedStatement,
    write: impl FnOnce() -> Result<String>,
) -> Result<Arc<str>> {
    let key = (dialect, std::ptr::from_ref(table) as usize, statement);
    if let Some(text) = texts().read().unwrap_or_else(PoisonError::into_inner).get(&key) {
        return Ok(Arc::clone(text));
    }
    let text: Arc<str> = write()?.into();
    insert(&mut texts().write().unwrap_or_else(PoisonError::into_inner), key, Arc::clone(&text));
    Ok(text)
}

/// Adds a text to the cache. If the cache is full, first removes the texts of all inserts.
fn insert<D: Eq + Hash>(texts: &mut Texts<D>, key: Key<D>, text: Arc<str>) {
    if texts.len() >= MAX_TEXTS {
        texts.retain(|(_, _, statement), _| !matches!(statement, CachedStatement::Insert { .. }));
    }
    texts.insert(key, text);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statement::ReturnedColumns;

    #[test]
    fn many_inserts_into_different_columns_use_bounded_memory_and_do_not_remove_other_texts() {
        let mut texts: Texts<()> = HashMap::new();
        let find = ((), 0, CachedStatement::Find);
        insert(&mut texts, find, "find".into());
        for given in 0..3 * MAX_TEXTS as u64 {
            let insert = ((), 0, CachedStatement::Insert { given, returned: ReturnedColumns::None });
            super::insert(&mut texts, insert, "insert".into());
            assert!(texts.len() <= MAX_TEXTS && texts.contains_key(&insert) && texts.contains_key(&find));
        }
    }
}

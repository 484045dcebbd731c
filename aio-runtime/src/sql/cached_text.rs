//! Statements as they are sent. The texts of which a table has only one are written once for the
//! process, and looked up from then on.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use super::writer::{RawSources, SqlText, Writer};
use crate::dialect::Dialect;
use crate::error::Result;
use crate::schema::TableDef;
use crate::statement::CachedStatement;
use crate::value::Param;

/// A statement as it is sent: its text, which may have been cached, and its values.
#[derive(Debug)]
pub(crate) struct Written {
    pub(crate) text: Arc<str>,
    pub(crate) params: Vec<Param>,
    pub(crate) sources: RawSources,
}

impl From<SqlText> for Written {
    fn from(SqlText { text, params, sources }: SqlText) -> Written {
        Written { text: text.into(), params, sources }
    }
}

/// Writes a statement. For a cached one, only the values are written.
pub(super) fn written(
    dialect: Dialect,
    cached: Option<(&'static TableDef, CachedStatement)>,
    write: impl Fn(&mut Writer) -> Result<()>,
) -> Result<Written> {
    let Some((table, statement)) = cached else {
        let mut writer = Writer::new(dialect);
        write(&mut writer)?;
        return writer.finish().map(Written::from);
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
    Ok(Written { text, params, sources: None })
}

/// Returns the text of a cached statement. `write` writes it the first time.
pub(super) fn text_of(
    dialect: Dialect,
    table: &'static TableDef,
    statement: CachedStatement,
    write: impl FnOnce() -> Result<String>,
) -> Result<Arc<str>> {
    /// The address of a table identifies it.
    type Key = (Dialect, usize, CachedStatement);
    static TEXTS: OnceLock<RwLock<HashMap<Key, Arc<str>>>> = OnceLock::new();
    let texts = TEXTS.get_or_init(RwLock::default);
    let key = (dialect, std::ptr::from_ref(table) as usize, statement);
    if let Some(text) = texts.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
        return Ok(Arc::clone(text));
    }
    let text: Arc<str> = write()?.into();
    texts.write().unwrap_or_else(PoisonError::into_inner).insert(key, Arc::clone(&text));
    Ok(text)
}

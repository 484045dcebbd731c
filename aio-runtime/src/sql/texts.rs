//! The texts of a table's own statements: written once for the process, and looked up from there
//! on.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use crate::dialect::Dialect;
use crate::error::Result;
use crate::schema::TableDef;
use crate::statement::Own;

/// The text of a statement that is the table's own; `write` writes it where it has not been
/// written yet.
pub(super) fn text_of(
    dialect: Dialect,
    table: &'static TableDef,
    own: Own,
    write: impl FnOnce() -> Result<String>,
) -> Result<Arc<str>> {
    /// A table is known by its place in memory.
    type Key = (Dialect, usize, Own);
    static TEXTS: OnceLock<RwLock<HashMap<Key, Arc<str>>>> = OnceLock::new();
    let texts = TEXTS.get_or_init(RwLock::default);
    let key = (dialect, std::ptr::from_ref(table) as usize, own);
    if let Some(text) = texts.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
        return Ok(Arc::clone(text));
    }
    let text: Arc<str> = write()?.into();
    texts.write().unwrap_or_else(PoisonError::into_inner).insert(key, Arc::clone(&text));
    Ok(text)
}

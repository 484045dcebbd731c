//! The pragmas with which each connection is set up (<https://sqlite.org/pragma.html>).

use rusqlite::Connection;

use super::error::typed;
use super::options::Options;
use crate::error::{Error, ErrorKind, Result};

/// Pragmas that shape a file when it is made, and do nothing afterwards or not before a VACUUM.
const SHAPING: [&str; 3] = ["page_size", "auto_vacuum", "encoding"];

/// Sets the library's own pragmas, and then those of the options.
pub(super) fn set_all(raw: &Connection, options: &Options) -> Result<()> {
    let wanted = &options.sqlite.pragmas;
    check(raw, options)?;
    if !options.read_only && is_new(raw)? {
        // The write-ahead log is made together with the file.
        for (name, value) in wanted.iter().filter(|(name, _)| is_one_of(&SHAPING, name)) {
            set(raw, name, value)?;
        }
    }
    let mut own = vec![("foreign_keys", "ON".to_owned())];
    if !options.read_only {
        // The journal comes first: `synchronous` means something else without the write-ahead log.
        own.push(("journal_mode", "WAL".to_owned()));
        own.push(("synchronous", options.durability().synchronous().to_owned()));
        if options.sqlite.wal_limit > 0 {
            // What is longer is cut off when the log is begun anew.
            own.push(("journal_size_limit", options.sqlite.wal_limit.min(i64::MAX as u64).to_string()));
        }
    }
    if let Some(kibibytes) = options.sqlite.cache {
        // A negative number is one of KiB (https://sqlite.org/pragma.html#pragma_cache_size).
        own.push(("cache_size", format!("-{kibibytes}")));
    }
    own.iter().try_for_each(|(name, value)| set(raw, name, value))?;
    wanted.iter().try_for_each(|(name, value)| set(raw, name, value))
}

/// Fails if one of the pragmas is none, or does nothing here. SQLite passes over it silently.
fn check(raw: &Connection, options: &Options) -> Result<()> {
    let wanted = &options.sqlite.pragmas;
    if wanted.is_empty() {
        return Ok(());
    }
    let mut known = raw.prepare("SELECT name FROM pragma_pragma_list").map_err(typed)?;
    let known = known.query_map([], |row| row.get(0)).and_then(Iterator::collect::<Result<Vec<String>, _>>);
    let known = known.map_err(typed)?;
    for (name, value) in wanted {
        let is_name = name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.'));
        if !is_name || value.contains([';', '\0']) {
            // The value may be a secret, such as a key.
            let name = name.escape_debug();
            return Err(Error::usage(format!(
                "`{name}` is no pragma, or its value has a `;` or a NUL character in it"
            )));
        }
        // A VFS may have pragmas of its own.
        if !options.names_vfs() && !is_one_of(&known, name) {
            return Err(Error::usage(format!("`{name}` is no pragma of this SQLite")));
        }
        if is_one_of(&["busy_timeout"], name) {
            let instead = "`Builder::busy_timeout` sets how long a lock is waited for";
            return Err(Error::usage(format!("the pragma `{name}` does nothing here: {instead}")));
        }
    }
    Ok(())
}

/// Returns whether a pragma, perhaps behind the name of a schema, is one of these.
fn is_one_of(pragmas: &[impl AsRef<str>], name: &str) -> bool {
    let name = name.rsplit_once('.').map_or(name, |(_, name)| name);
    pragmas.iter().any(|pragma| pragma.as_ref().eq_ignore_ascii_case(name))
}

/// Returns whether nothing has been written into the file yet.
fn is_new(raw: &Connection) -> Result<bool> {
    raw.pragma_query_value(None, "page_count", |row| row.get::<_, i64>(0)).map(|pages| pages == 0).map_err(typed)
}

fn set(raw: &Connection, name: &str, value: &str) -> Result<()> {
    raw.execute_batch(&format!("PRAGMA {name} = {value}"))
        // A message about the text quotes the value.
        .map_err(|error| match typed(error) {
            error if *error.kind() == ErrorKind::Sql => {
                error.with_kind_and_message(ErrorKind::Sql, "its value cannot be set")
            }
            error => error,
        })
        .map_err(|error| error.context(format_args!("PRAGMA {name}")))
}

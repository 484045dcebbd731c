//! Sets the pragmas of a new connection (<https://sqlite.org/pragma.html>).

use rusqlite::Connection;

use super::error::typed;
use super::options::Options;
use crate::error::{Error, ErrorKind, Result};

/// Pragmas that have an effect only on a new file, or only after the next VACUUM.
const SHAPING: [&str; 3] = ["page_size", "auto_vacuum", "encoding"];

/// Sets the library's own pragmas, attaches the files of the options, and then sets the pragmas of
/// the options.
pub(super) fn set_all(raw: &Connection, options: &Options) -> Result<()> {
    let wanted = &options.sqlite.pragmas;
    check(raw, options)?;
    if !options.read_only && is_new(raw)? {
        // These pragmas have to be set before the journal mode, because the creation of the
        // write-ahead log also creates the file.
        for (name, value) in wanted.iter().filter(|(name, _)| is_one_of(&SHAPING, name)) {
            set(raw, name, value)?;
        }
    }
    let mut own = vec![("foreign_keys", "ON".to_owned())];
    if !options.read_only {
        // The journal mode is set first, because `synchronous` means something else without a
        // write-ahead log.
        own.push(("journal_mode", "WAL".to_owned()));
        own.push(("synchronous", options.durability().synchronous().to_owned()));
        if options.sqlite.wal_limit > 0 {
            // When the write-ahead log restarts, the part beyond this size is truncated.
            own.push(("journal_size_limit", options.sqlite.wal_limit.min(i64::MAX as u64).to_string()));
        }
    }
    if let Some(kibibytes) = options.sqlite.cache {
        // A negative number means KiB (https://sqlite.org/pragma.html#pragma_cache_size).
        own.push(("cache_size", format!("-{kibibytes}")));
    }
    own.iter().try_for_each(|(name, value)| set(raw, name, value))?;
    options.attached.iter().try_for_each(|attached| attached.attach(raw, options))?;
    wanted.iter().try_for_each(|(name, value)| set(raw, name, value))
}

/// Fails if a pragma of the options is not well-formed, or is `busy_timeout`, which would have no
/// effect. Also fails for an unknown pragma, which SQLite would silently ignore, unless the
/// options name a VFS.
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
            // Do not show the value: it may be a secret, such as an encryption key.
            let name = name.escape_debug();
            return Err(Error::usage(format!(
                "`{name}` is not a pragma, or its value contains a `;` or a NUL character"
            )));
        }
        // A VFS may define pragmas of its own.
        if !options.names_vfs() && !is_one_of(&known, name) {
            return Err(Error::usage(format!("`{name}` is not a pragma of this SQLite")));
        }
        if is_one_of(&["busy_timeout"], name) {
            let instead = "use `Builder::busy_timeout` to set how long to wait for a lock";
            return Err(Error::usage(format!("the pragma `{name}` does nothing here: {instead}")));
        }
    }
    Ok(())
}

/// Returns whether a pragma, with or without a schema prefix, is one of these.
fn is_one_of(pragmas: &[impl AsRef<str>], name: &str) -> bool {
    let name = name.rsplit_once('.').map_or(name, |(_, name)| name);
    pragmas.iter().any(|pragma| pragma.as_ref().eq_ignore_ascii_case(name))
}

/// Returns whether nothing has been written to the file yet.
fn is_new(raw: &Connection) -> Result<bool> {
    raw.pragma_query_value(None, "page_count", |row| row.get::<_, i64>(0)).map(|pages| pages == 0).map_err(typed)
}

fn set(raw: &Connection, name: &str, value: &str) -> Result<()> {
    raw.execute_batch(&format!("PRAGMA {name} = {value}"))
        // The message of a syntax error would quote the value, which may be a secret.
        .map_err(|error| match typed(error) {
            error if *error.kind() == ErrorKind::Sql => {
                error.with_kind_and_message(ErrorKind::Sql, "its value cannot be set")
            }
            error => error,
        })
        .map_err(|error| error.context(format_args!("PRAGMA {name}")))
}

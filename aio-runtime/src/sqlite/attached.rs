//! Files that are attached to every connection of a database
//! (<https://sqlite.org/lang_attach.html>).
//!
//! The tables of an attached file are a schema, whose name is that of the file.

use std::path::Path;

use rusqlite::Connection;

use super::error::typed;
use super::options::{Options, uri_of};
use crate::error::{Error, Result};

/// A file that is attached to every connection.
#[derive(Clone, Debug)]
pub(super) struct Attached {
    /// The name of the schema.
    pub(super) name: String,
    pub(super) file: Options,
}

impl Attached {
    /// Checks the name and the address of a file that is attached to the database with these
    /// options.
    ///
    /// # Errors
    /// A usage error if the name cannot be that of a schema or is used already, or if the address
    /// is invalid.
    pub(super) fn new(name: &str, address: &Path, to: &Options) -> Result<Attached> {
        let refused = |why: &str| Error::usage(format!("a file cannot be attached as {name:?}: {why}"));
        if name.is_empty() || name.contains('\0') {
            return Err(refused("the name of a schema is not empty and has no NUL character"));
        }
        if let Some(known) = to.schemas().chain(["temp"]).find(|known| known.eq_ignore_ascii_case(name)) {
            let owner = match known {
                "main" => "of the database itself",
                "temp" => "of temporary tables",
                _ => "of another attached file",
            };
            return Err(refused(&format!("that is the name {owner}")));
        }
        let mut file =
            Options::of_address(address).map_err(|error| error.context(format_args!("attaching {name:?}")))?;
        if file.is_in_memory && !to.is_in_memory {
            return Err(refused(
                "each connection would have its own database in memory: attach a file, or open the database in memory, \
                 too",
            ));
        }
        file.read_only |= to.read_only;
        file.create &= to.create && !file.read_only;
        Ok(Attached { name: name.to_owned(), file })
    }

    /// Attaches the file to a new connection, unless that was done already, and sets its pragmas.
    pub(super) fn attach(&self, raw: &Connection, to: &Options) -> Result<()> {
        let context = |error: Error| self.file.add_context(error).context(format_args!("attaching {:?}", self.name));
        if !self.is_attached(raw).map_err(typed)? {
            self.file.check_file_types().map_err(context)?;
            let name = self.file_name();
            raw.execute("ATTACH ?1 AS ?2", (name, &self.name)).map_err(|error| context(typed(error)))?;
        }
        self.set_pragmas(raw, to).map_err(context)
    }

    fn is_attached(&self, raw: &Connection) -> rusqlite::Result<bool> {
        let found = "SELECT count(*) FROM pragma_database_list WHERE name = ?1 COLLATE NOCASE";
        raw.query_row(found, [&self.name], |row| row.get(0))
    }

    /// Returns the URI of the file. Without a mode, SQLite creates the file if the connection may
    /// create its own, which only the first one may.
    fn file_name(&self) -> String {
        let mode = match (self.file.read_only, self.file.create) {
            (true, _) => Some(("mode".to_owned(), "ro".to_owned())),
            (false, false) => Some(("mode".to_owned(), "rw".to_owned())),
            (false, true) => None,
        };
        let parameters: Vec<_> = self.file.parameters.iter().cloned().chain(mode).collect();
        uri_of(&self.file.path, &parameters).display().to_string()
    }

    /// Sets what the library sets for the file of the database itself.
    fn set_pragmas(&self, raw: &Connection, to: &Options) -> Result<()> {
        let name = quoted(&self.name);
        let set =
            |pragma: &str, value: &str| raw.execute_batch(&format!("PRAGMA {name}.{pragma} = {value}")).map_err(typed);
        // The first read shows whether the file is a database.
        raw.query_row(&format!("SELECT count(*) FROM {name}.sqlite_schema"), [], |_| Ok(())).map_err(typed)?;
        if let Some(kibibytes) = to.sqlite.cache {
            set("cache_size", &format!("-{kibibytes}"))?;
        }
        if self.file.read_only {
            return Ok(());
        }
        let journal = format!("PRAGMA {name}.journal_mode = WAL");
        let journal: String = raw.query_row(&journal, [], |row| row.get(0)).map_err(typed)?;
        if journal != "wal" {
            return Err(Error::usage(format!(
                "the library needs a write-ahead log, but `journal_mode` is `{journal}`: do not keep the file on a network \
                 file system, which cannot share memory"
            )));
        }
        set("synchronous", to.durability().synchronous())?;
        if to.sqlite.wal_limit > 0 {
            set("journal_size_limit", &to.sqlite.wal_limit.min(i64::MAX as u64).to_string())?;
        }
        Ok(())
    }
}

/// Returns a name in double quotes.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

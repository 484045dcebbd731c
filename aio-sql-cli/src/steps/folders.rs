//! The folder of the steps, where each kind of database has steps of its own.

use std::path::{Path, PathBuf};

use aio_sql::Dialect;

use crate::error::{Error, Result};

/// Returns the folders with the steps of one kind of database: `sqlite` and `postgres` in the
/// folder of the steps, if they exist.
pub fn of_databases(folder: &Path) -> Vec<(Dialect, PathBuf)> {
    let dialects = [Dialect::Sqlite, Dialect::Postgres];
    let folders = dialects.map(|dialect| (dialect, folder.join(dialect.name()))).into_iter();
    folders.filter(|(_, folder)| folder.is_dir()).collect()
}

/// Returns the folder with the steps of a kind of database: one of its own, or the folder of the
/// steps, if it has none for any kind. `dialect` is the kind, if the user has named a database.
///
/// # Errors
/// If there are steps for other kinds only, or for several and the user has named no database.
pub fn of_database(folder: PathBuf, dialect: impl FnOnce() -> Result<Dialect>) -> Result<PathBuf> {
    let folders = of_databases(&folder);
    if folders.is_empty() {
        return Ok(folder);
    }
    let listed = || folders.iter().map(|(of, _)| of.name()).collect::<Vec<_>>().join(" and ");
    match (&*folders, dialect()) {
        ([(_, only)], Err(_)) => Ok(only.clone()),
        (_, Err(error)) => Err(error.at(format_args!("{} has steps for {}", folder.display(), listed()))),
        (_, Ok(dialect)) => {
            let found = folders.iter().find(|(of, _)| *of == dialect);
            found.map(|(_, folder)| folder.clone()).ok_or_else(|| {
                let own = folder.join(dialect.name());
                Error::new(format!(
                    "{} has steps for {} only, and none for {}",
                    folder.display(),
                    listed(),
                    dialect.name()
                ))
                .help(format!("create the folder {}, with steps of the same names", own.display()))
            })
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_steps_are_those_of_the_kind_of_the_database() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_owned();
        let of =
            |dialect: Option<Dialect>| of_database(path.clone(), || dialect.ok_or_else(|| Error::usage("no database")));
        assert_eq!(of(None).unwrap(), path);
        assert_eq!(of(Some(Dialect::Postgres)).unwrap(), path);
        std::fs::create_dir(path.join("sqlite")).unwrap();
        assert_eq!(of(None).unwrap(), path.join("sqlite"));
        let error = of(Some(Dialect::Postgres)).unwrap_err();
        assert!(error.message().contains("for sqlite only, and none for postgres"), "{error}");
        std::fs::create_dir(path.join("postgres")).unwrap();
        assert_eq!(of(Some(Dialect::Postgres)).unwrap(), path.join("postgres"));
        assert!(of(None).unwrap_err().to_string().contains("for sqlite and postgres"));
    }
}

//! `aio-sql generate`

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;

use aio_sql::{Database, Dialect};
use serde_json::json;

use crate::args::Generate;
use crate::commands::Context;
use crate::commands::inspect::{check_exists, schemas};
use crate::error::{AtPath, Error, Exit, Result};
use crate::generate::{Samples, source};
use crate::output::to_stdout;

/// Writes structs for the tables and views of the database.
pub(super) async fn run(context: &Context, arguments: &Generate) -> Result<Exit> {
    let file = arguments.output.as_deref();
    if let Some(file) = file.filter(|file| file.exists() && !arguments.force) {
        return Err(exists(file));
    }
    let address = context.address()?;
    // A server compares the structs with the tables by temporary tables, which a session that only
    // reads could not create. Nothing of them remains.
    let db = match address.dialect() {
        Dialect::Sqlite => address.open_read_only().await?,
        _ => address.open().await?,
    };
    let text = generated(context, arguments, &db).await;
    db.close().await?;
    let text = text?;
    match file {
        None if context.output.is_json() => context.output.json(&json!({ "source": text })),
        None => to_stdout(text.trim_end()),
        Some(file) => {
            write(file, &text, arguments.force)?;
            context.output.note(format_args!("wrote {}", file.display()));
            context.output.json(&json!({ "file": file }));
        }
    }
    Ok(Exit::Success)
}

async fn generated(context: &Context, arguments: &Generate, db: &Database) -> Result<String> {
    let schema = db.inspect_with(schemas(&arguments.schema, arguments.all_schemas)).await?;
    arguments.table.iter().try_for_each(|name| check_exists(&schema, name))?;
    let is_sqlite = schema.dialect() == Dialect::Sqlite;
    if arguments.sample && !is_sqlite {
        context.output.note("`--sample` is for SQLite: the declared types of this database say what its values are");
    }
    let samples = match arguments.sample && is_sqlite {
        true => Samples::of(db, &schema).await?,
        false => Samples::default(),
    };
    let is_wanted = |name: &str| {
        let same = |wanted: &String| match is_sqlite {
            true => wanted.eq_ignore_ascii_case(name),
            false => schema.table(wanted).is_some_and(|found| found.name() == name) || wanted == name,
        };
        arguments.table.is_empty() || arguments.table.iter().any(same)
    };
    Ok(source(db, &schema, &samples, &is_wanted).await?)
}

fn exists(file: &Path) -> Error {
    Error::new(format!("{} exists", file.display()))
        .help("`--force` replaces it; without `--output` the source is shown")
}

/// Writes a file, and creates its folder. Without `replaces`, fails if the file exists.
fn write(file: &Path, text: &str, replaces: bool) -> Result<()> {
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder).at_path("create the folder", folder)?;
    }
    let mut options = OpenOptions::new();
    options.write(true);
    if replaces {
        options.create(true).truncate(true)
    } else {
        options.create_new(true)
    };
    let mut opened = options.open(file).or_else(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => Err(exists(file)),
        _ => Err(error).at_path("write", file),
    })?;
    opened.write_all(text.as_bytes()).at_path("write", file)
}

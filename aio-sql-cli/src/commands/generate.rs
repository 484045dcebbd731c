//! `aio-sql generate`

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;

use aio_sql::Schema;
use serde_json::json;

use crate::args::Generate;
use crate::commands::Context;
use crate::error::{AtPath, Error, Exit, Result};
use crate::generate::{Samples, source};
use crate::output::to_stdout;

/// Writes structs for the tables and views of the database.
pub(super) async fn run(context: &Context, arguments: &Generate) -> Result<Exit> {
    let file = arguments.output.as_deref();
    if let Some(file) = file.filter(|file| file.exists() && !arguments.force) {
        return Err(exists(file));
    }
    let db = context.address()?.open_read_only().await?;
    let schema = db.inspect().await?;
    arguments.table.iter().try_for_each(|name| check_exists(&schema, name))?;
    let samples = match arguments.sample {
        true => Samples::of(&db, &schema).await?,
        false => Samples::default(),
    };
    db.close().await?;
    let is_wanted = |name: &str| {
        arguments.table.is_empty() || arguments.table.iter().any(|wanted| wanted.eq_ignore_ascii_case(name))
    };
    let text = source(&schema, &samples, &is_wanted)?;
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

/// Checks that the schema has a table or view with this name.
pub(super) fn check_exists(schema: &Schema, name: &str) -> Result<()> {
    if schema.table(name).is_some() || schema.view(name).is_some() {
        return Ok(());
    }
    let tables = schema.tables().iter().map(|table| table.name());
    let known: Vec<_> = tables.chain(schema.views().iter().map(|view| view.name())).collect();
    let help = match known.as_slice() {
        [] => "the database has no tables".to_owned(),
        known => format!("the tables and views are {}", known.join(", ")),
    };
    Err(Error::new(format!("there is no table or view `{name}`")).help(help))
}

//! Structs from a database: the generated source compiles, and differs from the database only in
//! what its comments name.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic)]

#[path = "generate/crate_of_schemas.rs"]
mod crate_of_schemas;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use aio_sql::rusqlite::functions::FunctionFlags;
use aio_sql::{Database, Result};
use aio_sql_cli::generate::{Samples, source};
use crate_of_schemas::CrateOfSchemas;
use expect_test::expect_file;

/// The folder of the workspace.
fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package is in the workspace").to_owned()
}

/// Returns the files with SQL in a folder of the workspace.
fn scripts(folder: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(workspace().join(folder)).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "sql"));
    paths.sort();
    assert!(!paths.is_empty(), "{folder} has no schemas");
    paths
}

fn name_of(path: &Path) -> String {
    path.file_stem().unwrap().to_string_lossy().into_owned()
}

/// Returns the source that is generated for the database that a script creates.
async fn generated(script: &Path, is_sampled: bool) -> Result<String> {
    let db = Database::memory().await?;
    // One connection runs the script and reads the schema, because temporary tables and attached
    // databases belong to a connection.
    let connection = db.connect().await?;
    connection.execute_script(&std::fs::read_to_string(script).unwrap()).await?;
    let schema = connection.inspect().await?;
    let samples = if is_sampled { Samples::of(&connection, &schema).await? } else { Samples::default() };
    let text = source(&schema, &samples, &|_| true)?;
    drop(connection);
    db.close().await?;
    Ok(text)
}

/// Returns the comments of the source, each in one line.
fn comments(source: &str) -> BTreeSet<String> {
    let mut comments: Vec<String> = Vec::new();
    for line in source.lines() {
        if let Some(text) = line.strip_prefix("// - ") {
            comments.push(text.to_owned());
        } else if let (Some(text), Some(last)) = (line.strip_prefix("//   "), comments.last_mut()) {
            last.push(' ');
            last.push_str(text);
        } else if let Some(text) = line.strip_prefix("// ") {
            comments.push(text.to_owned());
        }
    }
    comments.into_iter().map(|comment| comment.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

/// The folders with scripts that create databases.
const FOLDERS: [&str; 3] = ["tests/inspect/data", "tests/existing", "aio-sql-cli/tests/generate/data"];

#[tokio::test]
async fn the_structs_for_every_schema_compile_and_differ_only_as_their_comments_say_and_keep_its_values() -> Result<()>
{
    let mut all = CrateOfSchemas::new(&workspace());
    let mut sources = Vec::new();
    for folder in FOLDERS {
        for script in scripts(folder) {
            for is_sampled in [false, true] {
                let name = format!("{}_{}_{is_sampled}", folder.replace(['/', '-'], "_"), name_of(&script));
                let source = generated(&script, is_sampled).await?;
                all.add(&name, &script, &source, is_sampled);
                sources.push((name, source));
            }
        }
    }
    assert!(sources.len() >= 2 * 30, "{} schemas", sources.len());
    let found = all.differences();
    assert_eq!(found.len(), sources.len(), "each schema was compared");
    let mut unnamed = Vec::new();
    for (name, source) in &sources {
        let comments = comments(source);
        for difference in &found[name.as_str()] {
            if !comments.iter().any(|comment| comment.starts_with(difference.as_str())) {
                unnamed.push(format!("{name}: {difference}"));
            }
        }
    }
    assert!(unnamed.is_empty(), "{unnamed:#?}");
    Ok(())
}

#[tokio::test]
async fn the_source_is_formatted_as_rustfmt_does_it() -> Result<()> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("rustfmt.toml"), "").unwrap();
    let mut command = Command::new("rustfmt");
    command.args(["--check", "--edition", "2024", "--config-path"]).arg(folder.path());
    if Command::new("rustfmt").arg("--version").output().is_err() {
        println!("left out: rustfmt is not installed");
        return Ok(());
    }
    for script in FOLDERS.into_iter().flat_map(scripts) {
        for is_sampled in [false, true] {
            let file = folder.path().join(format!("{}_{is_sampled}.rs", name_of(&script)));
            std::fs::write(&file, generated(&script, is_sampled).await?).unwrap();
            command.arg(file);
        }
    }
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    Ok(())
}

#[tokio::test]
async fn every_form_of_a_column_is_recognised() -> Result<()> {
    let script = workspace().join("aio-sql-cli/tests/generate/data/all_forms.sql");
    expect_file!["generate/all_forms.rs"].assert_eq(&generated(&script, true).await?);
    Ok(())
}

#[tokio::test]
async fn a_struct_says_all_that_usual_tables_have() -> Result<()> {
    for (file, is_said) in [
        ("tests/inspect/data/chinook.sql", &["read as text"][..]),
        ("tests/inspect/data/sakila.sql", &["read as text", "the trigger `"]),
        ("tests/existing/django.sql", &[]),
        ("tests/existing/rails.sql", &[]),
        ("tests/existing/sqlx.sql", &[]),
    ] {
        let source = generated(&workspace().join(file), true).await?;
        let is_header = |comment: &str| comment.starts_with("Written by") || comment.starts_with("The types need");
        let other = |comment: &String| {
            !is_header(comment)
                && !comment.starts_with("What to know about")
                && !comment.starts_with("aio-sql = ")
                && !comment.ends_with("\"")
                && !is_said.iter().any(|said: &&str| comment.contains(said))
        };
        let others: Vec<_> = comments(&source).into_iter().filter(other).collect();
        assert!(others.is_empty(), "{file}: {others:#?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_table_that_needs_functions_of_its_own_program_has_a_struct_too() -> Result<()> {
    let db = Database::memory().await?;
    let connection = db.connect().await?;
    let flags = FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS;
    let registered =
        connection.run(move |raw| raw.create_scalar_function("is_plausible", 1, flags, |_| Ok(true))).await?;
    registered.expect("SQLite accepts the function");
    connection
        .execute_script(
            "create table t (id integer primary key, name text check (is_plausible(name)));
             create table u (id integer primary key, t_id integer not null references t)",
        )
        .await?;
    let text = source(&connection.inspect().await?, &Samples::default(), &|_| true)?;
    assert!(text.contains("    #[column(check = \"is_plausible(name)\")]\n    pub name: Option<String>,"), "{text}");
    assert!(text.contains("    #[column(references = T::ID)]\n    pub t_id: i64,"), "{text}");
    drop(connection);
    db.close().await
}

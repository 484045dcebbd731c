//! Structs from a database: the generated source compiles, and differs from the database only in
//! what its comments name.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic)]

#[path = "generate/crate_of_schemas.rs"]
mod crate_of_schemas;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use aio_sql::rusqlite::functions::FunctionFlags;
use aio_sql::{Database, Inspect, Result};
use aio_sql_cli::generate::{Samples, source};
use crate_of_schemas::CrateOfSchemas;
use expect_test::expect_file;
use servers::postgres::{Shared, shared};

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
    let text = source(&connection, &schema, &samples, &|_| true).await?;
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
const FOLDERS: [&str; 3] = ["tests/inspect/data", "tests/sqlite/existing", "aio-sql-cli/tests/generate/data"];

/// The schemas that are created on a server, each in a database of its own.
const OF_SERVER: [&str; 4] = ["chinook", "django", "everything", "sakila"];

/// Returns the source for the database that a script creates on a server, and its address; `None`
/// if tests that need a server are left out.
async fn generated_on_server(name: &str, script: &Path) -> Result<Option<(String, String)>> {
    let Some(server) = shared() else { return Ok(None) };
    let address = match server {
        Shared::Running(address) => address.clone(),
        Shared::Private(server, _) | Shared::Pooled(server, ..) => server.address(),
    };
    let admin = Database::open(&address).await?;
    let name = format!("aio_sql_generated_{name}");
    admin.execute_script(format!("drop database if exists {name} with (force)")).await?;
    admin.execute_script(format!("create database {name}")).await?;
    admin.close().await?;
    let separator = if address.contains('?') { '&' } else { '?' };
    let address = format!("{address}{separator}dbname={name}");
    let db = Database::open(&address).await?;
    // The script changes the settings of its session.
    let connection = db.connect().await?;
    connection.execute_script(std::fs::read_to_string(script).unwrap()).await?;
    connection.close().await?;
    let schema = db.inspect_with(Inspect::new().all_schemas()).await?;
    let source = source(&db, &schema, &Samples::default(), &|_| true).await?;
    db.close().await?;
    Ok(Some((address, source)))
}

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
    for name in OF_SERVER {
        let script = workspace().join(format!("tests/postgres_inspect/data/{name}.sql"));
        if let Some((address, source)) = generated_on_server(name, &script).await? {
            let name = format!("server_{name}");
            all.add_server(&name, &address, &source);
            sources.push((name, source));
        }
    }
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
    assert_formatted(&sources);
    Ok(())
}

/// Checks that rustfmt would change nothing.
fn assert_formatted(sources: &[(String, String)]) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("rustfmt.toml"), "").unwrap();
    let mut command = Command::new("rustfmt");
    command.args(["--check", "--edition", "2024", "--config-path"]).arg(folder.path());
    if Command::new("rustfmt").arg("--version").output().is_err() {
        println!("left out: rustfmt is not installed");
        return;
    }
    for (name, source) in sources {
        let file = folder.path().join(format!("{name}.rs"));
        std::fs::write(&file, source).unwrap();
        command.arg(file);
    }
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
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
        ("tests/sqlite/existing/django.sql", &[]),
        ("tests/sqlite/existing/rails.sql", &[]),
        ("tests/sqlite/existing/sqlx.sql", &[]),
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
    let text = source(&connection, &connection.inspect().await?, &Samples::default(), &|_| true).await?;
    assert!(text.contains("    #[column(check = \"is_plausible(name)\")]\n    pub name: Option<String>,"), "{text}");
    assert!(text.contains("    #[column(references = T::ID)]\n    pub t_id: i64,"), "{text}");
    drop(connection);
    db.close().await
}

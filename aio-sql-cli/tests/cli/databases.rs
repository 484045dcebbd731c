//! Which database a command is about; creating and deleting it.

use crate::package::Folder;

/// A workspace with a package `app`, which need not be compiled.
fn workspace() -> Folder {
    let folder = Folder::workspace("[workspace]\nmembers = [\"app\"]\nresolver = \"3\"\n");
    folder.write(
        "app/Cargo.toml",
        "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\
         [package.metadata.aio-sql]\ndatabase = \"sqlite:of_metadata.db\"\n",
    );
    folder.write("app/src/lib.rs", "");
    folder
}

#[test]
fn the_address_is_that_of_the_argument_the_variable_the_files_and_the_metadata_in_this_order() {
    let folder = workspace();
    folder.write(".env", "# A remark.\nOTHER=1\nDATABASE_URL=sqlite:of_workspace.db\n");
    folder.write("app/.env", "DATABASE_URL=\"sqlite:of_package.db\"\n");
    let created = |variable: Option<&str>, arguments: &[&str]| {
        let mut tool = folder.tool();
        tool.current_dir(folder.path("app/src")).args(["db", "create", "--json"]).args(arguments);
        if let Some(variable) = variable {
            tool.env("DATABASE_URL", variable);
        }
        let answer = crate::package::answer(&mut tool).ok().json();
        assert_eq!(answer["created"], true, "{answer}");
    };
    let is_there = |path: &str| folder.path(path).exists();

    created(Some("sqlite:of_variable.db"), &["--db", "of_argument.db"]);
    // The path is relative to the current folder, as for the program itself.
    assert!(is_there("app/src/of_argument.db") && !is_there("app/src/of_variable.db"));
    created(Some("sqlite:of_variable.db"), &[]);
    assert!(is_there("app/src/of_variable.db") && !is_there("app/of_package.db"));
    // The path in a file `.env` is relative to the folder of the file.
    created(Some(" "), &[]);
    assert!(is_there("app/of_package.db") && !is_there("of_workspace.db"));
    std::fs::remove_file(folder.path("app/.env")).unwrap();
    created(None, &[]);
    assert!(is_there("of_workspace.db") && !is_there("app/of_metadata.db"));
    std::fs::remove_file(folder.path(".env")).unwrap();
    created(None, &[]);
    assert!(is_there("app/of_metadata.db"));
}

#[test]
fn without_an_address_the_error_says_how_to_name_one() {
    let folder = Folder::new();
    folder.run("db create").fails(2, &["no database is named", "--db sqlite:app.db", "DATABASE_URL"]);
}

#[test]
fn a_password_is_never_shown() {
    let folder = Folder::new();
    let address = "mysql://dana:s3cret@localhost/shop?password=s3cret";
    folder.write(".env", &format!("DATABASE_URL={address}\n"));
    let shown = folder.run("db create").fails(2, &["mysql://dana:***@localhost/shop", "postgres://"]);
    assert!(!format!("{shown:?}").contains("s3cret"), "{shown:?}");
    // The same holds for JSON, and for the message about a wrong argument.
    let shown = folder.run("migrate status --json --migrations m");
    assert!(!format!("{shown:?}").contains("s3cret") && shown.out.contains("***"), "{shown:?}");
    let shown = folder.run_each(&["db", "create", address]).fails(2, &["***"]);
    assert!(!format!("{shown:?}").contains("s3cret"), "{shown:?}");
    // A line of `.env` that is wrong is not quoted.
    folder.write(".env", "DATABASE_URL='s3cret\n");
    let shown = folder.run("db create").fails(1, &[".env"]);
    assert!(!format!("{shown:?}").contains("s3cret"), "{shown:?}");
}

#[test]
fn a_database_is_deleted_only_with_consent() {
    let folder = Folder::new();
    folder.run("db create --db data/app.db").ok();
    assert!(folder.run("db create --db data/app.db").ok().out.contains("exists already"));
    folder.run_each(&["query", "--write", "--db", "data/app.db", "create table a (b)"]).ok();
    folder.run_each(&["query", "--write", "--db", "data/app.db", "insert into a values (1), (2)"]).ok();

    let refused = folder.run("db drop --db data/app.db").fails(2, &["data/app.db", "1 table", "2 rows", "--yes"]);
    assert!(!refused.out.contains("deleted"), "{refused:?}");
    assert!(folder.path("data/app.db").exists());
    folder.run("db drop --db data/app.db --yes").ok();
    let left: Vec<_> = std::fs::read_dir(folder.path("data")).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
    assert!(folder.run("db drop --db data/app.db").ok().out.contains("does not exist"));
}

#[test]
fn a_file_that_is_no_database_is_not_deleted() {
    let folder = Folder::new();
    folder.write("letter.txt", "Dear Dana, this is not a database.");
    folder.run("db drop --db letter.txt --yes").fails(1, &["not a SQLite database"]);
    assert!(folder.read("letter.txt").starts_with("Dear"));
}

#[test]
fn reset_deletes_the_rows_and_applies_all_steps() {
    let folder = Folder::new();
    folder.write("migrations/0001_init.sql", "create table a (b);\ninsert into a values (7);\n");
    let run = |command: &str| folder.run(&format!("{command} --db app.db --migrations migrations"));
    run("db create").ok();
    run("migrate run").ok();
    folder.run_each(&["query", "--write", "--db", "app.db", "insert into a values (8)"]).ok();
    run("db reset").fails(2, &["2 rows", "--yes"]);
    run("db reset --yes").ok();
    let rows = folder.run_each(&["query", "--db", "app.db", "select b from a", "--json"]).ok().json();
    assert_eq!(rows["rows"], serde_json::json!([[7]]));

    // Nothing is deleted if the steps could not be applied afterwards.
    folder.write("migrations/0002_code.sql", "-- aio-sql: rust\n");
    run("db reset --yes").fails(1, &["0002_code", "function of the program"]);
    folder.run_each(&["query", "--db", "app.db", "select b from a"]).ok();
}

//! The modules of the runtime stand in levels; each names only those below it.

use std::fs;
use std::path::{Path, PathBuf};

/// From the lowest to the highest. Modules on one line stand side by side, and may name each other.
const LEVELS: &[&[&str]] = &[
    &["tuple", "outcome", "dialect", "value"],
    &["error"],
    &["caught", "row_batch"],
    &["schema"],
    &["bindings", "row"],
    &["types"],
    &["raw_row"],
    &["expr"],
    &["table"],
    &["statement"],
    &["sql"],
    &["trace"],
    &["engine"],
    &["sqlite"],
    &["executor"],
    &["connection", "transaction"],
    &["verb"],
    &["database", "ddl"],
    &["migrate", "macros"],
];

fn level(module: &str) -> Option<usize> {
    LEVELS.iter().position(|level| level.contains(&module))
}

fn sources(folder: &Path, to: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, to);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            to.push(path);
        }
    }
}

/// The modules that a source names: `crate::module`, in code and not in its docs.
fn named_modules(source: &str) -> Vec<&str> {
    let code = source.lines().filter(|line| !line.trim_start().starts_with("//"));
    code.flat_map(|line| line.match_indices("crate::").map(move |(at, _)| &line[at + "crate::".len()..]))
        .map(|rest| rest.split(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap_or_default())
        .filter(|module| level(module).is_some())
        .collect()
}

#[test]
fn a_module_of_the_runtime_names_only_lower_ones() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("aio-runtime/src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    assert!(files.len() > 50, "the sources are found");
    let mut wrong = Vec::new();
    for file in files {
        let path = file.strip_prefix(&root).expect("below the root");
        let module = path.iter().next().and_then(|part| part.to_str()).unwrap_or_default().trim_end_matches(".rs");
        if module == "lib" {
            continue;
        }
        let own = level(module).unwrap_or_else(|| panic!("{module} has no level: give it one here"));
        let source = fs::read_to_string(&file).expect("a source");
        for named in named_modules(&source) {
            if level(named) > Some(own) {
                wrong.push(format!("{} names {named}, which stands higher", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn only_the_boundary_knows_features() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("aio-runtime/src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    let boundary = ["lib.rs", "types", "sqlite/mod.rs", "expr/operand.rs", "trace.rs", "executor/mod.rs", "database"];
    let outside = files.iter().filter(|file| {
        let path = file.strip_prefix(&root).expect("below the root");
        let source = fs::read_to_string(file).expect("a source");
        source.contains("cfg(feature") && !boundary.iter().any(|allowed| path.starts_with(allowed))
    });
    assert_eq!(outside.count(), 0, "`cfg(feature)` stands at the boundary only: {boundary:?}");
}

#[test]
fn the_root_crate_only_re_exports() {
    let source = include_str!("../src/lib.rs");
    let code = source.lines().filter(|line| !line.is_empty() && !line.starts_with('#') && !line.starts_with("//"));
    for line in code {
        // The guide is for the docs alone.
        assert!(line.starts_with("pub use ") || line == "pub mod guide;", "{line}");
    }
}

/// The sources of the runtime that name something in their code.
fn who_names(what: &str) -> Vec<String> {
    whose_code(|line| line.contains(what))
}

/// The sources of the runtime that name something in their code, in capitals or not.
fn who_names_in_any_case(what: &str) -> Vec<String> {
    let what = what.to_lowercase();
    whose_code(|line| line.to_lowercase().contains(&what))
}

/// The sources of the runtime with a line of code, comments aside, for which a condition holds.
fn whose_code(holds: impl Fn(&str) -> bool) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("aio-runtime/src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    let has_one = |file: &&PathBuf| {
        let source = fs::read_to_string(file).expect("a source");
        source.lines().any(|line| !line.trim_start().starts_with("//") && holds(line))
    };
    let found = files.iter().filter(has_one).map(|file| file.strip_prefix(&root).expect("below the root"));
    let mut found: Vec<_> = found.map(|file| file.display().to_string()).collect();
    found.sort();
    found
}

#[test]
fn code_of_others_is_called_behind_one_catch() {
    assert_eq!(who_names("catch_unwind"), ["caught.rs"]);
    // The failing driver is a test, and wakes nobody.
    assert_eq!(who_names("Waker}"), ["engine/waking.rs", "sqlite/failing_driver.rs"]);
    assert_eq!(who_names("Waker,"), [""; 0]);
    assert_eq!(who_names("task::Waker"), [""; 0]);
    assert_eq!(who_names("context.waker()"), ["engine/waking.rs"]);
}

/// The rooms in which SQLite may be named by what it alone has.
const SQLITE: &[&str] =
    &["sqlite", "sql/dialect/sqlite", "sql/dialect/sqlite.rs", "executor/sqlite.rs", "database/sqlite.rs"];

#[test]
fn what_sqlite_alone_has_is_named_in_its_own_rooms() {
    // Beside the crate that lends its connection: catalogue, settings, result codes, the identity of files.
    let words = ["rusqlite", "pragma", "sqlite_", "extended_code", "MetadataExt", "libc::"];
    let mut named: Vec<_> = words.iter().flat_map(|word| who_names_in_any_case(word)).collect();
    named.sort();
    named.dedup();
    named.retain(|file| !SQLITE.iter().any(|room| Path::new(file).starts_with(room)));
    assert_eq!(named, ["lib.rs"], "the root re-exports the crate, and nobody else names it");
    let mut rooms = who_names("crate::sqlite");
    rooms.retain(|file| !file.starts_with("sqlite/"));
    assert_eq!(rooms, ["database/mod.rs", "database/sqlite.rs", "executor/sqlite.rs"], "all others know a `Backend`");
}

#[test]
fn a_dialect_names_nothing_of_the_writer_of_statements() {
    let mut above = whose_code(|line| {
        line.match_indices("crate::sql").any(|(at, name)| !line[at + name.len()..].starts_with("::dialect"))
    });
    above.retain(|file| file.starts_with("sql/dialect/"));
    assert_eq!(above, [""; 0], "a dialect is given an `ExpressionWriter`, and knows no writer");
}

#[test]
fn what_differs_between_databases_is_written_in_their_dialects() {
    // Beside the list of dialects and the choice of one there, a backend says which it speaks.
    assert_eq!(who_names("Dialect::Sqlite"), ["dialect.rs", "sql/dialect/mod.rs", "sqlite/engine.rs"]);
    assert_eq!(who_names("Dialect::Postgres"), ["database/fake.rs", "dialect.rs", "sql/dialect/mod.rs"]);
    let forms = ["STRFTIME(", "SUBSTR(", "UNIXEPOCH", "NULLS LAST", "LIMIT -1", "JSON_EXTRACT", "EXTRACT("];
    for form in forms {
        let elsewhere = who_names(form).into_iter().find(|file| !file.starts_with("sql/dialect/"));
        assert_eq!(elsewhere, None, "`{form}` is one database's form");
    }
}

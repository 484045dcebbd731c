//! The modules ("rooms") of the runtime are ordered: each names only the modules that its entry in
//! `ROOMS` allows.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The rooms of the runtime, from the lowest to the highest, each with the rooms that it names.
///
/// A room names only rooms before it, so that no two depend on each other.
const ROOMS: &[(&str, &str)] = &[
    ("tuple", ""),
    ("outcome", ""),
    ("dialect", ""),
    ("value", ""),
    ("error", "value"),
    ("caught", "error"),
    ("row_batch", "value error"),
    ("schema", "tuple value error"),
    ("inspect", "dialect schema"),
    ("bindings", "value error row_batch schema"),
    ("row", "tuple value error row_batch schema"),
    ("types", "value error schema bindings row"),
    ("raw_row", "value error row_batch row types"),
    ("expr", "tuple value error schema row types"),
    ("table", "value schema bindings row types expr"),
    ("statement", "tuple value error row_batch schema bindings row types expr table"),
    ("sql/dialect", "dialect value error schema types expr statement"),
    ("sql", "dialect value error row_batch schema bindings types expr table statement sql/dialect"),
    ("trace", "outcome value error caught"),
    ("engine", "outcome dialect value error caught row_batch inspect row sql trace"),
    // This room exists for tests only, like `promises` at the end.
    ("fake", "outcome dialect value error inspect sql engine"),
    ("sqlite", "outcome dialect value error caught row_batch inspect row types raw_row sql/dialect sql trace engine"),
    ("server", "value error caught engine"),
    ("postgres", "outcome dialect value error caught row_batch inspect row sql/dialect sql trace engine server"),
    ("executor", "outcome dialect value error trace engine sqlite"),
    ("connection", "error engine executor"),
    ("transaction", "error engine executor"),
    (
        "verb",
        "tuple outcome dialect value error row_batch schema bindings row types raw_row expr table statement sql \
         engine executor transaction",
    ),
    ("database", "error caught row types engine fake sqlite postgres executor"),
    ("listen", "error engine executor database"),
    ("advisory_lock", "error engine statement executor connection transaction database"),
    ("ddl", "dialect error schema inspect table statement sql engine executor transaction verb"),
    ("dump", "dialect error schema sql"),
    ("reflection", "dialect error schema inspect engine sqlite postgres executor ddl"),
    ("migrate", "dialect error statement sql/dialect sql engine executor connection transaction database"),
    ("testing", "dialect error schema inspect statement sql migrate database"),
    ("macros", "expr"),
    ("serde_impls", "dialect inspect engine statement"),
    ("guesses", "error outcome raw_row expr table statement executor connection verb database"),
    ("promises", "error statement engine fake executor connection transaction verb database migrate"),
];

/// Returns the room of a source file: its top-level module, or `sql/dialect` for the dialects.
fn room(path: &Path) -> String {
    let mut parts = path.iter().map(|part| part.to_str().unwrap_or_default().trim_end_matches(".rs"));
    match (parts.next(), parts.next()) {
        (Some("sql"), Some("dialect")) => "sql/dialect".to_owned(),
        (module, _) => module.unwrap_or_default().to_owned(),
    }
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

/// Returns the parts of the path at the beginning of the code, up to the first that is not in
/// lower case. The code is what follows `crate::` or `super::`.
fn module_path(code: &str) -> Vec<&str> {
    let names = code.split("::").map(|part| {
        let end = part.find(|c: char| !(c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'));
        (&part[..end.unwrap_or(part.len())], end.is_none())
    });
    let mut path = Vec::new();
    for (name, whole) in names {
        path.push(name);
        if !whole {
            break;
        }
    }
    path
}

/// Returns the other rooms that a source file names in its code.
fn named_rooms(path: &Path, source: &str) -> BTreeSet<String> {
    let code: Vec<_> = source.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let code = code.join("\n");
    let path_shown = path.display();
    for (at, _) in code.match_indices("crate::") {
        // A macro that expands in the user's crate can only use the names of the root.
        let in_user_code = code[..at].ends_with('$');
        let is_module = code[at + "crate::".len()..].starts_with(|c: char| c.is_ascii_lowercase());
        assert!(in_user_code || is_module, "{path_shown}: each path names its module, none the root's re-exports");
    }
    assert!(!code.contains("crate as "), "{path_shown}: the crate has no other name");
    assert!(!code.contains("sql::{dialect"), "{path_shown}: what is of the dialects is imported on a line of its own");
    assert!(
        path.components().count() > 1 || !code.contains("super::{"),
        "{path_shown}: a module of the root names others by `crate`"
    );
    let own = room(path);
    let of_crate = code.match_indices("crate::").map(|(at, found)| (PathBuf::new(), at + found.len()));
    // The module of `a/b.rs`, and that of `a/b/mod.rs`, is `a/b`. Its parent is the `super` in the
    // file.
    let folder = match path.file_name() {
        Some(name) if name == "mod.rs" => path.parent().expect("a folder").to_path_buf(),
        _ => path.with_extension(""),
    };
    let of_parents =
        code.match_indices("super::").filter(|(at, _)| !code[..*at].ends_with("super::")).map(|(at, _)| {
            let rest = &code[at..];
            let levels = rest.split("::").take_while(|part| *part == "super").count();
            let parent = folder.ancestors().nth(levels).unwrap_or(Path::new("")).to_path_buf();
            (parent, at + levels * "super::".len())
        });
    let named = of_crate.chain(of_parents).map(|(parent, at)| {
        let module = module_path(&code[at..]).iter().fold(parent, |path, part| path.join(part));
        room(&module)
    });
    named.filter(|named| *named != own && ROOMS.iter().any(|(room, _)| room == named)).collect()
}

#[test]
fn a_room_of_the_runtime_names_only_rooms_in_its_list() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("aio-runtime/src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    assert!(files.len() > 50, "the sources are found");
    let mut found: BTreeMap<String, BTreeMap<String, PathBuf>> = BTreeMap::new();
    for file in files {
        let path = file.strip_prefix(&root).expect("below the root");
        let source = fs::read_to_string(&file).expect("a source");
        let names = found.entry(room(path)).or_default();
        for named in named_rooms(path, &source) {
            names.insert(named, path.to_path_buf());
        }
    }
    found.remove("lib");
    let mut wrong = Vec::new();
    for (room, names) in &found {
        let Some(place) = ROOMS.iter().position(|(listed, _)| listed == room) else {
            wrong.push(format!("`{room}` is not in the list of rooms"));
            continue;
        };
        for (named, path) in names {
            if ROOMS[place..].iter().any(|(other, _)| other == named) {
                wrong.push(format!("{} names `{named}`, which does not stand before `{room}`", path.display()));
            } else if !ROOMS[place].1.split(' ').any(|allowed| allowed == named) {
                wrong.push(format!("{} names `{named}`, which the list does not allow", path.display()));
            }
        }
        let unused = ROOMS[place].1.split_terminator(' ').filter(|named| !names.contains_key(*named));
        wrong.extend(unused.map(|named| format!("`{room}` does not name `{named}`: take it out of the list")));
    }
    let gone = ROOMS.iter().filter(|(room, _)| !found.contains_key(*room));
    wrong.extend(gone.map(|(room, _)| format!("there is no room `{room}`: take it out of the list")));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn only_the_listed_files_use_cfg_feature() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("aio-runtime/src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    let boundary = [
        "lib.rs",
        "types",
        "sqlite/mod.rs",
        "expr/operand.rs",
        "trace.rs",
        "executor/mod.rs",
        "database",
        "promises/any_database.rs",
        "reflection/mod.rs",
        "server/mod.rs",
    ];
    let outside = files.iter().filter(|file| {
        let path = file.strip_prefix(&root).expect("below the root");
        let source = fs::read_to_string(file).expect("a source");
        let depends = source.lines().any(|line| line.contains("cfg") && line.contains("feature = "));
        depends && !boundary.iter().any(|allowed| path.starts_with(allowed))
    });
    assert_eq!(outside.count(), 0, "`cfg(feature)` stands at the boundary only: {boundary:?}");
}

#[test]
fn the_root_crate_only_re_exports() {
    let source = include_str!("../src/lib.rs");
    let code = source.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with(['#', '/']));
    for line in code {
        // A line re-exports names, begins a module of such names (or the guide, which exists only
        // in the documentation), or continues a list of names.
        let is_list = line.trim_matches(['{', '}', ';', ',']).split(", ").all(|name| !name.contains(' '));
        assert!(line.starts_with("pub use aio_runtime::") || line.starts_with("pub mod ") || is_list, "{line}");
    }
}

/// Returns the source files whose code contains a text.
fn who_names(what: &str) -> Vec<String> {
    whose_code(|line| line.contains(what))
}

/// Returns the source files whose code contains a text, ignoring case.
fn who_names_in_any_case(what: &str) -> Vec<String> {
    let what = what.to_lowercase();
    whose_code(|line| line.to_lowercase().contains(&what))
}

/// Returns the source files with a line of code, outside of comments, for which a condition holds.
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
fn foreign_code_is_called_inside_one_catch() {
    assert_eq!(who_names("catch_unwind"), ["caught.rs"]);
    // The others belong to tests, and their wakers do nothing.
    assert_eq!(who_names("Waker}"), ["engine/notification.rs", "engine/waking.rs", "sqlite/failing_driver.rs"]);
    assert_eq!(who_names("Waker,"), [""; 0]);
    assert_eq!(who_names("task::Waker"), [""; 0]);
    assert_eq!(who_names("context.waker()"), ["engine/waking.rs"]);
}

/// The rooms, and the files of other rooms, that may name features of SQLite.
const SQLITE: &[&str] = &[
    "sqlite",
    "postgres/words_of_sqlite.rs",
    "sql/dialect/sqlite",
    "sql/dialect/sqlite.rs",
    "executor/sqlite.rs",
    "database/sqlite.rs",
    "reflection/sqlite.rs",
];

#[test]
fn features_of_sqlite_are_named_only_in_its_rooms() {
    // Words for what belongs to SQLite: its crate, settings, catalogue tables, result codes, the
    // identity of files, and the table function for lists.
    let words = ["rusqlite", "pragma", "sqlite_", "extended_code", "MetadataExt", "libc::O_", "rarray"];
    let mut named: Vec<_> = words.iter().flat_map(|word| who_names_in_any_case(word)).collect();
    named.sort();
    named.dedup();
    named.retain(|file| !SQLITE.iter().any(|room| Path::new(file).starts_with(room)));
    assert_eq!(named, ["lib.rs"], "the root re-exports the crate, and nobody else names it");
    let mut rooms = who_names("crate::sqlite");
    rooms.retain(|file| !file.starts_with("sqlite/"));
    assert_eq!(
        rooms,
        ["database/sqlite.rs", "executor/sqlite.rs", "reflection/sqlite.rs"],
        "all others know a `Backend`"
    );
    let mut rooms = who_names("crate::postgres");
    rooms.retain(|file| !file.starts_with("postgres/"));
    assert_eq!(rooms, ["database/postgres.rs", "reflection/postgres.rs"]);
}

#[test]
fn differences_between_databases_are_in_their_dialects() {
    // Only the list of dialects, the choice of one, and the backends name a dialect.
    assert_eq!(who_names("Dialect::Sqlite"), ["dialect.rs", "sql/dialect/mod.rs", "sqlite/engine.rs"]);
    assert_eq!(
        who_names("Dialect::Postgres"),
        ["dialect.rs", "fake/mod.rs", "postgres/engine.rs", "sql/dialect/mod.rs"]
    );
    let forms = [
        "STRFTIME(",
        "SUBSTR(",
        "UNIXEPOCH",
        "NULLS LAST",
        "LIMIT -1",
        "JSON_EXTRACT",
        "EXTRACT(",
        "SCAN ",
        "CONSTANT",
    ];
    for form in forms {
        let elsewhere = who_names(form).into_iter().find(|file| !file.starts_with("sql/dialect/"));
        assert_eq!(elsewhere, None, "`{form}` is one database's form");
    }
}

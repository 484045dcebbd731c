//! The rooms of the runtime are in an order; each names only those before it, and a list says
//! which.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The rooms of the runtime, from the lowest to the highest, each with the rooms that it names.
///
/// A room names only rooms that stand before it, so that no two of them depend on each other.
const ROOMS: &[(&str, &str)] = &[
    ("tuple", ""),
    ("outcome", ""),
    ("dialect", ""),
    ("value", ""),
    ("error", "value"),
    ("caught", "error"),
    ("row_batch", "value error"),
    ("schema", "tuple value error"),
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
    ("engine", "outcome dialect value error caught row_batch row sql trace"),
    // For tests, as are the promises at the end.
    ("fake", "outcome dialect value error sql engine"),
    ("sqlite", "outcome dialect value error caught row_batch row types raw_row sql/dialect sql trace engine"),
    ("executor", "outcome dialect value error trace engine sqlite"),
    ("connection", "error executor"),
    ("transaction", "error engine executor"),
    (
        "verb",
        "tuple outcome dialect value error row_batch schema bindings row types raw_row expr table statement sql \
         engine executor transaction",
    ),
    ("database", "error caught row types engine fake sqlite executor"),
    ("ddl", "dialect error schema table statement sql engine executor transaction verb"),
    ("migrate", "error statement sql engine transaction database"),
    ("macros", "expr"),
    ("json_forms", "engine statement"),
    ("guesses", "error raw_row expr statement executor connection verb database"),
    ("promises", "error statement engine fake executor connection transaction verb database migrate"),
];

/// Returns the room of a source: its module, or the dialects, which are a room inside of one.
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

/// Returns the path of a module that follows `crate::` or `super::`, as far as it is written in
/// small letters.
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

/// Returns the rooms that a source names in its code, its own aside.
fn named_rooms(path: &Path, source: &str) -> BTreeSet<String> {
    let code: Vec<_> = source.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let code = code.join("\n");
    let path_shown = path.display();
    for (at, _) in code.match_indices("crate::") {
        // What a macro writes into the user's crate has to go by the names of the root.
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
    // What a source names beside itself is in the room of its folder, or in one inside of it.
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
fn a_room_of_the_runtime_names_only_those_that_the_list_says() {
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
fn only_the_boundary_knows_features() {
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
    // Beside the crate that lends its connection: catalogue, settings, result codes, the identity
    // of files.
    let words = ["rusqlite", "pragma", "sqlite_", "extended_code", "MetadataExt", "libc::", "rarray"];
    let mut named: Vec<_> = words.iter().flat_map(|word| who_names_in_any_case(word)).collect();
    named.sort();
    named.dedup();
    named.retain(|file| !SQLITE.iter().any(|room| Path::new(file).starts_with(room)));
    assert_eq!(named, ["lib.rs"], "the root re-exports the crate, and nobody else names it");
    let mut rooms = who_names("crate::sqlite");
    rooms.retain(|file| !file.starts_with("sqlite/"));
    assert_eq!(rooms, ["database/sqlite.rs", "executor/sqlite.rs"], "all others know a `Backend`");
}

#[test]
fn what_differs_between_databases_is_written_in_their_dialects() {
    // Beside the list of dialects and the choice of one there, a backend says which it speaks.
    assert_eq!(who_names("Dialect::Sqlite"), ["dialect.rs", "sql/dialect/mod.rs", "sqlite/engine.rs"]);
    assert_eq!(who_names("Dialect::Postgres"), ["dialect.rs", "fake/mod.rs", "sql/dialect/mod.rs"]);
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

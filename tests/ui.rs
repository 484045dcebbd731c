//! Programs that compile, and the compiler's messages for programs that do not compile.
//!
//! The programs in `tests/ui/pass` compile and run. Each program in `tests/ui/fail` contains one
//! mistake of a new user, and the file beside it has the compiler's message, which should point at
//! the user's line and say what to write instead. `TRYBUILD=overwrite` rewrites the messages: read
//! them before you commit them.

#![allow(clippy::expect_used)]

use std::fs;
use std::path::{Path, PathBuf};

/// The folders of `tests/ui/fail`, and whether this build has the features that they test.
const TOPICS: &[(&str, bool)] = &[
    ("attribute", true),
    ("batch", true),
    ("column", true),
    ("foreign_key", true),
    ("guess", true),
    ("insert", true),
    ("join", true),
    ("key", true),
    ("migrations", true),
    ("query", true),
    ("raw", true),
    ("relation", true),
    ("shape", true),
    ("update", true),
    ("write", true),
    ("with_json", cfg!(feature = "json")),
    // The compiler lists methods of the crates that these features bring.
    ("with_postgres", cfg!(all(feature = "postgres", feature = "tls"))),
    ("with_rust_decimal", cfg!(feature = "rust_decimal")),
    ("without_postgres", cfg!(not(feature = "postgres"))),
    ("without_json", cfg!(not(feature = "json"))),
    ("without_regexp", cfg!(not(feature = "regexp"))),
    ("without_rust_decimal", cfg!(not(feature = "rust_decimal"))),
    ("without_uuid", cfg!(not(feature = "uuid"))),
];

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ui").join(name)
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder).expect("the folder").map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    files
}

#[test]
fn programs_compile_and_mistakes_do_not() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/ui/pass/*.rs");
    if cfg!(feature = "json") {
        cases.pass("tests/ui/pass/with_json/*.rs");
    }
    if cfg!(feature = "rust_decimal") {
        cases.pass("tests/ui/pass/with_rust_decimal/*.rs");
    }
    for (topic, _) in TOPICS.iter().filter(|(_, here)| *here) {
        cases.compile_fail(format!("tests/ui/fail/{topic}/*.rs"));
    }
}

#[test]
fn every_folder_of_mistakes_is_a_topic() {
    for path in files(&folder("fail")) {
        let name = path.file_name().and_then(|name| name.to_str()).expect("a name");
        assert!(TOPICS.iter().any(|(topic, _)| *topic == name), "{name} is not in the list of topics");
    }
}

#[test]
fn messages_are_short() {
    let messages: Vec<PathBuf> = files(&folder("fail"))
        .iter()
        .flat_map(|topic| files(topic))
        .filter(|path| path.extension().is_some_and(|extension| extension == "stderr"))
        .collect();
    let lines: usize = messages.iter().map(|path| fs::read_to_string(path).expect("a message").lines().count()).sum();
    let cases = messages.len();
    assert!(cases >= 40, "there are {cases} cases");
    assert!(lines <= 15 * cases, "{lines} lines in {cases} messages: more than 15 each");
}

/// Checks the answers to guesses by users of other libraries, and their length.
///
/// The first line of each program names the other library's method and what to write instead: ``//
/// sqlx: `.fetch_all(&pool)`. Write: `.all(&db)` ``.
#[test]
fn the_error_for_another_librarys_method_says_what_to_write_in_fifteen_lines() {
    // For `row_delete` the compiler first mentions `User::delete()`, which takes no row, and then
    // suggests the method to use. No attribute removes that part of the message. If a trait of the
    // library had a method of that name, it would conflict with a method of that name in a user's
    // trait. The same is so for `row_update`, in `with_postgres` and `without_postgres`. For
    // `seventeen_columns`, the compiler shows the type of the whole tuple, and suggests another
    // tuple.
    let longer = [("row_delete", 29), ("seventeen_columns", 18)];
    let programs: Vec<PathBuf> = files(&folder("fail/guess"))
        .into_iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect();
    assert!(programs.len() >= 45, "there are {} guesses", programs.len());
    let mut wrong = Vec::new();
    for program in programs {
        let name = program.file_stem().and_then(|name| name.to_str()).expect("a name").to_owned();
        let text = fs::read_to_string(&program).expect("a program");
        let first = text.lines().next().expect("a line");
        let (_, answer) = first.split_once("Write: `").expect("what is to be written");
        let answer = answer.strip_suffix('`').expect("an end");
        let message = fs::read_to_string(program.with_extension("stderr")).unwrap_or_default();
        let most = longer.iter().find(|(longer, _)| *longer == name).map_or(15, |(_, lines)| *lines);
        let lines = message.lines().count();
        // The user's own line is not searched, because it may contain the answer by chance.
        let is_own =
            |line: &str| line.split_once(" | ").is_some_and(|(number, _)| number.trim().parse::<u32>().is_ok());
        if !message.lines().any(|line| !is_own(line) && line.contains(answer)) {
            wrong.push(format!("{name} is not told to write `{answer}`"));
        }
        if lines > most {
            wrong.push(format!("{name} is told in {lines} lines, not in {most}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

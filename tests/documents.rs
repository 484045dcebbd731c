//! The documents are consistent: the README's program is the example `books`, and all links to
//! files and headings have a target.

use std::fs;
use std::path::{Path, PathBuf};

/// Returns the text of each Rust code block.
fn programs(text: &str) -> Vec<String> {
    let mut programs = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line.starts_with("```rust") {
            programs.push(lines.by_ref().take_while(|line| *line != "```").map(|line| format!("{line}\n")).collect());
        }
    }
    programs
}

fn folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: impl AsRef<Path>) -> String {
    let path = folder().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Returns the paths of the Markdown files in the root, `docs`, `docs/guide` and `benches`.
fn documents() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in [folder().to_owned(), folder().join("docs"), folder().join("docs/guide"), folder().join("benches")] {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            if entry.path().extension().is_some_and(|extension| extension == "md") {
                found.push(entry.path());
            }
        }
    }
    found
}

/// Returns the targets of the links in a document, outside of code.
fn links(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut is_code = false;
    for line in text.lines() {
        is_code ^= line.starts_with("```");
        if is_code {
            continue;
        }
        for (at, bracket) in line.match_indices("](") {
            found.extend(line[at + bracket.len()..].split_once(')').map(|(target, _)| target));
        }
        if line.starts_with('[') {
            found.extend(line.split_once("]: ").map(|(_, target)| target));
        }
    }
    found
}

/// Returns the anchor that a code host creates for a heading.
fn anchor(heading: &str) -> String {
    let kept = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = kept.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

#[test]
fn the_programs_of_the_readme_are_examples_as_they_stand() {
    let example = read("examples/books.rs");
    let program = example.split_once("\n\n").expect("a line that says what it is").1;
    assert_eq!(programs(&read("README.md")), [program]);
}

/// That program needs a server, so it is compiled, and run, by `tests/postgres_guide.rs`.
#[test]
fn the_program_of_the_chapter_about_postgresql_is_the_one_that_is_tested() {
    let [program] = &*programs(&read("docs/guide/postgres.md")) else { panic!("one program") };
    let (functions, _) = program.split_once("\n#[tokio::main]").expect("a `main`");
    assert_eq!(functions, read("docs/guide/accounts.rs"));
}

#[test]
fn the_test_command_of_the_readme_is_the_last_step_of_the_check() {
    let command = "./test";
    assert!(read("README.md").contains(&format!("Test all of it:\n\n```sh\n{command}\n```\n")));
    assert_eq!(read(".ci/run").lines().next_back(), Some(command));
    assert!(read(command).starts_with("#!/usr/bin/env bash\n"));
}

#[test]
fn the_readme_shows_nothing_that_a_reader_would_not_write() {
    let readme = read("README.md");
    assert!(readme.lines().count() <= 200);
    for line in programs(&readme).iter().flat_map(|program| program.lines()) {
        assert!(!line.trim_start().starts_with("# "), "a hidden line shows on a code host: {line}");
    }
}

#[test]
fn links_have_existing_files_and_headings() {
    let mut broken = Vec::new();
    for document in documents() {
        let text = read(&document);
        for link in links(&text) {
            if link.starts_with("http") {
                continue;
            }
            let (path, heading) = link.split_once('#').unwrap_or((link, ""));
            let target = if path.is_empty() { document.clone() } else { document.parent().unwrap().join(path) };
            let is_there = target.exists()
                && (heading.is_empty()
                    || read(&target).lines().any(|line| line.starts_with('#') && anchor(line) == heading));
            if !is_there {
                broken.push(format!("{}: {link}", document.display()));
            }
        }
    }
    assert_eq!(broken, [""; 0]);
}

#[test]
fn files_named_in_the_developers_documents_exist() {
    let folders = ["", "aio-runtime/src", "aio-macros/src"];
    let mut missing = Vec::new();
    for document in ["ARCHITECTURE.md", "CONTRIBUTING.md"] {
        let text = read(document);
        for path in text.split('`').skip(1).step_by(2).filter(|code| code.contains('/') && !code.contains([' ', '*'])) {
            if !folders.iter().any(|within| folder().join(within).join(path).exists()) {
                missing.push(format!("{document}: {path}"));
            }
        }
    }
    assert_eq!(missing, [""; 0]);
}

/// The documentation of the crate shows the guide, too, and draws no diagrams.
#[test]
fn pictures_of_the_guide_are_text() {
    let drawn: Vec<_> = documents().into_iter().filter(|path| path.parent().unwrap().ends_with("guide")).collect();
    assert!(!drawn.is_empty());
    for chapter in drawn {
        assert!(!read(&chapter).contains("```mermaid"), "{}: write a block of `text`", chapter.display());
    }
}

#[test]
fn every_chapter_of_the_guide_is_listed_and_compiled() {
    let (list, tested, links) = (read("docs/guide/README.md"), read("src/guide.rs"), read("src/guide/links.md"));
    for document in documents().iter().filter(|path| path.parent().unwrap().ends_with("docs/guide")) {
        let name = document.file_stem().unwrap().to_str().unwrap();
        if name != "README" {
            assert!(list.contains(&format!("]: {name}.md")), "{name} is not in docs/guide/README.md");
            assert!(
                links.contains(&format!("[{name}]: crate::guide::{name}\n")),
                "{name} is not in src/guide/links.md"
            );
            assert!(tested.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == name), "{name}");
        }
    }
}

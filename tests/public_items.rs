//! The public items: `public_items.txt` lists all items that a program can name, with their
//! methods. `UPDATE_EXPECT=1 cargo test --test public_items` writes the file anew.
//!
//! The list is read from the sources, as rustfmt has formatted them: an item begins on a new line,
//! and its content is indented. Methods that a macro generates are listed as they are written in
//! the macro.

#![allow(clippy::expect_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The folders and files of the runtime without anything that programs may name.
const PRIVATE: &[&str] = &["fake", "promises", "guesses.rs", "inspect/tokens.rs"];

fn folder(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
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

/// Returns the lines of a source without comments and without its tests.
fn lines(source: &str) -> Vec<&str> {
    let tests = source.find("#[cfg(test)]\nmod ").unwrap_or(source.len());
    source[..tests].lines().filter(|line| !line.trim_start().starts_with("//")).collect()
}

/// Returns the public names of each module of the crate, `""` for the root.
fn names() -> BTreeMap<String, BTreeSet<String>> {
    let source = fs::read_to_string(folder("src/lib.rs")).expect("the root");
    let (mut names, mut module, mut hidden) = (BTreeMap::<String, BTreeSet<String>>::new(), String::new(), false);
    let lines = lines(&source);
    let mut rest = &lines[..];
    while let [line, after @ ..] = rest {
        rest = after;
        let line = line.trim();
        if line == "#[doc(hidden)]" {
            hidden = true;
        } else if let Some(name) = line.strip_prefix("pub mod ").and_then(|line| line.strip_suffix(" {")) {
            module = name.to_owned();
        } else if line == "}" {
            module.clear();
        } else if let Some(first) = line.strip_prefix("pub use aio_runtime::") {
            let mut list = first.to_owned();
            while !list.contains(';') {
                let [line, after @ ..] = rest else { break };
                list += line.trim();
                rest = after;
            }
            let list = list.trim_end_matches(';').trim_end_matches('}');
            let list = list.rsplit_once('{').map_or(list, |(_, list)| list);
            let list =
                list.split(',').filter_map(|name| name.trim().rsplit("::").next()).filter(|name| !name.is_empty());
            if !hidden {
                names.entry(module.clone()).or_default().extend(list.map(str::to_owned));
            }
            hidden = false;
        }
    }
    names
}

/// One item of a source file.
struct Item<'a> {
    /// The impl or macro that contains the item; `None` for other items.
    within: Option<String>,
    header: String,
    /// The lines inside of the item.
    body: &'a [&'a str],
}

fn indentation(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// Returns the header of an item that begins in the first line, without its body, and the number
/// of the header's lines.
fn header(lines: &[&str]) -> (String, usize) {
    let mut header = String::new();
    for (count, line) in lines.iter().enumerate() {
        let line = line.trim();
        header += if header.is_empty() || header.ends_with('(') || header.ends_with('<') { "" } else { " " };
        header += line;
        let is_item_of_list = header.starts_with("pub const ") || header.starts_with("const ");
        if line.ends_with('{') || line.ends_with(';') || line.ends_with('}') || is_item_of_list {
            return (header, count + 1);
        }
    }
    (header, lines.len())
}

/// Returns the public field, variant or constant that begins in the first line, and the number of
/// its lines.
fn member(lines: &[&str]) -> (String, usize) {
    let (mut member, mut depth) = (String::new(), 0);
    for (count, line) in lines.iter().enumerate() {
        let line = line.trim();
        member += if member.is_empty() { "" } else { " " };
        member += line;
        depth += line.matches(['(', '{']).count();
        depth -= line.matches([')', '}']).count().min(depth);
        if depth == 0 {
            return (member, count + 1);
        }
    }
    (member, lines.len())
}

/// Writes a header in one line, as rustfmt would if lines could have any width.
fn in_one_line(header: &str) -> String {
    let header = header.split(" where ").map(|part| part.trim_end_matches([' ', '{', ';', ','])).collect::<Vec<_>>();
    header.join(" where ").replace(",)", ")").replace(", )", ")").replace(", >", ">").replace(" )", ")")
}

/// Adds the items in these lines to a list, with those inside of impls and macros.
fn items<'a>(lines: &'a [&'a str], within: Option<&str>, to: &mut Vec<Item<'a>>) {
    let mut at = 0;
    while at < lines.len() {
        let line = lines[at].trim_start();
        let opens_macro = line.starts_with("macro_rules! ");
        let is_impl = line.starts_with("impl ") || line.starts_with("impl<");
        let is_public = line.starts_with("pub ") && !line.starts_with("pub mod ") && !line.starts_with("pub use ");
        if !(opens_macro || is_impl || is_public) {
            at += 1;
            continue;
        }
        let (header, count) = header(&lines[at..]);
        let own = indentation(lines[at]);
        let start = (at + count).min(lines.len());
        let has_body = header.ends_with('{') || opens_macro;
        let end = if has_body {
            let close = lines[start..].iter().position(|line| !line.trim().is_empty() && indentation(line) <= own);
            close.map_or(lines.len(), |close| start + close)
        } else {
            start
        };
        let body = &lines[start.min(end)..end];
        if opens_macro {
            let name = line.trim_start_matches("macro_rules! ").trim_end_matches(" {");
            items(body, Some(&format!("{name}!")), to);
        } else if is_impl {
            let of = in_one_line(&header);
            let is_of_trait = of.split(" where ").next().is_some_and(|of| of.contains(" for ") && !of.contains("for<"));
            if !is_of_trait {
                let of = within.map_or_else(|| of.clone(), |within| format!("{within} {of}"));
                items(body, Some(&of), to);
            }
        } else {
            to.push(Item { within: within.map(str::to_owned), header, body });
        }
        at = end.max(at + 1);
    }
}

/// Returns the name of the type that an inherent impl is of: `Select` of `impl<F, O> Select<F,
/// O>`.
fn type_of_impl(header: &str) -> String {
    let header = header.rsplit_once("impl").map_or(header, |(_, header)| header);
    let mut depth = 0;
    let ty = if header.starts_with('<') {
        let end = header.find(|c| {
            depth += match c {
                '<' => 1,
                '>' => -1,
                _ => 0,
            };
            depth == 0
        });
        &header[end.map_or(0, |end| end + 1)..]
    } else {
        header
    };
    ty.trim().chars().take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '$')).collect()
}

/// Returns the name of an item from its header.
fn name(header: &str) -> String {
    let mut words = header.trim_start_matches("pub ").split_whitespace();
    let word = words.find(|word| !is_kind(word)).unwrap_or_default();
    word.chars().take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '$')).collect()
}

fn is_kind(word: &str) -> bool {
    matches!(word, "async" | "const" | "enum" | "fn" | "static" | "struct" | "trait" | "type")
}

/// Returns the lines of the list for an item: the item, and its public fields, variants and
/// methods.
fn shown(item: &Item<'_>) -> Vec<String> {
    let own = in_one_line(&item.header);
    let mut shown = vec![own.clone()];
    let is_trait = own.starts_with("pub trait ");
    let is_enum = own.starts_with("pub enum ");
    let least = item.body.iter().filter(|line| !line.trim().is_empty()).map(|line| indentation(line)).min();
    let mut at = 0;
    while at < item.body.len() {
        let line = item.body[at];
        let text = line.trim();
        let is_member = Some(indentation(line)) == least && !text.is_empty() && !text.starts_with(['#', '}', ')']);
        let is_part = is_trait && ["fn ", "type ", "const ", "async fn "].iter().any(|kind| text.starts_with(kind))
            || is_enum
            || text.starts_with("pub ");
        if is_member && is_part && text != "where" {
            let (member, count) = if is_trait { header(&item.body[at..]) } else { member(&item.body[at..]) };
            shown.push(format!("    {}", in_one_line(&member).trim_end_matches(',')));
            at += count;
        } else {
            at += 1;
        }
    }
    shown
}

#[test]
fn a_change_of_the_public_surface_is_seen() {
    let names = names();
    let root = names.get("").expect("the root");
    assert!(root.len() > 30 && names.len() > 5, "the names are found");
    let mut list = String::new();
    for (module, names) in &names {
        let title = if module.is_empty() { "aio_sql".to_owned() } else { format!("aio_sql::{module}") };
        list += &format!("# {title}\n{}\n\n", names.iter().cloned().collect::<Vec<_>>().join("\n"));
    }
    let all: BTreeSet<&str> = names.values().flatten().map(String::as_str).collect();
    let root = folder("aio-runtime/src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    files.retain(|file| {
        let file = file.strip_prefix(&root).expect("below the root");
        !PRIVATE.iter().any(|private| file.starts_with(private))
    });
    let mut items_of: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let (mut methods, mut of_schema) = (0, BTreeSet::new());
    for file in &files {
        let source = fs::read_to_string(file).expect("a source");
        let lines = lines(&source);
        let mut found = Vec::new();
        items(&lines, None, &mut found);
        let in_module = ["inspect", "schema", "expr/scope.rs", "types/encoding.rs"];
        let path = file.strip_prefix(&root).expect("below the root");
        let is_in_module = in_module.iter().any(|module| path.starts_with(module));
        for item in found {
            match &item.within {
                Some(within) => {
                    let of = type_of_impl(within);
                    if within.contains('!') || all.contains(of.as_str()) || of_schema.contains(&of) {
                        methods += 1;
                        items_of.entry(within.clone()).or_default().push(in_one_line(&item.header));
                    }
                }
                None => {
                    let name = name(&item.header);
                    if is_in_module {
                        of_schema.insert(name.clone());
                    }
                    if is_in_module || all.contains(name.as_str()) {
                        items_of.entry(name).or_default().extend(shown(&item));
                    }
                }
            }
        }
    }
    assert!(methods > 300, "{methods} methods are found");
    let missing: Vec<_> = all
        .iter()
        .filter(|name| {
            let is_macro = ["alias", "sql", "sql_aggregate", "sql_function"].contains(name);
            let is_elsewhere = ["rusqlite", "Stream", "scope", "encoding", "*"].contains(name);
            !is_macro && !is_elsewhere && !items_of.contains_key(**name)
        })
        .collect();
    assert!(missing.is_empty(), "the sources of {missing:?} are not found");
    for (of, items) in items_of {
        list += &format!("## {of}\n{}\n\n", items.join("\n"));
    }
    expect_test::expect_file!["public_items.txt"].assert_eq(&list);
}

//! `migrations!("folder")`: the steps of a folder, as they are when the program is compiled.
//!
//! ```text
//! {
//!     const STEPS: &[Migration<'static>] = &[
//!         Migration::new("0001_init", include_str!("/…/migrations/0001_init.sql"))
//!             .file("migrations/0001_init.sql"),
//!     ];
//!     Migrations::new(STEPS)
//! }
//! ```
//!
//! If the folder has the folders `sqlite` and `postgres`, or one of them, each has the steps of
//! one kind of database:
//!
//! ```text
//! {
//!     const SQLITE: &[Migration<'static>] = &[…];
//!     const POSTGRES: &[Migration<'static>] = &[…];
//!     Migrations::for_databases(&[(Dialect::Sqlite, SQLITE), (Dialect::Postgres, POSTGRES)])
//! }
//! ```
//!
//! The files are included by their absolute paths, so that Cargo compiles the program again when
//! one of them changes. It does not notice a new file in the folder, but the command line tool
//! lists each step in `schema.sql`, which is included, too.

use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::quote;
use syn::LitStr;

/// The file with the list of the steps and the schema after the last one.
const SCHEMA_FILE: &str = "schema.sql";

/// The folders with the steps of one kind of database, and the name of the kind in `Dialect`.
const DATABASES: [(&str, &str); 2] = [("sqlite", "Sqlite"), ("postgres", "Postgres")];

/// Expands `path ; "folder"`. The macro `migrations!` of the runtime calls it with the path of the
/// crate.
pub(crate) fn expand(input: TokenStream) -> TokenStream {
    let package = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).unwrap_or_default();
    expand_in(&package, is_dump(), input)
}

/// Returns whether the command line tool compiles the package to find its structs. The steps are
/// then left out, because the tool must be able to compile the program whatever is wrong with
/// them.
fn is_dump() -> bool {
    // The tool names its packages, because their dependencies are compiled with the same
    // environment.
    let is_named = match (std::env::var("AIO_SQL_DUMP_PACKAGES"), std::env::var("CARGO_PKG_NAME")) {
        (Ok(packages), Ok(package)) => packages.split_whitespace().any(|named| named == package),
        _ => true,
    };
    is_named && std::env::var_os("AIO_SQL_DUMP").is_some()
}

/// Expands the macro in a package. The steps are left out if `is_dump` is set.
fn expand_in(package: &Path, is_dump: bool, input: TokenStream) -> TokenStream {
    let mut input = input.into_iter();
    let is_end = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ';');
    let krate: TokenStream = input.by_ref().take_while(|token| !is_end(token)).collect();
    if is_dump {
        return migrations(&krate, &Folder::default());
    }
    let (name, span) = match folder_name(input.collect()) {
        Ok((name, span)) => (name, span),
        Err(error) => return with_errors(&krate, error.to_compile_error()),
    };
    let name = name.trim_end_matches('/');
    let databases: Vec<(&str, Folder)> = DATABASES
        .iter()
        .filter(|(database, _)| package.join(name).join(database).is_dir())
        .map(|(database, dialect)| (*dialect, Folder::read(package, &format!("{name}/{database}"))))
        .collect();
    let (expansion, errors) = if databases.is_empty() {
        let folder = Folder::read(package, name);
        (migrations(&krate, &folder), folder.errors)
    } else {
        let errors = errors_of_databases(&package.join(name), name, &databases);
        (migrations_of_databases(&krate, &databases), errors)
    };
    let errors: TokenStream = errors.iter().map(|error| syn::Error::new(span, error).to_compile_error()).collect();
    if errors.is_empty() { expansion } else { with_errors(&krate, errors) }
}

/// Returns the name of the folder, and the span at which errors about the folder are reported.
fn folder_name(input: TokenStream) -> syn::Result<(String, Span)> {
    if input.is_empty() {
        return Ok(("migrations".to_owned(), Span::call_site()));
    }
    let message = "`migrations!` takes the path of a folder in the package: write `migrations!()` or \
                   `migrations!(\"folder\")`";
    let first = input.clone().into_iter().next().map_or_else(Span::call_site, |token| token.span());
    let literal: LitStr = syn::parse2(input).map_err(|_| syn::Error::new(first, message))?;
    Ok((literal.value(), literal.span()))
}

/// Writes errors, followed by an empty list of steps, so that the expression has its type and the
/// compiler reports nothing else.
fn with_errors(krate: &TokenStream, errors: TokenStream) -> TokenStream {
    let empty = migrations(krate, &Folder::default());
    quote!({ #errors #empty })
}

fn migrations(krate: &TokenStream, folder: &Folder) -> TokenStream {
    let steps = steps(krate, folder);
    let schema = schema(folder);
    quote!({
        const STEPS: &[#krate::Migration<'static>] = #steps;
        #schema
        #krate::Migrations::new(STEPS)
    })
}

/// Writes the steps of several kinds of databases.
fn migrations_of_databases(krate: &TokenStream, databases: &[(&str, Folder)]) -> TokenStream {
    let list = |dialect: &str| Ident::new(&dialect.to_uppercase(), Span::call_site());
    let lists = databases.iter().map(|(dialect, folder)| {
        let (list, steps, schema) = (list(dialect), steps(krate, folder), schema(folder));
        quote! {
            const #list: &[#krate::Migration<'static>] = #steps;
            #schema
        }
    });
    let pairs = databases.iter().map(|(dialect, _)| {
        let (list, dialect) = (list(dialect), Ident::new(dialect, Span::call_site()));
        quote!((#krate::Dialect::#dialect, #list))
    });
    quote!({
        #(#lists)*
        #krate::Migrations::for_databases(&[#(#pairs),*])
    })
}

/// Returns what is wrong with the folders of several kinds of databases, alone and beside each
/// other.
fn errors_of_databases(path: &Path, name: &str, databases: &[(&str, Folder)]) -> Vec<String> {
    let mut errors: Vec<String> = databases.iter().flat_map(|(_, folder)| folder.errors.clone()).collect();
    let others = files(path).unwrap_or_default();
    let others = others.iter().filter_map(|path| path.file_name().and_then(|file| file.to_str()));
    if let Some(file) = others.filter(|file| file.ends_with(".sql") && !file.starts_with('.')).min() {
        errors.push(format!(
            "`{name}/{file}` stands beside the folders of the databases, so that no database runs it: move it into one of \
             them"
        ));
    }
    if !errors.is_empty() {
        return errors;
    }
    for (_, folder) in databases {
        for (_, other) in databases {
            let lacks = |step: &&Step| !other.steps.iter().any(|known| known.name == step.name);
            errors.extend(folder.steps.iter().filter(lacks).map(|step| {
                let (name, shown, other) = (&step.name, &step.shown, &other.name);
                format!(
                    "there is `{shown}`, but no `{other}/{name}.sql`: add it; where the database has nothing to do, a comment \
                     is enough"
                )
            }));
        }
    }
    errors
}

/// Writes the list of the steps of a folder.
fn steps(krate: &TokenStream, folder: &Folder) -> TokenStream {
    let steps = folder.steps.iter().map(|step| {
        let (name, path, shown) = (&step.name, &step.path, &step.shown);
        quote!(#krate::Migration::new(#name, ::core::include_str!(#path)).file(#shown))
    });
    quote!(&[#(#steps),*])
}

/// Includes `schema.sql`, if the folder has it, so that cargo compiles the program again when the
/// file changes.
fn schema(folder: &Folder) -> Option<TokenStream> {
    folder.schema.as_ref().map(|path| {
        quote!(
            const _: &::core::primitive::str = ::core::include_str!(#path);
        )
    })
}

/// The files of a folder.
#[derive(Default)]
struct Folder {
    /// The path of the folder in the package.
    name: String,
    /// The steps, in their order.
    steps: Vec<Step>,
    /// The absolute path of `schema.sql`; `None` if there is no such file.
    schema: Option<String>,
    errors: Vec<String>,
}

struct Step {
    number: u64,
    name: String,
    /// The absolute path of the file.
    path: String,
    /// The path of the file in the package, for errors.
    shown: String,
}

impl Folder {
    /// Reads the folder `name` of a package.
    fn read(package: &Path, name: &str) -> Folder {
        let mut folder = Folder { name: name.to_owned(), ..Folder::default() };
        folder.read_files(&package.join(name), name);
        folder
    }

    fn read_files(&mut self, folder: &Path, name: &str) {
        let mut files = match files(folder) {
            Ok(files) => files,
            Err(error) => {
                let reason = match error.kind() {
                    std::io::ErrorKind::NotFound => "does not exist".to_owned(),
                    _ => format!("cannot be read: {error}"),
                };
                self.errors.push(format!(
                    "the folder `{name}` of this package {reason}: `aio-sql migrate new NAME` makes it with a first step; \
                     another folder is written `migrations!(\"folder\")`"
                ));
                return;
            }
        };
        files.sort();
        let mut listed = None;
        for path in files {
            let Some(file) = path.file_name().and_then(|file| file.to_str()) else {
                self.errors.push(format!("a file in `{name}` has a name that is not UTF-8: rename it"));
                continue;
            };
            let shown = format!("{name}/{file}");
            let Some(stem) = file.strip_suffix(".sql").filter(|_| !file.starts_with('.')) else { continue };
            match (fs::read_to_string(&path), path.to_str()) {
                (Ok(text), Some(path)) => {
                    if has_conflict(&text) {
                        self.errors.push(conflict(file, &shown));
                    } else if file == SCHEMA_FILE {
                        (self.schema, listed) = (Some(path.to_owned()), Some(listed_steps(&text)));
                    } else {
                        self.add(stem, path, shown);
                    }
                }
                (Err(error), _) => self.errors.push(format!("`{shown}` cannot be read: {error}")),
                (Ok(_), None) => self.errors.push(format!("the path of `{shown}` is not UTF-8: rename its folders")),
            }
        }
        self.steps.sort_by_key(|step| step.number);
        if self.errors.is_empty() {
            self.check(name, listed.as_deref());
        }
    }

    fn add(&mut self, stem: &str, path: &str, shown: String) {
        match number(stem) {
            Some(number) => self.steps.push(Step { number, name: stem.to_owned(), path: path.to_owned(), shown }),
            None => self.errors.push(format!(
                "the name of `{shown}` does not begin with a number: rename it, like `0001_{stem}.sql`, or move it to \
                 another folder"
            )),
        }
    }

    /// Checks the steps together, and against those that `schema.sql` lists, if it exists.
    fn check(&mut self, name: &str, listed: Option<&[String]>) {
        if self.steps.is_empty() {
            self.errors.push(format!(
                "the folder `{name}` has no step, a file like `0001_init.sql`: `aio-sql migrate new NAME` makes one"
            ));
        }
        for pair in self.steps.windows(2) {
            if pair[0].number == pair[1].number {
                let (first, second) = (&pair[0].shown, &pair[1].shown);
                self.errors.push(format!(
                    "`{first}` and `{second}` have one number: `aio-sql migrate rebase` gives the steps of your branch the \
                     next numbers"
                ));
            }
        }
        let Some(listed) = listed else { return };
        let has = |step: &String| self.steps.iter().any(|known| known.name == *step);
        if let Some(missing) = listed.iter().find(|step| !has(step)) {
            self.errors.push(format!(
                "`{name}/{SCHEMA_FILE}` lists the step `{missing}`, but there is no `{name}/{missing}.sql`: restore the \
                 file, or run `aio-sql migrate run`, which writes the list again"
            ));
        } else if let Some(step) = self.steps.iter().find(|step| !listed.contains(&step.name)) {
            self.errors.push(format!(
                "`{name}/{SCHEMA_FILE}` does not list the step `{}`: run `aio-sql migrate run`, which writes the list again",
                step.name
            ));
        }
    }
}

/// Returns the paths of the files in a folder.
fn files(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path()));
    entries.filter(|path| path.as_ref().map_or(true, |path| path.is_file())).collect()
}

/// Returns the number that is the whole name or is followed by an underscore, or `None` if the
/// name does not begin with such a number.
fn number(name: &str) -> Option<u64> {
    let end = name.find(|c: char| !c.is_ascii_digit()).unwrap_or(name.len());
    let follows = name[end..].chars().next();
    name[..end].parse().ok().filter(|_| follows.is_none_or(|c| c == '_'))
}

/// Returns whether a text has the markers of a conflict of git.
fn has_conflict(text: &str) -> bool {
    let has = |marker: &str| text.lines().any(|line| line.starts_with(marker));
    has("<<<<<<< ") && has(">>>>>>> ")
}

fn conflict(file: &str, shown: &str) -> String {
    match file {
        SCHEMA_FILE => format!(
            "`{shown}` has a conflict of two branches, each of which has added a step: `aio-sql migrate rebase` gives the \
             steps of your branch the next numbers and writes the file again"
        ),
        _ => format!("`{shown}` has a conflict that git could not resolve: resolve it"),
    }
}

/// Returns the names of the steps that `schema.sql` lists.
fn listed_steps(text: &str) -> Vec<String> {
    let step = |line: &str| {
        let words = line.trim().trim_start_matches('\u{feff}').strip_prefix("-- aio-sql: step ")?;
        // The last word is the hash. A name with a blank is written in double quotes.
        let (name, _) = words.trim_end().rsplit_once(' ')?;
        let quoted = name.strip_prefix('"').and_then(|name| name.strip_suffix('"'));
        Some(quoted.map_or_else(|| name.to_owned(), |name| name.replace("\"\"", "\"")))
    };
    text.lines().filter_map(step).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use quote::ToTokens;

    use super::*;

    /// Expands `migrations!()` in a package with these files in its folder `migrations`. The path
    /// of the package is shown as `/package`.
    fn expanded(files: &[(&str, &str)], arguments: TokenStream, is_dump: bool) -> String {
        let package = tempfile::tempdir().unwrap();
        let folder = package.path().join("migrations");
        if !files.is_empty() {
            fs::create_dir(&folder).unwrap();
        }
        for (name, text) in files {
            let path = folder.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let expansion = expand_in(package.path(), is_dump, quote!(::aio_sql; #arguments));
        let expression: syn::Expr = syn::parse2(expansion).unwrap();
        let file = syn::parse_quote!(fn f() { #expression });
        prettyplease::unparse(&file).replace(package.path().to_str().unwrap(), "/package")
    }

    /// Returns the messages of the errors of an expansion.
    fn errors(files: &[(&str, &str)]) -> Vec<String> {
        let text = expanded(files, TokenStream::new(), false);
        let file = syn::parse_file(&text).unwrap();
        let messages = literals_of_errors(file.to_token_stream());
        assert!(!messages.is_empty() && text.contains("Migrations::new(STEPS)"), "{text}");
        messages
    }

    fn literals_of_errors(tokens: TokenStream) -> Vec<String> {
        let (mut messages, mut is_error) = (Vec::new(), false);
        for token in tokens {
            match token {
                TokenTree::Ident(name) => is_error |= name == "compile_error",
                TokenTree::Group(group) if is_error => {
                    messages.push(syn::parse2::<LitStr>(group.stream()).unwrap().value());
                    is_error = false;
                }
                TokenTree::Group(group) => messages.extend(literals_of_errors(group.stream())),
                _ => {}
            }
        }
        messages
    }

    const SCHEMA: &str = "-- written\n-- aio-sql: step 0002_init a1\n-- aio-sql: step \"10_my \"\"notes\" b2\n\n\
        -- aio-sql: owns table note\ncreate table note (id);\n";

    #[test]
    fn the_files_are_included_by_their_numbers() {
        let files = [
            ("10_my \"notes.sql", "select 10"),
            ("0002_init.sql", "select 2"),
            ("README.md", "about the steps"),
            (".0003_draft.sql", "of an editor"),
            ("schema.sql", SCHEMA),
        ];
        let expected = expect_test::expect![[r#"
            fn f() {
                {
                    const STEPS: &[::aio_sql::Migration<'static>] = &[
                        ::aio_sql::Migration::new(
                                "0002_init",
                                ::core::include_str!("/package/migrations/0002_init.sql"),
                            )
                            .file("migrations/0002_init.sql"),
                        ::aio_sql::Migration::new(
                                "10_my \"notes",
                                ::core::include_str!("/package/migrations/10_my \"notes.sql"),
                            )
                            .file("migrations/10_my \"notes.sql"),
                    ];
                    const _: &::core::primitive::str = ::core::include_str!(
                        "/package/migrations/schema.sql"
                    );
                    ::aio_sql::Migrations::new(STEPS)
                }
            }
        "#]];
        let expansion = expanded(&files, TokenStream::new(), false);
        expected.assert_eq(&expansion);
        assert_eq!(expanded(&files, quote!("migrations"), false), expansion);
        assert_eq!(expanded(&files, quote!("migrations/"), false), expansion);
    }

    #[test]
    fn each_kind_of_database_has_its_own_folder() {
        let files = [
            ("sqlite/0001_init.sql", "select 1"),
            ("sqlite/schema.sql", "-- aio-sql: step 0001_init a1\n"),
            ("postgres/0001_init.sql", "select 2"),
            ("README.md", "about the steps"),
        ];
        let text = expanded(&files, TokenStream::new(), false).split_whitespace().collect::<String>();
        for part in [
            "constSQLITE:&[::aio_sql::Migration<'static>]=&[::aio_sql::Migration::new(\"0001_init\",",
            "include_str!(\"/package/migrations/sqlite/0001_init.sql\")",
            ".file(\"migrations/sqlite/0001_init.sql\")",
            "include_str!(\"/package/migrations/sqlite/schema.sql\")",
            "include_str!(\"/package/migrations/postgres/0001_init.sql\")",
            "::aio_sql::Migrations::for_databases(&[(::aio_sql::Dialect::Sqlite,SQLITE),(::aio_sql::Dialect::Postgres,POSTGRES)",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        let alone = expanded(&files[2..], TokenStream::new(), false);
        assert!(alone.contains("Dialect::Postgres") && !alone.contains("Sqlite"), "{alone}");
    }

    #[test]
    fn mistakes_in_the_folder_are_errors_that_say_what_to_do() {
        let conflict = "<<<<<<< HEAD\n-- aio-sql: step 0002_a x\n=======\n-- aio-sql: step 0002_b y\n>>>>>>> theirs\n";
        let cases: &[&[(&str, &str)]] = &[
            &[],
            &[("README.md", "")],
            &[("init.sql", ""), ("2nd.sql", ""), ("_3.sql", ""), ("99999999999999999999_x.sql", "")],
            &[("0001_a.sql", ""), ("1_b.sql", "")],
            &[("0001_a.sql", ""), ("schema.sql", conflict)],
            &[("0001_a.sql", conflict)],
            &[("0002_init.sql", ""), ("schema.sql", SCHEMA)],
            &[("0002_init.sql", ""), ("10_my \"notes.sql", ""), ("0011_more.sql", ""), ("schema.sql", SCHEMA)],
            &[("sqlite/0001_a.sql", ""), ("0002_b.sql", "")],
            &[("sqlite/0001_a.sql", ""), ("postgres/0001_b.sql", "")],
            &[("sqlite/0001_a.sql", ""), ("postgres/README.md", "")],
        ];
        let messages: Vec<String> = cases.iter().flat_map(|files| errors(files)).collect();
        expect_test::expect![[r#"
            the folder `migrations` of this package does not exist: `aio-sql migrate new NAME` makes it with a first step; another folder is written `migrations!("folder")`
            the folder `migrations` has no step, a file like `0001_init.sql`: `aio-sql migrate new NAME` makes one
            the name of `migrations/2nd.sql` does not begin with a number: rename it, like `0001_2nd.sql`, or move it to another folder
            the name of `migrations/99999999999999999999_x.sql` does not begin with a number: rename it, like `0001_99999999999999999999_x.sql`, or move it to another folder
            the name of `migrations/_3.sql` does not begin with a number: rename it, like `0001__3.sql`, or move it to another folder
            the name of `migrations/init.sql` does not begin with a number: rename it, like `0001_init.sql`, or move it to another folder
            `migrations/0001_a.sql` and `migrations/1_b.sql` have one number: `aio-sql migrate rebase` gives the steps of your branch the next numbers
            `migrations/schema.sql` has a conflict of two branches, each of which has added a step: `aio-sql migrate rebase` gives the steps of your branch the next numbers and writes the file again
            `migrations/0001_a.sql` has a conflict that git could not resolve: resolve it
            `migrations/schema.sql` lists the step `10_my "notes`, but there is no `migrations/10_my "notes.sql`: restore the file, or run `aio-sql migrate run`, which writes the list again
            `migrations/schema.sql` does not list the step `0011_more`: run `aio-sql migrate run`, which writes the list again
            `migrations/0002_b.sql` stands beside the folders of the databases, so that no database runs it: move it into one of them
            there is `migrations/sqlite/0001_a.sql`, but no `migrations/postgres/0001_a.sql`: add it; where the database has nothing to do, a comment is enough
            there is `migrations/postgres/0001_b.sql`, but no `migrations/sqlite/0001_b.sql`: add it; where the database has nothing to do, a comment is enough
            the folder `migrations/postgres` has no step, a file like `0001_init.sql`: `aio-sql migrate new NAME` makes one
        "#]].assert_eq(&(messages.join("\n") + "\n"));
    }

    #[test]
    fn a_file_that_is_not_utf_8_is_named() {
        let package = tempfile::tempdir().unwrap();
        fs::create_dir(package.path().join("steps")).unwrap();
        fs::write(package.path().join("steps/0001_a.sql"), [0xff]).unwrap();
        let text = expand_in(package.path(), false, quote!(::aio_sql; "steps")).to_string();
        assert!(text.contains("`steps/0001_a.sql` cannot be read"), "{text}");
    }

    #[test]
    fn anything_but_a_path_is_an_error() {
        for arguments in [quote!(FOLDER), quote!("a", "b"), quote!(1)] {
            let text = expanded(&[("0001_a.sql", "")], arguments, false);
            assert!(text.contains("write `migrations!()` or"), "{text}");
        }
    }

    #[test]
    fn for_the_tool_it_is_empty_and_cannot_fail() {
        let empty = expanded(&[], TokenStream::new(), true);
        let expected = expect_test::expect![[r#"
            fn f() {
                {
                    const STEPS: &[::aio_sql::Migration<'static>] = &[];
                    ::aio_sql::Migrations::new(STEPS)
                }
            }
        "#]];
        expected.assert_eq(&empty);
        let wrong = [("x.sql", ""), ("schema.sql", "<<<<<<< a\n>>>>>>> b\n")];
        assert_eq!(expanded(&[("0001_a.sql", "select 1")], TokenStream::new(), true), empty);
        assert_eq!(expanded(&wrong, TokenStream::new(), true), empty);
        assert_eq!(expanded(&[], quote!(FOLDER), true), empty);
    }
}

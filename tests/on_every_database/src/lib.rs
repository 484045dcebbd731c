//! The attribute [`on_every_database`].

use proc_macro::{Delimiter, TokenStream, TokenTree};

/// Makes a test for each database from an `async fn` that takes a `Database` and returns a
/// `Result<()>`: `name::sqlite` and `name::postgres`. Each test has an empty database.
///
/// What a database cannot do is written beside it, and is run too: the function must then fail
/// with exactly that error.
///
/// ```ignore
/// #[on_every_database(except postgres = Unsupported("json_tree"))]
/// async fn a_document_is_a_table(db: Database) -> Result<()> {
///     Ok(())
/// }
/// ```
///
/// The exceptions are the variants of `servers::Outcome`. `except pooler` is that of PostgreSQL
/// behind a pooler, where it differs. `nocase` says that the test needs a
/// collation without regard to case, which a server without ICU does not have.
#[proc_macro_attribute]
pub fn on_every_database(arguments: TokenStream, function: TokenStream) -> TokenStream {
    match expand(&arguments, &function) {
        Ok(tests) => function.into_iter().chain(tests).collect(),
        Err(message) => format!("::core::compile_error!({message:?});").parse().unwrap_or_default(),
    }
}

fn expand(arguments: &TokenStream, function: &TokenStream) -> Result<TokenStream, String> {
    let name = name_of(function).ok_or("`on_every_database` belongs on an `async fn`")?;
    let (mut sqlite, mut postgres, mut needs) = ("Success".to_owned(), "Success".to_owned(), "Nothing");
    let mut pooler = None;
    for argument in split(arguments) {
        match argument.split_once('=') {
            None if argument == "nocase" => needs = "Nocase",
            Some((database, outcome)) if database.trim() == "except postgres" => postgres = outcome.trim().to_owned(),
            Some((database, outcome)) if database.trim() == "except sqlite" => sqlite = outcome.trim().to_owned(),
            Some((database, outcome)) if database.trim() == "except pooler" => pooler = Some(outcome.trim().to_owned()),
            _ => return Err(format!("`{argument}`: expected `except DATABASE = <outcome>` or `nocase`")),
        }
    }
    let pooler = pooler.unwrap_or_else(|| postgres.clone());
    let tests = format!(
        "mod {name} {{
            #[cfg(feature = \"sqlite\")]
            #[test]
            fn sqlite() {{ ::servers::on_sqlite(super::{name}, ::servers::Outcome::{sqlite}) }}
            #[cfg(feature = \"postgres\")]
            #[test]
            fn postgres() {{
                let outcomes = [::servers::Outcome::{postgres}, ::servers::Outcome::{pooler}];
                ::servers::on_postgres_or_pooler(super::{name}, outcomes, ::servers::Needs::{needs})
            }}
        }}"
    );
    tests.parse().map_err(|error| format!("{sqlite}, {postgres}: {error}"))
}

/// Returns the name of a function.
fn name_of(function: &TokenStream) -> Option<String> {
    let mut tokens = function.clone().into_iter();
    tokens.find(|token| matches!(token, TokenTree::Ident(word) if word.to_string() == "fn"))?;
    tokens.next().map(|name| name.to_string())
}

/// Returns the arguments, which commas separate.
fn split(arguments: &TokenStream) -> Vec<String> {
    let mut found = vec![TokenStream::new()];
    for token in arguments.clone() {
        match &token {
            TokenTree::Punct(comma) if comma.as_char() == ',' => found.push(TokenStream::new()),
            TokenTree::Group(group) if group.delimiter() == Delimiter::None => found.push(group.stream()),
            _ => found.last_mut().into_iter().for_each(|last| last.extend([token.clone()])),
        }
    }
    found.iter().map(ToString::to_string).filter(|argument| !argument.is_empty()).collect()
}

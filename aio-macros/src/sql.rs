//! `sql!("select * from users where id = {id}")`: text, and Rust expressions in braces.
//!
//! ```text
//! Sql::literal("select * from users where id = ").argument(&(id))
//! ```
//!
//! All tokens have the span of the literal, so that names are resolved where the literal is
//! written, and errors point at it.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{quote, quote_spanned};
use syn::{Expr, LitStr};

/// Expands `path ; "literal"`. The macro `sql!` of the runtime calls it with the path of the
/// crate.
pub(crate) fn expand(input: TokenStream) -> TokenStream {
    let mut input = input.into_iter();
    let is_end = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ';');
    let krate: TokenStream = input.by_ref().take_while(|token| !is_end(token)).collect();
    literal(input.collect())
        .and_then(|literal| Ok((pieces(&literal)?, literal)))
        .map_or_else(|error| error.into_compile_error(), |(pieces, literal)| statement(&krate, &pieces, &literal))
}

/// A piece of the literal: text, or a captured expression.
enum Piece {
    Text(String),
    Argument(Box<Expr>),
}

/// Returns the literal. Anything else is an error.
fn literal(tokens: TokenStream) -> syn::Result<LitStr> {
    let is_comma = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',');
    let parts: Vec<TokenTree> = tokens.into_iter().collect();
    let (first, rest) = match parts.as_slice() {
        [first, comma, rest @ ..] if is_comma(comma) => (first, rest.first()),
        [first, rest @ ..] => (first, rest.first()),
        [] => {
            let message = "`sql!` takes a literal: write `sql!(\"select …\")`";
            return Err(syn::Error::new(Span::call_site(), message));
        }
    };
    let message = "`sql!` takes a literal: for text that is built at run time, use `query(text)`";
    let literal = syn::parse2(first.clone().into()).map_err(|_| syn::Error::new(first.span(), message))?;
    if let Some(extra) = rest {
        let message = "`sql!` takes only a literal: capture values in its braces, `{name}`";
        return Err(syn::Error::new(extra.span(), message));
    }
    Ok(literal)
}

fn statement(krate: &TokenStream, pieces: &[Piece], literal: &LitStr) -> TokenStream {
    // With this span, errors point at the literal, and lints treat the code as generated.
    let span = Span::call_site().located_at(literal.span());
    let (first, rest) = match pieces {
        [Piece::Text(text), rest @ ..] => (text.as_str(), rest),
        _ => ("", pieces),
    };
    let calls = rest.iter().map(|piece| match piece {
        Piece::Text(text) => quote_spanned!(span=> .text(#text)),
        Piece::Argument(argument) => quote_spanned!(span=> .argument(&(#argument))),
    });
    let start = quote_spanned!(span=> ::Sql::literal(#first));
    quote!(#krate #start #(#calls)*)
}

/// Splits the literal into text and captured expressions.
fn pieces(literal: &LitStr) -> syn::Result<Vec<Piece>> {
    let text = literal.value();
    let (mut pieces, mut plain, mut rest) = (Vec::new(), String::new(), text.as_str());
    while let Some(at) = rest.find(['{', '}']) {
        let (before, braces) = rest.split_at(at);
        plain.push_str(before);
        if let Some(after) = braces.strip_prefix("{{") {
            plain.push('{');
            rest = after;
        } else if let Some(after) = braces.strip_prefix("}}") {
            plain.push('}');
            rest = after;
        } else if let Some(inside) = braces.strip_prefix('{') {
            let (argument, after) = argument(inside, literal)?;
            if !plain.is_empty() {
                pieces.push(Piece::Text(std::mem::take(&mut plain)));
            }
            pieces.push(Piece::Argument(Box::new(argument)));
            rest = after;
        } else {
            return Err(syn::Error::new(literal.span(), "`}` without a `{`: write `}}` for a brace in the SQL"));
        }
    }
    plain.push_str(rest);
    if !plain.is_empty() {
        pieces.push(Piece::Text(plain));
    }
    Ok(pieces)
}

/// Returns the expression before the closing brace, and the text after the brace. An expression
/// may contain braces, too: the closing brace is the first `}` for which the text before it is a
/// valid expression.
fn argument<'t>(inside: &'t str, literal: &LitStr) -> syn::Result<(Expr, &'t str)> {
    let error = |message: String| syn::Error::new(literal.span(), message);
    let mut first_failure = None;
    for (at, _) in inside.match_indices('}') {
        let (source, after) = (&inside[..at], &inside[at + 1..]);
        if source.trim().is_empty() {
            return Err(error(
                "`{}` is empty: name a variable or write an expression, `{name}`; write `{{}}` for braces in the SQL"
                    .to_owned(),
            ));
        }
        match LitStr::new(source, literal.span()).parse::<Expr>() {
            Ok(expression) => return Ok((expression, after)),
            Err(failure) => first_failure = first_failure.or(Some((source, failure))),
        }
    }
    Err(error(match first_failure {
        Some((source, failure)) => {
            format!(
                "`{{{source}}}` is not a Rust expression ({failure}); write `{{{{` and `}}}}` for braces in the SQL"
            )
        }
        None => "`{` without a `}`: write `{{` for a brace in the SQL".to_owned(),
    }))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use proc_macro2::TokenStream;
    use quote::quote;
    use syn::Expr;

    use super::expand;

    fn formatted(input: TokenStream) -> String {
        let Ok(expression) = syn::parse2::<Expr>(expand(input)) else { return "no expression".to_owned() };
        let statement = syn::parse_quote!(const _: () = #expression;);
        prettyplease::unparse(&syn::File {
            shebang: None,
            frontmatter: None,
            attrs: Vec::new(),
            items: vec![statement],
        })
    }

    fn message(input: TokenStream) -> String {
        match syn::parse2::<Expr>(expand(input)) {
            Ok(Expr::Macro(error)) => {
                error.mac.parse_body::<syn::LitStr>().map(|text| text.value()).unwrap_or_default()
            }
            _ => "no error".to_owned(),
        }
    }

    #[test]
    fn text_and_arguments_alternate() {
        let text = "select {User} where id = {id + 1} and json = '{{\"a\": 1}}' and x in {[1, 2]}{more.list}";
        expect![[r#"
            const _: () = ::aio_sql::Sql::literal("select ")
                .argument(&(User))
                .text(" where id = ")
                .argument(&(id + 1))
                .text(" and json = '{\"a\": 1}' and x in ")
                .argument(&([1, 2]))
                .argument(&(more.list));
        "#]]
        .assert_eq(&formatted(quote!(::aio_sql; #text,)));
    }

    #[test]
    fn argument_may_have_braces_and_quotes() {
        let text = r#"{match n { 1 => "}", _ => "{" }} or {S { a: '}' }.a}"#;
        expect![[r#"
            const _: () = crate::sql::Sql::literal("")
                .argument(
                    &(match n {
                        1 => "}",
                        _ => "{",
                    }),
                )
                .text(" or ")
                .argument(&(S { a: '}' }.a));
        "#]]
        .assert_eq(&formatted(quote!(crate::sql; #text)));
    }

    #[test]
    fn text_alone_is_a_literal() {
        expect![[r#"
            const _: () = ::aio_sql::Sql::literal("select '\\d' }");
        "#]]
        .assert_eq(&formatted(quote!(::aio_sql; r"select '\d' }}")));
        expect![[r#"
            const _: () = ::aio_sql::Sql::literal("");
        "#]]
        .assert_eq(&formatted(quote!(::aio_sql; "")));
    }

    #[test]
    fn mistakes_say_what_to_write() {
        let inputs = [
            quote!(::aio_sql;),
            quote!(::aio_sql; text),
            quote!(::aio_sql; b"select"),
            quote!(::aio_sql; "select {}", id),
            quote!(::aio_sql; "select" "1"),
            quote!(::aio_sql; "select { }"),
            quote!(::aio_sql; "select {id"),
            quote!(::aio_sql; "select id}"),
            quote!(::aio_sql; "select {id:?}"),
            quote!(::aio_sql; "select {a b}"),
        ];
        let found: Vec<String> = inputs.into_iter().map(message).collect();
        expect![[r#"
            `sql!` takes a literal: write `sql!("select …")`
            `sql!` takes a literal: for text that is built at run time, use `query(text)`
            `sql!` takes a literal: for text that is built at run time, use `query(text)`
            `sql!` takes only a literal: capture values in its braces, `{name}`
            `sql!` takes only a literal: capture values in its braces, `{name}`
            `{}` is empty: name a variable or write an expression, `{name}`; write `{{}}` for braces in the SQL
            `{` without a `}`: write `{{` for a brace in the SQL
            `}` without a `{`: write `}}` for a brace in the SQL
            `{id:?}` is not a Rust expression (unexpected token); write `{{` and `}}` for braces in the SQL
            `{a b}` is not a Rust expression (unexpected token); write `{{` and `}}` for braces in the SQL"#]]
        .assert_eq(&found.join("\n"));
    }
}

//! Formats expansions, and collects their errors, for tests.

use proc_macro2::TokenStream;
use syn::{File, Item, LitStr};

/// Returns the expansion as formatted source text. The version is removed from the name of the
/// runtime's private module.
pub(crate) fn formatted(expansion: TokenStream) -> String {
    let text = match syn::parse2::<File>(expansion.clone()) {
        Ok(file) => prettyplease::unparse(&file),
        Err(error) => format!("{error}\n{expansion}"),
    };
    let version = format!("_{}", env!("CARGO_PKG_VERSION").replace(['.', '-', '+'], "_"));
    text.replace(&version, "")
}

/// Returns the messages of the errors in an expansion.
pub(crate) fn messages(expansion: TokenStream) -> Vec<String> {
    let message = |item: &Item| match item {
        Item::Macro(item) if item.mac.path.segments.last().is_some_and(|name| name.ident == "compile_error") => {
            item.mac.parse_body::<LitStr>().ok().map(|text| text.value())
        }
        _ => None,
    };
    match syn::parse2::<File>(expansion) {
        Ok(file) => file.items.iter().filter_map(message).collect(),
        Err(error) => vec![format!("the expansion does not parse: {error}")],
    }
}

//! Names in Rust's style, made from the names of a database.

use std::collections::HashSet;

/// The keywords of Rust, which are written `r#type` as names.
const KEYWORDS: [&str; 49] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn", "else", "enum",
    "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod", "move",
    "mut", "override", "priv", "pub", "ref", "return", "static", "struct", "trait", "true", "try", "type", "typeof",
    "unsafe", "unsized", "use", "virtual", "where", "while", "yield", "union",
];

/// The keywords that cannot be written as raw names.
const NEVER_NAMES: [&str; 5] = ["crate", "self", "super", "Self", "_"];

/// The names of types that the generated code or the derives use.
const TAKEN_TYPES: [&str; 16] = [
    "Option",
    "Some",
    "None",
    "Result",
    "Ok",
    "Err",
    "String",
    "Vec",
    "Box",
    "Default",
    "Clone",
    "Debug",
    "PartialEq",
    "Table",
    "Record",
    "SqlType",
];

/// Converts the name of a type to snake case, as the derive does for the name of the table.
///
/// The derive has a function of its own, because a crate of macros exports nothing else.
pub(super) fn snake_case(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    let mut snake = String::new();
    for (index, &c) in chars.iter().enumerate() {
        let before = index.checked_sub(1).map(|before| chars[before]);
        let after = chars.get(index + 1);
        let starts_word = c.is_uppercase()
            && before.is_some_and(|before| {
                before != '_' && (!before.is_uppercase() || after.is_some_and(|after| after.is_lowercase()))
            });
        if starts_word {
            snake.push('_');
        }
        snake.extend(c.to_lowercase());
    }
    snake
}

/// Splits a name into words in lower case.
fn words(name: &str) -> Vec<String> {
    // A character that cannot be a part of a name separates words.
    let separated: String = name.chars().map(|c| if unicode_ident::is_xid_continue(c) { c } else { '_' }).collect();
    snake_case(&separated).split('_').filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// Returns the name of a field for a column.
pub(super) fn field_name(column: &str) -> String {
    let mut name = words(column).join("_");
    if name.is_empty() {
        "column".clone_into(&mut name);
    }
    if !name.starts_with(unicode_ident::is_xid_start) {
        name.insert(0, 'n');
    }
    if NEVER_NAMES.contains(&name.as_str()) {
        name.push('_');
    }
    name
}

/// Returns the name of a type or of a variant, which is `otherwise` if no character of `name` can
/// be used.
pub(super) fn type_name(name: &str, otherwise: &str) -> String {
    let mut camel = String::new();
    for word in words(name) {
        let mut letters = word.chars();
        camel.extend(letters.next().into_iter().flat_map(char::to_uppercase));
        camel.extend(letters);
    }
    if camel.is_empty() {
        otherwise.clone_into(&mut camel);
    }
    if !camel.starts_with(unicode_ident::is_xid_start) {
        camel.insert(0, 'N');
    }
    if NEVER_NAMES.contains(&camel.as_str()) {
        camel.push('_');
    }
    camel
}

/// Returns the name of the struct for the rows of a table. The last word of the table's name is
/// made singular where English has a rule for it.
pub(super) fn struct_name(table: &str) -> String {
    let name = type_name(&singular(table), "Unnamed");
    if TAKEN_TYPES.contains(&name.as_str()) { format!("{name}Row") } else { name }
}

/// Returns the name without the ending of a plural. Words whose singular is uncertain are left as
/// they are: `aliases`, but also `bases`.
fn singular(name: &str) -> String {
    let is_upper = name.ends_with('S');
    let lower = name.to_lowercase();
    let ends = |endings: &[&str]| endings.iter().any(|ending| lower.ends_with(ending));
    let cut = |length: usize, ending: &str| {
        let ending = if is_upper { ending.to_uppercase() } else { ending.to_owned() };
        name.get(..name.len() - length).map_or_else(|| name.to_owned(), |stem| stem.to_owned() + &ending)
    };
    let word = lower.rsplit(|c: char| !c.is_alphabetic()).next().unwrap_or_default();
    // `news`, `series` and the like have no other singular, and short words are rarely plurals.
    if word.len() < 4 || lower.len() != name.len() || ends(&["ss", "us", "is", "news", "series", "species", "os", "as"])
    {
        return name.to_owned();
    }
    match () {
        () if ends(&["ies"]) && word.len() > 4 => cut(3, "y"),
        () if ends(&["sses", "xes", "ches", "shes"]) => cut(2, ""),
        () if ends(&["ses", "zes", "ies", "ves"]) || !ends(&["s"]) => name.to_owned(),
        () => cut(1, ""),
    }
}

/// Writes a name in Rust: `r#type` for a keyword.
pub(super) fn ident(name: &str) -> String {
    if KEYWORDS.contains(&name) { format!("r#{name}") } else { name.to_owned() }
}

/// Returns the name of the constant that the derive writes for a field.
pub(super) fn constant(field: &str) -> String {
    field.to_uppercase()
}

/// The names that are in use in one scope.
#[derive(Default)]
pub(super) struct Scope(HashSet<String>);

impl Scope {
    /// Marks the name as used. Returns whether it was free.
    pub(super) fn take(&mut self, name: &str) -> bool {
        self.0.insert(name.to_owned())
    }

    /// Takes the name, or the first free one with a number after it. Names that differ only in the
    /// case of letters count as one, because they have one constant.
    pub(super) fn field(&mut self, name: String) -> String {
        let numbered = (2..).map(|number| format!("{name}_{number}"));
        std::iter::once(name.clone()).chain(numbered).find(|name| self.0.insert(constant(name))).unwrap_or(name)
    }

    /// Takes the name, or the first free one with a number after it.
    pub(super) fn type_name(&mut self, name: String) -> String {
        let numbered = (2..).map(|number| format!("{name}{number}"));
        std::iter::once(name.clone()).chain(numbered).find(|name| self.take(name)).unwrap_or(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_struct_has_the_table_that_the_derive_gives_it() {
        macro_rules! check {
            ($($name:ident)+) => {$(
                #[derive(aio_sql::Table)]
                #[allow(dead_code, non_camel_case_types, reason = "only its name counts")]
                struct $name {
                    id: i64,
                }
                assert_eq!(snake_case(stringify!($name)), <$name as aio_sql::Table>::TABLE.name);
            )+};
        }
        check!(User UserAccount HTTPServer Utf8Text A AB ABc already_snake Mixed_Case N1st Year2Go ÄußereForm ÖÄForm);
    }

    #[test]
    fn a_column_becomes_a_field_in_snake_case() {
        for (column, field) in [
            ("ArtistId", "artist_id"),
            ("first name", "first_name"),
            ("HTTPStatus", "http_status"),
            ("2fa", "n2fa"),
            ("type", "type"),
            ("self", "self_"),
            ("größe", "größe"),
            ("a-b/c", "a_b_c"),
            ("?", "column"),
            ("", "column"),
            ("_", "column"),
        ] {
            assert_eq!(field_name(column), field);
        }
        assert_eq!((ident("type"), ident("types")), ("r#type".to_owned(), "types".to_owned()));
    }

    #[test]
    fn a_table_becomes_a_struct_in_the_singular() {
        for (table, name) in [
            ("customers", "Customer"),
            ("shop_order", "ShopOrder"),
            ("categories", "Category"),
            ("addresses", "Address"),
            ("boxes", "Box"),
            ("status", "Status"),
            ("news", "News"),
            ("aliases", "Aliases"),
            ("ORDERS", "Order"),
            ("InvoiceLine", "InvoiceLine"),
            ("option", "OptionRow"),
            ("tables", "TableRow"),
            ("bus", "Bus"),
            ("analysis", "Analysis"),
            ("photos", "Photos"),
            ("1st", "N1st"),
            ("", "Unnamed"),
        ] {
            let expected = if table == "boxes" { "BoxRow" } else { name };
            assert_eq!(struct_name(table), expected, "{table}");
        }
    }

    #[test]
    fn a_name_that_is_taken_gets_a_number() {
        let mut scope = Scope::default();
        let fields = ["a", "a", "A", "b"].map(|name| scope.field(name.to_owned()));
        assert_eq!(fields, ["a", "a_2", "A_3", "b"]);
    }
}

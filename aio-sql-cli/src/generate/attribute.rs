//! The attributes of structs and fields, and their layout in the style of rustfmt.

use super::literal::string;

/// An item of an attribute.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Item {
    /// A word without a value, such as `primary_key` or the name of a field.
    Word(String),
    /// `name = "…"`, with the value as it is written. rustfmt lays out an attribute only if all
    /// values are literals.
    Value { name: &'static str, value: String, is_literal: bool },
    /// `unique(a, b)`
    List(&'static str, Vec<Item>),
}

/// The width of a line.
const WIDTH: usize = 100;
/// The width up to which the items of an attribute are in one line (rustfmt's
/// `attr_fn_like_width`).
const ITEMS_WIDTH: usize = 70;

impl Item {
    pub(super) fn word(word: impl Into<String>) -> Item {
        Item::Word(word.into())
    }

    /// Returns `name = "text"`.
    pub(super) fn text(name: &'static str, text: &str) -> Item {
        Item::Value { name, value: string(text), is_literal: true }
    }

    /// Returns `name = value` with a value that is no literal, such as a path.
    pub(super) fn value(name: &'static str, value: impl Into<String>) -> Item {
        Item::Value { name, value: value.into(), is_literal: false }
    }

    /// Returns `name = value` with a literal.
    pub(super) fn literal(name: &'static str, value: impl Into<String>) -> Item {
        Item::Value { name, value: value.into(), is_literal: true }
    }

    fn is_laid_out(&self) -> bool {
        match self {
            Item::Word(_) => true,
            Item::Value { is_literal, .. } => *is_literal,
            Item::List(_, items) => items.iter().all(Item::is_laid_out),
        }
    }

    fn in_one_line(&self) -> String {
        match self {
            Item::Word(word) => word.clone(),
            Item::Value { name, value, .. } => format!("{name} = {value}"),
            Item::List(name, items) => format!("{name}({})", one_line(items)),
        }
    }
}

fn one_line(items: &[Item]) -> String {
    items.iter().map(Item::in_one_line).collect::<Vec<_>>().join(", ")
}

/// Writes the attribute `#[name(…)]` with a line break at its end, indented by this number of
/// spaces. Writes nothing if there are no items.
pub(super) fn attribute(name: &str, items: &[Item], indent: usize) -> String {
    if items.is_empty() {
        return String::new();
    }
    let spaces = " ".repeat(indent);
    format!("{spaces}#[{}]\n", list(name, items, indent, 2, items.iter().all(Item::is_laid_out)))
}

/// Writes `name(items)` in one line if it fits, and else with an item in each line. `around` is
/// the number of other characters in the line.
fn list(name: &str, items: &[Item], indent: usize, around: usize, is_laid_out: bool) -> String {
    let line = one_line(items);
    let width = if is_laid_out { ITEMS_WIDTH } else { WIDTH };
    if line.chars().count() <= width && indent + around + 2 + name.len() + line.chars().count() < WIDTH {
        return format!("{name}({line})");
    }
    if let [Item::List(inner, items)] = items {
        let inner = list(inner, items, indent, around + 2 + name.len(), is_laid_out);
        return format!("{name}({inner})");
    }
    let spaces = " ".repeat(indent + 4);
    let lines = items.iter().map(|item| match item {
        Item::List(name, items) => format!("{spaces}{}", list(name, items, indent + 4, 0, is_laid_out)),
        item => format!("{spaces}{}", item.in_one_line()),
    });
    format!("{name}(\n{}\n{})", lines.collect::<Vec<_>>().join(",\n"), " ".repeat(indent))
}

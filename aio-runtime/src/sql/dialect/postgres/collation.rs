//! The collations of texts, which PostgreSQL derives in another way than SQLite.
//!
//! In SQLite a column or COLLATE has a collation, and every other expression is compared byte by
//! byte. In PostgreSQL a function has the collation of its arguments, two columns with different
//! collations cannot be compared, and an expression without a column has the collation of the
//! database, which may be that of a language.

use crate::expr::{BinaryOp, Call, Child, Function, Node};
use crate::schema::Collation;
use crate::types::Type;

/// The collation that PostgreSQL derives for a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Derived {
    /// That of the database.
    Default,
    /// That of a column.
    Implicit(Collation),
    /// That of COLLATE, which has priority over others.
    Explicit(Collation),
}

impl Derived {
    /// Returns which of several collations decides: the one of the highest rank.
    fn rank(&self) -> u8 {
        match self {
            Derived::Default => 0,
            Derived::Implicit(_) => 1,
            Derived::Explicit(_) => 2,
        }
    }
}

/// Returns the collation to write behind the right operand of a comparison, so that it compares as
/// SQLite does. Returns `None` if PostgreSQL derives that collation, and for what is not text.
pub(super) fn of_comparison(left: &Node, op: BinaryOp, right: &Node) -> Option<Collation> {
    let orders = match op {
        BinaryOp::Eq | BinaryOp::Ne | BinaryOp::NotDistinct | BinaryOp::Distinct => false,
        BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge => true,
        _ => return None,
    };
    let wanted = compared(left, right);
    let is_derived = match (derived(left), derived(right)) {
        (None, None) => true,
        // COLLATE on one side decides.
        (Some(Derived::Explicit(own)), _) | (_, Some(Derived::Explicit(own))) => own == wanted,
        (Some(Derived::Implicit(own)), Some(Derived::Implicit(other))) => own == wanted && other == wanted,
        (Some(Derived::Implicit(own)), _) | (_, Some(Derived::Implicit(own))) => own == wanted,
        // Every collation of a database compares as equal what is equal byte by byte.
        _ => !orders,
    };
    (!is_derived).then_some(wanted)
}

/// Returns the collation to write behind an expression that rows are sorted by, or `None` if
/// PostgreSQL derives the right one.
pub(super) fn of_order(node: &Node) -> Option<Collation> {
    (derived(node) == Some(Derived::Default)).then_some(Collation::Binary)
}

/// Returns a call whose arguments have the collation `"C"` if the function makes a new text from
/// them, or if it has to find the smallest or largest of them and they have the collation of the
/// database. Returns `None` if nothing has to be changed.
pub(super) fn of_arguments(call: &Call) -> Option<Call> {
    let sorts = matches!(call.function, Function::Min(_) | Function::Max(_) | Function::Least | Function::Greatest);
    let makes_text = matches!(
        call.function,
        Function::Coalesce
            | Function::Trim
            | Function::TrimStart
            | Function::TrimEnd
            | Function::Substring
            | Function::GroupConcat
    );
    let is_changed = |node: &Node| match derived(node) {
        Some(Derived::Default) => sorts,
        Some(Derived::Implicit(collation)) => makes_text && collation != Collation::Binary,
        Some(Derived::Explicit(_)) | None => false,
    };
    if !call.arguments.iter().any(is_changed) {
        return None;
    }
    let arguments = call.arguments.iter().map(|node| if is_changed(node) { binary(node) } else { node.clone() });
    Some(Call { arguments: arguments.collect(), ..call.clone() })
}

/// Returns a part of a new text with the collation `"C"` if it is a column with another one, or
/// `None` if nothing has to be changed.
pub(super) fn of_part(node: &Node) -> Option<Node> {
    match derived(node) {
        Some(Derived::Implicit(collation)) if collation != Collation::Binary => Some(binary(node)),
        _ => None,
    }
}

fn binary(node: &Node) -> Node {
    Node::Collate(Child::boxed(node.clone()), Collation::Binary)
}

/// Returns the collation by which SQLite compares two texts
/// (<https://sqlite.org/datatype3.html#assigning_collating_sequences_from_sql>).
fn compared(left: &Node, right: &Node) -> Collation {
    fn of_column(node: &Node) -> Option<Collation> {
        match node {
            Node::Column(column) => Some(column.collation().unwrap_or(Collation::Binary)),
            Node::Cast(node, ..) => of_column(node),
            _ => None,
        }
    }
    let explicit = |node: &Node| match node {
        Node::Collate(_, collation) => Some(*collation),
        _ => None,
    };
    let found = explicit(left).or_else(|| explicit(right)).or_else(|| of_column(left)).or_else(|| of_column(right));
    found.unwrap_or(Collation::Binary)
}

/// Returns the collation that PostgreSQL derives for an expression as it is written here. Returns
/// `None` for what is not text, and for what the tree does not say.
fn derived(node: &Node) -> Option<Derived> {
    match node {
        Node::Column(column) => {
            let is_text = column.table.column(column.name).is_some_and(|column| column.ty.stored() == Type::Text);
            // A column of a named query has the collation of what the query selects.
            let is_known = column.collation().is_some() || !column.table.primary_key.is_empty();
            (is_text && is_known).then(|| Derived::Implicit(column.collation().unwrap_or(Collation::Binary)))
        }
        Node::Collate(_, collation) => Some(Derived::Explicit(*collation)),
        Node::Value(_, Some(ty)) => (ty.stored() == Type::Text).then_some(Derived::Default),
        Node::Cast(value, from, to) if from.stored() == to.stored() => derived(value),
        Node::Cast(_, _, to) => (to.stored() == Type::Text).then_some(Derived::Default),
        Node::Binary(left, BinaryOp::Concat, right) => of_all([&***left, &***right]),
        Node::Case(case) => {
            let values = case.0.iter().map(|(_, value)| value).chain(case.1.as_deref());
            values.filter_map(derived).max_by_key(Derived::rank)
        }
        Node::Call(call) => match call.function {
            Function::JsonExtract(Type::Text) | Function::DateText(_) | Function::DecimalText(_) => {
                Some(Derived::Default)
            }
            // Their first argument has the collation "C", by its column or by COLLATE.
            Function::Lower | Function::Upper | Function::Replace => Some(Derived::Explicit(Collation::Binary)),
            Function::Trim | Function::TrimStart | Function::TrimEnd | Function::Substring => {
                of_all(call.arguments.first())
            }
            Function::Coalesce | Function::GroupConcat => of_all(&call.arguments),
            Function::NullIf | Function::Least | Function::Greatest | Function::Min(_) | Function::Max(_) => {
                call.arguments.iter().filter_map(derived).max_by_key(Derived::rank)
            }
            _ => None,
        },
        _ => None,
    }
}

/// Returns the collation of a text that is made from others. A column among them that has another
/// collation than `"C"` is written with COLLATE.
fn of_all<'a>(nodes: impl IntoIterator<Item = &'a Node>) -> Option<Derived> {
    let each = nodes.into_iter().filter_map(derived).map(|derived| match derived {
        Derived::Implicit(collation) if collation != Collation::Binary => Derived::Explicit(Collation::Binary),
        other => other,
    });
    each.max_by_key(Derived::rank)
}

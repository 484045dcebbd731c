//! The collations of texts, which PostgreSQL derives in another way than SQLite.
//!
//! In SQLite a column or COLLATE has a collation, and every other expression is compared byte by
//! byte. In PostgreSQL a function has the collation of its arguments, two columns with different
//! collations cannot be compared, and an expression without a column has the collation of the
//! database, which may be that of a language. COLLATE is written where the two would differ.

use super::query_collation::{Names, column_of, of_query_column, searched, written};
use crate::expr::{BinaryOp, Call, Child, Function, Node, Query};
use crate::schema::Collation;
use crate::types::Type;

/// The collation that PostgreSQL derives for a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Derived {
    /// That of the database.
    Default,
    /// That of a column.
    Implicit(Collation),
    /// That of COLLATE, which has priority over others.
    Explicit(Collation),
}

/// The collation that PostgreSQL derives for several texts together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Merged {
    /// This one.
    Derived(Derived),
    /// None: the statement fails, or does so as soon as a collation is needed.
    Conflict,
}

/// Returns the expression with COLLATE where it is needed for the texts in it to be compared as in
/// SQLite. Returns `None` if nothing has to be changed. What is inside an operand is not changed.
pub(super) fn with_collations(names: Names<'_>, node: &Node) -> Option<Node> {
    match node {
        Node::Binary(left, op, right) => {
            let operands = operands(names, [&***left, &***right], *op)?;
            let [left, right] = <[Node; 2]>::try_from(operands).ok()?;
            Some(Node::binary(left, *op, right))
        }
        Node::Between(text, bounds) => {
            let (low, high) = &***bounds;
            let comparisons = [(BinaryOp::Ge, low), (BinaryOp::Le, high)];
            let is_changed = |(op, bound): &(BinaryOp, &Node)| operands(names, [&***text, *bound], *op).is_some();
            comparisons.iter().any(is_changed).then(|| {
                let comparisons = comparisons.map(|(op, bound)| Node::binary((***text).clone(), op, bound.clone()));
                Node::Logical(BinaryOp::And, Child::new(comparisons.to_vec()))
            })
        }
        Node::In(list, negated) => {
            let (text, values) = &**list;
            let wanted = of_sqlite(names, text).unwrap_or(Collation::Binary);
            let of_values = values.iter().map(|value| derived(names, value)).collect::<Vec<_>>();
            let own = derived(names, text)?;
            let is_derived =
                |value: &Option<Derived>| is_wanted(merged([Some(own), *value].into_iter().flatten()), wanted, false);
            if own_or_default(own, wanted) && of_values.iter().all(is_derived) {
                return None;
            }
            let values = values.iter().zip(of_values).map(|(value, derived)| match derived {
                Some(Derived::Explicit(other)) if other != wanted => collated(value, wanted),
                _ => value.clone(),
            });
            Some(Node::In(Child::new((Box::new(collated(text, wanted)), values.collect())), *negated))
        }
        Node::InQuery(operand, query, negated) => {
            let texts = match &***operand {
                Node::Row(nodes) => nodes.iter().collect(),
                one => vec![one],
            };
            let wanted: Vec<_> = (0..).zip(&texts).map(|(place, text)| in_query(names, text, query, place)).collect();
            let changed = searched(names, query, &wanted);
            let found = changed.as_ref().unwrap_or(query);
            let is_other = |(place, wanted): (usize, &Option<Collation>)| {
                let both = derived(names, texts[place]).into_iter().chain(written(names, found, place));
                wanted.is_some_and(|wanted| !is_wanted(merged(both), wanted, false))
            };
            let are_other: Vec<_> = wanted.iter().enumerate().map(is_other).collect();
            if changed.is_none() && !are_other.contains(&true) {
                return None;
            }
            let mut texts: Vec<Node> = (texts.into_iter().zip(&wanted).zip(are_other))
                .map(|((text, wanted), is_other)| match wanted {
                    Some(wanted) if is_other => collated(text, *wanted),
                    _ => text.clone(),
                })
                .collect();
            let operand = if texts.len() == 1 { texts.remove(0) } else { Node::Row(Child::new(texts)) };
            let query = changed.map_or_else(|| query.clone(), Child::boxed);
            Some(Node::InQuery(Child::boxed(operand), query, *negated))
        }
        Node::Case(case) => {
            let values: Vec<_> = case.0.iter().map(|(_, value)| value).chain(case.1.as_deref()).collect();
            let mut values = agreed(names, &values, made(node), false)?.into_iter();
            let branches = case.0.iter().zip(&mut values).map(|((condition, _), value)| (condition.clone(), value));
            let branches = branches.collect();
            Some(Node::Case(Child::new((branches, values.next().map(Box::new)))))
        }
        Node::Call(call) => {
            let arguments = arguments(names, node, call)?;
            Some(Node::Call(Child::boxed(Call { arguments, ..(***call).clone() })))
        }
        _ => None,
    }
}

/// Returns the collation to write behind an expression that rows are sorted by, or `None` if
/// PostgreSQL derives the right one.
pub(super) fn of_order(names: Names<'_>, node: &Node) -> Option<Collation> {
    let wanted = of_sqlite(names, node).unwrap_or(Collation::Binary);
    match derived(names, node)? {
        Derived::Implicit(own) | Derived::Explicit(own) if own == wanted => None,
        _ => Some(wanted),
    }
}

/// Returns the collation to write behind an expression that rows are grouped by, or `None` if
/// PostgreSQL derives the right one.
pub(super) fn of_group(names: Names<'_>, node: &Node) -> Option<Collation> {
    // Every collation of a database compares as equal what is equal byte by byte.
    of_order(names, node).filter(|_| derived(names, node) != Some(Derived::Default))
}

/// Returns the operands of an operator with COLLATE where it is needed, or `None` if it is not.
fn operands(names: Names<'_>, texts: [&Node; 2], op: BinaryOp) -> Option<Vec<Node>> {
    let [left, right] = texts;
    let (wanted, sorts) = match op {
        BinaryOp::Eq | BinaryOp::Ne | BinaryOp::NotDistinct | BinaryOp::Distinct => {
            (compared(names, left, right), false)
        }
        BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge => (compared(names, left, right), true),
        BinaryOp::Concat => (explicit(left).or_else(|| explicit(right)).unwrap_or(Collation::Binary), false),
        _ => return None,
    };
    agreed(names, &texts, wanted, sorts)
}

/// Returns the arguments of a function with COLLATE where it is needed, or `None` if it is not.
fn arguments(names: Names<'_>, node: &Node, call: &Call) -> Option<Vec<Node>> {
    let texts: Vec<_> = call.arguments.iter().collect();
    match call.function {
        // They compare by the first collation among those of their arguments.
        Function::Min(_) | Function::Max(_) | Function::Least | Function::Greatest => {
            agreed(names, &texts, of_first(names, &texts), true)
        }
        Function::NullIf => agreed(names, &texts, of_first(names, &texts), false),
        // With DISTINCT, the collation of the argument decides which texts are equal.
        Function::GroupConcat if call.distinct => None,
        function if makes_text(function) => agreed(names, &texts, made(node), false),
        // Their first argument is written with the collation "C".
        Function::Lower | Function::Upper | Function::Replace | Function::Position => {
            let is_changed = |text: &Node| matches!(derived(names, text), Some(Derived::Explicit(other)) if other != Collation::Binary);
            texts.iter().skip(1).any(|text| is_changed(text)).then(|| {
                let others = texts.iter().skip(1).map(|text| match is_changed(text) {
                    true => collated(text, Collation::Binary),
                    false => (*text).clone(),
                });
                texts.first().map(|text| (*text).clone()).into_iter().chain(others).collect()
            })
        }
        _ => None,
    }
}

/// Returns whether a function makes a text from its arguments, or returns one of them, without
/// comparing them.
fn makes_text(function: Function) -> bool {
    matches!(
        function,
        Function::Coalesce
            | Function::Trim
            | Function::TrimStart
            | Function::TrimEnd
            | Function::Substring
            | Function::GroupConcat
            | Function::Lag
            | Function::Lead
    )
}

/// Returns the collation of a text that is made from others: that of COLLATE in one of them.
fn made(node: &Node) -> Collation {
    explicit(node).unwrap_or(Collation::Binary)
}

fn of_first(names: Names<'_>, texts: &[&Node]) -> Collation {
    texts.iter().find_map(|text| of_sqlite(names, text)).unwrap_or(Collation::Binary)
}

/// Returns the collation by which SQLite compares a text that is looked for in the column with
/// this index of a query, or `None` for what is not text.
fn in_query(names: Names<'_>, text: &Node, query: &Query, index: usize) -> Option<Collation> {
    derived(names, text)?;
    let column = column_of(query, index)?;
    let found = explicit(text).or_else(|| explicit(&column)).or_else(|| of_column(names, text));
    Some(found.or_else(|| of_query_column(query, index)).unwrap_or(Collation::Binary))
}

/// Returns texts with COLLATE, so that PostgreSQL derives the collation `wanted` for all of them
/// together. Returns `None` if it does so anyway, and for what is not text. `sorts` says that
/// texts are not only tested for equality.
fn agreed(names: Names<'_>, texts: &[&Node], wanted: Collation, sorts: bool) -> Option<Vec<Node>> {
    let each: Vec<_> = texts.iter().map(|text| derived(names, text)).collect();
    let last = each.iter().rposition(Option::is_some)?;
    if is_wanted(merged(each.iter().flatten().copied()), wanted, sorts) {
        return None;
    }
    let is_explicit = each.contains(&Some(Derived::Explicit(wanted)));
    let changed = texts.iter().zip(&each).enumerate().map(|(place, (text, derived))| match derived {
        Some(Derived::Explicit(other)) if *other != wanted => collated(text, wanted),
        _ if place == last && !is_explicit => collated(text, wanted),
        _ => (*text).clone(),
    });
    Some(changed.collect())
}

/// Returns whether a collation is the wanted one, or makes no difference.
fn is_wanted(merged: Merged, wanted: Collation, sorts: bool) -> bool {
    match merged {
        Merged::Derived(Derived::Default) => wanted == Collation::Binary && !sorts,
        Merged::Derived(Derived::Implicit(own) | Derived::Explicit(own)) => own == wanted,
        Merged::Conflict => false,
    }
}

fn own_or_default(own: Derived, wanted: Collation) -> bool {
    is_wanted(Merged::Derived(own), wanted, false)
}

/// Returns the collation that PostgreSQL derives for several texts
/// (<https://www.postgresql.org/docs/current/collation.html#COLLATION-CONCEPTS>).
fn merged(texts: impl Iterator<Item = Derived>) -> Merged {
    texts.fold(Merged::Derived(Derived::Default), |merged, text| match (merged, text) {
        (Merged::Conflict, Derived::Explicit(_)) => Merged::Derived(text),
        (Merged::Conflict, _) => merged,
        (Merged::Derived(Derived::Explicit(own)), Derived::Explicit(other)) if own != other => Merged::Conflict,
        (Merged::Derived(Derived::Explicit(_)), _) | (_, Derived::Default) => merged,
        (Merged::Derived(Derived::Implicit(own)), Derived::Implicit(other)) if own != other => Merged::Conflict,
        _ => Merged::Derived(text),
    })
}

/// Returns a text with a collation in place of its own.
pub(super) fn collated(text: &Node, collation: Collation) -> Node {
    let text = match text {
        Node::Collate(text, _) => text.clone(),
        text => Child::boxed(text.clone()),
    };
    Node::Collate(text, collation)
}

/// Returns the collation by which SQLite compares two texts
/// (<https://sqlite.org/datatype3.html#assigning_collating_sequences_from_sql>).
fn compared(names: Names<'_>, left: &Node, right: &Node) -> Collation {
    let found = explicit(left).or_else(|| explicit(right));
    let found = found.or_else(|| of_column(names, left)).or_else(|| of_column(names, right));
    found.unwrap_or(Collation::Binary)
}

/// Returns the collation that a text has in SQLite: that of a COLLATE anywhere in it, or that of a
/// column. Returns `None` if it has none, and is compared byte by byte unless the other text has
/// one.
pub(super) fn of_sqlite(names: Names<'_>, text: &Node) -> Option<Collation> {
    explicit(text).or_else(|| of_column(names, text))
}

fn explicit(node: &Node) -> Option<Collation> {
    if let Node::Collate(_, collation) = node {
        return Some(*collation);
    }
    let mut found = None;
    node.each_child(&mut |child| found = found.or_else(|| explicit(child)));
    found
}

fn of_column(names: Names<'_>, node: &Node) -> Option<Collation> {
    match node {
        Node::Column(column) => {
            let own = column.collation();
            let of_query = || {
                let index = column.table.columns.iter().position(|other| other.name == column.name)?;
                of_query_column(names(column)?, index)
            };
            Some(own.or_else(of_query).unwrap_or(Collation::Binary))
        }
        Node::Cast(node, ..) => of_column(names, node),
        _ => None,
    }
}

/// Returns the collation that PostgreSQL derives for an expression as it is written here. Returns
/// `None` for what is not text, and for what the tree does not say.
pub(super) fn derived(names: Names<'_>, node: &Node) -> Option<Derived> {
    match node {
        Node::Column(column) => {
            let is_text = column.table.column(column.name).is_some_and(|column| column.ty.stored() == Type::Text);
            // The columns of raw rows have the collations of what the raw query selects.
            let is_known =
                column.collation().is_some() || !column.table.primary_key.is_empty() || names(column).is_some();
            (is_text && is_known).then(|| of_column(names, node).map(Derived::Implicit)).flatten()
        }
        Node::Collate(_, collation) => Some(Derived::Explicit(*collation)),
        Node::Value(_, Some(ty)) => (ty.stored() == Type::Text).then_some(Derived::Default),
        Node::Cast(value, from, to) if from.stored() == to.stored() => derived(names, value),
        Node::Cast(_, _, to) => (to.stored() == Type::Text).then_some(Derived::Default),
        Node::Binary(left, BinaryOp::Concat, right) => of_made(names, node, &[&***left, &***right]),
        Node::Case(case) => {
            let values: Vec<_> = case.0.iter().map(|(_, value)| value).chain(case.1.as_deref()).collect();
            of_made(names, node, &values)
        }
        // The column of a subquery is implicit, also if it has COLLATE.
        Node::Subquery(query) => written(names, query, 0),
        Node::Call(call) => {
            let texts: Vec<_> = call.arguments.iter().collect();
            match call.function {
                Function::JsonExtract(Type::Text) | Function::DateText(_) | Function::DecimalText(_) => {
                    Some(Derived::Default)
                }
                Function::Lower | Function::Upper | Function::Replace => Some(Derived::Explicit(Collation::Binary)),
                Function::GroupConcat if call.distinct => of_agreed(names, &texts, None),
                function if makes_text(function) => of_made(names, node, &texts),
                Function::NullIf => of_agreed(names, &texts, Some((of_first(names, &texts), false))),
                Function::Least | Function::Greatest | Function::Min(_) | Function::Max(_) => {
                    of_agreed(names, &texts, Some((of_first(names, &texts), true)))
                }
                Function::FirstValue | Function::LastValue | Function::NthValue => of_agreed(names, &texts, None),
                _ => None,
            }
        }
        _ => None,
    }
}

fn of_made(names: Names<'_>, node: &Node, texts: &[&Node]) -> Option<Derived> {
    of_agreed(names, texts, Some((made(node), false)))
}

/// Returns the collation of a text that is made from others, which are written as [`agreed`] says
/// for these arguments.
fn of_agreed(names: Names<'_>, texts: &[&Node], wanted: Option<(Collation, bool)>) -> Option<Derived> {
    let mut each = texts.iter().filter_map(|text| derived(names, text)).peekable();
    each.peek()?;
    match (merged(each), wanted) {
        (own, Some((wanted, sorts))) if !is_wanted(own, wanted, sorts) => Some(Derived::Explicit(wanted)),
        (Merged::Derived(own), _) => Some(own),
        (Merged::Conflict, _) => None,
    }
}

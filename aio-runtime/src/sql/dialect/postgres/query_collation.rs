//! The collations of the columns of a query.
//!
//! In SQLite the parts of UNION and its like are compared by the collation of the first part that
//! has one. PostgreSQL refuses parts with different collations, and a recursive query whose first
//! part has the collation of the database. The column of a named query has the collation of the
//! column that it selects, and otherwise no collation.

use std::borrow::Cow;

use super::collation::{Derived, collated, derived, of_sqlite};
use crate::expr::{Body, ColumnRef, Node, Query, SelectBody, SetOperator};
use crate::schema::Collation;

/// Finds the named query to which a column belongs; `None` for the column of a table.
pub(super) type Names<'a> = &'a (dyn Fn(&ColumnRef) -> Option<&'a Query> + 'a);

/// Returns a query whose columns have the collations that they have in SQLite, or `None` if
/// nothing has to be changed. Only the columns of a named query, of a compound one, and of one
/// without duplicates are compared by what reads the query or is a part of it.
pub(super) fn with_collations(names: Names<'_>, query: &Query, is_named: bool) -> Option<Query> {
    let is_distinct = matches!(&query.body, Body::Select(select) if select.distinct);
    if !is_named && query.compounds.is_empty() && !is_distinct {
        return None;
    }
    let wanted: Vec<_> = (0..width(query)).map(|index| of_columns(names, query, index)).collect();
    if bodies(query).all(|body| !is_changed(names, body, &wanted)) {
        return None;
    }
    let mut query = query.clone();
    change(names, &mut query, &wanted);
    Some(query)
}

/// Returns a query in which texts are looked for by these collations, or `None` if nothing has to
/// be changed, or if the change could change the rows of the query.
///
/// PostgreSQL may remove the duplicates of the query before it compares, by the collation of the
/// column. So texts that are equal by one collation only would be lost, or found twice.
pub(super) fn searched(names: Names<'_>, query: &Query, wanted: &[Option<Collation>]) -> Option<Query> {
    let is_distinct = match &query.body {
        Body::Select(select) => select.is_distinct(),
        Body::FromQuery { .. } => return None,
        Body::Values(_) | Body::TooDeep => false,
    };
    let adds = |(operator, _): &(SetOperator, _)| *operator == SetOperator::UnionAll;
    let unites = |(operator, _): &(SetOperator, _)| matches!(operator, SetOperator::Union | SetOperator::UnionAll);
    let keeps_rows = !is_distinct && query.compounds.iter().all(adds);
    // Texts that are equal by the wanted collation are found by one of them.
    let keeps_texts = wanted.iter().flatten().all(|wanted| *wanted == Collation::NoCase)
        && query.compounds.iter().all(unites)
        && query.limit.is_none()
        && query.offset.is_none();
    if !(keeps_rows || keeps_texts) || bodies(query).all(|body| !is_changed(names, body, wanted)) {
        return None;
    }
    let mut query = query.clone();
    change(names, &mut query, wanted);
    Some(query)
}

/// Returns the expression that the first part of a query selects as the column with this index.
pub(super) fn column_of(query: &Query, index: usize) -> Option<Cow<'_, Node>> {
    column_of_body(&query.body, index)
}

/// Returns the collation that a column of a named query has in SQLite: that of what its first part
/// selects. Returns `None` if that has none.
pub(super) fn of_query_column(query: &Query, index: usize) -> Option<Collation> {
    match &query.body {
        Body::FromQuery { query, .. } => of_query_column(query, index),
        body => in_body(&|_| None, body, &|names| of_sqlite(names, &*column_of_body(body, index)?)),
    }
}

/// Returns the collation that PostgreSQL derives for a column of a subquery as it is written.
pub(super) fn written(names: Names<'_>, query: &Query, index: usize) -> Option<Derived> {
    let is_changed = !query.compounds.is_empty() || matches!(&query.body, Body::Select(select) if select.distinct);
    match &query.body {
        _ if is_changed => of_columns(names, query, index).map(Derived::Implicit),
        Body::FromQuery { query, .. } => written(names, query, index),
        body => match in_body(names, body, &|names| derived(names, &*column_of_body(body, index)?))? {
            Derived::Default => Some(Derived::Default),
            Derived::Implicit(own) | Derived::Explicit(own) => Some(Derived::Implicit(own)),
        },
    }
}

/// Returns the collation that all parts of a query have in a column; `None` if it is not text.
pub(super) fn of_columns(names: Names<'_>, query: &Query, index: usize) -> Option<Collation> {
    let is_text = |body: &Body| in_body(names, body, &|names| derived(names, &*column_of_body(body, index)?)).is_some();
    let of_body = |body: &Body| in_body(names, body, &|names| of_sqlite(names, &*column_of_body(body, index)?));
    bodies(query).any(is_text).then(|| bodies(query).find_map(of_body).unwrap_or(Collation::Binary))
}

/// Calls a function with the names that the expressions of a part of a query use: those of the
/// queries that it reads, and for the rows of a recursive query that of the query itself.
fn in_body<T>(outer: Names<'_>, body: &Body, call: &dyn Fn(Names<'_>) -> Option<T>) -> Option<T> {
    let Body::Select(select) = body else { return call(outer) };
    call(&|column| {
        let source = select.sources().find(|source| source.has(column))?;
        match source.cte() {
            Some(cte) => Some(&**cte.query),
            None => outer(column),
        }
    })
}

fn bodies(query: &Query) -> impl Iterator<Item = &Body> {
    std::iter::once(&query.body).chain(query.compounds.iter().map(|(_, part)| &part.body))
}

fn width(query: &Query) -> usize {
    match &query.body {
        Body::Select(select) if select.projection.is_empty() => {
            select.sources().flat_map(|source| source.columns()).count()
        }
        Body::Select(select) => select.projection.len(),
        Body::FromQuery { query, .. } => width(query),
        Body::Values(_) | Body::TooDeep => query.first_width(),
    }
}

fn column_of_body(body: &Body, index: usize) -> Option<Cow<'_, Node>> {
    match body {
        Body::Select(select) if select.projection.is_empty() => {
            let column = select.sources().flat_map(|source| source.columns()).nth(index)?;
            Some(Cow::Owned(Node::Column(column)))
        }
        Body::Select(select) => select.projection.get(index).map(Cow::Borrowed),
        Body::Values(rows) => rows.first()?.get(index).map(Cow::Borrowed),
        Body::FromQuery { query, .. } => column_of(query, index),
        Body::TooDeep => None,
    }
}

fn is_changed(names: Names<'_>, body: &Body, wanted: &[Option<Collation>]) -> bool {
    wanted.iter().enumerate().any(|(index, wanted)| {
        let column = column_of_body(body, index).zip(*wanted);
        let is_other = |(column, wanted): &(Cow<'_, Node>, Collation)| {
            in_body(names, body, &|names| Some(is_other(names, column, *wanted))) == Some(true)
        };
        column.as_ref().is_some_and(is_other)
    })
}

/// Returns whether a text has another collation than the wanted one.
fn is_other(names: Names<'_>, column: &Node, wanted: Collation) -> bool {
    match derived(names, column) {
        Some(Derived::Implicit(own) | Derived::Explicit(own)) => own != wanted,
        Some(Derived::Default) => true,
        None => false,
    }
}

fn change(names: Names<'_>, query: &mut Query, wanted: &[Option<Collation>]) {
    change_body(names, &mut query.body, wanted);
    for (_, part) in &mut query.compounds {
        part.change(|part| change(names, part, wanted));
    }
}

fn change_body(names: Names<'_>, body: &mut Body, wanted: &[Option<Collation>]) {
    let changed = |body: &Body| {
        let columns = wanted.iter().enumerate().map(|(index, wanted)| {
            let column = column_of_body(body, index)?.into_owned();
            let wanted = (*wanted)?;
            let is_other = in_body(names, body, &|names| Some(is_other(names, &column, wanted))) == Some(true);
            is_other.then(|| collated(&column, wanted))
        });
        columns.collect::<Vec<Option<Node>>>()
    };
    if let Body::FromQuery { query, .. } = body {
        return query.change(|query| change(names, query, wanted));
    }
    let changed = changed(body);
    let columns = match body {
        Body::Select(select) => {
            if select.projection.is_empty() {
                select.projection = SelectBody::selected(select);
            }
            &mut select.projection
        }
        // The collation of the first row is that of all rows.
        Body::Values(rows) => match rows.first_mut() {
            Some(row) => row,
            None => return,
        },
        Body::FromQuery { .. } | Body::TooDeep => return,
    };
    for (column, changed) in columns.iter_mut().zip(changed) {
        if let Some(changed) = changed {
            *column = changed;
        }
    }
}

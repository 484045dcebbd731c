//! The indexes of tables and materialized views.

use super::row::rows;
use crate::error::Result;
use crate::inspect::{Index, IndexPart};
use crate::postgres::connection::Connection;
use crate::value::Param;

/// The columns and expressions of the indexes of the tables `$1`. The bits of `indoption` say that
/// the order is descending, and that NULL comes first.
const INDEXES: &str = "select i.indrelid, i.indexrelid, x.relname::text, m.amname::text, i.indisunique,
    not i.indnullsnotdistinct, i.indisvalid, pg_catalog.pg_get_expr(i.indpred, i.indrelid, true),
    pg_catalog.pg_get_indexdef(i.indexrelid), pg_catalog.obj_description(i.indexrelid, 'pg_class'),
    k.place > i.indnkeyatts, a.attname::text,
    case when k.number = 0 then pg_catalog.pg_get_indexdef(i.indexrelid, k.place::integer, true) end,
    l.collname::text, i.indoption[k.place - 1] & 1, i.indoption[k.place - 1] & 2,
    case when not o.opcdefault then o.opcname::text end
    from pg_catalog.pg_index i join pg_catalog.pg_class x on x.oid = i.indexrelid
    join pg_catalog.pg_am m on m.oid = x.relam
    cross join lateral unnest(i.indkey) with ordinality k (number, place)
    left join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.number
    join pg_catalog.pg_attribute p on p.attrelid = i.indexrelid and p.attnum = k.place
    join pg_catalog.pg_type t on t.oid = p.atttypid
    left join pg_catalog.pg_collation l on l.oid = i.indcollation[k.place - 1]
        and l.oid <> coalesce(a.attcollation, t.typcollation)
    left join pg_catalog.pg_opclass o on o.oid = i.indclass[k.place - 1]
    where i.indrelid = any($1::oid[])
    order by i.indrelid, x.relname, i.indexrelid, k.place";

/// An index, which may be that of a constraint.
pub(super) struct ReadIndex {
    pub(super) table: i64,
    pub(super) oid: i64,
    pub(super) index: Index,
}

/// Reads the indexes in alphabetical order.
pub(super) fn indexes(connection: &mut Connection, relations: &Param) -> Result<Vec<ReadIndex>> {
    let mut indexes: Vec<ReadIndex> = Vec::new();
    for mut row in rows(connection, INDEXES, std::slice::from_ref(relations))? {
        let (table, oid) = (row.number()?, row.number()?);
        let index = Index {
            name: row.text()?,
            parts: Vec::new(),
            method: row.text()?,
            unique: row.truth()?,
            nulls_distinct: row.truth()?,
            valid: row.truth()?,
            condition: row.optional_text()?,
            included: Vec::new(),
            sql: row.text()?,
            comment: row.optional_text()?,
        };
        if indexes.last().is_none_or(|last| last.oid != oid) {
            indexes.push(ReadIndex { table, oid, index });
        }
        let is_included = row.truth()?;
        let (column, expression) = (row.optional_text()?, row.optional_text()?);
        let part = IndexPart {
            column,
            expression: expression.map(|expression| without_parentheses(&expression).to_owned()),
            collation: row.optional_text()?,
            descending: row.truth()?,
            nulls_first: row.truth()?,
            operator_class: row.optional_text()?,
        };
        if let Some(ReadIndex { index, .. }) = indexes.last_mut() {
            match is_included {
                true => index.included.extend(part.column),
                false => index.parts.push(part),
            }
        }
    }
    Ok(indexes)
}

/// Returns an expression without the parentheses around all of it.
fn without_parentheses(expression: &str) -> &str {
    let Some(inner) = expression.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) else { return expression };
    let (mut depth, mut quote) = (0_usize, None);
    for c in inner.chars() {
        match (c, quote) {
            (c, Some(open)) if c == open => quote = None,
            (_, Some(_)) => {}
            ('\'' | '"', None) => quote = Some(c),
            ('(', None) => depth += 1,
            (')', None) if depth == 0 => return expression,
            (')', None) => depth -= 1,
            _ => {}
        }
    }
    inner
}

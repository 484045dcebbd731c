//! What steps that did not end well have left on a server.

use aio_sql::{Database, Dialect, query};
use serde_json::{Value, json};

use crate::error::Result;
use crate::plan::{Token, quoted, tokens};
use crate::steps::Step;

/// What steps that run outside of a transaction have left.
#[derive(Clone, Debug, Default)]
pub struct Leftovers {
    /// The steps that have begun and not ended.
    pub unfinished: Vec<Unfinished>,
    /// The indexes that no query uses.
    pub invalid_indexes: Vec<InvalidIndex>,
}

/// A step that has begun outside of a transaction and was not recorded.
#[derive(Clone, Debug)]
pub struct Unfinished {
    /// The name of the step.
    pub step: String,
    /// When it had begun, in UTC.
    pub begun_at: String,
    /// Whether a session of the server still runs it.
    pub is_running: bool,
}

/// An index that a statement with CONCURRENTLY has left. No query uses it, but every write
/// maintains it.
#[derive(Clone, Debug)]
pub struct InvalidIndex {
    /// The schema, if it is not in the search path.
    pub schema: Option<String>,
    /// The name.
    pub name: String,
    /// The table.
    pub table: String,
}

const UNFINISHED: &str = "select u.name, to_char(u.begun_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS'), exists (
    select 1 from pg_catalog.pg_stat_activity a
    where a.pid = u.backend and a.pid <> pg_backend_pid() and a.backend_start <= u.begun_at and a.state = 'active'
) from _aio_sql_unfinished u order by u.begun_at";

/// The indexes that are being built are left out.
const INVALID: &str = "select case when not pg_catalog.pg_table_is_visible(t.oid) then n.nspname::text end,
    i.relname::text, t.relname::text from pg_catalog.pg_index x
    join pg_catalog.pg_class i on i.oid = x.indexrelid join pg_catalog.pg_class t on t.oid = x.indrelid
    join pg_catalog.pg_namespace n on n.oid = t.relnamespace
    where not x.indisvalid and t.relkind <> 'p' and n.nspname !~ '^pg_'
    and not exists (select 1 from pg_catalog.pg_stat_progress_create_index p where p.index_relid = x.indexrelid)
    order by 1 nulls first, t.relname, i.relname";

impl Leftovers {
    /// Finds what steps have left. On SQLite, whose steps are all rolled back, that is nothing. An
    /// index outside of the search path counts if a step names it.
    ///
    /// # Errors
    /// Those of a query.
    pub async fn find(db: &Database, steps: &[Step]) -> Result<Leftovers> {
        let mut leftovers = Leftovers::default();
        if db.dialect() != Dialect::Postgres {
            return Ok(leftovers);
        }
        if db.has_table("_aio_sql_unfinished").await? {
            let found: Vec<(String, String, bool)> = query(UNFINISHED).all(db).await?;
            let unfinished = |(step, begun_at, is_running)| Unfinished { step, begun_at, is_running };
            leftovers.unfinished = found.into_iter().map(unfinished).collect();
        }
        let found: Vec<(Option<String>, String, String)> = query(INVALID).all(db).await?;
        let indexes = found.into_iter().map(|(schema, name, table)| InvalidIndex { schema, name, table });
        leftovers.invalid_indexes = indexes.filter(|index| index.is_of(steps)).collect();
        Ok(leftovers)
    }

    /// Returns whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.unfinished.is_empty() && self.invalid_indexes.is_empty()
    }

    /// Returns a line for each thing that was left, with what to do.
    pub fn lines(&self) -> Vec<String> {
        let unfinished = self.unfinished.iter().map(|Unfinished { step, begun_at, is_running }| match is_running {
            true => format!("a session of the server runs {step} since {begun_at} UTC"),
            false => format!(
                "{step} had begun at {begun_at} UTC and was interrupted: `aio-sql migrate run` finds out what has become of it"
            ),
        });
        let invalid = self.invalid_indexes.iter().map(|index| {
            format!(
                "the index `{}` of `{}` is INVALID, as a CONCURRENTLY that does not end well leaves it: drop it by \
                 `DROP INDEX CONCURRENTLY {}`, then run the step again",
                index.full(&index.name),
                index.full(&index.table),
                index.sql_name()
            )
        });
        unfinished.chain(invalid).collect()
    }

    /// Returns the same for `--json`.
    pub fn json(&self) -> Value {
        let unfinished = self.unfinished.iter().map(|Unfinished { step, begun_at, is_running }| {
            json!({ "step": step, "begun_at": begun_at, "running": is_running })
        });
        let invalid = self
            .invalid_indexes
            .iter()
            .map(|index| json!({ "index": index.full(&index.name), "table": index.full(&index.table) }));
        json!({ "unfinished": unfinished.collect::<Vec<_>>(), "invalid_indexes": invalid.collect::<Vec<_>>() })
    }
}

impl InvalidIndex {
    /// Returns whether the index is in the search path, or one of the steps names it and its
    /// schema.
    fn is_of(&self, steps: &[Step]) -> bool {
        let Some(schema) = &self.schema else { return true };
        steps.iter().any(|step| {
            let names: Vec<String> = tokens(&step.text).iter().filter_map(Token::name).collect();
            names.contains(schema) && names.contains(&self.name)
        })
    }

    fn full(&self, name: &str) -> String {
        self.schema.as_ref().map_or_else(|| name.to_owned(), |schema| format!("{schema}.{name}"))
    }

    fn sql_name(&self) -> String {
        let schema = self.schema.as_ref().map(|schema| format!("{}.", quoted(schema)));
        format!("{}{}", schema.unwrap_or_default(), quoted(&self.name))
    }
}

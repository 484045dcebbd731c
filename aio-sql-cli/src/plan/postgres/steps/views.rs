//! Views and triggers, which are made again after what they read.

use aio_sql::inspect::{Trigger, View};

use super::Writer;
use crate::plan::Change;
use crate::plan::name::literal;
use crate::plan::postgres::creation::in_order;
use crate::plan::postgres::definition::Definition;

/// The setting in which a step keeps the statements that give views what the server has forgotten
/// when they were dropped.
pub(crate) const KEPT: &str = "aio_sql.kept";

/// Returns the statement that keeps what was granted on views and what the comments on them and on
/// their columns are. The step reads both in the database in which it runs, because administrators
/// grant by hand, and not by steps.
fn keep(views: &[String]) -> String {
    let views = views.iter().map(|view| format!("{}::regclass", literal(view))).collect::<Vec<_>>().join(", ");
    format!(
        "-- Views lose what was granted on them, and their comments. The last statement gives it back.
SELECT set_config('{KEPT}', coalesce(string_agg(text, '; '), ''), true) FROM (
    SELECT format('GRANT %s%s ON %s TO %s%s', privilege_type, part, relation::regclass,
        coalesce(quote_ident(rolname), 'PUBLIC'), CASE WHEN is_grantable THEN ' WITH GRANT OPTION' END)
    FROM (SELECT oid, relowner, '', relacl FROM pg_catalog.pg_class
        UNION ALL SELECT attrelid, relowner, format(' (%I)', attname), attacl
        FROM pg_catalog.pg_attribute JOIN pg_catalog.pg_class c ON c.oid = attrelid) AS held (relation, owner, part, acl)
    CROSS JOIN LATERAL aclexplode(acl) LEFT JOIN pg_catalog.pg_roles r ON r.oid = grantee
    WHERE relation IN ({views}) AND grantee <> owner
    UNION ALL
    SELECT format('COMMENT ON %s %s IS %L',
        CASE WHEN objsubid > 0 THEN 'COLUMN' WHEN relkind = 'm' THEN 'MATERIALIZED VIEW' ELSE 'VIEW' END,
        concat_ws('.', c.oid::regclass, quote_ident(attname)), description)
    FROM pg_catalog.pg_description JOIN pg_catalog.pg_class c ON c.oid = objoid
    LEFT JOIN pg_catalog.pg_attribute ON attrelid = c.oid AND attnum = objsubid AND objsubid > 0
    WHERE classoid = 'pg_catalog.pg_class'::regclass AND c.oid IN ({views})
) AS kept (text)"
    )
}

impl<'a> Writer<'a> {
    /// Returns the names of the views that are dropped and created again, with all their columns.
    fn remade_views(&self) -> Vec<String> {
        let has_all = |wanted: &View, found: &View| {
            found.columns().iter().all(|column| wanted.columns().iter().any(|new| new.name() == column.name()))
        };
        let remade = |(wanted, found): &(Option<&View>, Option<&View>)| {
            let (wanted, found) = ((*wanted)?, (*found)?);
            has_all(wanted, found).then(|| self.definition.name(found.schema(), found.name()))
        };
        self.draft.views.iter().filter_map(remade).collect()
    }

    /// Keeps what dropping views would lose, until they are there again.
    pub(super) fn keep_of_views(&mut self) {
        let views = self.remade_views();
        if let Some(first) = views.first() {
            self.main.push(first, keep(&views));
        }
    }

    /// Creates the triggers and views that are new, change, or were dropped because of what they
    /// read.
    pub(super) fn create_dependents(&mut self) {
        let draft = self.draft;
        let views: Vec<View> = draft.views.iter().filter_map(|(wanted, _)| wanted.cloned()).collect();
        for view in in_order(&views) {
            let name = self.definition.naming.of_view(view);
            self.main.push(&name, Definition::view(view));
            for index in view.indexes() {
                let sql = self.definition.index(view.schema(), view.name(), index, false);
                self.main.push(&name, sql);
            }
            for trigger in view.triggers() {
                self.main.push(&name, trigger.sql());
            }
            self.changes.push(Change::Create { kind: "view", name });
        }
        let of_new = draft.created.iter().map(|table| (self.full(table), table.triggers().iter().collect()));
        let of_old = draft.altered.iter().map(|altered| (altered.name.clone(), altered.created_triggers.clone()));
        let all: Vec<(String, Vec<&Trigger>)> = of_new.chain(of_old).collect();
        let each = all.iter().flat_map(|(table, triggers)| triggers.iter().map(move |trigger| (table, trigger)));
        for (table, trigger) in each {
            self.main.push(table, trigger.sql());
            self.changes.push(Change::Create { kind: "trigger", name: trigger.name().to_owned() });
        }
        if let Some(view) = self.remade_views().first() {
            self.main.push(view, format!("DO $$ BEGIN EXECUTE current_setting('{KEPT}'); END $$"));
        }
    }
}

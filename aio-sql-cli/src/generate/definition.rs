//! What the derive would make of a struct, and how that differs from the table.

use std::collections::{BTreeSet, HashMap};

use aio_sql::inspect::{Auto, Difference, ForeignKey, Part, Schema};
use aio_sql::schema::{CheckDef, ColumnDef, Generated, IndexDef, IndexPart as PartDef, TableDef};
use aio_sql::{Executor, Result};

use super::rust_type::{leak, leaked};
use super::sql_text::one_line;
use super::structs::{Check, Field, IndexPart, Struct, Structs};
use super::type_rules::TypeRules;

/// Adds a remark to each struct for whatever the table has and the struct does not say, or says in
/// another way.
pub(super) async fn compare(
    structs: &mut Structs<'_>,
    schema: &Schema,
    executor: &Executor,
    rules: &dyn TypeRules,
) -> Result<()> {
    // Differences name a table without its schema, and tables of two schemas may have one name.
    let names: BTreeSet<&str> = structs.structs.iter().map(|one| one.table.schema()).collect();
    for name in names {
        let mut of_schema: Vec<_> = structs.structs.iter_mut().filter(|one| one.table.schema() == name).collect();
        compare_in(&mut of_schema, schema, executor, rules).await?;
    }
    Ok(())
}

/// Compares structs whose tables are all in one schema.
async fn compare_in(
    structs: &mut [&mut Struct<'_>],
    schema: &Schema,
    executor: &Executor,
    rules: &dyn TypeRules,
) -> Result<()> {
    let mut definitions: Vec<Option<&'static TableDef>> = structs.iter().map(|one| Some(definition(one))).collect();
    if executor.schema_of(known(&definitions)).await.is_err() {
        // A table may need a function, a type or a collation that only its own program has, or the
        // user may not be allowed to create tables.
        for (one, definition) in structs.iter_mut().zip(&mut definitions) {
            let Some(of) = definition else { continue };
            if let Err(error) = executor.schema_of(*of).await {
                *definition = None;
                one.remarks.push(format!("the struct was not compared with the table: {error}"));
            }
        }
    }
    let mut wanted = executor.schema_of(known(&definitions)).await?;
    let mut columns: HashMap<String, BTreeSet<String>> = HashMap::new();
    for difference in wanted.differences(schema)? {
        if let (Some(Part::Column(column)), Some(Part::Column(_))) = (difference.found(), difference.wanted()) {
            columns.entry(difference.table().to_owned()).or_default().insert(column.name().to_owned());
        }
    }
    if !columns.is_empty() {
        for (one, definition) in structs.iter_mut().zip(&mut definitions) {
            if let (Some(columns), Some(_)) = (columns.get(one.table.name()), &definition) {
                one.write_defaults_as_expressions(columns, rules);
                *definition = Some(self::definition(one));
            }
        }
        wanted = executor.schema_of(known(&definitions)).await?;
    }
    for difference in wanted.differences(schema)? {
        if let Some(one) = named(structs, difference.table())
            && let Some(line) = line(one, &difference)
        {
            one.remarks.push(line);
        }
    }
    Ok(())
}

/// Returns the struct for the table with exactly this name, or one that differs in the case of
/// letters alone.
fn named<'s, 'a>(structs: &'s mut [&mut Struct<'a>], table: &str) -> Option<&'s mut Struct<'a>> {
    let exact = structs.iter().position(|one| one.table.name() == table);
    let place = exact.or_else(|| structs.iter().position(|one| one.table.name().eq_ignore_ascii_case(table)))?;
    structs.get_mut(place).map(|one| &mut **one)
}

fn known(definitions: &[Option<&'static TableDef>]) -> Vec<&'static TableDef> {
    definitions.iter().copied().flatten().collect()
}

/// Returns the remark for a difference, or `None` if the difference needs no remark.
fn line(one: &Struct<'_>, difference: &Difference<'_>) -> Option<String> {
    match difference.found() {
        // The struct has this foreign key. Its definition here lacks it, because a key refers to
        // the other table by a function of the derive.
        Some(Part::ForeignKey(key)) if one.foreign_keys.iter().any(|kept| kept.key == key) => {
            of_kept_key(key, &difference.to_string())
        }
        Some(Part::Table(_)) => None,
        Some(Part::Trigger(trigger)) => Some(format!("the trigger `{}` is not in the struct", trigger.name())),
        _ => Some(in_words(&difference.to_string())),
    }
}

/// Returns the remark for a foreign key that the struct has, if the struct cannot say all of it.
/// `difference` is the difference from a struct without the key.
fn of_kept_key(key: &ForeignKey, difference: &str) -> Option<String> {
    let (name, found) = difference.split_once(" is unexpected: ")?;
    let action = format!("on delete {}", key.on_delete());
    let of_columns = format!("{action} ({})", key.reset_columns().join(", "));
    let said = found.replacen(&of_columns, &action, 1).replacen(", match full", "", 1);
    (said != found).then(|| format!("{name} is {found}; the struct says {said}"))
}

/// Rewords a difference as a remark about what the struct lacks or says in another way.
fn in_words(difference: &str) -> String {
    difference
        .replace(" is unexpected", " is not in the struct")
        .replace(" is missing: expected ", " is in the struct only: ")
        .replace(" is missing", " is in the struct only")
        .replace(": expected ", "; the struct says ")
}

/// Returns the definition that the derive writes for a struct, without the foreign keys.
fn definition(one: &Struct<'_>) -> &'static TableDef {
    let columns = leaked(one.fields.iter().map(|field| column(one, field)));
    let names = |places: &[usize]| leaked(places.iter().map(|place| columns[*place].name));
    let indexes = one.indexes.iter().map(|index| {
        let parts = leaked(index.parts.iter().map(|part| match part {
            IndexPart::Field(place) => PartDef::Column(columns[*place].name),
            IndexPart::Expression(expression) => PartDef::Expression(leak(expression)),
        }));
        let mut of = IndexDef::new(parts).named(leak(index.index.name()));
        of.unique = index.index.is_unique();
        of.method = Some(index.index.method()).filter(|method| *method != "btree").map(leak);
        of.nulls_not_distinct = !index.index.has_distinct_nulls();
        of.condition = index.index.condition().map(|condition| leak(&one_line(condition)));
        of
    });
    let mut table = TableDef::new(leak(one.table.name()), leak(&one.name), columns)
        .primary_key(names(&one.key))
        .uniques(leaked(one.uniques.iter().map(|places| names(places))))
        .nulls_not_distinct(leaked(one.nulls_not_distinct.iter().map(|places| names(places))))
        .indexes(leaked(indexes))
        .checks(leaked(one.checks.iter().map(check)))
        .strict(one.is_strict);
    table.without_rowid = one.table.is_without_rowid();
    if let Some(schema) = one.schema {
        table = table.schema(leak(schema), leak(&format!("{schema}.{}", one.table.name())));
    }
    &leaked([table])[0]
}

fn column(one: &Struct<'_>, field: &Field<'_>) -> ColumnDef {
    let mut column = field.ty.definition(field.nullable).named(leak(field.column.name()));
    column.declared_type = field.declared_type.as_deref().map(leak);
    column.check = field.check.as_ref().map(check);
    column.default = field.default.as_ref().map(super::default::Default::value);
    column.auto = if one.is_numbered(field) { field.column.auto() } else { Auto::No };
    column.collate = field.collation;
    column.generated = field.column.generated().map(|generated| {
        let expression = leak(&one_line(generated.expression()));
        if generated.is_stored() { Generated::Stored(expression) } else { Generated::Virtual(expression) }
    });
    column
}

fn check(check: &Check<'_>) -> CheckDef {
    let of = CheckDef::new(leak(&check.expression));
    check.name.map_or(of, |name| of.named(leak(name)))
}

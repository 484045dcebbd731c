//! What the derive would make of a struct, and how that differs from the table.

use std::collections::{BTreeSet, HashMap};

use aio_sql::Result;
use aio_sql::inspect::{Auto, Difference, Part, Schema};
use aio_sql::schema::{CheckDef, Collation, ColumnDef, Generated, IndexDef, IndexPart as PartDef, TableDef};

use super::rust_type::{RustType, leak, leaked};
use super::sql_text::one_line;
use super::structs::{Check, Field, IndexPart, Struct, Structs};

/// Adds a remark to each struct for whatever the table has and the struct does not say, or says in
/// another way.
pub(super) fn compare(structs: &mut Structs<'_>, schema: &Schema) -> Result<()> {
    let mut definitions: Vec<Option<&'static TableDef>> =
        structs.structs.iter().map(|one| Some(definition(one))).collect();
    if Schema::of(known(&definitions)).is_err() {
        // A table may need a function or a collation that only its own program registers.
        for (one, definition) in structs.structs.iter_mut().zip(&mut definitions) {
            let refused = definition.and_then(|definition| Schema::of(definition).err());
            if let Some(error) = refused {
                *definition = None;
                one.remarks.push(format!("the struct was not compared with the table: {error}"));
            }
        }
    }
    let mut wanted = Schema::of(known(&definitions))?;
    let mut columns: HashMap<String, BTreeSet<String>> = HashMap::new();
    for difference in wanted.differences(schema)? {
        if let (Some(Part::Column(column)), Some(Part::Column(_))) = (difference.found(), difference.wanted()) {
            columns.entry(difference.table().to_owned()).or_default().insert(column.name().to_owned());
        }
    }
    if !columns.is_empty() {
        for (one, definition) in structs.structs.iter_mut().zip(&mut definitions) {
            if let (Some(columns), Some(_)) = (columns.get(one.table.name()), &definition) {
                one.write_defaults_as_expressions(columns);
                *definition = Some(self::definition(one));
            }
        }
        wanted = Schema::of(known(&definitions))?;
    }
    for difference in wanted.differences(schema)? {
        let of = |one: &&mut Struct<'_>| one.table.name().eq_ignore_ascii_case(difference.table());
        if let Some(one) = structs.structs.iter_mut().find(of)
            && let Some(line) = line(one, &difference)
        {
            one.remarks.push(line);
        }
    }
    Ok(())
}

fn known(definitions: &[Option<&'static TableDef>]) -> Vec<&'static TableDef> {
    definitions.iter().copied().flatten().collect()
}

/// Returns the remark for a difference, or `None` if the difference needs no remark.
fn line(one: &Struct<'_>, difference: &Difference<'_>) -> Option<String> {
    match difference.found() {
        // The struct has this foreign key. Its definition here lacks it, because a key refers to
        // the other table by a function of the derive.
        Some(Part::ForeignKey(key)) if one.foreign_keys.iter().any(|kept| kept.key == key) => None,
        Some(Part::Table(_)) => None,
        Some(Part::Trigger(trigger)) => Some(format!("the trigger `{}` is not in the struct", trigger.name())),
        _ => Some(in_words(&difference.to_string())),
    }
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
        of.condition = index.index.condition().map(|condition| leak(&one_line(condition)));
        of
    });
    let mut table = TableDef::new(leak(one.table.name()), leak(&one.name), columns)
        .primary_key(names(&one.key))
        .uniques(leaked(one.uniques.iter().map(|places| names(places))))
        .indexes(leaked(indexes))
        .checks(leaked(one.checks.iter().map(check)))
        .strict(one.table.is_strict());
    table.without_rowid = one.table.is_without_rowid();
    &leaked([table])[0]
}

fn column(one: &Struct<'_>, field: &Field<'_>) -> ColumnDef {
    let mut column = field.ty.definition(field.nullable).named(leak(field.column.name()));
    column.declared_type = field.declared_type.as_deref().map(leak);
    column.check = field.check.as_ref().map(check);
    column.default = field.default.as_ref().map(super::default::Default::value);
    column.auto = if is_numbered(one, field) { field.column.auto() } else { Auto::No };
    column.collate = collation(field).map(|name| Collation::Named(leak(name)));
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

/// Returns the collation of a column, if an attribute of its field can set it.
pub(super) fn collation<'a>(field: &Field<'a>) -> Option<&'a str> {
    let is_text = matches!(field.ty, RustType::Text | RustType::Enum(..));
    field.column.collation().filter(|_| is_text)
}

/// Returns whether an attribute of the field can say that the database numbers new rows in this
/// column.
pub(super) fn is_numbered(one: &Struct<'_>, field: &Field<'_>) -> bool {
    let is_key = matches!(one.key[..], [place] if std::ptr::eq(&one.fields[place], field));
    field.column.auto() != Auto::No && is_key && field.ty == RustType::Integer && !field.nullable
}

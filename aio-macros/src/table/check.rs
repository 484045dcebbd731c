//! The rules about combinations of attributes. A function checks a rule, or a few rules about one
//! subject, and reports an error if the table breaks one.

use proc_macro2::Ident;
use syn::ext::IdentExt;

use super::model::{Field, Index, IndexPart, Table};
use crate::errors::Errors;
use crate::name::{nearest, quoted};

/// Checks a table against all rules.
pub(super) fn table(table: &Table<'_>, errors: &mut Errors<'_>) {
    some_column(table, errors);
    distinct_columns(table, errors);
    distinct_constants(table, errors);
    one_column_for_each_role(table, errors);
    one_place_for_the_key(table, errors);
    needed_key(table, errors);
    names_of_generated_structs(table, errors);
    lists(table, errors);
    names_of_indexes(table, errors);
    names_of_checks(table, errors);
    earlier_name_of_the_table(table, errors);
    earlier_names_of_columns(table, errors);
    for field in &table.fields {
        let errors = &mut errors.field(field.ident);
        skip_alone(field, errors);
        auto_key(table, field, errors);
        generated_alone(field, errors);
        kind_of_generated(field, errors);
        one_role(field, errors);
        rules_of_a_foreign_key(field, errors);
        backfill_of_stored_values(field, errors);
        declared_type_of_a_numbered_key(field, errors);
    }
}

/// Checks that the table has at least one column.
fn some_column(table: &Table<'_>, errors: &mut Errors<'_>) {
    if table.columns().next().is_none() {
        errors.push(table.ident.span(), "a table needs at least one column: add a field without `#[column(skip)]`");
    }
}

/// Checks that no two columns have the same name. The case of letters is ignored.
fn distinct_columns(table: &Table<'_>, errors: &mut Errors<'_>) {
    let name = |field: &Field<'_>| field.name.to_lowercase();
    for (field, before) in repeated(table, name) {
        let message = format_args!(
            "the column `{}` already belongs to `{}.{before}`: give one of the fields another `name`",
            field.name, table.ident
        );
        errors.field(field.ident).push(field.item("name").unwrap_or_else(|| field.ident.span()), message);
    }
}

/// Checks that no two columns have a constant with the same name.
fn distinct_constants(table: &Table<'_>, errors: &mut Errors<'_>) {
    for (field, before) in repeated(table, |field| field.constant.to_string()) {
        let constant = &field.constant;
        let message = format_args!(
            "the constant `{constant}` already belongs to `{}.{before}`: rename one of the fields",
            table.ident
        );
        errors.field(field.ident).push(field.ident.span(), message);
    }
}

/// Returns the columns that have the same key as an earlier column, each with the field of that
/// earlier column.
fn repeated<'t>(table: &'t Table<'t>, key: impl Fn(&Field<'_>) -> String) -> Vec<(&'t Field<'t>, &'t Ident)> {
    let columns: Vec<_> = table.columns().collect();
    let before = |index: usize| columns[..index].iter().find(|before| key(before) == key(columns[index]));
    (0..columns.len()).filter_map(|index| Some((columns[index], before(index)?.ident))).collect()
}

/// Checks that each of `created_at`, `updated_at` and `version` is on at most one column.
fn one_column_for_each_role(table: &Table<'_>, errors: &mut Errors<'_>) {
    let mut seen: Vec<(&str, &Ident)> = Vec::new();
    for field in table.columns() {
        for &(role, span) in &field.roles {
            match seen.iter().find(|(before, _)| *before == role) {
                Some((_, before)) => {
                    let message = format_args!(
                        "`{}.{before}` already has this attribute, which only one column can have: leave one of them out",
                        table.ident
                    );
                    errors.field(field.ident).push(span, message);
                }
                None => seen.push((role, field.ident)),
            }
        }
    }
}

/// Checks that the primary key is declared on one field or on the struct. Attributes on several
/// fields would not state the order of the columns in the key.
fn one_place_for_the_key(table: &Table<'_>, errors: &mut Errors<'_>) {
    let marked: Vec<_> = table.columns().filter_map(|field| Some((field, field.primary_key?))).collect();
    let names = marked.iter().map(|(field, _)| field.ident.unraw().to_string()).collect::<Vec<_>>().join(", ");
    for (index, (field, span)) in marked.iter().enumerate() {
        if table.primary_key.is_some() {
            let message = "the struct already has a `primary_key(..)`: leave one of them out";
            errors.field(field.ident).push(*span, message);
        } else if index > 0 {
            let message = format_args!(
                "a primary key of several columns is declared on the struct: write `#[table(primary_key({names}))]`"
            );
            errors.field(field.ident).push(*span, message);
        }
    }
}

/// Checks that a table with `without_rowid` or `patch` has a primary key.
fn needed_key(table: &Table<'_>, errors: &mut Errors<'_>) {
    for (span, item) in [(table.without_rowid, "without_rowid"), (table.patch.span, "patch")] {
        if let Some(span) = span.filter(|_| table.key().is_empty()) {
            let message = format_args!("`{item}` needs a primary key: write `#[column(primary_key)]` on a field");
            errors.push(span, message);
        }
    }
}

/// Checks that neither the struct of a new row nor the struct of a patch has the name of the
/// table's struct.
fn names_of_generated_structs(table: &Table<'_>, errors: &mut Errors<'_>) {
    for (generated, of) in [(&table.new, "a new row"), (&table.patch, "a patch")] {
        if let Some(name) = generated.name.as_ref().filter(|name| *name == table.ident) {
            errors.push(name.span(), format_args!("the struct of {of} needs a different name than the table's struct"));
        }
    }
}

/// Checks that each list in the struct's attributes names columns, and names each at most once.
/// Also checks that no index is empty, and that no two unique constraints are the same.
fn lists(table: &Table<'_>, errors: &mut Errors<'_>) {
    let foreign_keys = table.foreign_keys.iter().map(|key| &key.columns);
    for names in table.primary_key.iter().chain(&table.uniques).chain(foreign_keys) {
        list(table, &names.fields, errors);
    }
    for index in &table.indexes {
        let field = |part: &IndexPart| match part {
            IndexPart::Field(name) => Some(name.clone()),
            IndexPart::Expression(_) => None,
        };
        list(table, &index.parts.iter().filter_map(field).collect::<Vec<_>>(), errors);
        if index.parts.is_empty() {
            errors.push(index.span, "an index needs a column: write `index(a, b)` or `index(expr = \"lower(a)\")`");
        }
    }
    for (index, unique) in table.uniques.iter().enumerate() {
        if table.uniques[..index].iter().any(|before| before.fields == unique.fields) {
            errors.push(unique.span, "these columns are already unique: leave one of the two out");
        }
    }
}

/// Checks that no two indexes have the same default name, which is made from the columns and from
/// whether the index is unique.
fn names_of_indexes(table: &Table<'_>, errors: &mut Errors<'_>) {
    let named_by = |index: &Index| (index.unique, index.parts.iter().map(IndexPart::in_name).collect::<Vec<_>>());
    let unnamed: Vec<&Index> = table.indexes.iter().filter(|index| index.name.is_none()).collect();
    for (place, index) in unnamed.iter().enumerate() {
        if unnamed[..place].iter().any(|before| named_by(before) == named_by(index)) {
            errors.push(index.span, "another index is on the same columns: give one of the two a `name = \"…\"`");
        }
    }
}

/// Checks that no two CHECK constraints are given the same name, because errors identify a
/// constraint by its name.
fn names_of_checks(table: &Table<'_>, errors: &mut Errors<'_>) {
    let checks = table.fields.iter().filter_map(|field| field.check.as_ref()).chain(&table.checks);
    let names: Vec<_> = checks.filter_map(|check| check.name.as_ref()).collect();
    for (place, name) in names.iter().enumerate() {
        if names[..place].iter().any(|before| before.value().eq_ignore_ascii_case(&name.value())) {
            errors.push(
                name.span(),
                format_args!("another check has the name `{}`: give this one a different name", name.value()),
            );
        }
    }
}

fn list(table: &Table<'_>, names: &[Ident], errors: &mut Errors<'_>) {
    for (index, name) in names.iter().enumerate() {
        match table.fields.iter().find(|field| field.ident.unraw() == *name) {
            None => errors.push(name.span(), unknown_field(table, name)),
            Some(field) if field.skip.is_some() && field.items.len() == 1 => {
                errors.push(name.span(), format_args!("`{name}` has `#[column(skip)]`, so that it is not a column"));
            }
            Some(_) if names[..index].contains(name) => {
                errors.push(name.span(), format_args!("`{name}` is in the list twice: leave one of them out"));
            }
            Some(_) => {}
        }
    }
}

fn unknown_field(table: &Table<'_>, name: &Ident) -> String {
    let known: Vec<String> = table.columns().map(|field| field.ident.unraw().to_string()).collect();
    let known = || known.iter().map(String::as_str);
    let suggestion =
        nearest(&name.to_string(), known()).map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
    format!("there is no field `{name}`: {suggestion}the fields are {}", quoted(known()))
}

/// Checks that a field with `skip` has no other attributes, because it is not a column.
fn skip_alone(field: &Field<'_>, errors: &mut Errors<'_>) {
    if field.skip.is_some()
        && let Some(other) = field.items.iter().find(|item| *item != "skip")
    {
        let message = format_args!("`skip` means that the field is not a column: leave out either `{other}` or `skip`");
        errors.push(other.span(), message);
    }
}

/// Checks that `auto` is on a primary key of a single column in a table with row ids, because the
/// database generates values only for such a key.
fn auto_key(table: &Table<'_>, field: &Field<'_>, errors: &mut Errors<'_>) {
    if let (Some(span), Some(_)) = (field.auto, field.autoincrement) {
        errors.push(span, "`autoincrement` includes `auto`: leave `auto` out");
    }
    let Some((name, span)) = field.autoincrement.map(|at| ("autoincrement", at)).or(field.auto.map(|at| ("auto", at)))
    else {
        return;
    };
    let key = table.key();
    let is_key = key.iter().any(|column| column.ident == field.ident);
    if !is_key {
        errors.push(
            span,
            format_args!("the database only generates the values of a primary key: write `primary_key, {name}`"),
        );
    } else if key.len() > 1 {
        let message = format_args!(
            "the database cannot generate the values of a primary key of several columns: leave `{name}` out, or make this the only column of the key"
        );
        errors.push(span, message);
    }
    if table.without_rowid.is_some() {
        errors.push(
            span,
            format_args!("the database cannot generate keys for a table with `without_rowid`: leave out either `{name}` or `without_rowid`"),
        );
    }
    if let Some(default) = &field.default {
        errors.push(
            default.span,
            format_args!("`{name}` means that the database generates the value: leave `default` out"),
        );
    }
    if let Some((_, role)) = field.roles.first() {
        errors.push(*role, format_args!("`{name}` means that the database generates the value: leave one of them out"));
    }
}

/// Checks that a generated column has no attribute by which it would get its value in another way.
fn generated_alone(field: &Field<'_>, errors: &mut Errors<'_>) {
    if field.generated.is_none() {
        return;
    }
    let others = ["default", "auto", "autoincrement", "created_at", "updated_at", "version", "primary_key"];
    for other in field.items.iter().filter(|item| others.iter().any(|other| item == other)) {
        let message = format_args!("`generated` means that the database computes the column: leave `{other}` out");
        errors.push(other.span(), message);
    }
}

/// Checks that a generated column is not both `stored` and `virtual`, and that any other column is
/// neither.
fn kind_of_generated(field: &Field<'_>, errors: &mut Errors<'_>) {
    let kinds = [(field.is_stored, "stored"), (field.is_virtual, "virtual")];
    if field.item("generated").is_none() {
        for (span, name) in kinds.into_iter().filter_map(|(span, name)| Some((span?, name))) {
            let message = format_args!("`{name}` is a kind of generated column: write `generated = \"…\", {name}`");
            errors.push(span, message);
        }
    } else if let [(Some(_), _), (Some(span), _)] = kinds {
        errors.push(span, "a generated column is `stored` or `virtual`: leave one of them out");
    }
}

/// Checks that a column has at most one of `created_at`, `updated_at` and `version`.
fn one_role(field: &Field<'_>, errors: &mut Errors<'_>) {
    if let [_, (_, second), ..] = field.roles.as_slice() {
        errors.push(*second, "a column is one of `created_at`, `updated_at` and `version`: leave the others out");
    }
}

/// Checks that a field with `on_delete`, `on_update` or `deferred` is a foreign key.
fn rules_of_a_foreign_key(field: &Field<'_>, errors: &mut Errors<'_>) {
    if field.item("references").is_some() {
        return;
    }
    for name in ["on_delete", "on_update", "deferred"] {
        if let Some(span) = field.item(name) {
            let message = format_args!("`{name}` belongs to a foreign key: add `references = Team::ID`");
            errors.push(span, message);
        }
    }
}

/// Checks that the earlier name of the table is not its present one, and that the table has
/// migrations, because only these use the name.
fn earlier_name_of_the_table(table: &Table<'_>, errors: &mut Errors<'_>) {
    let Some(was) = &table.was else { return };
    if is_same_name(&was.value(), &table.name) {
        let message = format_args!("the table is still called `{}`: leave `was` out, or change its name", table.name);
        errors.push(was.span(), message);
    }
    if let Some(span) = table.without_migrations {
        errors.push(span, "`was` is for migrations, which `migrate = false` switches off: leave one of them out");
    }
}

/// Checks that the earlier name of a column is not the name of any present column, and that it is
/// the earlier name of one column only.
fn earlier_names_of_columns(table: &Table<'_>, errors: &mut Errors<'_>) {
    let renamed: Vec<_> = table.columns().filter_map(|field| Some((field, field.was.as_ref()?))).collect();
    for (place, (field, was)) in renamed.iter().enumerate() {
        let name = was.value();
        let errors = &mut errors.field(field.ident);
        if is_same_name(&name, &field.name) {
            let message =
                format_args!("the column is still called `{name}`: leave `was` out, or change the name of the column");
            errors.push(was.span(), message);
        } else if let Some(other) = table.columns().find(|other| is_same_name(&name, &other.name)) {
            let message = format_args!(
                "`{name}` is still the column of `{}.{}`: rename the one column first, and add the other one in the next migration",
                table.ident, other.ident
            );
            errors.push(was.span(), message);
        } else if let Some((before, _)) = renamed[..place].iter().find(|(_, other)| is_same_name(&name, &other.value()))
        {
            let message = format_args!(
                "`{}.{}` was the column `{name}`, too: leave `was` out of one of the fields",
                table.ident, before.ident
            );
            errors.push(was.span(), message);
        }
    }
}

/// Returns whether the names are equal apart from the case of letters.
fn is_same_name(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

/// Checks that a column with `backfill` has values that a migration can set.
fn backfill_of_stored_values(field: &Field<'_>, errors: &mut Errors<'_>) {
    let Some(span) = field.item("backfill") else { return };
    if let Some(kind) =
        field.items.iter().find(|item| ["generated", "auto", "autoincrement"].iter().any(|name| *item == name))
    {
        let message =
            format_args!("`{kind}` means that the database sets the column in every row: leave `backfill` out");
        errors.push(span, message);
    }
}

/// Checks that a column whose values the database generates has no declared type but `integer`:
/// SQLite numbers the rows only by a key that is declared INTEGER.
fn declared_type_of_a_numbered_key(field: &Field<'_>, errors: &mut Errors<'_>) {
    let Some(span) = field.item("declared_type").filter(|_| field.is_auto()) else { return };
    let declared = field.declared_type.as_ref().map(syn::LitStr::value).unwrap_or_default();
    if declared.eq_ignore_ascii_case("integer") {
        return;
    }
    let message =
        "the database generates the values only of a key that has its own integer type: leave `declared_type` out";
    errors.push(span, message);
}

//! Writes the structs as Rust source, in the style of rustfmt.
//!
//! The text is written directly: a printer of syntax trees would lose the comments.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use aio_sql::inspect::{Auto, View};
use aio_sql::schema::Collation;

use super::attribute::{Item, attribute};
use super::names::{constant, ident, snake_case};
use super::rust_type::RustType;
use super::sql_text::one_line;
use super::structs::{Check, Enum, Field, Index, IndexPart, Key, Record, Struct, Structs, action};

/// Returns the source. `unreadable` are the views that cannot be compiled.
pub(super) fn source(structs: &Structs<'_>, unreadable: &[&View]) -> String {
    let mut text = header(structs);
    for of in &structs.enums {
        text.push('\n');
        text += &enumeration(of);
    }
    for one in &structs.structs {
        text.push('\n');
        text += &table(structs, one);
        for of in &one.enums {
            text.push('\n');
            text += &enumeration(of);
        }
    }
    for one in &structs.records {
        text.push('\n');
        text += &record(one);
    }
    for (table, reason) in &structs.without {
        text.push('\n');
        let line = format!("The table `{}` has no struct, because {reason}: use `sql!` for it.", table.name());
        text += &comment(&line, "// ", "// ");
    }
    for view in unreadable {
        text.push('\n');
        let error = view.error().unwrap_or("it has no columns");
        text += &comment(&format!("The view `{}` has no struct: {error}.", view.name()), "// ", "// ");
    }
    text
}

fn header(structs: &Structs<'_>) -> String {
    let mut needed = BTreeSet::new();
    needed.extend(structs.types().filter_map(RustType::feature));
    let mut text = "// Written by `aio-sql generate`.\n".to_owned();
    if !needed.is_empty() || !structs.features.is_empty() {
        text += "//\n// The types need, in Cargo.toml:\n//\n";
        let features = structs.features.iter().chain(needed.iter().map(|(feature, _)| feature));
        let features: Vec<_> = features.map(|feature| format!("\"{feature}\"")).collect();
        let version = env!("CARGO_PKG_VERSION").rsplit_once('.').map_or("0.1", |(version, _)| version);
        let _ = writeln!(text, "//     aio-sql = {{ version = \"{version}\", features = [{}] }}", features.join(", "));
        for (_, krate) in &needed {
            let version = match *krate {
                "jiff" => "0.2",
                _ => "1",
            };
            let _ = writeln!(text, "//     {krate} = \"{version}\"");
        }
    }
    let has_enums = !structs.enums.is_empty() || structs.structs.iter().any(|one| !one.enums.is_empty());
    let mut uses = Vec::new();
    uses.extend((!structs.records.is_empty()).then_some("Record"));
    uses.extend(has_enums.then_some("SqlType"));
    uses.extend((!structs.structs.is_empty()).then_some("Table"));
    match uses.as_slice() {
        [] => {}
        [one] => text += &format!("\nuse aio_sql::{one};\n"),
        several => text += &format!("\nuse aio_sql::{{{}}};\n", several.join(", ")),
    }
    text
}

/// Writes a text as lines of comments that end before column 100. The first line begins with
/// `first` and the others with `next`.
fn comment(text: &str, first: &str, next: &str) -> String {
    let mut lines = String::new();
    let mut line = first.to_owned();
    let mut is_empty = true;
    for word in text.split_whitespace() {
        if !is_empty && line.chars().count() + 1 + word.chars().count() >= 100 {
            lines += line.trim_end();
            lines.push('\n');
            line = next.to_owned();
            is_empty = true;
        }
        line += if is_empty { "" } else { " " };
        line += word;
        is_empty = false;
    }
    lines + line.trim_end() + "\n"
}

fn remarks(remarks: &[String], of: &str) -> String {
    let mut text = String::new();
    if !remarks.is_empty() {
        text += &format!("// What to know about {of}:\n");
        remarks.iter().for_each(|remark| text += &comment(remark, "// - ", "//   "));
    }
    text
}

fn table(structs: &Structs<'_>, one: &Struct<'_>) -> String {
    let mut text = remarks(&one.remarks, &format!("the table `{}`", one.table.name().escape_debug()));
    text += "#[derive(Table, Clone, Debug, PartialEq)]\n";
    let mut items = Vec::new();
    if snake_case(&one.name) != one.table.name() {
        items.push(Item::text("name", one.table.name()));
    }
    items.extend(one.schema.map(|schema| Item::text("schema", schema)));
    items.extend(one.table.comment().map(|text| Item::text("comment", text)));
    let fields =
        |places: &[usize]| places.iter().map(|place| Item::word(in_list(&one.fields[*place].name))).collect::<Vec<_>>();
    if one.key.len() > 1 {
        items.push(Item::List("primary_key", fields(&one.key)));
    }
    for unique in one.uniques.iter().filter(|unique| unique.len() > 1 || one.nulls_not_distinct.contains(unique)) {
        let mut list = fields(unique);
        list.extend(one.nulls_not_distinct.contains(unique).then(|| Item::word("nulls_not_distinct")));
        items.push(Item::List("unique", list));
    }
    items.extend(one.indexes.iter().filter(|index| !is_at_field(one, index)).map(|of| index(one, of)));
    items.extend(one.checks.iter().map(check));
    for key in one.foreign_keys.iter().filter(|key| !std::ptr::eq(first_key(one, key), *key)) {
        items.push(foreign_key(structs, one, key));
    }
    if !one.is_strict {
        items.push(Item::literal("strict", "false"));
    }
    items.extend(one.table.is_without_rowid().then(|| Item::word("without_rowid")));
    items.extend(one.new_name.as_ref().map(|name| Item::List("new", vec![Item::text("name", name)])));
    text += &attribute("table", &items, 0);
    let _ = writeln!(text, "pub struct {} {{", one.name);
    for (place, field) in one.fields.iter().enumerate() {
        text += &attribute("column", &column(structs, one, place, field), 4);
        let _ = writeln!(text, "    pub {}: {},", ident(&field.name), written(&field.ty.path(), field.nullable));
    }
    text + "}\n"
}

fn written(path: &str, nullable: bool) -> String {
    if nullable { format!("Option<{path}>") } else { path.to_owned() }
}

/// Writes the name of a field in a list. In the list of an index, `unique` without `r#` would make
/// the index unique, and `nulls_not_distinct` is such a word, too.
fn in_list(name: &str) -> String {
    if matches!(name, "unique" | "nulls_not_distinct") { format!("r#{name}") } else { ident(name) }
}

fn column(structs: &Structs<'_>, one: &Struct<'_>, place: usize, field: &Field<'_>) -> Vec<Item> {
    let mut items = Vec::new();
    if field.name != field.column.name() {
        items.push(Item::text("name", field.column.name()));
    }
    if one.key == [place] {
        items.push(Item::word("primary_key"));
        if one.is_numbered(field) {
            items.push(Item::word(if field.column.auto() == Auto::NeverUsed { "autoincrement" } else { "auto" }));
        }
    }
    let is_unique = |unique: &Vec<usize>| *unique == [place] && !one.nulls_not_distinct.contains(unique);
    items.extend(one.uniques.iter().any(is_unique).then(|| Item::word("unique")));
    let is_indexed =
        |index: &Index<'_>| is_at_field(one, index) && matches!(index.parts[..], [IndexPart::Field(of)] if of == place);
    items.extend(one.indexes.iter().any(is_indexed).then(|| Item::word("index")));
    items.extend(field.declared_type.as_ref().map(|ty| Item::text("declared_type", ty)));
    items.extend(field.ty.form());
    items.extend(field.collation.map(|collation| match collation {
        Collation::Binary => Item::value("collate", "binary"),
        Collation::NoCase => Item::value("collate", "nocase"),
        Collation::RTrim => Item::value("collate", "rtrim"),
        Collation::Unicode => Item::value("collate", "unicode"),
        Collation::Named(name) => Item::text("collate", name),
    }));
    items.extend(field.default.as_ref().map(super::default::Default::item));
    items.extend(field.check.as_ref().map(check));
    if let Some(generated) = field.column.generated() {
        items.push(Item::text("generated", &one_line(generated.expression())));
        items.extend(generated.is_stored().then(|| Item::word("stored")));
    }
    if let Some(key) = one.foreign_keys.iter().find(|key| key.fields == [place]) {
        items.push(Item::value("references", target(structs, key, 0)));
        items.extend(rules(key));
    }
    items.extend(field.column.comment().map(|text| Item::text("comment", text)));
    items
}

/// Returns the first foreign key of the same single field. It is written at the field.
fn first_key<'k, 'a>(one: &'k Struct<'a>, key: &'k Key<'a>) -> *const Key<'a> {
    let first = one.foreign_keys.iter().find(|other| other.fields.len() == 1 && other.fields == key.fields);
    first.map_or(std::ptr::null(), std::ptr::from_ref)
}

fn target(structs: &Structs<'_>, key: &Key<'_>, place: usize) -> String {
    let parent = &structs.structs[key.parent];
    format!("{}::{}", parent.name, constant(&parent.fields[key.targets[place]].name))
}

fn rules(key: &Key<'_>) -> Vec<Item> {
    let mut items = Vec::new();
    items.extend(action(key.key.on_delete()).map(|action| Item::value("on_delete", action)));
    items.extend(action(key.key.on_update()).map(|action| Item::value("on_update", action)));
    items.extend(key.key.is_deferred().then(|| Item::word("deferred")));
    items
}

fn foreign_key(structs: &Structs<'_>, one: &Struct<'_>, key: &Key<'_>) -> Item {
    let columns = key.fields.iter().map(|place| Item::word(in_list(&one.fields[*place].name)));
    let targets = (0..key.targets.len()).map(|place| Item::word(target(structs, key, place)));
    let mut items = vec![Item::List("columns", columns.collect()), Item::List("references", targets.collect())];
    items.extend(rules(key));
    Item::List("foreign_key", items)
}

fn check(check: &Check<'_>) -> Item {
    match check.name {
        Some(name) => Item::List("check", vec![Item::text("expr", &check.expression), Item::text("name", name)]),
        None => Item::text("check", &check.expression),
    }
}

/// Returns whether an index is written as `#[column(index)]`.
fn is_at_field(one: &Struct<'_>, index: &Index<'_>) -> bool {
    let of = index.index;
    matches!(index.parts[..], [IndexPart::Field(_)])
        && !of.is_unique()
        && of.method() == "btree"
        && of.condition().is_none()
        && of.name() == own_name(one, index)
        && one.indexes.iter().filter(|other| other.index.name() == of.name()).count() == 1
}

/// Returns the name that the derive gives to an index whose attribute sets none.
fn own_name(one: &Struct<'_>, index: &Index<'_>) -> String {
    let mut name = format!("{}_{}", if index.index.is_unique() { "ux" } else { "ix" }, one.table.name());
    for part in &index.parts {
        let text = match part {
            IndexPart::Field(place) => one.fields[*place].column.name(),
            IndexPart::Expression(expression) => expression,
        };
        name.push('_');
        name.extend(text.chars().filter(|c| c.is_alphanumeric() || *c == '_'));
    }
    name
}

fn index(one: &Struct<'_>, index: &Index<'_>) -> Item {
    let mut items: Vec<_> = index
        .parts
        .iter()
        .map(|part| match part {
            IndexPart::Field(place) => Item::word(in_list(&one.fields[*place].name)),
            IndexPart::Expression(expression) => Item::text("expr", expression),
        })
        .collect();
    items.extend(index.index.is_unique().then(|| Item::word("unique")));
    items.extend(Some(index.index.method()).filter(|method| *method != "btree").map(|of| Item::text("using", of)));
    items.extend((!index.index.has_distinct_nulls()).then(|| Item::word("nulls_not_distinct")));
    items.extend(index.index.condition().map(|condition| Item::text("where", &one_line(condition))));
    if index.index.name() != own_name(one, index) {
        items.push(Item::text("name", index.index.name()));
    }
    Item::List("index", items)
}

/// Converts the name of a variant to a text.
type Case = fn(&str) -> String;

/// The cases of names in `rename_all` that the texts of an enum usually have.
const CASES: [(&str, Case); 6] = [
    ("lowercase", |name| name.to_lowercase()),
    ("UPPERCASE", |name| name.to_uppercase()),
    ("PascalCase", |name| name.to_owned()),
    ("SCREAMING_SNAKE_CASE", |name| snake_case(name).to_uppercase()),
    ("kebab-case", |name| snake_case(name).replace('_', "-")),
    ("SCREAMING-KEBAB-CASE", |name| snake_case(name).to_uppercase().replace('_', "-")),
];

fn enumeration(of: &Enum) -> String {
    let all = |case: Case| of.variants.iter().all(|(variant, text)| case(variant) == *text);
    let case = CASES.into_iter().find(|(_, case)| !all(snake_case) && all(*case));
    let mut text = "#[derive(SqlType, Clone, Copy, Debug, PartialEq, Eq)]\n".to_owned();
    text += &attribute("sql_type", &case.iter().map(|(name, _)| Item::text("rename_all", name)).collect::<Vec<_>>(), 0);
    let _ = writeln!(text, "pub enum {} {{", of.name);
    for (variant, stored) in &of.variants {
        let is_own = case.is_some() || snake_case(variant) == *stored;
        let name = (!is_own).then(|| Item::text("name", stored));
        text += &attribute("sql_type", &name.into_iter().collect::<Vec<_>>(), 4);
        let _ = writeln!(text, "    {variant},");
    }
    text + "}\n"
}

fn record(one: &Record<'_>) -> String {
    let mut text = remarks(&one.remarks, &format!("the view `{}`", one.view.name().escape_debug()));
    text += &comment(&format!("A row of the view `{}`.", one.view.name().escape_debug()), "/// ", "/// ");
    text += "#[derive(Record, Clone, Debug, PartialEq)]\n";
    let _ = writeln!(text, "pub struct {} {{", one.name);
    for field in &one.fields {
        let mut items = Vec::new();
        if field.name != field.column.name() {
            items.push(Item::text("name", field.column.name()));
        }
        items.extend(field.ty.form());
        text += &attribute("record", &items, 4);
        let _ = writeln!(text, "    pub {}: {},", ident(&field.name), written(&field.ty.path(), true));
    }
    text + "}\n"
}

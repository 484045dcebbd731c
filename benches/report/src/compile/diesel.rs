//! Writes the tables and the queries with the API of diesel, which blocks. It can express every
//! kind of query.
//!
//! Of the pairs of tables, only those that are joined are declared as allowed in the same query.
//! If all pairs of fifty tables were declared, the compiler would have to compile some 2,450
//! implementations for them.

use crate::compile::plan::{Condition, Kind, Query, Table, Test, Type};

pub(crate) const IMPORTS: &str = "use diesel::dsl::{avg, count_star, exists, sum};\nuse diesel::prelude::*;";

pub(crate) fn tables(tables: &[Table]) -> String {
    let mut text = "use diesel::prelude::*;\n".to_owned();
    for table in tables {
        let (upper, lower) = (table.upper(), table.lower());
        text += &format!("\ndiesel::table! {{\n    {lower} (id) {{\n        id -> BigInt,\n");
        for column in &table.columns {
            let of = match column.of {
                Type::Text => "Text",
                Type::OptionalText => "Nullable<Text>",
                Type::Float => "Double",
                Type::Bool => "Bool",
                Type::Int => "Integer",
                Type::Long => "BigInt",
            };
            text += &format!("        {} -> {of},\n", column.name);
        }
        text += "    }\n}\n\n";
        if let Some(parent) = table.parent {
            text += &format!("diesel::joinable!({lower} -> item{parent} (parent_id));\n");
            text += &format!("diesel::allow_tables_to_appear_in_same_query!({lower}, item{parent});\n\n");
        }
        let fields: String =
            table.columns.iter().map(|column| format!("    pub {}: {},\n", column.name, column.of.rust())).collect();
        text += "#[derive(Queryable, Identifiable, AsChangeset, Clone, Debug)]\n";
        text += &format!("#[diesel(table_name = {lower}, treat_none_as_null = true)]\n");
        text += &format!("pub struct {upper} {{\n    pub id: i64,\n{fields}}}\n\n");
        text += "#[derive(Insertable, Clone, Debug)]\n";
        text += &format!("#[diesel(table_name = {lower}, treat_none_as_default_value = false)]\n");
        text += &format!("pub struct New{upper} {{\n{fields}}}\n");
    }
    text
}

fn condition(table: &str, condition: &Condition) -> String {
    let name = condition.column.name;
    let test = match condition.test {
        Test::Equal => format!("eq({name})"),
        Test::Greater => format!("gt({name})"),
        Test::Less => format!("lt({name})"),
        Test::StartsWith => format!("like(format!(\"{{{name}}}%\"))"),
        Test::Missing => "is_null()".to_owned(),
    };
    format!(".filter({table}::{name}.{test})")
}

pub(crate) fn query(query: &Query) -> String {
    let (item, upper, parent) = (query.table.lower(), query.table.upper(), query.parent.lower());
    let filters: String = query.conditions.iter().map(|one| condition(&item, one)).collect();
    let select = format!("{item}::table{filters}");
    let rows = format!("Vec<{upper}>");
    let (answer, body) = match query.kind {
        Kind::ByKey => (format!("Option<{upper}>"), format!("{item}::table.find(id).get_result(db).optional()")),
        Kind::Filter1 | Kind::Filter2 | Kind::Filter3 => (rows, format!("{select}.load(db)")),
        Kind::Ordered => {
            let limit = query.limit;
            (rows, format!("{select}.order(({item}::score.desc(), {item}::name)).limit({limit}).load(db)"))
        }
        Kind::Count => ("i64".into(), format!("{select}.count().get_result(db)")),
        Kind::Totals => (
            "(Option<f64>, Option<f64>)".into(),
            format!("{select}.select((sum({item}::score), avg({item}::score))).get_result(db)"),
        ),
        Kind::Groups => {
            let columns = format!(".select(({item}::name, count_star(), avg({item}::score)))");
            ("Vec<(String, i64, Option<f64>)>".into(), format!("{select}.group_by({item}::name){columns}.load(db)"))
        }
        Kind::Join => (
            format!("Vec<({upper}, {})>", query.parent.upper()),
            format!(
                "{item}::table.inner_join({parent}::table){filters}.filter({parent}::name.eq(parent_name)).load(db)"
            ),
        ),
        Kind::JoinPairs => {
            let columns = format!(".select(({item}::name, {parent}::name))");
            (
                "Vec<(String, String)>".into(),
                format!("{item}::table.inner_join({parent}::table).order({item}::name){columns}.load(db)"),
            )
        }
        Kind::Insert => {
            let row = format!("New{upper} {{ {} }}", query.literal());
            ("()".into(), format!("diesel::insert_into({item}::table).values({row}).execute(db)?;\n    Ok(())"))
        }
        Kind::InsertMany => {
            let rows = format!("names.into_iter().map(|name| New{upper} {{ {} }}).collect()", query.literal());
            (
                "()".into(),
                format!(
                    "let rows: Vec<New{upper}> = {rows};\n    \
                     diesel::insert_into({item}::table).values(&rows).execute(db)?;\n    Ok(())"
                ),
            )
        }
        Kind::Update => {
            let set = format!(".set(({item}::name.eq(new_name), {item}::score.eq(new_score)))");
            ("()".into(), format!("diesel::update({select}){set}.execute(db)?;\n    Ok(())"))
        }
        Kind::UpdateRow => (
            "()".into(),
            format!(
                "let mut row: {upper} = {item}::table.find(id).get_result(db)?;\n    row.name = name.into();\n    \
                 diesel::update(&row).set(&row).execute(db)?;\n    Ok(())"
            ),
        ),
        Kind::Delete => ("()".into(), format!("diesel::delete({select}).execute(db)?;\n    Ok(())")),
        Kind::Exists => ("bool".into(), format!("diesel::select(exists({select})).get_result(db)")),
        Kind::Optional => {
            let mut body = format!("let mut query = {item}::table.into_boxed();\n");
            for one in &query.conditions {
                let name = one.column.name;
                body += &format!("    if let Some({name}) = {name} {{\n");
                body += &format!("        query = query{};\n    }}\n", condition(&item, one));
            }
            (rows, body + "    query.load(db)")
        }
        Kind::Page => (rows, format!("{select}.order({item}::id).limit(limit.into()).offset(offset.into()).load(db)")),
        Kind::Pairs => ("Vec<(i64, String)>".into(), format!("{select}.select(({item}::id, {item}::name)).load(db)")),
        Kind::Keys => (rows, format!("{select}.filter({item}::id.eq_any(ids)).load(db)")),
    };
    let (name, arguments) = (query.name(), query.arguments());
    format!("pub fn {name}(db: &mut SqliteConnection{arguments}) -> QueryResult<{answer}> {{\n    {body}\n}}\n")
}

//! Writes the tables and the queries with the API of aio-sql, which can express every kind of
//! query.

use crate::compile::plan::{Condition, Kind, Query, Table, Test};

pub(crate) const IMPORTS: &str = "use aio_sql::{Executor, Result, count};";

pub(crate) fn tables(tables: &[Table]) -> String {
    let mut text = "use aio_sql::Table;\n".to_owned();
    for table in tables {
        text += "\n#[derive(Table, Clone, Debug)]\n";
        text += &format!("#[table(name = \"{}\")]\n", table.lower());
        text += &format!("pub struct {} {{\n", table.upper());
        text += "    #[column(primary_key, auto)]\n    pub id: i64,\n";
        if let Some(parent) = table.parent {
            text += &format!("    #[column(references = Item{parent}::ID)]\n");
        }
        for column in &table.columns {
            text += &format!("    pub {}: {},\n", column.name, column.of.rust());
        }
        text += "}\n";
    }
    text
}

fn column(table: &str, name: &str) -> String {
    format!("{table}::{}", name.to_uppercase())
}

fn condition(table: &str, condition: &Condition) -> String {
    let name = condition.column.name;
    let test = match condition.test {
        Test::Equal => format!("eq({name})"),
        Test::Greater => format!("gt({name})"),
        Test::Less => format!("lt({name})"),
        Test::StartsWith => format!("starts_with({name})"),
        Test::Missing => "is_null()".to_owned(),
    };
    format!(".filter({}.{test})", column(table, name))
}

pub(crate) fn query(query: &Query) -> String {
    let (item, parent) = (query.table.upper(), query.parent.upper());
    let filters: String = query.conditions.iter().map(|one| condition(&item, one)).collect();
    let select = format!("{item}::select(){filters}");
    let rows = format!("Vec<{item}>");
    let (answer, body) = match query.kind {
        Kind::ByKey => (format!("Option<{item}>"), format!("{item}::find(id).optional(db).await")),
        Kind::Filter1 | Kind::Filter2 | Kind::Filter3 => (rows, format!("{select}.all(db).await")),
        Kind::Ordered => {
            let limit = query.limit;
            let order = format!(".order_by(({item}::SCORE.desc(), {item}::NAME)).limit({limit})");
            (rows, format!("{select}{order}.all(db).await"))
        }
        Kind::Count => ("u64".into(), format!("{select}.count(db).await")),
        Kind::Totals => (
            "(Option<f64>, Option<f64>)".into(),
            format!("{select}.columns(({item}::SCORE.sum(), {item}::SCORE.avg())).one(db).await"),
        ),
        Kind::Groups => {
            let columns = format!(".columns(({item}::NAME, count(), {item}::SCORE.avg()))");
            (
                "Vec<(String, i64, Option<f64>)>".into(),
                format!("{select}.group_by({item}::NAME){columns}.all(db).await"),
            )
        }
        Kind::Join => (
            format!("Vec<({item}, {parent})>"),
            format!("{item}::select().join({parent}){filters}.filter({parent}::NAME.eq(parent_name)).all(db).await"),
        ),
        Kind::JoinPairs => {
            let columns = format!(".columns(({item}::NAME, {parent}::NAME))");
            (
                "Vec<(String, String)>".into(),
                format!("{item}::select().join({parent}).order_by({item}::NAME){columns}.all(db).await"),
            )
        }
        Kind::Insert => (
            "()".into(),
            format!("{item}::insert(New{item} {{ {} }}).execute(db).await?;\n    Ok(())", query.literal()),
        ),
        Kind::InsertMany => {
            let rows = format!("names.into_iter().map(move |name| New{item} {{ {} }})", query.literal());
            ("()".into(), format!("{item}::insert_all({rows}).execute(db).await?;\n    Ok(())"))
        }
        Kind::Update => {
            let set = format!(".set({item}::NAME, new_name).set({item}::SCORE, new_score)");
            ("()".into(), format!("{item}::update(){set}{filters}.execute(db).await?;\n    Ok(())"))
        }
        Kind::UpdateRow => (
            "()".into(),
            format!(
                "let mut row = {item}::find(id).one(db).await?;\n    row.name = name.into();\n    row.save(db).await"
            ),
        ),
        Kind::Delete => ("()".into(), format!("{item}::delete(){filters}.execute(db).await?;\n    Ok(())")),
        Kind::Exists => ("bool".into(), format!("{select}.exists(db).await")),
        Kind::Optional => {
            let mut body = format!("let mut query = {item}::select();\n");
            for one in &query.conditions {
                let name = one.column.name;
                body += &format!("    if let Some({name}) = {name} {{\n");
                body += &format!("        query = query{};\n    }}\n", condition(&item, one));
            }
            (rows, body + "    query.all(db).await")
        }
        Kind::Page => (rows, format!("{select}.order_by({item}::ID).limit(limit).offset(offset).all(db).await")),
        Kind::Pairs => {
            ("Vec<(i64, String)>".into(), format!("{select}.columns(({item}::ID, {item}::NAME)).all(db).await"))
        }
        Kind::Keys => (rows, format!("{select}.filter({item}::ID.is_in(ids)).all(db).await")),
    };
    let (name, arguments) = (query.name(), query.arguments());
    format!("pub async fn {name}(db: &Executor{arguments}) -> Result<{answer}> {{\n    {body}\n}}\n")
}

//! Writes the tables and the queries with the API of toasty. Queries that it cannot express are
//! replaced by the most similar ones:
//!
//! - a join of two tables is a filter through the relation and an `include` of the related rows;
//!   pairs of columns are taken from these rows;
//! - sums, means and groups are raw SQL, and their rows are untyped values;
//! - whether there is a row is found out by reading the first row.

use crate::compile::plan::{Condition, Kind, Query, Table, Test};

pub(crate) const IMPORTS: &str = "use toasty::stmt::Value;\nuse toasty::{Db, Result};";

pub(crate) fn tables(tables: &[Table]) -> String {
    let mut text = "use toasty::Deferred;\n".to_owned();
    for table in tables {
        text += "\n#[derive(toasty::Model, Clone, Debug)]\n";
        text += &format!("#[table = \"{}\"]\n", table.lower());
        text += &format!("pub struct {} {{\n", table.upper());
        text += "    #[key]\n    #[auto]\n    pub id: i64,\n";
        for column in &table.columns {
            text += &format!("    pub {}: {},\n", column.name, column.of.rust());
        }
        if let Some(parent) = table.parent {
            text += &format!("    #[belongs_to]\n    pub parent: Deferred<Item{parent}>,\n");
        }
        text += "}\n";
    }
    text
}

fn test(table: &str, condition: &Condition) -> String {
    let name = condition.column.name;
    let test = match condition.test {
        Test::Equal => format!("eq({name})"),
        Test::Greater => format!("gt({name})"),
        Test::Less => format!("lt({name})"),
        Test::StartsWith => format!("starts_with({name})"),
        Test::Missing => "is_none()".to_owned(),
    };
    format!("{table}::fields().{name}().{test}")
}

/// Returns the condition as SQL text, and the call that binds its value.
fn text(condition: &Condition) -> (String, String) {
    let name = condition.column.name;
    match condition.test {
        Test::Equal => (format!("{name} = ?1"), format!(".bind({name})")),
        Test::Greater => (format!("{name} > ?1"), format!(".bind({name})")),
        Test::Less => (format!("{name} < ?1"), format!(".bind({name})")),
        Test::StartsWith => (format!("{name} like ?1"), format!(".bind(format!(\"{{{name}}}%\"))")),
        Test::Missing => (format!("{name} is null"), String::new()),
    }
}

fn create(query: &Query) -> String {
    let fields: String = query.fields().map(|(name, value)| format!(".{name}({value})")).collect();
    format!("{}::create(){fields}", query.table.upper())
}

pub(crate) fn query(query: &Query) -> String {
    let item = query.table.upper();
    let filters = query.conditions.iter().map(|one| format!(".filter({})", test(&item, one)));
    let select = format!("{item}::all(){}", filters.collect::<String>());
    let rows = format!("Vec<{item}>");
    let name = format!("{item}::fields().name()");
    let (answer, body) = match query.kind {
        Kind::ByKey => (format!("Option<{item}>"), format!("{item}::filter_by_id(id).first().exec(db).await")),
        Kind::Filter1 | Kind::Filter2 | Kind::Filter3 => (rows, format!("{select}.exec(db).await")),
        Kind::Ordered => {
            let limit = query.limit;
            let order = format!(".order_by(({item}::fields().score().desc(), {name}.asc()))");
            (rows, format!("{select}{order}.limit({limit}).exec(db).await"))
        }
        Kind::Count => ("u64".into(), format!("{select}.count().exec(db).await")),
        Kind::Totals => {
            let (condition, bind) = text(&query.conditions[0]);
            let sql = format!("select sum(score), avg(score) from {} where {condition}", query.table.lower());
            ("Vec<Value>".into(), format!("toasty::sql::query(\"{sql}\"){bind}.exec(db).await"))
        }
        Kind::Groups => {
            let sql = format!("select name, count(*), avg(score) from {} group by name", query.table.lower());
            ("Vec<Value>".into(), format!("toasty::sql::query(\"{sql}\").exec(db).await"))
        }
        Kind::Join => {
            let parent = format!("{item}::fields().parent()");
            (rows, format!("{select}.filter({parent}.name().eq(parent_name)).include({parent}).exec(db).await"))
        }
        Kind::JoinPairs => {
            let include = format!(".order_by({name}.asc()).include({item}::fields().parent())");
            (
                "Vec<(String, String)>".into(),
                format!(
                    "let rows = {select}{include}.exec(db).await?;\n    \
                     Ok(rows.into_iter().map(|row| (row.name, row.parent.into_inner().name)).collect())"
                ),
            )
        }
        Kind::Insert => ("()".into(), format!("{}.exec(db).await?;\n    Ok(())", create(query))),
        Kind::InsertMany => {
            let fold =
                format!("names.into_iter().fold({item}::create_many(), |rows, name| rows.item({}))", create(query));
            ("()".into(), format!("{fold}.exec(db).await?;\n    Ok(())"))
        }
        Kind::Update => {
            ("()".into(), format!("{select}.update().name(new_name).score(new_score).exec(db).await?;\n    Ok(())"))
        }
        Kind::UpdateRow => (
            "()".into(),
            format!(
                "let mut row = {item}::get_by_id(db, id).await?;\n    row.update().name(name).exec(db).await?;\n    Ok(())"
            ),
        ),
        Kind::Delete => ("()".into(), format!("{select}.delete().exec(db).await?;\n    Ok(())")),
        Kind::Exists => ("bool".into(), format!("Ok({select}.first().exec(db).await?.is_some())")),
        Kind::Optional => {
            let mut body = format!("let mut query = {item}::all();\n");
            for one in &query.conditions {
                let name = one.column.name;
                body += &format!("    if let Some({name}) = {name} {{\n");
                body += &format!("        query = query.filter({});\n    }}\n", test(&item, one));
            }
            (rows, body + "    query.exec(db).await")
        }
        Kind::Page => {
            let order = format!(".order_by({item}::fields().id().asc())");
            (rows, format!("{select}{order}.limit(limit as usize).offset(offset as usize).exec(db).await"))
        }
        Kind::Pairs => {
            ("Vec<(i64, String)>".into(), format!("{select}.select(({item}::fields().id(), {name})).exec(db).await"))
        }
        Kind::Keys => (rows, format!("{select}.filter({item}::fields().id().in_list(ids)).exec(db).await")),
    };
    let (name, arguments) = (query.name(), query.arguments());
    format!("pub async fn {name}(db: &mut Db{arguments}) -> Result<{answer}> {{\n    {body}\n}}\n")
}

//! Writes the tables and the queries with the API of sea-orm, which can express every kind of
//! query. A column has no method for the mean; `Func::avg` is used instead.

use crate::compile::plan::{Condition, Kind, Query, Table, Test};

pub(crate) const IMPORTS: &str = "\
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::sea_query::{Expr, Func};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseConnection, DbErr, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, SelectExt,
};";

pub(crate) fn tables(tables: &[Table]) -> String {
    tables.iter().map(table).collect()
}

fn table(table: &Table) -> String {
    let mut text = format!("\npub mod {} {{\n    use sea_orm::entity::prelude::*;\n\n", table.lower());
    text += "    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]\n";
    text += &format!("    #[sea_orm(table_name = \"{}\")]\n", table.lower());
    text += "    pub struct Model {\n        #[sea_orm(primary_key)]\n        pub id: i64,\n";
    for column in &table.columns {
        text += &format!("        pub {}: {},\n", column.name, column.of.rust());
    }
    text += "    }\n\n    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]\n    pub enum Relation {\n";
    if let Some(parent) = table.parent {
        let entity = format!("belongs_to = \"super::item{parent}::Entity\"");
        let to = format!("to = \"super::item{parent}::Column::Id\"");
        text += &format!("        #[sea_orm({entity}, from = \"Column::ParentId\", {to})]\n        Parent,\n");
    }
    text += "    }\n\n";
    if let Some(parent) = table.parent {
        text += &format!("    impl Related<super::item{parent}::Entity> for Entity {{\n");
        text += "        fn to() -> RelationDef {\n            Relation::Parent.def()\n        }\n    }\n\n";
    }
    text + "    impl ActiveModelBehavior for ActiveModel {}\n}\n"
}

/// Returns the path of a column: `item7::Column::ParentId`.
fn column(table: &str, name: &str) -> String {
    let words = name.split('_').map(|word| word[..1].to_uppercase() + &word[1..]);
    format!("{table}::Column::{}", words.collect::<String>())
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

/// Writes an active model, sea-orm's struct of a row to insert, with the fields of a row.
fn active(query: &Query) -> String {
    let fields: Vec<_> = query.fields().map(|(name, value)| format!("{name}: Set({value})")).collect();
    format!("{}::ActiveModel {{ id: NotSet, {} }}", query.table.lower(), fields.join(", "))
}

pub(crate) fn query(query: &Query) -> String {
    let (item, parent) = (query.table.lower(), query.parent.lower());
    let filters: String = query.conditions.iter().map(|one| condition(&item, one)).collect();
    let select = format!("{item}::Entity::find(){filters}");
    let rows = format!("Vec<{item}::Model>");
    let mean = format!(".column_as(Expr::from(Func::avg(Expr::col({item}::Column::Score))), \"mean\")");
    let (answer, body) = match query.kind {
        Kind::ByKey => (format!("Option<{item}::Model>"), format!("{item}::Entity::find_by_id(id).one(db).await")),
        Kind::Filter1 | Kind::Filter2 | Kind::Filter3 => (rows, format!("{select}.all(db).await")),
        Kind::Ordered => {
            let limit = query.limit;
            let order = format!(".order_by_desc({item}::Column::Score).order_by_asc({item}::Column::Name)");
            (rows, format!("{select}{order}.limit({limit}).all(db).await"))
        }
        Kind::Count => ("u64".into(), format!("{select}.count(db).await")),
        Kind::Totals => {
            let columns = format!(".select_only().column_as({item}::Column::Score.sum(), \"total\"){mean}");
            ("Option<(Option<f64>, Option<f64>)>".into(), format!("{select}{columns}.into_tuple().one(db).await"))
        }
        Kind::Groups => {
            let columns =
                format!(".column({item}::Column::Name).column_as({item}::Column::Id.count(), \"count\"){mean}");
            let group = format!(".group_by({item}::Column::Name)");
            (
                "Vec<(String, i64, Option<f64>)>".into(),
                format!("{select}.select_only(){columns}{group}.into_tuple().all(db).await"),
            )
        }
        Kind::Join => {
            let join = format!(".find_both_related({parent}::Entity)");
            (
                format!("Vec<({item}::Model, {parent}::Model)>"),
                format!(
                    "{item}::Entity::find(){join}{filters}.filter({parent}::Column::Name.eq(parent_name)).all(db).await"
                ),
            )
        }
        Kind::JoinPairs => {
            let columns = format!(".column({item}::Column::Name).column({parent}::Column::Name)");
            let order = format!(".order_by_asc({item}::Column::Name)");
            (
                "Vec<(String, String)>".into(),
                format!(
                    "{item}::Entity::find().inner_join({parent}::Entity){order}.select_only(){columns}\
                     .into_tuple().all(db).await"
                ),
            )
        }
        Kind::Insert => (
            "()".into(),
            format!("{item}::Entity::insert({}).exec_without_returning(db).await?;\n    Ok(())", active(query)),
        ),
        Kind::InsertMany => {
            let rows = format!("names.into_iter().map(|name| {})", active(query));
            ("()".into(), format!("{item}::Entity::insert_many({rows}).exec_without_returning(db).await?;\n    Ok(())"))
        }
        Kind::Update => {
            let name = format!(".col_expr({item}::Column::Name, Expr::value(new_name))");
            let score = format!(".col_expr({item}::Column::Score, Expr::value(new_score))");
            ("()".into(), format!("{item}::Entity::update_many(){name}{score}{filters}.exec(db).await?;\n    Ok(())"))
        }
        Kind::UpdateRow => (
            "()".into(),
            format!(
                "let row = {item}::Entity::find_by_id(id).one(db).await?;\n    \
                 let mut row = row.ok_or_else(|| DbErr::RecordNotFound(id.to_string()))?.into_active_model();\n    \
                 row.name = Set(name.into());\n    row.update(db).await?;\n    Ok(())"
            ),
        ),
        Kind::Delete => ("()".into(), format!("{item}::Entity::delete_many(){filters}.exec(db).await?;\n    Ok(())")),
        Kind::Exists => ("bool".into(), format!("{select}.exists(db).await")),
        Kind::Optional => {
            let mut body = format!("let mut query = {item}::Entity::find();\n");
            for one in &query.conditions {
                let name = one.column.name;
                body += &format!("    if let Some({name}) = {name} {{\n");
                body += &format!("        query = query{};\n    }}\n", condition(&item, one));
            }
            (rows, body + "    query.all(db).await")
        }
        Kind::Page => (
            rows,
            format!(
                "{select}.order_by_asc({item}::Column::Id).limit(u64::from(limit)).offset(u64::from(offset))\
                 .all(db).await"
            ),
        ),
        Kind::Pairs => {
            let columns = format!(".select_only().columns([{item}::Column::Id, {item}::Column::Name])");
            ("Vec<(i64, String)>".into(), format!("{select}{columns}.into_tuple().all(db).await"))
        }
        Kind::Keys => (rows, format!("{select}.filter({item}::Column::Id.is_in(ids)).all(db).await")),
    };
    let (name, arguments) = (query.name(), query.arguments());
    format!("pub async fn {name}(db: &DatabaseConnection{arguments}) -> Result<{answer}, DbErr> {{\n    {body}\n}}\n")
}

//! Partial indexes and indexes on expressions are used by matching conditions.

#![allow(clippy::duplicated_attributes)]

use aio_sql::{Select, SqlType};

use super::*;

#[derive(SqlType, Clone, Copy, Debug, PartialEq)]
enum Status {
    Open,
    Done,
}

#[derive(Table, Clone, Debug)]
#[table(name = "tasks")]
#[table(index(place, name = "open", where = "status = 'open'"))]
#[table(index(place, name = "kept", where = "deleted = 0"))]
#[table(index(place, name = "hidden", where = "hidden = true"))]
#[table(index(place, name = "ownerless", where = "owner is null"))]
#[table(index(place, name = "of_casey", where = "owner = 'Casey' and price > 1.5"))]
#[table(index(place, name = "urgent", where = "\"urgency\" in (8, 9) AND weight between 1 and 5"))]
#[table(index(expr = "urgency % 10", name = "last_digit"))]
#[table(index(expr = "substr(title, 1, 3)", name = "begins"))]
struct Task {
    #[column(primary_key)]
    id: i64,
    place: i64,
    status: Status,
    deleted: bool,
    hidden: bool,
    owner: Option<String>,
    price: f64,
    urgency: i64,
    weight: i64,
    title: String,
}

async fn tasks() -> Result<Database> {
    let db = Database::memory().await?;
    db.create(Task).await?;
    Ok(db)
}

async fn assert_index(db: &Database, index: &str, query: Select<Task, Task>) -> Result<()> {
    let plan = query.explain(db).await?.to_string();
    assert!(plan.contains(&format!("INDEX {index} ")) || plan.ends_with(&format!("INDEX {index}")), "{index}: {plan}");
    Ok(())
}

#[tokio::test]
async fn a_condition_equal_to_the_predicate_of_a_partial_index_uses_it() -> Result<()> {
    let db = tasks().await?;
    let all = Task::select;
    assert_index(&db, "open", all().filter(Task::STATUS.eq(Status::Open))).await?;
    assert_index(&db, "open", all().filter(Task::PLACE.eq(7)).filter(Task::STATUS.eq(Status::Open))).await?;
    assert_index(&db, "kept", all().filter(Task::DELETED.eq(false))).await?;
    assert_index(&db, "hidden", all().filter(Task::HIDDEN.eq(true))).await?;
    assert_index(&db, "ownerless", all().filter(Task::OWNER.eq(None))).await?;
    let of_casey = all().filter(Task::PRICE.gt(1.5));
    assert_index(&db, "of_casey", of_casey.clone().filter(Task::OWNER.eq("Casey"))).await?;
    assert_index(&db, "of_casey", of_casey.filter(Task::OWNER.eq(Some("Casey".to_owned())))).await?;
    let urgent = all().filter(Task::URGENCY.is_in([8, 9])).filter(Task::WEIGHT.between(1, 5));
    assert_index(&db, "urgent", urgent).await
}

#[tokio::test]
async fn an_expression_with_the_constants_of_an_index_uses_it() -> Result<()> {
    let db = tasks().await?;
    assert_index(&db, "last_digit", Task::select().filter((Task::URGENCY % 10).eq(5))).await?;
    assert_index(&db, "begins", Task::select().filter(Task::TITLE.substring(1, 3).eq("Aio"))).await?;
    let sorted = Task::select().order_by(Task::TITLE.substring(1, 3));
    assert_index(&db, "begins", sorted).await
}

#[test]
fn a_condition_with_a_constant_of_an_index_keeps_its_meaning() {
    let text = |query: Select<Task, Task>| query.to_sql(Dialect::Sqlite).unwrap();
    let casey = || Task::OWNER.eq(Some("Casey".to_owned()));
    let sql = text(Task::select().filter(!casey()));
    assert!(sql.text.ends_with(r#"WHERE NOT ("owner" = 'Casey' AND "owner" IS NOT NULL)"#), "{sql}");
    // A condition with another value, operator or column than those of the indexes has a bound
    // parameter.
    for query in [
        Task::select().filter(Task::STATUS.eq(Status::Done)),
        Task::select().filter(Task::STATUS.ne(Status::Open)),
        Task::select().filter(Task::TITLE.eq("Open")),
        Task::select().filter(Task::DELETED.eq(true)),
        Task::select().filter(Task::PLACE.eq(0)),
    ] {
        assert_eq!(text(query).params.len(), 1);
    }
}

#[tokio::test]
async fn the_statement_cache_does_not_grow_with_values() -> Result<()> {
    let db = tasks().await?;
    let mut texts = BTreeSet::new();
    for n in 0..100 {
        let status = if n % 2 == 0 { Status::Open } else { Status::Done };
        let query = Task::select()
            .filter(Task::STATUS.eq(status))
            .filter(Task::DELETED.eq(n % 3 == 0))
            .filter(Task::OWNER.eq((n % 5 != 0).then(|| format!("owner {n}"))))
            .filter((Task::URGENCY % n).eq(n))
            .filter(Task::TITLE.eq(format!("title {n}")));
        texts.insert(query.to_sql(db.dialect())?.text);
        query.all(&db).await?;
        assert!(Task::find(n).optional(&db).await?.is_none());
    }
    // The texts differ only in the values that occur in an index: two statuses, deleted or not,
    // with an owner or without an owner, and one remainder.
    assert!(texts.len() <= 16, "{}", texts.len());
    Ok(())
}

#[tokio::test]
async fn a_partial_index_is_used_in_joins_and_in_writes() -> Result<()> {
    alias!(Other = Task);
    let db = tasks().await?;
    let open = Task::STATUS.of::<Other>().eq(Status::Open);
    let joined = Task::select().join_on(Other, Task::PLACE.of::<Other>().eq(Task::PLACE)).filter(open);
    let plan = joined.explain(&db).await?.to_string();
    assert!(plan.contains("INDEX open"), "{plan}");
    let update = Task::update().set(Task::WEIGHT, 1).filter(Task::STATUS.eq(Status::Open)).to_sql(db.dialect())?;
    assert!(update.text.ends_with(r#"WHERE "status" = 'open'"#), "{update}");
    Ok(())
}

#[cfg(feature = "json")]
#[tokio::test]
async fn a_path_of_an_index_is_found_in_it() -> Result<()> {
    #[derive(Table, Clone, Debug)]
    #[table(index(expr = "json_extract(meta, '$.a')", name = "by_a"))]
    struct Paper {
        #[column(primary_key)]
        id: i64,
        #[column(json)]
        meta: std::collections::HashMap<String, i64>,
    }
    let db = Database::memory().await?;
    db.create(Paper).await?;
    let by_a = Paper::META.json_extract::<i64>("$.a");
    let plan = Paper::select().filter(by_a.clone().eq(5)).explain(&db).await?.to_string();
    assert!(plan.contains("SEARCH") && plan.contains("INDEX by_a"), "{plan}");
    let plan = Paper::select().order_by(by_a).explain(&db).await?.to_string();
    assert!(plan.contains("INDEX by_a"), "{plan}");
    let other = Paper::select().filter(Paper::META.json_extract::<i64>("$.b").eq(5)).to_sql(db.dialect())?;
    assert_eq!(other.params.len(), 2, "{other}");
    Ok(())
}

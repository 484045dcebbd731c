//! Comparisons with NULL and with lists, and where NULL is sorted.

use super::*;

#[derive(Table, Clone, Debug, PartialEq)]
struct Item {
    #[column(primary_key)]
    id: i64,
    number: Option<i64>,
    name: Option<String>,
}

async fn items(db: &Database) -> Result<()> {
    db.create(Item).await?;
    let item = |id, number, name: Option<&str>| Item { id, number, name: name.map(str::to_owned) };
    let rows =
        [item(1, Some(10), Some("ten")), item(2, None, None), item(3, Some(30), Some("")), item(4, None, Some("x"))];
    Item::insert_all(rows).execute(db).await?;
    Ok(())
}

macro_rules! ids {
    ($db:expr, $condition:expr) => {
        Item::select().filter($condition).order_by(Item::ID).columns(Item::ID).all($db).await?
    };
}

#[on_every_database]
async fn eq_of_none_finds_the_rows_without_a_value(db: Database) -> Result<()> {
    items(&db).await?;
    assert_eq!(ids!(&db, Item::NUMBER.eq(None)), [2, 4]);
    assert_eq!(ids!(&db, Item::NUMBER.eq(Some(10))), [1]);
    assert_eq!(ids!(&db, Item::NUMBER.ne(None)), [1, 3]);
    assert_eq!(ids!(&db, Item::NUMBER.is_null()), [2, 4]);
    assert_eq!(ids!(&db, Item::NUMBER.is_not_null()), [1, 3]);
    assert_eq!(ids!(&db, Item::NAME.eq(None)), [2]);
    db.close().await
}

#[on_every_database]
async fn ne_of_a_value_skips_null_and_ne_of_an_option_does_not(db: Database) -> Result<()> {
    items(&db).await?;
    assert_eq!(ids!(&db, Item::NUMBER.ne(10)), [3]);
    assert_eq!(ids!(&db, Item::NUMBER.ne(Some(10))), [2, 3, 4]);
    assert_eq!(ids!(&db, Item::NUMBER.is_distinct_from(10)), [2, 3, 4]);
    assert_eq!(ids!(&db, Item::NUMBER.is_distinct_from(None)), [1, 3]);
    assert_eq!(ids!(&db, Item::NUMBER.is_not_distinct_from(None)), [2, 4]);
    assert_eq!(ids!(&db, Item::NUMBER.is_not_distinct_from(Item::NUMBER)), [1, 2, 3, 4]);
    assert_eq!(ids!(&db, Item::NUMBER.eq(Item::NUMBER)), [1, 3]);
    db.close().await
}

#[on_every_database]
async fn a_comparison_with_null_is_never_true(db: Database) -> Result<()> {
    items(&db).await?;
    assert_eq!(ids!(&db, Item::NUMBER.lt(20)), [1]);
    assert_eq!(ids!(&db, !Item::NUMBER.lt(20)), [3]);
    assert_eq!(ids!(&db, Item::NUMBER.between(0, 100)), [1, 3]);
    assert_eq!(ids!(&db, Item::NAME.starts_with("")), [1, 3, 4]);
    assert_eq!(ids!(&db, Item::NAME.ends_with("")), [1, 3, 4]);
    assert_eq!(ids!(&db, Item::NAME.contains("")), [1, 3, 4]);
    assert_eq!(ids!(&db, Item::NAME.like("%")), [1, 3, 4]);
    assert_eq!(ids!(&db, Item::NAME.ilike("%")), [1, 3, 4]);
    assert_eq!(ids!(&db, !Item::NAME.starts_with("t")), [3, 4]);
    db.close().await
}

#[on_every_database]
async fn null_sorts_first_by_default(db: Database) -> Result<()> {
    items(&db).await?;
    let ids =
        |order: aio_sql::expr::Order<_>| Item::select().order_by((order, Item::ID.asc())).columns(Item::ID).all(&db);
    assert_eq!(ids(Item::NUMBER.asc()).await?, [2, 4, 1, 3]);
    assert_eq!(ids(Item::NUMBER.desc()).await?, [3, 1, 2, 4]);
    assert_eq!(ids(Item::NUMBER.asc().nulls_last()).await?, [1, 3, 2, 4]);
    assert_eq!(ids(Item::NUMBER.desc().nulls_first()).await?, [2, 4, 3, 1]);
    db.close().await
}

#[on_every_database]
async fn a_list_of_any_length_finds_its_values(db: Database) -> Result<()> {
    items(&db).await?;
    assert_eq!(ids!(&db, Item::NUMBER.is_in(Vec::<i64>::new())), [0_i64; 0]);
    assert_eq!(ids!(&db, Item::NUMBER.is_not_in(Vec::<i64>::new())), [1, 2, 3, 4]);
    assert_eq!(ids!(&db, Item::NUMBER.is_in([10])), [1]);
    assert_eq!(ids!(&db, Item::NUMBER.is_not_in([10])), [3]);
    assert_eq!(ids!(&db, Item::NAME.is_in(["", "ten"])), [1, 3]);
    for length in [15, 16, 17, 1_000, 32_767, 40_000] {
        let numbers: Vec<i64> = (11..11 + length).collect();
        assert_eq!(
            ids!(&db, Item::NUMBER.is_in(numbers.clone())),
            if length >= 20 { vec![3] } else { vec![] },
            "{length}"
        );
        assert_eq!(
            ids!(&db, Item::NUMBER.is_not_in(numbers)),
            if length >= 20 { vec![1] } else { vec![1, 3] },
            "{length}"
        );
        let mut names: Vec<String> = (1..length).map(|number| format!("no {number}")).collect();
        names.push("ten".to_owned());
        assert_eq!(ids!(&db, Item::NAME.is_in(names.clone())), [1], "{length}");
        assert_eq!(ids!(&db, Item::NAME.is_not_in(names)), [3, 4], "{length}");
    }
    let numbers: Vec<i64> = (0..40_000).collect();
    let raw: Vec<i64> = sql!("select id from {Item} where number in ({numbers}) order by id").all(&db).await?;
    assert_eq!(raw, [1, 3]);
    let raw: Vec<i64> =
        sql!("select id from {Item} where id not in ({Vec::<i64>::new()}) order by id").all(&db).await?;
    assert_eq!(raw, [1, 2, 3, 4]);
    db.close().await
}

#[on_every_database]
async fn a_long_list_compares_like_a_short_one(db: Database) -> Result<()> {
    #[derive(Table, Clone, Debug)]
    struct Any {
        #[column(primary_key)]
        id: i64,
        real: f64,
        text: String,
        bytes: Vec<u8>,
    }
    db.create(Any).await?;
    Any::insert(Any { id: 1, real: 1.0, text: "1".into(), bytes: b"1".to_vec() }).execute(&db).await?;
    for length in [1, 100] {
        let found = [
            Any::select().filter(Any::REAL.is_in(vec![1.0; length])).count(&db).await?,
            Any::select().filter(Any::TEXT.is_in(vec!["1"; length])).count(&db).await?,
            Any::select().filter(Any::BYTES.is_in(vec![b"1".to_vec(); length])).count(&db).await?,
            Any::select().filter(Any::ID.is_in(vec![1_i64; length])).count(&db).await?,
            Any::select().filter(Any::TEXT.is_in(vec!["1 "; length])).count(&db).await?,
        ];
        assert_eq!(found, [1, 1, 1, 1, 0], "{length}");
    }
    db.close().await
}

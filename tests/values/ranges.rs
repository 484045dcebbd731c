//! A column of numbers or of an enum accepts only values that its type can read, whoever writes
//! them.

use aio_sql::Batch;

use super::*;

#[derive(SqlType, Clone, Copy, Debug, PartialEq)]
struct Level(i8);

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "items", index(code, unique))]
struct Item {
    #[column(primary_key)]
    id: u16,
    code: i64,
    stock: u32,
    spare: Option<u8>,
    level: Level,
    depth: i16,
    floor: i32,
    sold: u64,
    counted: Option<usize>,
    active: bool,
    maybe: Option<bool>,
    took: Duration,
    ratio: f32,
    name: String,
    #[column(generated = "stock + sold")]
    total: u32,
}

fn item(id: u16) -> NewItem {
    NewItem {
        id,
        code: i64::from(id),
        stock: 0,
        spare: None,
        level: Level(0),
        depth: 0,
        floor: 0,
        sold: 0,
        counted: None,
        active: true,
        maybe: None,
        took: Duration::ZERO,
        ratio: 0.5,
        name: "a".into(),
    }
}

async fn items(db: &Database) -> Result<()> {
    db.create(Item).await?;
    Item::insert(item(1)).execute(db).await?;
    Ok(())
}

/// Asserts that the error is the CHECK of this column, and says which values the column holds.
#[track_caller]
fn assert_range<T: std::fmt::Debug>(result: Result<T>, column: &str, holds: &str) {
    let error = result.unwrap_err();
    let ErrorKind::Check { table, columns, .. } = error.kind() else { panic!("{error:?}") };
    assert_eq!((table.as_str(), &columns[..]), ("items", &[column.to_owned()][..]), "{error}");
    let words = format!(
        "items.{column}: the check `ck_items_{column}_range` does not hold for the row (the struct allows {holds})"
    );
    assert!(error.to_string().contains(&words), "{error}");
}

const U32: &str = "0 to 4294967295";

/// Checks that the only row can be read and is unchanged.
async fn assert_unharmed(db: &Database) -> Result<()> {
    let rows = Item::select().all(db).await?;
    assert_eq!((rows.len(), rows[0].stock, rows[0].total), (1, 0, 0));
    Ok(())
}

#[on_every_database]
async fn an_update_cannot_go_below_zero(db: Database) -> Result<()> {
    items(&db).await?;
    let taken = || Item::update().set(Item::STOCK, Item::STOCK - 1);
    assert_range(taken().filter(Item::ID.eq(1)).execute(&db).await, "stock", U32);
    assert_range(taken().all_rows().returning(Item::STOCK).all(&db).await, "stock", U32);
    assert_range(Batch::new().execute(taken().all_rows()).run(&db).await, "stock", U32);
    let sold = Item::update().set(Item::SOLD, Item::SOLD - 1).all_rows();
    assert_range(sold.execute(&db).await, "sold", "0 or more");
    let tx = db.begin().await?;
    assert_range(taken().all_rows().execute(&tx).await, "stock", U32);
    tx.rollback().await?;
    assert_unharmed(&db).await?;
    db.close().await
}

#[on_every_database]
async fn an_insert_from_a_query_cannot_exceed_the_type(db: Database) -> Result<()> {
    items(&db).await?;
    let rows = Item::select().columns((
        Item::ID + 65_535,
        Item::CODE + 1,
        Item::STOCK,
        Item::LEVEL,
        Item::DEPTH,
        Item::FLOOR,
        Item::SOLD,
        Item::ACTIVE,
        Item::TOOK,
        Item::RATIO,
        Item::NAME,
    ));
    let columns = (
        Item::ID,
        Item::CODE,
        Item::STOCK,
        Item::LEVEL,
        Item::DEPTH,
        Item::FLOOR,
        Item::SOLD,
        Item::ACTIVE,
        Item::TOOK,
        Item::RATIO,
        Item::NAME,
    );
    assert_range(Item.insert_select(columns, rows).execute(&db).await, "id", "0 to 65535");
    assert_unharmed(&db).await?;
    db.close().await
}

#[on_every_database]
async fn an_upsert_cannot_exceed_the_type(db: Database) -> Result<()> {
    items(&db).await?;
    let upsert = || Item::insert(item(1)).on_conflict(Item::ID).do_update().set(Item::STOCK, Item::STOCK - 1);
    assert_range(upsert().execute(&db).await, "stock", U32);
    assert_range(upsert().one(&db).await, "stock", U32);
    let many =
        Item::insert_all([item(1)]).on_conflict(Item::ID).do_update().set(Item::DEPTH, Item::DEPTH - 30_000 - 30_000);
    assert_range(many.execute(&db).await, "depth", "-32768 to 32767");
    assert_unharmed(&db).await?;
    db.close().await
}

#[on_every_database]
async fn a_generated_column_cannot_exceed_its_type(db: Database) -> Result<()> {
    items(&db).await?;
    let sold = Item::update().set(Item::SOLD, 5_000_000_000_u64).all_rows();
    assert_range(sold.execute(&db).await, "total", U32);
    assert_range(Item::insert(NewItem { sold: 5_000_000_000, ..item(2) }).one(&db).await, "total", U32);
    assert_unharmed(&db).await?;
    db.close().await
}

#[on_every_database]
async fn raw_sql_cannot_write_a_value_out_of_range(db: Database) -> Result<()> {
    items(&db).await?;
    for (set, constraint) in [
        ("id = -1", "ck_items_id_range"),
        ("stock = stock - 1", "ck_items_stock_range"),
        ("stock = 4294967296", "ck_items_stock_range"),
        ("spare = 256", "ck_items_spare_range"),
        ("level = -129", "ck_items_level_range"),
        ("depth = 32768", "ck_items_depth_range"),
        ("floor = -2147483649", "ck_items_floor_range"),
        ("sold = -1", "ck_items_sold_range"),
        ("counted = -1", "ck_items_counted_range"),
        ("took = -1", "ck_items_took_range"),
    ] {
        let error = query(format!("update items set {set}")).execute(&db).await.unwrap_err();
        let ErrorKind::Check { constraint: found, .. } = error.kind() else { panic!("{set}: {error:?}") };
        assert_eq!(found, constraint, "{set}: {error}");
        assert!(error.to_string().contains(constraint), "{error}");
    }
    assert_unharmed(&db).await?;
    for set in
        ["stock = 4294967295", "stock = 0, spare = 255", "level = 127", "spare = null, maybe = true, active = false"]
    {
        query(format!("update items set {set}")).execute(&db).await?;
        Item::select().one(&db).await?;
    }
    db.close().await
}

#[on_every_database]
async fn the_limits_themselves_are_stored(db: Database) -> Result<()> {
    items(&db).await?;
    let least = NewItem { level: Level(i8::MIN), depth: i16::MIN, floor: i32::MIN, code: i64::MIN, ..item(0) };
    let most = NewItem {
        code: i64::MAX,
        stock: u32::MAX,
        spare: Some(u8::MAX),
        level: Level(i8::MAX),
        depth: i16::MAX,
        floor: i32::MAX,
        counted: usize::try_from(i64::MAX).ok(),
        maybe: Some(false),
        took: Duration::from_nanos(i64::MAX as u64),
        ratio: f32::MAX,
        ..item(u16::MAX)
    };
    let stored = Item::insert_all([least, most]).all(&db).await?;
    assert_eq!(Item::select().filter(Item::ID.ne(1)).order_by(Item::ID).all(&db).await?, stored);
    assert_eq!((stored[0].level, stored[1].stock, stored[1].total), (Level(i8::MIN), u32::MAX, u32::MAX));
    db.close().await
}

#[on_every_database]
async fn a_check_of_an_older_table_is_not_reported_as_that_of_the_struct(db: Database) -> Result<()> {
    #[derive(Table, Debug)]
    #[table(name = "old", check = "n <> 7")]
    struct Old {
        #[column(primary_key)]
        id: i64,
        n: u8,
        #[column(check = "m > 0")]
        m: i64,
    }
    db.execute_script(
        "create table old (id integer not null primary key, n integer not null, m integer not null,
         constraint ck_old_n_range check (n between 0 and 9), constraint ck_old_m check (m > 100),
         constraint ck_old_1 check (n <> 3))",
    )
    .await?;
    let told = [
        (50, 200, "old.n: the check `ck_old_n_range` does not hold for the row (the struct allows 0 to 255)"),
        (5, 50, "old.m: the check `ck_old_m` does not hold for the row (the struct has `m > 0`)"),
        (3, 200, "old: the check `ck_old_1` does not hold for the row (the struct has `n <> 7`)"),
    ];
    for (n, m, words) in told {
        let error = Old::insert(Old { id: 1, n, m }).execute(&db).await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Check { .. }), "{error:?}");
        assert!(error.to_string().starts_with(words), "{error}");
    }
    db.close().await
}

#[derive(SqlType, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[sql_type(rename_all = "SCREAMING-KEBAB-CASE")]
enum Stage {
    InReview,
    ReadyToShip,
    #[sql_type(name = "sent")]
    Shipped,
}

#[derive(Table, Clone, Debug, PartialEq)]
struct Parcel {
    #[column(primary_key, auto)]
    id: i64,
    #[column(default = "IN-REVIEW")]
    stage: Stage,
}

#[on_every_database]
async fn the_texts_of_an_enum_have_the_declared_case(db: Database) -> Result<()> {
    db.create(Parcel).await?;
    for stage in [Some(Stage::Shipped), Some(Stage::ReadyToShip), None] {
        Parcel::insert(NewParcel { stage }).execute(&db).await?;
    }
    let stored: Vec<String> = sql!("select stage from {Parcel} order by id").all(&db).await?;
    assert_eq!(stored, ["sent", "READY-TO-SHIP", "IN-REVIEW"]);
    let sorted: Vec<Stage> = Parcel::select().order_by(Parcel::STAGE).columns(Parcel::STAGE).all(&db).await?;
    assert_eq!(sorted, [Stage::InReview, Stage::ReadyToShip, Stage::Shipped]);
    let refused = sql!("insert into {Parcel} (stage) values ('in_review')").execute(&db).await.unwrap_err();
    assert!(matches!(refused.kind(), ErrorKind::Check { .. }), "{refused:?}");
    db.close().await
}

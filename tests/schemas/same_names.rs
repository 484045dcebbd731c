//! Tables with the same name in different schemas are different tables.

use aio_sql::{Database, ErrorKind, Result, Table, alias, exists};
use servers::on_every_database;

use crate::{Schemas, with_schemas};

mod first {
    use aio_sql::Table;

    #[derive(Table, Clone, Debug, PartialEq)]
    #[table(schema = "s_same_a", name = "item")]
    pub(super) struct Item {
        #[column(primary_key)]
        pub(super) id: i64,
        #[column(unique)]
        pub(super) name: String,
    }
}

mod second {
    use aio_sql::Table;

    #[derive(Table, Clone, Debug, PartialEq)]
    #[table(schema = "s_same_b", name = "item")]
    pub(super) struct Item {
        #[column(primary_key)]
        pub(super) id: i64,
        #[column(unique)]
        pub(super) name: String,
    }
}

/// The table with the same name in the default schema.
#[derive(Table, Clone, Debug, PartialEq)]
struct Item {
    #[column(primary_key)]
    id: i64,
    #[column(unique)]
    name: String,
}

async fn items(db: Database) -> Result<Schemas> {
    let db = with_schemas(db, &["s_same_a", "s_same_b"]).await?;
    db.create_all((first::Item, second::Item, Item)).await?;
    first::Item::insert(first::Item { id: 1, name: "first".into() }).execute(&db).await?;
    second::Item::insert(second::Item { id: 1, name: "second".into() }).execute(&db).await?;
    Item::insert(Item { id: 1, name: "default".into() }).execute(&db).await?;
    Ok(db)
}

#[on_every_database]
async fn each_has_rows_of_its_own_and_all_can_be_joined(db: Database) -> Result<()> {
    let db = items(db).await?;
    let joined = first::Item::select().join_on(second::Item, second::Item::ID.eq(first::Item::ID));
    let both: (first::Item, second::Item) = joined.one(&db).await?;
    assert_eq!((&*both.0.name, &*both.1.name), ("first", "second"));
    let names = first::Item::select()
        .left_join_on(second::Item, second::Item::NAME.eq(first::Item::NAME))
        .columns((first::Item::NAME, second::Item::NAME));
    assert_eq!(names.one(&db).await?, ("first".to_owned(), None));
    let same = second::Item::select().outer::<first::Item>().filter(second::Item::ID.eq(first::Item::ID));
    assert_eq!(first::Item::select().filter(exists(same)).count(&db).await?, 1);
    let changed = first::Item::update().from(second::Item).set(first::Item::NAME, second::Item::NAME);
    changed.filter(first::Item::ID.eq(second::Item::ID)).execute(&db).await?;
    assert_eq!(first::Item::find(1).one(&db).await?.name, "second");
    assert_eq!(Item::find(1).one(&db).await?.name, "default");
    Ok(())
}

#[on_every_database]
async fn one_without_a_schema_needs_an_alias_beside_another(db: Database) -> Result<()> {
    let db = items(db).await?;
    let ambiguous = first::Item::select().join_on(Item, Item::ID.eq(first::Item::ID));
    let error = ambiguous.all(&db).await.expect_err("the name could be that of both");
    assert_eq!(*error.kind(), ErrorKind::Usage);
    assert!(error.to_string().contains("alias!(Other = Item)"), "{error}");
    let inner = first::Item::select().outer::<Item>().filter(first::Item::ID.eq(Item::ID));
    let error = Item::select().filter(exists(inner)).all(&db).await.expect_err("the inner table hides the outer one");
    assert!(error.to_string().contains("`item` and `s_same_a.item`"), "{error}");
    alias!(Plain = Item);
    let joined = first::Item::select().join_on(Plain, Item::ID.of::<Plain>().eq(first::Item::ID));
    let both: (first::Item, Item) = joined.one(&db).await?;
    assert_eq!((&*both.0.name, &*both.1.name), ("first", "default"));
    Ok(())
}

#[on_every_database]
async fn each_is_created_listed_compared_and_dropped_by_itself(db: Database) -> Result<()> {
    let db = items(db).await?;
    db.create_if_missing((first::Item, second::Item, Item)).await?;
    assert_eq!(db.table_names_in("s_same_a").await?, ["item"]);
    db.drop(first::Item).await?;
    assert!(!db.has_table_in("s_same_a", "item").await? && db.has_table_in("s_same_b", "item").await?);
    assert!(db.has_table("item").await?);
    assert_eq!((db.table_names_in("s_same_a").await?.len(), db.table_names().await?), (0, vec!["item".to_owned()]));
    db.drop_all((second::Item, Item)).await?;
    db.create_all((second::Item, first::Item)).await?;
    assert!(!db.has_table("item").await?);
    Ok(())
}

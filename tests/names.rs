//! Types, fields and modules with the names that the macros use, and several tables with one name.

#![cfg(all(feature = "json", feature = "rust_decimal"))]
#![allow(clippy::unwrap_used)]
#![allow(unused_qualifications, reason = "one table is named by several paths")]

use aio_sql::{Database, Result, Table, alias, exists, sql};
use servers::on_every_database;

/// Declares tables, records and enums with each of these names, each in a separate module, and
/// uses them.
macro_rules! named {
    ($($name:ident)+) => { $(
        #[allow(non_snake_case, dead_code)]
        mod $name {
            #[derive(aio_sql::SqlType, Clone, Copy, Debug, PartialEq)]
            pub(super) enum $name {
                $name,
                Other,
            }

            mod of_table {
                use super::$name as Choice;

                #[derive(aio_sql::Table, Clone, Debug, PartialEq)]
                #[table(new(name = "Draft", derive(Clone)), patch(name = "Changes"))]
                struct $name {
                    #[column(primary_key)]
                    id: i64,
                    #[column(references = $name::ID)]
                    parent: ::core::option::Option<i64>,
                    choice: Choice,
                    #[column(default = 1)]
                    n: i64,
                    #[column(scale = 2)]
                    price: rust_decimal::Decimal,
                    #[column(json)]
                    tags: ::std::vec::Vec<::std::string::String>,
                    #[column(created_at)]
                    created: ::std::time::SystemTime,
                }

                #[derive(aio_sql::Table, Debug)]
                #[table(name = "child")]
                struct Child {
                    #[column(references = $name::ID)]
                    parent: i64,
                }

                #[servers::on_every_database]
                async fn reads_and_writes(db: aio_sql::Database) -> aio_sql::Result<()> {
                    db.create_all(($name, Child)).await?;
                    let (choice, price) = (Choice::$name, rust_decimal::Decimal::ONE);
                    let draft = |id| Draft { id, parent: ::core::option::Option::None, choice, n: ::core::option::Option::None, price, tags: vec![] };
                    $name::insert_all([draft(1), draft(2)]).execute(&db).await?;
                    Child::insert(Child { parent: 1 }).execute(&db).await?;
                    let changes = Changes { n: ::core::option::Option::Some(5), ..Changes::default() };
                    $name::patch(2, changes).execute(&db).await?;
                    let mut row = $name::find(2).one(&db).await?;
                    row.parent = ::core::option::Option::Some(1);
                    row.save(&db).await?;
                    assert_eq!($name::select().filter($name::PARENT.eq(1)).one(&db).await?, row);
                    assert_eq!($name::select().join(Child).count(&db).await?, 1);
                    assert_eq!(row.related(Child).count(&db).await?, 0);
                    row.remove(&db).await
                }
            }

            mod of_record {
                #[derive(aio_sql::Record, Debug, PartialEq)]
                struct $name {
                    n: i64,
                }

                #[servers::on_every_database]
                async fn names_a_query(db: aio_sql::Database) -> aio_sql::Result<()> {
                    let query = aio_sql::cte($name, aio_sql::values([(1_i64,)]));
                    assert_eq!(query.select().filter($name::N.gt(0)).all(&db).await?, [$name { n: 1 }]);
                    ::core::result::Result::Ok(())
                }
            }

            mod of_alias {
                #[derive(aio_sql::Table, Debug)]
                struct Thing {
                    #[column(primary_key)]
                    id: i64,
                }
                aio_sql::alias!($name = Thing);

                #[servers::on_every_database]
                async fn reads_a_table_twice(db: aio_sql::Database) -> aio_sql::Result<()> {
                    db.create(Thing).await?;
                    Thing::insert_all([1, 2].map(|id| Thing { id })).execute(&db).await?;
                    let less = Thing::select().join_on($name, Thing::ID.of::<$name>().lt(Thing::ID));
                    assert_eq!(less.count(&db).await?, 1);
                    ::core::result::Result::Ok(())
                }
            }

            mod of_key {
                #[derive(aio_sql::SqlType, Clone, Copy, Debug, PartialEq)]
                struct $name(i64);

                #[derive(aio_sql::Table, Debug)]
                #[table(patch)]
                struct Thing {
                    #[column(primary_key)]
                    id: $name,
                    n: i64,
                }

                aio_sql::sql_function!(fn abs(number: $name) -> $name);

                #[servers::on_every_database]
                async fn finds_a_row(db: aio_sql::Database) -> aio_sql::Result<()> {
                    db.create(Thing).await?;
                    Thing::insert(Thing { id: $name(1), n: 2 }).execute(&db).await?;
                    let patch = ThingPatch { n: ::core::option::Option::Some(3) };
                    Thing::patch($name(1), patch).execute(&db).await?;
                    assert_eq!(Thing::find($name(1)).one(&db).await?.n, 3);
                    assert_eq!(Thing::select().columns(abs(Thing::ID)).one(&db).await?, $name(1));
                    ::core::result::Result::Ok(())
                }
            }
        }
    )+ };
}

mod called {
    named! { K P R S T V F N Result Option Some None Ok Err String Vec Table Column Send }
}

#[derive(Table, Clone, Debug, PartialEq)]
struct Fields {
    #[column(primary_key)]
    k: i64,
    p: i64,
    r: i64,
    s: i64,
    t: i64,
    to: i64,
    row: i64,
    key: i64,
    value: i64,
    other: i64,
    on: i64,
    patch: i64,
    table: i64,
    columns: i64,
    definition: i64,
    alias: i64,
    width: i64,
    names: i64,
    types: i64,
    r#type: i64,
    r#fn: i64,
    option: Option<i64>,
    none: Option<i64>,
    ok: bool,
    result: String,
    select: String,
    from: String,
    r#where: String,
    order: String,
    group: String,
}

#[on_every_database]
async fn fields_may_have_the_names_that_the_macros_use(db: Database) -> Result<()> {
    db.create(Fields).await?;
    let text = String::new;
    let row = Fields {
        k: 1,
        p: 2,
        r: 3,
        s: 4,
        t: 5,
        to: 6,
        row: 7,
        key: 8,
        value: 9,
        other: 10,
        on: 11,
        patch: 12,
        table: 13,
        columns: 14,
        definition: 15,
        alias: 16,
        width: 17,
        names: 18,
        types: 19,
        r#type: 20,
        r#fn: 21,
        option: Some(22),
        none: None,
        ok: true,
        result: text(),
        select: text(),
        from: text(),
        r#where: text(),
        order: text(),
        group: "g".into(),
    };
    assert_eq!(Fields::insert(row.clone()).one(&db).await?, row);
    let condition = Fields::TO.eq(6).and(Fields::TABLE.eq(13)).and(Fields::TYPE.eq(20)).and(Fields::WHERE.eq(""));
    assert_eq!(Fields::select().filter(condition).group_by(Fields::GROUP).columns(Fields::GROUP).one(&db).await?, "g");
    Ok(())
}

// Several tables with one name.

mod shop {
    #[derive(aio_sql::Table, Clone, Debug, PartialEq)]
    #[table(name = "shop_item")]
    pub(super) struct Item {
        #[column(primary_key)]
        pub(super) id: i64,
        pub(super) name: String,
    }
}

mod game {
    use super::shop;

    #[derive(aio_sql::Table, Clone, Debug, PartialEq)]
    #[table(name = "game_item")]
    pub(super) struct Item {
        #[column(primary_key)]
        pub(super) id: i64,
        #[column(references = shop::Item::ID)]
        pub(super) sold_as: Option<i64>,
    }
}

#[derive(Table, Clone, Debug, PartialEq)]
struct Swap {
    #[column(primary_key)]
    id: i64,
    #[column(references = shop::Item::ID)]
    given: i64,
    #[column(references = game::Item::ID)]
    taken: i64,
}

#[on_every_database]
async fn foreign_keys_may_reference_tables_with_the_same_name(db: Database) -> Result<()> {
    db.create_all((Swap, game::Item, shop::Item)).await?;
    shop::Item::insert(shop::Item { id: 1, name: "hat".into() }).execute(&db).await?;
    game::Item::insert(game::Item { id: 2, sold_as: Some(1) }).execute(&db).await?;
    Swap::insert(Swap { id: 3, given: 1, taken: 2 }).execute(&db).await?;
    let (swap, given, taken) = Swap::select().join(shop::Item).join_via(Swap::TAKEN).one(&db).await?;
    assert_eq!((swap.id, given.name.as_str(), taken.sold_as), (3, "hat", Some(1)));
    let (_, sold_as) = game::Item::select().join(shop::Item).one(&db).await?;
    assert_eq!(sold_as, given);
    let (_, given, taken) = Swap::select().with(shop::Item).with(game::Item).one(&db).await?;
    assert_eq!((given.id, taken.id), (1, 2));
    let none = Swap { id: 4, given: 9, taken: 2 };
    assert!(Swap::insert(none).execute(&db).await.is_err(), "the foreign key is one");
    Ok(())
}

// One table, named by several paths.

type Person = User;

#[derive(Table, Clone, Debug, PartialEq)]
struct User {
    #[column(primary_key)]
    id: i64,
    #[column(references = Self::ID)]
    boss: Option<i64>,
}
alias!(Editor = User);

#[derive(Table, Clone, Debug, PartialEq)]
struct Letter {
    #[column(primary_key)]
    id: i64,
    #[column(references = User::ID)]
    from: i64,
    #[column(references = Person::ID)]
    to: i64,
    #[column(references = self::User::ID)]
    copy: Option<i64>,
}

#[on_every_database]
async fn foreign_keys_may_name_one_table_by_several_paths(db: Database) -> Result<()> {
    db.create_all((Letter, User)).await?;
    User::insert_all([(1, None), (2, Some(1))].map(|(id, boss)| User { id, boss })).execute(&db).await?;
    Letter::insert(Letter { id: 1, from: 1, to: 2, copy: None }).execute(&db).await?;
    let (_, from, to, copy) = Letter::select()
        .join_via(Letter::FROM)
        .join_via(Letter::TO.to::<Editor>())
        .left_join_via(Letter::COPY.to::<Other>())
        .one(&db)
        .await?;
    assert_eq!((from.id, to.id, copy), (1, 2, None));
    let (_, from, to) = Letter::select().with_via(Letter::FROM).with_via(Letter::TO).one(&db).await?;
    assert_eq!((from.id, to.id), (1, 2));
    let sent = exists(Letter::select().outer::<User>().filter(Letter::FROM.eq(User::ID)));
    assert_eq!(User::select().filter(sent).columns(User::ID).all(&db).await?, [1]);
    assert_eq!(sql!("select count(*) from {Letter} where {Letter::TO} = {2}").scalar::<i64>(&db).await?, 1);
    Ok(())
}
alias!(Other = User);

mod raw {
    use aio_sql::{Database, Result, sql};
    use servers::on_every_database;

    #[derive(aio_sql::Table, Debug)]
    struct K {
        #[column(primary_key)]
        p: i64,
    }

    #[on_every_database]
    async fn sql_names_types_and_columns_of_one_letter(db: Database) -> Result<()> {
        db.create(K).await?;
        K::insert(K { p: 7 }).execute(&db).await?;
        let (p, k) = ([7], 7);
        assert_eq!(sql!("select {K::P} from {K} where {K::P} in ({p}) and p = {k}").scalar::<i64>(&db).await?, 7);
        Ok(())
    }
}

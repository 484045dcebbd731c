//! A table of another program fits a struct if it can hold the values that the struct stores.

use std::time::SystemTime;

use aio_sql::{SqlType, sql};

use super::*;

#[derive(Table, Clone, Debug)]
struct Customer {
    #[column(primary_key, auto)]
    id: i64,
    #[column(unique)]
    email: String,
}

#[derive(Table, Clone, Debug)]
#[table(name = "orders", index(ordered))]
struct Order {
    #[column(primary_key, auto)]
    id: i64,
    #[column(references = Customer::ID)]
    customer_id: i64,
    number: String,
    paid: bool,
    quantity: u32,
    price: f64,
    ordered: SystemTime,
    shipped: Option<jiff::civil::Date>,
    tags: serde_json::Value,
}

/// Returns the differences reported by `create_if_missing`: none if it succeeded.
fn differences_of(checked: Result<()>) -> Vec<String> {
    match checked {
        Ok(()) => Vec::new(),
        Err(error) => match error.kind() {
            ErrorKind::Shape { differences, .. } => differences.clone(),
            _ => panic!("{error:?}"),
        },
    }
}

/// Returns the differences between the structs and the tables that a script creates.
async fn differences(script: &str) -> Result<Vec<String>> {
    let file = Foreign::made_by(script);
    let db = file.open().await?;
    let before = file.stored("select sql from sqlite_schema order by name");
    let found = differences_of(db.create_if_missing((Customer, Order)).await);
    assert_eq!(file.stored("select sql from sqlite_schema order by name"), before, "nothing is changed");
    db.close().await?;
    Ok(found)
}

#[derive(Table, Clone, Debug)]
struct Measure {
    #[column(primary_key)]
    id: i64,
    long: f64,
    short: f64,
}

#[tokio::test]
async fn floats_are_divided_as_floats_in_every_column_that_is_taken_for_one() -> Result<()> {
    let mut taken = Vec::new();
    for ty in ["real", "double", "double precision", "float", "decimal", "numeric(10, 2)", "integer", "any", ""] {
        let table = format!("create table measure (id integer primary key, long {ty} not null, short {ty} not null)");
        // Another program may have stored an integer.
        let file = Foreign::made_by(&format!("{table}; insert into measure values (1, 5, 2)"));
        let db = file.open().await?;
        if db.create_if_missing(Measure).await.is_ok() {
            taken.push(ty);
            Measure::insert(Measure { id: 2, long: 5.0, short: 2.0 }).execute(&db).await?;
            let divided = Measure::select().columns(Measure::LONG / Measure::SHORT).all(&db).await?;
            assert_eq!(divided, [Some(2.5), Some(2.5)], "{ty}");
            let of_all = Measure::select().columns(Measure::LONG.max() / Measure::SHORT.min()).one(&db).await?;
            assert_eq!(of_all, Some(2.5), "{ty}");
        }
        db.close().await?;
    }
    assert_eq!(taken, ["real", "double", "double precision", "float"]);
    Ok(())
}

const CUSTOMER: &str =
    "create table customer (id integer not null primary key autoincrement, email varchar(254) not null unique);";

/// An `orders` table, created by another program, that fits the struct `Order`.
const ORDERS: &str = "create table orders (
        id integer not null primary key,
        customer_id bigint not null references customer (id),
        number varchar(20) not null, paid boolean not null, quantity integer unsigned not null,
        price double not null, ordered datetime not null, shipped date, tags json not null
    );
    create index orders_ordered on orders (ordered);";

/// Returns the differences between `Order` and the table of `ORDERS` with one part of its DDL
/// replaced.
async fn differences_of_orders(part: &str, other: &str) -> Result<Vec<String>> {
    assert!(ORDERS.contains(part), "`{part}` in {ORDERS}");
    differences(&format!("{CUSTOMER} {}", ORDERS.replacen(part, other, 1))).await
}

#[tokio::test]
async fn types_are_the_same_where_they_store_the_same() -> Result<()> {
    for (part, other) in [
        ("paid boolean", "paid boolean"),
        ("paid boolean", "paid bool"),
        ("paid boolean", "paid tinyint(1)"),
        ("paid boolean", "paid integer"),
        ("quantity integer unsigned", "quantity int"),
        ("quantity integer unsigned", "quantity mediumint"),
        ("price double", "price double precision"),
        ("price double", "price float"),
        ("price double", "price real"),
        ("ordered datetime", "ordered timestamp"),
        ("ordered datetime", "ordered text"),
        ("ordered datetime", "ordered varchar(30)"),
        ("number varchar(20)", "number nvarchar(20)"),
        ("number varchar(20)", "number character(20)"),
        // A column without a type holds any value.
        ("number varchar(20)", "number"),
        ("tags json", "tags text"),
    ] {
        let differences = differences_of_orders(part, other).await?;
        assert!(differences.is_empty(), "{other}: {differences:?}");
    }
    Ok(())
}

#[tokio::test]
async fn types_that_store_something_else_are_differences() -> Result<()> {
    for (part, other, column) in [
        ("paid boolean", "paid varchar(1)", "`paid`"),
        ("quantity integer unsigned", "quantity real", "`quantity`"),
        ("quantity integer unsigned", "quantity text", "`quantity`"),
        ("price double", "price text", "`price`"),
        // Such columns may hold the integer 5, or convert 5.0 to this integer, and 5 / 2 is 2.
        ("price double", "price decimal", "`price`"),
        ("price double", "price numeric(10, 2)", "`price`"),
        ("price double", "price", "`price`"),
        // Such a column would store the number 7 instead of the text 007.
        ("number varchar(20)", "number decimal", "`number`"),
        ("number varchar(20)", "number string", "`number`"),
        // Such a column would store a number as a number, which `varchar` converts to text.
        ("number varchar(20)", "number blob", "`number`"),
        ("ordered datetime", "ordered integer", "`ordered`"),
        // The database does not generate the values of a `bigint` key.
        ("id integer", "id bigint", "`id`"),
    ] {
        let differences = differences_of_orders(part, other).await?;
        assert!(differences.len() == 1 && differences[0].contains(column), "{other}: {differences:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_strict_table_has_the_types_of_the_struct() -> Result<()> {
    let file = Foreign::made_by("create table customer (id integer primary key, email any not null unique) strict");
    let db = file.open().await?;
    db.create_if_missing(Customer).await.unwrap_err();
    db.close().await
}

#[tokio::test]
async fn additional_columns_of_a_table_are_accepted() -> Result<()> {
    for more in [
        "alter table orders add column note text;",
        "alter table orders add column priority integer not null default 5;",
        "alter table orders add column label text generated always as (number || '!') virtual;",
        "create index orders_number on orders (number);",
        "create unique index orders_number on orders (number);",
        "create index orders_lower on orders (lower(number)) where paid;",
        "alter table orders add column other_id integer references customer (id);",
    ] {
        let differences = differences(&format!("{CUSTOMER} {ORDERS} {more}")).await?;
        assert!(differences.is_empty(), "{more}: {differences:?}");
        let file = Foreign::made_by(CUSTOMER);
        let db = file.open().await?;
        // The additions are also accepted in tables that the library has created.
        db.create_if_missing((Customer, Order)).await?;
        db.execute_script(more).await?;
        db.create_if_missing((Customer, Order)).await?;
        db.close().await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_column_that_a_new_row_would_need_is_a_difference() -> Result<()> {
    let differences =
        differences_of_orders("paid boolean not null,", "paid boolean not null, clerk text not null,").await?;
    let words = "the column `clerk` has no field, and a new row needs a value for it: TEXT NOT NULL";
    assert_eq!(differences, [words]);
    Ok(())
}

#[tokio::test]
async fn additional_constraints_of_a_table_are_accepted() -> Result<()> {
    for (part, other) in [
        ("quantity integer unsigned not null", "quantity integer unsigned not null check (quantity >= 0)"),
        ("number varchar(20) not null", "number varchar(20) not null unique"),
        ("tags json not null", "tags json not null check (json_valid(tags))"),
        ("number varchar(20) not null", "number varchar(20) not null references customer (email)"),
        ("paid boolean not null", "paid boolean default 0 not null"),
        ("id integer not null primary key", "id integer primary key autoincrement not null"),
    ] {
        let differences = differences_of_orders(part, other).await?;
        assert!(differences.is_empty(), "{other}: {differences:?}");
    }
    Ok(())
}

#[tokio::test]
async fn an_index_and_a_unique_column_need_no_particular_name() -> Result<()> {
    let customer = "create table customer (id integer primary key, email text not null);
        create unique index index_customer_on_email on customer (email);";
    let orders = "create table orders (id integer primary key, customer_id integer not null references customer,
        number text not null, paid boolean not null, quantity integer not null, price real not null,
        ordered text not null, shipped text, tags text not null);";
    let index = "create index index_orders_on_ordered on orders (ordered);";
    assert_eq!(differences(&format!("{customer} {orders} {index}")).await?, Vec::<String>::new());
    let missing = differences(&format!("{customer} {orders}")).await?;
    assert!(missing.len() == 1 && missing[0].contains("index"), "{missing:?}");
    let partial = customer.replace("(email)", "(email) where id > 5");
    let missing = differences(&format!("{partial} {orders} {index}")).await?;
    assert!(missing.len() == 1 && missing[0].contains("UNIQUE (email)"), "{missing:?}");
    Ok(())
}

#[derive(Table, Clone, Debug)]
#[table(unique(code, shop))]
struct Voucher {
    #[column(primary_key)]
    id: i64,
    code: String,
    shop: i64,
}

#[derive(Table, Clone, Debug)]
#[table(name = "voucher", index(code, shop, unique))]
struct IndexedVoucher {
    #[column(primary_key)]
    id: i64,
    code: String,
    shop: i64,
}

/// Creates a STRICT table with this UNIQUE constraint and this unique index, both of which are SQL
/// and may be empty. Returns its differences from a struct that declares a unique index if
/// `is_index`, or else a UNIQUE constraint.
async fn differences_of_vouchers(constraint: &str, index: &str, is_index: bool) -> Result<Vec<String>> {
    let table_sql = format!(
        "create table voucher (id integer primary key, code text not null, shop integer not null{constraint}) strict"
    );
    let file = Foreign::made_by(&format!("{table_sql}; {index}"));
    let db = file.open().await?;
    let found = differences_of(match is_index {
        true => db.create_if_missing(IndexedVoucher).await,
        false => db.create_if_missing(Voucher).await,
    });
    db.close().await?;
    Ok(found)
}

#[tokio::test]
async fn a_unique_constraint_and_a_unique_index_are_the_same_where_types_are_enforced() -> Result<()> {
    let (none, unique) = (Vec::<String>::new(), ", unique (code, shop)");
    let index = "create unique index by_code on voucher (code, shop)";
    assert_eq!(differences_of_vouchers(unique, "", true).await?, none);
    assert_eq!(differences_of_vouchers("", index, true).await?, none);
    assert_eq!(differences_of_vouchers(unique, "", false).await?, none);
    assert_eq!(differences_of_vouchers("", index, false).await?, none);
    // A table may have both the constraint and the index, where the struct has one of them. A
    // constraint that the struct does not have in either form is a difference.
    assert_eq!(differences_of_vouchers(unique, index, true).await?, none);
    assert_eq!(differences_of_vouchers(unique, index, false).await?, none);
    let more = differences_of_vouchers(", unique (code, shop), unique (shop)", "", true).await?;
    assert!(more.len() == 1 && more[0].contains("UNIQUE (shop) is unexpected"), "{more:?}");
    let other = differences_of_vouchers(", unique (shop, code)", "", true).await?;
    assert!(other.iter().any(|other| other.contains("UNIQUE (shop, code)")), "{other:?}");
    Ok(())
}

#[derive(SqlType, Clone, Copy, Debug, PartialEq)]
enum State {
    Open,
    Closed,
}

#[derive(Table, Clone, Debug)]
struct Ticket {
    #[column(primary_key)]
    code: String,
    state: State,
}

#[tokio::test]
async fn the_check_of_an_enum_may_be_missing_where_types_are_not_enforced() -> Result<()> {
    let file = Foreign::made_by("create table ticket (code varchar(8) primary key, state varchar(10) not null)");
    let db = file.open().await?;
    db.create_if_missing(Ticket).await?;
    Ticket::insert(Ticket { code: "a".into(), state: State::Closed }).execute(&db).await?;
    assert_eq!(Ticket::find("a").one(&db).await?.state, State::Closed);
    sql!("create table kept (code text primary key not null, state text not null) strict").execute(&db).await?;
    sql!("drop table ticket").execute(&db).await?;
    sql!("alter table kept rename to ticket").execute(&db).await?;
    db.create_if_missing(Ticket).await.unwrap_err();
    db.close().await
}

#[derive(Table, Clone, Debug)]
struct Document {
    #[column(primary_key)]
    id: i64,
    #[column(json)]
    content: serde_json::Value,
}

#[tokio::test]
async fn a_document_that_is_a_number_comes_back_from_a_column_that_makes_it_one() -> Result<()> {
    let file = Foreign::made_by("create table document (id integer primary key, content json not null)");
    let db = file.open().await?;
    db.create_if_missing(Document).await?;
    for (id, content) in
        (1..).zip([serde_json::json!(5), 0.25.into(), true.into(), "5".into(), serde_json::json!({ "a": [1] })])
    {
        Document::insert(Document { id, content: content.clone() }).execute(&db).await?;
        assert_eq!(Document::find(id).one(&db).await?.content, content);
    }
    db.close().await
}

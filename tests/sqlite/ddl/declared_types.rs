//! What CREATE TABLE declares on SQLite, which takes any word for a type, and the order of an
//! index.

use aio_sql::{Database, ErrorKind, Result, Schema, Table, sql};

/// A table as another program declares it: none of these types is one that the library writes.
#[derive(Table, Clone, Debug, PartialEq)]
#[table(
    strict = false,
    index(expr = "name collate nocase desc", expr = "length(name) ASC", expr = "paid"),
    check(expr = "paid in (0, 1)", name = "paid_or_not")
)]
struct Bill {
    #[column(primary_key, declared_type = "VARCHAR(20)")]
    name: String,
    #[column(declared_type = "BOOLEAN", default = true)]
    paid: bool,
    #[column(declared_type = "DECIMAL(10,2)", decimal = "real")]
    total: rust_decimal::Decimal,
    #[column(declared_type = "")]
    note: Option<String>,
    #[column(declared_type = "smallint")]
    pieces: i16,
}

const SOURCE: &str = "create table bill (name varchar(20) not null primary key, paid boolean not null default 1, \
     total decimal(10,2) not null, note, pieces smallint not null, check (paid in (0, 1)))";
const INDEX: &str = "create index ix_bill_namecollatenocasedesc_lengthnameASC_paid on bill (name collate nocase desc, length(name), paid)";

#[tokio::test]
async fn a_declared_type_is_written_as_it_is_and_without_the_range_of_the_field() -> Result<()> {
    let db = Database::memory().await?;
    db.execute_script(&format!("{SOURCE}; {INDEX}")).await?;
    let (wanted, found) = (Schema::of(Bill)?, db.inspect().await?);
    let differences = wanted.differences(&found)?;
    assert!(differences.is_empty(), "{differences:#?}");
    let types = |schema: &Schema| {
        let table = schema.table("bill").unwrap();
        table.columns().iter().map(|column| column.declared_type().to_ascii_lowercase()).collect::<Vec<_>>()
    };
    assert_eq!(types(&wanted), types(&found));
    assert_eq!(types(&wanted), ["varchar(20)", "boolean", "decimal(10,2)", "", "smallint"]);
    db.create_if_missing(Bill).await?;
    db.close().await
}

#[tokio::test]
async fn a_table_with_declared_types_keeps_the_values_of_its_fields() -> Result<()> {
    let db = Database::memory().await?;
    db.create(Bill).await?;
    let new = NewBill { name: "a".into(), paid: None, total: "12.5".parse().unwrap(), note: None, pieces: 3 };
    let bill = Bill::insert(new).one(&db).await?;
    assert_eq!(Bill::find("a").one(&db).await?, bill);
    assert!(bill.paid);

    // The declared type brings no check of the range, and the reader reports what does not fit.
    sql!("update {Bill} set pieces = 40000").execute(&db).await?;
    let error = Bill::find("a").one(&db).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Decode { .. }), "{error}");
    let error = sql!("update {Bill} set paid = 2").execute(&db).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Check { constraint, .. } if constraint == "paid_or_not"), "{error}");
    db.close().await
}

#[tokio::test]
async fn an_index_has_the_order_and_the_collation_of_its_expressions() -> Result<()> {
    let db = Database::memory().await?;
    db.create(Bill).await?;
    let schema = db.inspect().await?;
    let parts = schema.table("bill").unwrap().indexes()[0].parts();
    let shown: Vec<_> = parts.iter().map(|part| (part.column(), part.collation(), part.is_descending())).collect();
    assert_eq!(shown, [(Some("name"), Some("nocase"), true), (None, None, false), (Some("paid"), None, false)]);
    db.close().await
}

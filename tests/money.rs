//! Exact money: decimals of a fixed scale, stored as integers.

#![cfg(feature = "rust_decimal")]
#![allow(clippy::unwrap_used, clippy::panic)]

use aio_sql::{Database, Result, Table};
use rust_decimal::Decimal;
use servers::on_every_database;

#[path = "money/arithmetic.rs"]
mod arithmetic;
#[path = "money/defaults.rs"]
mod defaults;
#[path = "money/errors.rs"]
mod errors;
#[path = "money/overflow.rs"]
mod overflow;
#[path = "money/properties.rs"]
mod properties;
#[path = "money/reading.rs"]
mod reading;
#[path = "money/text.rs"]
mod text;

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "products")]
struct Product {
    #[column(primary_key)]
    id: i64,
    name: String,
    #[column(scale = 2)]
    price: Decimal,
    #[column(scale = 2)]
    discount: Option<Decimal>,
    #[column(scale = 4)]
    rate: Decimal,
    stock: i64,
}

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "sales")]
struct Sale {
    #[column(primary_key)]
    id: i64,
    #[column(references = Product::ID)]
    product_id: i64,
    #[column(scale = 2)]
    paid: Decimal,
}

fn dec(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn product(id: i64, price: &str, discount: Option<&str>) -> Product {
    Product {
        id,
        name: format!("p{id}"),
        price: dec(price),
        discount: discount.map(dec),
        rate: dec("0.0825"),
        stock: 10 * id,
    }
}

/// Opens a database with three products, and two sales of the second one.
async fn shop(db: &Database) -> Result<()> {
    db.create_all((Product, Sale)).await?;
    let products = [product(1, "5.99", None), product(2, "12.50", Some("0.50")), product(3, "0.05", None)];
    Product::insert_all(products).execute(db).await?;
    let sales = ["12.00", "12.50"].map(dec);
    Sale::insert_all((1..).zip(sales).map(|(id, paid)| Sale { id, product_id: 2, paid })).execute(db).await?;
    Ok(())
}

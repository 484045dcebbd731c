// The tables of the guide's examples, and the rows in them.

use std::time::{Duration, SystemTime};

use aio_sql::{Database, Result, Table};

#[derive(Table, Clone, Debug, PartialEq)]
#[table(patch)]
struct Customer {
    #[column(primary_key, auto)]
    id: i64,
    name: String,
    #[column(unique)]
    email: String,
    city: Option<String>,
}

#[derive(Table, Clone, Debug, PartialEq)]
struct Product {
    #[column(primary_key, auto)]
    id: i64,
    #[column(unique)]
    name: String,
    price: i64, // in cents
    #[column(default = 0)]
    stock: i64,
}

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "orders", index(customer_id))]
struct Order {
    #[column(primary_key, auto)]
    id: i64,
    #[column(references = Customer::ID)]
    customer_id: i64,
    placed: SystemTime,
}

#[derive(Table, Clone, Debug, PartialEq)]
#[table(primary_key(order_id, product_id))]
struct Line {
    #[column(references = Order::ID)]
    order_id: i64,
    #[column(references = Product::ID)]
    product_id: i64,
    pieces: i64,
}

#[derive(Table, Clone, Debug, PartialEq)]
struct Employee {
    #[column(primary_key, auto)]
    id: i64,
    name: String,
    salary: i64,
    #[column(references = Employee::ID)]
    manager_id: Option<i64>,
}

#[derive(Table, Clone, Debug, PartialEq)]
struct Store {
    #[column(primary_key, auto)]
    id: i64,
    city: String,
}

#[derive(Table, Clone, Debug, PartialEq)]
struct Transfer {
    #[column(primary_key, auto)]
    id: i64,
    #[column(references = Store::ID)]
    from_id: i64,
    #[column(references = Store::ID)]
    to_id: i64,
    pieces: i64,
}

/// A point in time so many days behind the first of January 2026.
fn day(days: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_225_600 + days * 86_400)
}

async fn shop() -> Result<Database> {
    let db = Database::memory().await?;
    open_shop(&db).await?;
    Ok(db)
}

/// Creates the tables, and fills them.
async fn open_shop(db: &Database) -> Result<()> {
    db.create_all((Customer, Product, Order, Line, Employee, Store, Transfer)).await?;
    let customers = [("Ann", Some("Oslo")), ("Bob", None), ("Cleo", Some("Oslo"))];
    Customer::insert_all(customers.map(|(name, city)| NewCustomer {
        name: name.into(),
        email: format!("{}@example.org", name.to_lowercase()),
        city: city.map(Into::into),
    }))
    .execute(db)
    .await?;
    let products = [("tea", 450, 90), ("cup", 1200, 30), ("pot", 3500, 4), ("tray", 2800, 0)];
    Product::insert_all(products.map(|(name, price, stock)| NewProduct { name: name.into(), price, stock: Some(stock) }))
        .execute(db)
        .await?;
    let orders = [(1, 4), (1, 40), (2, 41)];
    Order::insert_all(orders.map(|(customer_id, days)| NewOrder { customer_id, placed: day(days) })).execute(db).await?;
    let lines = [(1, 1, 4), (1, 2, 2), (2, 3, 1), (3, 1, 10)];
    Line::insert_all(lines.map(|(order_id, product_id, pieces)| Line { order_id, product_id, pieces }))
        .execute(db)
        .await?;
    let employees = [("Ida", 9000, None), ("Jon", 7000, Some(1)), ("Kim", 6500, Some(1)), ("Lea", 5000, Some(2))];
    Employee::insert_all(employees.map(|(name, salary, manager_id)| NewEmployee { name: name.into(), salary, manager_id }))
        .execute(db)
        .await?;
    Store::insert_all(["Oslo", "Bergen"].map(|city| NewStore { city: city.into() })).execute(db).await?;
    Transfer::insert(NewTransfer { from_id: 1, to_id: 2, pieces: 20 }).execute(db).await?;
    Ok(())
}

//! The tables of TPC-H with their keys: exact decimals, dates, and composite keys.

use aio_sql::{Expr, Scaled, Table};
use jiff::civil::Date;
use rust_decimal::Decimal;

#[derive(Table, Debug)]
pub(crate) struct Region {
    #[column(primary_key)]
    pub(crate) region_key: i64,
    pub(crate) name: String,
    pub(crate) comment: String,
}

#[derive(Table, Debug)]
pub(crate) struct Nation {
    #[column(primary_key)]
    pub(crate) nation_key: i64,
    pub(crate) name: String,
    #[column(references = Region::REGION_KEY)]
    pub(crate) region_key: i64,
    pub(crate) comment: String,
}

#[derive(Table, Debug)]
pub(crate) struct Supplier {
    #[column(primary_key)]
    pub(crate) supplier_key: i64,
    pub(crate) name: String,
    pub(crate) address: String,
    #[column(references = Nation::NATION_KEY)]
    pub(crate) nation_key: i64,
    pub(crate) phone: String,
    #[column(scale = 2)]
    pub(crate) balance: Decimal,
    pub(crate) comment: String,
}

#[derive(Table, Debug)]
pub(crate) struct Customer {
    #[column(primary_key)]
    pub(crate) customer_key: i64,
    pub(crate) name: String,
    pub(crate) address: String,
    #[column(references = Nation::NATION_KEY)]
    pub(crate) nation_key: i64,
    pub(crate) phone: String,
    #[column(scale = 2)]
    pub(crate) balance: Decimal,
    pub(crate) segment: String,
    pub(crate) comment: String,
}

#[derive(Table, Debug)]
pub(crate) struct Part {
    #[column(primary_key)]
    pub(crate) part_key: i64,
    pub(crate) name: String,
    pub(crate) manufacturer: String,
    pub(crate) brand: String,
    pub(crate) kind: String,
    pub(crate) size: i32,
    pub(crate) container: String,
    #[column(scale = 2)]
    pub(crate) retail_price: Decimal,
    pub(crate) comment: String,
}

#[derive(Table, Debug)]
#[table(primary_key(part_key, supplier_key))]
pub(crate) struct PartSupplier {
    #[column(references = Part::PART_KEY)]
    pub(crate) part_key: i64,
    #[column(references = Supplier::SUPPLIER_KEY, index)]
    pub(crate) supplier_key: i64,
    pub(crate) available: i32,
    #[column(scale = 2)]
    pub(crate) cost: Decimal,
    pub(crate) comment: String,
}

#[derive(Table, Debug)]
#[table(name = "orders")]
pub(crate) struct Order {
    #[column(primary_key)]
    pub(crate) order_key: i64,
    #[column(references = Customer::CUSTOMER_KEY, index)]
    pub(crate) customer_key: i64,
    pub(crate) status: String,
    #[column(scale = 2)]
    pub(crate) total_price: Decimal,
    pub(crate) order_date: Date,
    pub(crate) priority: String,
    pub(crate) clerk: String,
    pub(crate) ship_priority: i32,
    pub(crate) comment: String,
}

#[derive(Table, Debug)]
#[table(
    primary_key(order_key, line_number),
    foreign_key(columns(part_key, supplier_key), references(PartSupplier::PART_KEY, PartSupplier::SUPPLIER_KEY)),
    index(part_key, supplier_key)
)]
pub(crate) struct LineItem {
    #[column(references = Order::ORDER_KEY)]
    pub(crate) order_key: i64,
    #[column(references = Part::PART_KEY)]
    pub(crate) part_key: i64,
    #[column(references = Supplier::SUPPLIER_KEY, index)]
    pub(crate) supplier_key: i64,
    pub(crate) line_number: i32,
    #[column(scale = 2)]
    pub(crate) quantity: Decimal,
    #[column(scale = 2)]
    pub(crate) extended_price: Decimal,
    #[column(scale = 2)]
    pub(crate) discount: Decimal,
    #[column(scale = 2)]
    pub(crate) tax: Decimal,
    pub(crate) return_flag: String,
    pub(crate) line_status: String,
    pub(crate) ship_date: Date,
    pub(crate) commit_date: Date,
    pub(crate) receipt_date: Date,
    pub(crate) ship_instruct: String,
    pub(crate) ship_mode: String,
    pub(crate) comment: String,
}

impl LineItem {
    /// The price after the discount, with four decimal places.
    pub(crate) fn revenue() -> Expr<(LineItem,), Scaled<4>> {
        (LineItem::EXTENDED_PRICE * (Decimal::ONE - LineItem::DISCOUNT)).into()
    }
}

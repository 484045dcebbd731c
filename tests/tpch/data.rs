//! The data of TPC-H at a scale factor of 0.01.

use aio_sql::{Database, Result};
use jiff::ToSpan;
use jiff::civil::{Date, date};
use rust_decimal::Decimal;
use tpchgen::dates::TPCHDate;
use tpchgen::decimal::TPCHDecimal;
use tpchgen::distribution::Distributions;
use tpchgen::generators::{
    CustomerGenerator, LineItemGenerator, NationGenerator, OrderGenerator, PartGenerator, PartSuppGenerator,
    RegionGenerator, SupplierGenerator,
};
use tpchgen::text::TextPool;

use super::schema::{Customer, LineItem, Nation, Order, Part, PartSupplier, Region, Supplier};

const SCALE_FACTOR: f64 = 0.01;

/// Creates the tables and fills them.
pub(crate) async fn create(db: &Database) -> Result<()> {
    db.create_all((Region, Nation, Supplier, Customer, Part, PartSupplier, Order, LineItem)).await?;
    let lists = Distributions::static_default();
    // A smaller pool of comments than the default one, which has 300 MB.
    let texts = &TextPool::new(4 << 20, lists);
    db.transaction(|tx| async move {
        let regions = RegionGenerator::new_with_distributions_and_text_pool(lists, texts);
        let regions = regions.iter().map(|row| Region {
            region_key: row.r_regionkey,
            name: row.r_name.into(),
            comment: row.r_comment.into(),
        });
        Region::insert_all(regions).execute(&tx).await?;
        let nations = NationGenerator::new_with_distributions_and_text_pool(lists, texts);
        let nations = nations.iter().map(|row| Nation {
            nation_key: row.n_nationkey,
            name: row.n_name.into(),
            region_key: row.n_regionkey,
            comment: row.n_comment.into(),
        });
        Nation::insert_all(nations).execute(&tx).await?;
        let suppliers = SupplierGenerator::new_with_distributions_and_text_pool(SCALE_FACTOR, 1, 1, lists, texts);
        let suppliers = suppliers.iter().map(|row| Supplier {
            supplier_key: row.s_suppkey,
            name: row.s_name.to_string(),
            address: row.s_address.to_string(),
            nation_key: row.s_nationkey,
            phone: row.s_phone.to_string(),
            balance: decimal(row.s_acctbal),
            comment: row.s_comment,
        });
        Supplier::insert_all(suppliers).execute(&tx).await?;
        let customers = CustomerGenerator::new_with_distributions_and_text_pool(SCALE_FACTOR, 1, 1, lists, texts);
        let customers = customers.iter().map(|row| Customer {
            customer_key: row.c_custkey,
            name: row.c_name.to_string(),
            address: row.c_address.to_string(),
            nation_key: row.c_nationkey,
            phone: row.c_phone.to_string(),
            balance: decimal(row.c_acctbal),
            segment: row.c_mktsegment.into(),
            comment: row.c_comment.into(),
        });
        Customer::insert_all(customers).execute(&tx).await?;
        let parts = PartGenerator::new_with_distributions_and_text_pool(SCALE_FACTOR, 1, 1, lists, texts);
        let parts = parts.iter().map(|row| Part {
            part_key: row.p_partkey,
            name: row.p_name.to_string(),
            manufacturer: row.p_mfgr.to_string(),
            brand: row.p_brand.to_string(),
            kind: row.p_type.into(),
            size: row.p_size,
            container: row.p_container.into(),
            retail_price: decimal(row.p_retailprice),
            comment: row.p_comment.into(),
        });
        Part::insert_all(parts).execute(&tx).await?;
        let part_suppliers = PartSuppGenerator::new_with_text_pool(SCALE_FACTOR, 1, 1, texts);
        let part_suppliers = part_suppliers.iter().map(|row| PartSupplier {
            part_key: row.ps_partkey,
            supplier_key: row.ps_suppkey,
            available: row.ps_availqty,
            cost: decimal(row.ps_supplycost),
            comment: row.ps_comment.into(),
        });
        PartSupplier::insert_all(part_suppliers).execute(&tx).await?;
        let orders = OrderGenerator::new_with_distributions_and_text_pool(SCALE_FACTOR, 1, 1, lists, texts);
        let orders = orders.iter().map(|row| Order {
            order_key: row.o_orderkey,
            customer_key: row.o_custkey,
            status: row.o_orderstatus.to_string(),
            total_price: decimal(row.o_totalprice),
            order_date: day(row.o_orderdate),
            priority: row.o_orderpriority.into(),
            clerk: row.o_clerk.to_string(),
            ship_priority: row.o_shippriority,
            comment: row.o_comment.into(),
        });
        Order::insert_all(orders).execute(&tx).await?;
        let line_items = LineItemGenerator::new_with_distributions_and_text_pool(SCALE_FACTOR, 1, 1, lists, texts);
        let line_items = line_items.iter().map(|row| LineItem {
            order_key: row.l_orderkey,
            part_key: row.l_partkey,
            supplier_key: row.l_suppkey,
            line_number: row.l_linenumber,
            quantity: row.l_quantity.into(),
            extended_price: decimal(row.l_extendedprice),
            discount: decimal(row.l_discount),
            tax: decimal(row.l_tax),
            return_flag: row.l_returnflag.into(),
            line_status: row.l_linestatus.into(),
            ship_date: day(row.l_shipdate),
            commit_date: day(row.l_commitdate),
            receipt_date: day(row.l_receiptdate),
            ship_instruct: row.l_shipinstruct.into(),
            ship_mode: row.l_shipmode.into(),
            comment: row.l_comment.into(),
        });
        LineItem::insert_all(line_items).execute(&tx).await?;
        Ok(())
    })
    .await
}

fn decimal(value: TPCHDecimal) -> Decimal {
    Decimal::new(value.into_inner(), 2)
}

fn day(value: TPCHDate) -> Date {
    date(1970, 1, 1) + value.to_unix_epoch().days()
}

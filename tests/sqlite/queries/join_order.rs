//! SQLite begins a join with the table whose text is matched.

use aio_sql::Condition;

use super::*;

#[derive(Table, Clone, Debug)]
struct Part {
    #[column(primary_key)]
    id: i64,
    name: String,
    #[column(collate = nocase)]
    kind: String,
}

#[derive(Table, Clone, Debug)]
struct Region {
    #[column(primary_key)]
    id: i64,
    name: String,
}

#[derive(Table, Clone, Debug)]
struct Seller {
    #[column(primary_key)]
    id: i64,
    name: String,
    #[column(references = Region::ID)]
    region_id: i64,
}

#[derive(Table, Clone, Debug)]
#[table(primary_key(part_id, seller_id))]
struct Offer {
    #[column(references = Part::ID)]
    part_id: i64,
    #[column(references = Seller::ID, index)]
    seller_id: i64,
    price: i64,
}

#[derive(Table, Clone, Debug)]
#[table(index(part_id, seller_id))]
struct Sale {
    #[column(primary_key)]
    id: i64,
    #[column(references = Part::ID)]
    part_id: i64,
    #[column(references = Seller::ID, index)]
    seller_id: i64,
}

/// Opens a database with many rows, and with SQLite's statistics about them.
async fn sold() -> Result<Database> {
    let db = Database::memory().await?;
    db.create_all((Part, Region, Seller, Offer, Sale)).await?;
    db.execute_script(
        "with recursive n(i) as (select 1 union all select i + 1 from n where i < 2000)
         insert into part select i, 'part ' || i, 'kind ' || i from n;
         insert into region select id, 'region ' || id from part where id <= 25;
         insert into seller select id, 'seller ' || id, id % 25 + 1 from part where id <= 100;
         insert into offer select id, (id + k) % 100 + 1, 1 from part, (select 0 as k union select 25 union select 50 union select 75);
         insert into sale select null, o.part_id, o.seller_id from offer o, (select 1 union select 2 union select 3);
         analyze;",
    )
    .await?;
    Ok(db)
}

#[tokio::test]
async fn a_join_begins_with_the_table_whose_text_is_matched() -> Result<()> {
    let db = sold().await?;
    let matches: [(&str, Condition<Part>); 8] = [
        ("contains", Part::NAME.contains("green")),
        ("ends_with", Part::NAME.ends_with("green")),
        ("like", Part::NAME.like("%green%")),
        ("glob", Part::NAME.glob("*green*")),
        ("ilike", Part::NAME.ilike("%green%")),
        ("contains, without case", Part::KIND.contains("green")),
        ("like, without case", Part::KIND.like("%green%")),
        ("contains a column", Part::NAME.contains(Part::KIND).into()),
    ];
    for (what, condition) in matches {
        let sales = Sale::select()
            .join_on(Offer, Offer::PART_ID.eq(Sale::PART_ID).and(Offer::SELLER_ID.eq(Sale::SELLER_ID)))
            .join_via(Sale::PART_ID)
            .join_via(Sale::SELLER_ID)
            .join(Region)
            .filter(condition)
            .columns((Region::NAME, Offer::PRICE));
        let plan = sales.explain(&db).await?;
        assert_eq!(plan.steps()[0].detail, "SCAN part", "{what}: {plan}");
    }
    Ok(())
}

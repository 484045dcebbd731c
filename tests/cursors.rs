//! The cursors of pages: the order to which they belong, and the text into which they are
//! converted.

#![allow(clippy::unwrap_used)]

use aio_sql::{Cursor, Database, Error, ErrorKind, Page, Result, Table, alias};
use servers::on_every_database;

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "items")]
struct Item {
    #[column(primary_key, auto)]
    id: i64,
    name: String,
    label: String,
    price: i64,
    rating: Option<i64>,
}

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "others")]
struct Other {
    #[column(primary_key, auto)]
    id: i64,
    name: String,
}

alias!(Again = Item);

async fn fill(db: &Database) -> Result<()> {
    db.create_all((Item, Other)).await?;
    let item = |n: i64| NewItem {
        name: format!("name {}", n % 5),
        label: format!("label {n}"),
        price: n * 100,
        rating: (n % 3 > 0).then_some(n % 3),
    };
    Item::insert_all((0..12).map(item)).execute(db).await?;
    Other::insert_all((0..12).map(|n| NewOther { name: format!("name {}", n % 5) })).execute(db).await?;
    Ok(())
}

fn next<O>(page: Page<O>) -> Cursor {
    page.next.expect("there is more")
}

fn belongs_elsewhere(error: Error, to: &str) {
    assert_eq!(error.kind(), &ErrorKind::InvalidInput, "{to}: {error}");
    assert!(error.to_string().contains("another order"), "{to}: {error}");
}

#[on_every_database]
async fn a_cursor_only_continues_its_own_order(db: Database) -> Result<()> {
    fill(&db).await?;
    let cursor = next(Item::select().order_by(Item::NAME).page(4).all(&db).await?);
    macro_rules! refused {
        ($($query:expr),+ $(,)?) => { $(
            let fresh = cursor.clone();
            belongs_elsewhere($query.page(4).after(fresh.clone()).all(&db).await.unwrap_err(), stringify!($query));
            belongs_elsewhere($query.page(4).before(fresh).all(&db).await.unwrap_err(), stringify!($query));
        )+ };
    }
    refused!(
        Item::select().order_by(Item::PRICE),
        Item::select().order_by(Item::LABEL),
        Item::select().order_by(Item::NAME.desc()),
        Item::select().order_by(Item::NAME.asc().nulls_last()),
        Item::select().order_by(Item::NAME.collate(aio_sql::Collation::NoCase)),
        Item::select().order_by((Item::NAME, Item::ID.desc())),
        Item::select().order_by(Item::NAME.lower()),
        Item::select(),
        Item::select().order_by((Item::NAME, Item::PRICE)),
        Again.select().order_by(Item::NAME.of::<Again>()),
        Other::select().order_by(Other::NAME),
        Item::select().join_on(Other, Other::ID.eq(Item::ID)).order_by(Item::NAME),
    );
    let priced = |by: i64| Item::select().order_by((Item::PRICE - by).abs());
    let cursor = next(priced(300).page(4).all(&db).await?);
    assert_eq!(priced(300).page(4).after(cursor.clone()).all(&db).await?.rows.len(), 4);
    belongs_elsewhere(priced(500).page(4).after(cursor).all(&db).await.unwrap_err(), "another value to sort by");
    db.close().await
}

#[on_every_database]
async fn a_cursor_does_not_ask_for_the_same_filter_columns_or_length(db: Database) -> Result<()> {
    fill(&db).await?;
    let cursor = next(Item::select().order_by(Item::NAME).page(4).all(&db).await?);
    let names = Item::select().filter(Item::PRICE.ge(300)).order_by(Item::NAME).columns(Item::NAME);
    assert_eq!(names.page(50).after(cursor.clone()).all(&db).await?.rows[0], "name 1");
    // A page is always sorted by the primary key in the last place, so naming it there does not
    // change the order.
    let same = Item::select().order_by((Item::NAME, Item::ID));
    assert_eq!(same.page(4).after(cursor).all(&db).await?.rows.len(), 4);
    db.close().await
}

#[on_every_database]
async fn a_cursor_is_text_that_says_the_same_and_shows_no_value(db: Database) -> Result<()> {
    fill(&db).await?;
    Item::insert(NewItem { name: "zoë \u{1F600}".into(), label: String::new(), price: i64::MIN, rating: None })
        .execute(&db)
        .await?;
    let query = || Item::select().order_by((Item::RATING.desc(), Item::NAME.desc(), Item::PRICE));
    let mut seen = vec![];
    let mut page = query().page(1).all(&db).await?;
    loop {
        seen.append(&mut page.rows);
        let Some(cursor) = page.next else { break };
        let text = cursor.to_string();
        assert!(
            text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')),
            "it stands in a URL: {text}"
        );
        assert!(text.len() < 64, "it is short: {text}");
        assert_eq!(text.parse::<Cursor>()?, cursor);
        assert!(!format!("{cursor:?}").contains("name"), "{cursor:?}");
        page = query().page(1).after(text.parse::<Cursor>()?).all(&db).await?;
    }
    assert_eq!(seen, query().order_by(Item::ID).all(&db).await?);
    db.close().await
}

#[on_every_database]
async fn a_modified_text_is_not_a_cursor(db: Database) -> Result<()> {
    fill(&db).await?;
    let text = next(Item::select().order_by((Item::NAME, Item::RATING)).page(4).all(&db).await?).to_string();
    let refused = |text: &str| match text.parse::<Cursor>() {
        Ok(cursor) => panic!("`{text}` is taken for a cursor: {cursor:?}"),
        Err(error) => assert_eq!(error.kind(), &ErrorKind::InvalidInput),
    };
    for at in 0..text.len() {
        for other in ['A', 'b', '7', '-', '_', '.', '=', ' ', 'é'] {
            if !text[at..].starts_with(other) {
                refused(&format!("{}{other}{}", &text[..at], &text[at + 1..]));
            }
        }
        refused(&text[..at]);
        refused(&text[at + 1..]);
        refused(&format!("{}{}", &text[..at], &text[at..].repeat(2)));
    }
    ["", "x", "i1", "n", "t", "\u{0}", "AAAA", "____________________"].iter().for_each(|text| refused(text));
    db.close().await
}

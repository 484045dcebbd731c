//! The stored forms of values in SQLite: the storage class of each type, the text of times and
//! decimals, tables that are not STRICT, and the plans of text matching.

use std::time::SystemTime;

use aio_sql::types::{Mismatch, Sorted, Type, Unstorable, ValueRef};
use aio_sql::{Database, ErrorKind, Result, SqlType, Table, Value, query, sql};

#[tokio::test]
async fn a_float_is_stored_as_a_real_also_if_it_is_zero() -> Result<()> {
    let db = Database::memory().await?;
    let (bound, kind): (f64, String) = query("select ?, typeof(?)").bind(-0.0).bind(-0.0).one(&db).await?;
    assert_eq!((bound.to_bits(), kind.as_str()), (0, "real"));
    db.close().await
}

// What a column accepts.

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "items")]
struct Item {
    #[column(primary_key)]
    id: u16,
    code: i64,
    active: bool,
    maybe: Option<bool>,
    ratio: f32,
    name: String,
}

async fn items() -> Result<Database> {
    let db = Database::memory().await?;
    db.create(Item).await?;
    Item::insert(Item { id: 1, code: 1, active: true, maybe: None, ratio: 0.5, name: "a".into() }).execute(&db).await?;
    Ok(db)
}

#[tokio::test]
async fn raw_sql_cannot_write_another_integer_than_0_and_1_to_a_bool() -> Result<()> {
    let db = items().await?;
    for (set, constraint) in [("active = 2", "ck_items_active_range"), ("maybe = -1", "ck_items_maybe_range")] {
        let error = query(format!("update items set {set}")).execute(&db).await.unwrap_err();
        let ErrorKind::Check { constraint: found, .. } = error.kind() else { panic!("{set}: {error:?}") };
        assert_eq!(found, constraint, "{set}: {error}");
    }
    query("update items set active = 0, maybe = 1").execute(&db).await?;
    let found = Item::select().one(&db).await?;
    assert_eq!((found.active, found.maybe), (false, Some(true)));
    db.close().await
}

#[tokio::test]
async fn raw_sql_cannot_write_a_value_of_another_type() -> Result<()> {
    let db = items().await?;
    for set in [
        "code = code + 9223372036854775807", // becomes a floating point number
        "code = 'many'",
        "code = 1.5",
        "ratio = 'half'",
        "name = x'00'",
        "active = 0.5",
    ] {
        let error = query(format!("update items set {set}")).execute(&db).await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Datatype { table, .. } if table == "items"), "{set}: {error:?}");
    }
    assert_eq!(Item::select().columns((Item::CODE, Item::RATIO)).all(&db).await?, [(1, 0.5)]);
    // A value that can be converted to the column's type without loss is stored.
    query("update items set code = '12', ratio = 2, name = 5").execute(&db).await?;
    let found = Item::select().one(&db).await?;
    assert_eq!((found.code, found.ratio, found.name.as_str()), (12, 2.0, "5"));
    db.close().await
}

#[tokio::test]
async fn a_table_that_is_not_strict_keeps_its_ranges() -> Result<()> {
    let db = Database::memory().await?;
    #[derive(Table, Debug)]
    #[table(name = "readings", strict = false)]
    struct Reading {
        #[column(primary_key)]
        id: i64,
        level: u8,
        note: String,
    }
    db.create(Reading).await?;
    query("insert into readings values (1, 5, x'00')").execute(&db).await?;
    let error = Reading::update().set(Reading::LEVEL, Reading::LEVEL - 6).all_rows().execute(&db).await.unwrap_err();
    assert!(error.to_string().contains("the struct allows 0 to 255"), "{error}");
    // A STRICT table without the CHECK is accepted as the table of the struct, too.
    db.execute_script("drop table readings; create table readings (id integer not null primary key, level integer not null, note text not null) strict")
        .await?;
    db.create_if_missing(Reading).await?;
    db.close().await
}

// Times and decimals.

/// A type of column that stores any value without a check.
#[derive(Clone, Debug, PartialEq)]
struct Unchecked(Value);

impl SqlType for Unchecked {
    const TYPE: Type = Type::Timestamp;
    type Order = Sorted;
    type Read = Self;
    fn to_value(&self) -> std::result::Result<Value, Unstorable> {
        Ok(self.0.clone())
    }
    fn from_value(value: ValueRef<'_>) -> std::result::Result<Unchecked, Mismatch> {
        Ok(Unchecked(value.into()))
    }
}

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "readings")]
struct Reading {
    #[column(primary_key)]
    id: i64,
    value: Unchecked,
    #[column(version)]
    version: i64,
    note: String,
}

fn reading(value: Value) -> NewReading {
    NewReading { id: 1, value: Unchecked(value), note: String::new() }
}

fn times() -> [Value; 5] {
    [
        Value::Timestamp { seconds: -1, nanosecond: 5 },
        Value::DateTime { seconds: 253_402_300_799, nanosecond: 999_999_999 },
        Value::Date { days: -719_528 },
        Value::Time { nanoseconds: 86_399_999_999_999 },
        Value::Decimal { mantissa: -125, scale: 2 },
    ]
}

#[tokio::test]
async fn sqlite_stores_the_text_of_a_time() -> Result<()> {
    for value in times() {
        let db = Database::memory().await?;
        db.create(Reading).await?;
        let text = value.clone().into_text_form();
        assert!(matches!(text, Value::Text(_)));
        Reading::insert(reading(value.clone())).execute(&db).await?;
        assert_eq!(Reading::select().one(&db).await?.value, Unchecked(text.clone()));
        assert!(Reading::select().filter(Reading::VALUE.eq(Unchecked(value.clone()))).exists(&db).await?);
        // A list of this length is bound as one parameter.
        let many = vec![Unchecked(value.clone()); 2_000];
        assert!(Reading::select().filter(Reading::VALUE.is_in(many.clone())).exists(&db).await?);
        let returned: Value = sql!("select {Unchecked(value)}").one(&db).await?;
        assert_eq!(returned, text);
        db.close().await?;
    }
    Ok(())
}

#[tokio::test]
async fn the_kept_values_of_a_loaded_row_keep_their_kind() -> Result<()> {
    for value in times() {
        let db = Database::memory().await?;
        db.create(Reading).await?;
        Reading::insert(reading(value.clone())).execute(&db).await?;
        let mut row = Reading::select().one(&db).await?;
        row.value = Unchecked(value.clone());
        row.save(&db).only(Reading::NOTE).await?;
        assert_eq!((row.value, row.version), (Unchecked(value), 2));
        db.close().await?;
    }
    Ok(())
}

#[tokio::test]
async fn now_has_the_stored_form_of_the_type() -> Result<()> {
    #[derive(Table, Clone, Debug)]
    struct Event {
        #[column(primary_key, auto)]
        id: i64,
        #[column(default = now)]
        at: SystemTime,
        #[column(created_at)]
        created: SystemTime,
        #[column(updated_at)]
        updated: SystemTime,
    }
    let db = Database::memory().await?;
    db.create(Event).await?;
    Event::insert(NewEvent { at: None }).execute(&db).await?;
    let forms: (String, String, String) = sql!("select at, created, updated from {Event}").one(&db).await?;
    for form in [&forms.0, &forms.1, &forms.2] {
        assert_eq!((form.len(), form.ends_with('Z')), (30, true), "{form}");
    }
    db.close().await
}

#[cfg(feature = "rust_decimal")]
mod decimals {
    use aio_sql::Scaled;
    use rust_decimal::Decimal;

    use super::*;

    #[derive(Table, Clone, Debug, PartialEq)]
    #[table(name = "products")]
    struct Product {
        #[column(primary_key)]
        id: i64,
        exact: Decimal,
        #[column(scale = 2)]
        price: Decimal,
    }

    async fn products() -> Result<Database> {
        let db = Database::memory().await?;
        db.create(Product).await?;
        let (exact, price) = (Decimal::new(-123_400, 4), Decimal::new(125, 1));
        Product::insert(Product { id: 1, exact, price }).execute(&db).await?;
        Ok(db)
    }

    #[tokio::test]
    async fn a_decimal_is_its_shortest_text_and_with_a_scale_an_integer() -> Result<()> {
        let db = products().await?;
        let stored: (String, i64) = sql!("select exact, price from products").one(&db).await?;
        assert_eq!(stored, ("-12.34".to_owned(), 1250));
        db.close().await
    }

    #[tokio::test]
    async fn the_error_of_an_invalid_decimal_names_the_column() -> Result<()> {
        let db = products().await?;
        for text in ["", "1.5x", "1e5", "79228162514264337593543950336", "0.00000000000000000000000000001"] {
            sql!("update products set exact = {text}").execute(&db).await?;
            let error = Product::find(1).one(&db).await.unwrap_err();
            assert!(error.to_string().starts_with("products.exact: expected a decimal number"), "{error}");
        }
        db.close().await
    }

    #[tokio::test]
    async fn a_number_after_is_has_the_scale_of_the_column_before_it() -> Result<()> {
        let db = products().await?;
        let price: Decimal = Decimal::new(125, 1);
        let found = sql!("select id from {Product} where {Product::PRICE} is {price}").all::<i64>(&db).await?;
        assert_eq!(found, [1]);
        let said = sql!("select price from {Product} where {Product::PRICE} is {Scaled::<2>(price)}");
        assert_eq!(said.all::<i64>(&db).await?, [1250]);
        db.close().await
    }
}

// Text matching.

#[derive(Table, Clone, Debug)]
struct Line {
    #[column(primary_key)]
    id: i64,
    #[column(index)]
    exact: String,
    #[column(index, collate = nocase)]
    loose: String,
}

#[tokio::test]
async fn starts_with_uses_an_index() -> Result<()> {
    let db = Database::memory().await?;
    #[derive(Table, Debug)]
    struct Word {
        #[column(primary_key)]
        id: i64,
        #[column(index)]
        text: String,
    }
    db.create(Word).await?;
    let sql = Word::select().filter(Word::TEXT.starts_with("D")).to_sql(db.dialect())?;
    let mut plan = query(format!("explain query plan {}", sql.text));
    for param in sql.params {
        let aio_sql::types::Param::Value(Value::Text(text)) = param else { panic!("a prefix is text") };
        plan = plan.bind(text);
    }
    let plan: Vec<aio_sql::Row> = plan.all(&db).await?;
    let detail: String = plan[0].get("detail")?;
    assert!(detail.starts_with("SEARCH") && detail.contains("ix_word_text"), "{detail}");
    db.close().await
}

#[tokio::test]
async fn a_pattern_with_a_beginning_uses_an_index() -> Result<()> {
    let db = Database::memory().await?;
    db.create(Line).await?;
    let conditions = [
        Line::LOOSE.starts_with("Da"),
        Line::LOOSE.like("Da%n"),
        Line::LOOSE.ilike("da%"),
        Line::LOOSE.glob("Da*"),
        Line::EXACT.like("Da_"),
        Line::EXACT.glob("Da[nm]"),
    ];
    for condition in conditions {
        let plan = Line::select().filter(condition).explain(&db).await?.to_string();
        assert!(plan.starts_with("SEARCH line USING INDEX ix_line_"), "{plan}");
    }
    // The SQL does not depend on the pattern.
    let text = |pattern| Line::select().filter(Line::EXACT.like(pattern)).to_sql(db.dialect()).map(|sql| sql.text);
    assert_eq!(text("a%")?, text("%a")?);
    assert_eq!(text("a%")?, text("\u{10ffff}%")?);
    db.close().await
}

#[tokio::test]
async fn a_nul_does_not_end_a_text() -> Result<()> {
    let db = Database::memory().await?;
    db.create(Line).await?;
    let texts = ["a\0b", "A\0B", "a\0c", "a", "\0", "", "b\0a"];
    let line = |(id, text): (i64, &str)| Line { id, exact: text.into(), loose: text.into() };
    Line::insert_all((0..).zip(texts).map(line)).execute(&db).await?;
    let ids =
        |condition: aio_sql::Condition<Line>| Line::select().filter(condition).order_by(Line::ID).columns(Line::ID);
    for part in ["a\0", "\0b", "\0", "a\0b", "a"] {
        let expected = |holds: &dyn Fn(&str) -> bool| {
            (0..).zip(texts).filter(|(_, text)| holds(text)).map(|(id, _)| id).collect::<Vec<i64>>()
        };
        let begins = ids(Line::EXACT.starts_with(part)).all(&db).await?;
        assert_eq!(begins, expected(&|text| text.starts_with(part)), "{part:?}");
        let ends = ids(Line::EXACT.ends_with(part)).all(&db).await?;
        assert_eq!(ends, expected(&|text| text.ends_with(part)), "{part:?}");
        let within = ids(Line::EXACT.contains(part)).all(&db).await?;
        assert_eq!(within, expected(&|text| text.contains(part)), "{part:?}");
    }
    db.close().await
}

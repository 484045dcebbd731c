//! The SQL that `to_sql` returns: `texts/sqlite.sql` and `texts/postgres.sql` contain the text and
//! the bound values of every statement below, or the reason why there is no text. `UPDATE_EXPECT=1
//! cargo test --all-features --test texts` rewrites the two files.

#![cfg(all(feature = "json", feature = "rust_decimal", feature = "jiff", feature = "uuid"))]
#![allow(dead_code, clippy::unwrap_used)]

use aio_sql::expr::{FrameBound, FrameExclude};
use aio_sql::report::SqlText;
use aio_sql::text_search::{TsWeight, plainto_tsquery, to_tsquery, websearch_to_tsquery};
use aio_sql::types::Param;
use aio_sql::{
    Collation, Cte, Dialect, ErrorKind, Interval, Json, Record, Scaled, Value, alias, all_of, any_of, case, count, cte,
    cte_recursive, dense_rank, exists, generate_series, not, not_exists, now, ntile, row_number, sql, sql_function,
    value, values, window,
};

use rust_decimal::Decimal;
use uuid::Uuid;

include!("../docs/guide/shop.rs");

#[derive(Table, Clone, Debug)]
struct Note {
    #[column(primary_key)]
    id: i64,
    #[column(json)]
    tags: Vec<String>,
    #[column(unique, collate = nocase)]
    title: String,
    #[column(updated_at)]
    changed: SystemTime,
    #[column(version)]
    version: i64,
}

#[derive(Table, Clone, Debug)]
#[table(name = "mailing")]
struct Mailing {
    #[column(primary_key)]
    email: String,
    name: Option<String>,
}

#[derive(Record, Debug)]
struct Spent {
    customer_id: i64,
    cents: Option<i64>,
}

#[derive(Record, Debug)]
struct Under {
    id: i64,
    level: i64,
}

#[derive(Record, Debug)]
struct Number {
    number: i64,
}

#[derive(Record, Debug)]
struct Day {
    day: SystemTime,
}

#[derive(Record, Debug)]
struct Tag {
    key: i64,
    value: String,
}

alias!(Destination = Store);
alias!(Manager = Employee);
alias!(Before = Spent);

sql_function!(fn soundex(text: String) -> String);

/// The result of `to_sql`: one text, or several.
trait Texts {
    fn texts(self) -> Result<Vec<SqlText>>;
}

impl Texts for Result<SqlText> {
    fn texts(self) -> Result<Vec<SqlText>> {
        Ok(vec![self?])
    }
}

impl Texts for Result<Vec<SqlText>> {
    fn texts(self) -> Result<Vec<SqlText>> {
        self
    }
}

impl Texts for Result<[SqlText; 2]> {
    fn texts(self) -> Result<Vec<SqlText>> {
        Ok(self?.into())
    }
}

/// Returns the texts of a statement with their bound values, or the error of a database that does
/// not support it.
fn shown(texts: Result<Vec<SqlText>>) -> String {
    if let Err(error) = &texts
        && let ErrorKind::Unsupported { database, what } = error.kind()
    {
        return format!("-- {database} has no {what}\n");
    }
    let texts = texts.unwrap();
    let mut list = String::new();
    for SqlText { text, params, .. } in texts {
        list += &format!("{text};\n");
        if !params.is_empty() {
            list += &format!("-- {}\n", params.iter().map(written).collect::<Vec<_>>().join(", "));
        }
    }
    list
}

/// Returns a value as an SQL literal.
fn written(param: &Param) -> String {
    let Param::Value(value) = param else { return format!("{param:?}") };
    match &value.clone().into_text_form() {
        Value::Null => "NULL".into(),
        Value::Integer(value) => value.to_string(),
        Value::Real(value) => format!("{value:?}"),
        Value::Text(value) => format!("'{}'", value.replace('\'', "''")),
        other => format!("{other:?}"),
    }
}

/// The code of a statement, and its texts.
struct Listed {
    code: String,
    texts: Result<Vec<SqlText>>,
}

/// Lists each statement with its texts.
macro_rules! listed {
    ($dialect:expr; $($statement:expr;)+) => {
        vec![$(Listed {
            code: stringify!($statement).split_whitespace().collect::<Vec<_>>().join(" "),
            texts: $statement.to_sql($dialect).texts(),
        }),+]
    };
}

/// Returns the statements with their texts and bound values.
fn written_out(list: Vec<Listed>) -> String {
    list.into_iter().map(|Listed { code, texts }| format!("-- {code}\n{}\n", shown(texts))).collect()
}

fn spent() -> Cte<Spent> {
    cte(
        Spent,
        Order::select()
            .join(Line)
            .join(Product)
            .group_by(Order::CUSTOMER_ID)
            .columns((Order::CUSTOMER_ID, (Line::PIECES * Product::PRICE).sum())),
    )
}

#[derive(Table, Clone, Debug)]
#[table(name = "fees")]
struct Fee {
    #[column(primary_key)]
    id: i64,
    #[column(scale = 2)]
    price: Decimal,
    #[column(scale = 4)]
    rate: Decimal,
    pieces: i64,
}

fn money(dialect: Dialect) -> Vec<Listed> {
    let charge = Fee::PRICE * (1 - Fee::RATE);
    listed! { dialect;
        Fee::select().columns((Fee::PRICE + dec(5), Fee::PRICE - Fee::RATE, charge.clone(), -Fee::PRICE));
        Fee::select().filter(Fee::PRICE.gt(5).and(Fee::PRICE.lt(Fee::RATE)).and(charge.clone().lt(dec(3))));
        Fee::select().filter(Fee::PRICE.between(Fee::RATE, 6)).columns(Fee::PRICE % dec(5));
        Fee::select().order_by(charge.clone().sum().desc()).columns((charge.clone().sum(), Fee::PRICE.avg_to::<2>()));
        Fee::select().columns((charge.clone().round_to::<2>(), Fee::PRICE.div_to::<4, _>(Fee::PIECES)));
        Fee::select().columns(Fee::PRICE.avg_to::<2>().over(window().order_by(Fee::ID)));
        Fee::select().columns((Fee::PRICE.cast::<String>(), Fee::PRICE.cast::<f64>(), Fee::PRICE.cast::<i64>()));
        Fee::select().columns((Fee::PRICE.stored(), value(1.5_f64).cast::<Scaled<2>>(), Fee::PIECES.cast::<Scaled<2>>()));
        Fee::update().set(Fee::PRICE, Fee::PRICE - dec(1)).filter(Fee::ID.eq(1));
    }
}

fn dec(number: i64) -> Decimal {
    Decimal::from(number)
}

/// A table whose columns, except for the last one, have the encodings of other programs.
#[derive(Table, Clone, Debug)]
#[table(name = "shipments")]
struct Shipment {
    #[column(primary_key, uuid = "simple")]
    key: Uuid,
    #[column(uuid = "text")]
    order_key: Uuid,
    #[column(time = "unix_seconds")]
    sent: SystemTime,
    #[column(time = "datetime")]
    arrived: Option<SystemTime>,
    #[column(time = "iso8601(0|3|6|9)+00:00")]
    checked: SystemTime,
    #[column(time = "julian")]
    weighed: SystemTime,
    #[column(time = "time")]
    at: jiff::civil::Time,
    #[column(time = "millis")]
    took: Duration,
    #[column(decimal = "real")]
    total: Decimal,
    #[column(decimal = "text(2)")]
    fee: Decimal,
    // A column with the encoding of the library.
    billed: SystemTime,
}

fn forms(dialect: Dialect) -> Vec<Listed> {
    let keys = [Uuid::from_u128(1), Uuid::from_u128(2)];
    let (first, last) = (day(1), day(2) + Duration::from_millis(1_500));
    let at = jiff::civil::time(10, 0, 1, 500_000_000);
    let row = Shipment {
        key: keys[0],
        order_key: keys[1],
        sent: last,
        arrived: None,
        checked: last,
        weighed: first,
        at,
        took: Duration::from_micros(1_999),
        total: Decimal::new(1250, 2),
        fee: dec(1),
        billed: last,
    };
    listed! { dialect;
        Shipment::find(keys[0]);
        Shipment::insert(row);
        Shipment::update().set(Shipment::ARRIVED, last).set(Shipment::TOTAL, dec(2)).filter(Shipment::ORDER_KEY.is_in(keys));
        Shipment::update().set(Shipment::SENT, now::<SystemTime>()).set(Shipment::WEIGHED, Shipment::BILLED).all_rows();
        Shipment::select().filter(Shipment::SENT.between(first, last)).order_by(Shipment::SENT.desc()).columns(Shipment::KEY);
        Shipment::select().filter(Shipment::ARRIVED.eq(None).or(Shipment::ARRIVED.gt(last))).columns(Shipment::KEY);
        Shipment::select().filter(Shipment::CHECKED.lt(last).and(Shipment::WEIGHED.lt(first))).columns(Shipment::KEY);
        Shipment::select().filter(Shipment::SENT.lt(Shipment::BILLED)).columns(Shipment::KEY);
        Shipment::select().filter(Shipment::AT.ge(at).and(Shipment::TOOK.gt(Duration::from_secs(90)))).columns(Shipment::KEY);
        Shipment::select().filter(Shipment::TOTAL.ge(dec(12)).and(Shipment::FEE.eq(dec(1)))).columns(Shipment::KEY);
        Shipment::select().columns((Shipment::SENT.year(), Shipment::ARRIVED.hour(), Shipment::WEIGHED.date_text(), Shipment::AT.second()));
        Shipment::select().columns((Shipment::SENT.unix_seconds(), Shipment::CHECKED.unix_seconds()));
        Shipment::select().columns((Shipment::SENT.min(), Shipment::ARRIVED.max()));
        Shipment::select().columns((Shipment::TOTAL.cast::<f64>().sum(), Shipment::TOTAL.max(), Shipment::TOOK.max()));
        sql!("select count(*) from {Shipment} where {Shipment::SENT} >= {last} and {Shipment::KEY} in ({keys})");
    }
}

fn selects(dialect: Dialect) -> Vec<Listed> {
    let by_price = Product::select().order_by(Product::PRICE.desc()).columns(Product::NAME);
    let orders = || Order::select().outer::<Customer>().filter(Order::CUSTOMER_ID.eq(Customer::ID));
    let spent = spent();
    let raw = sql!("select customer_id, count(*) as cents from {Order} where id > {7} group by 1").rows(Spent);
    let first = Employee::select().filter(Employee::MANAGER_ID.is_null()).columns((Employee::ID, value(0_i64)));
    let step =
        Under.select().join_on(Employee, Employee::MANAGER_ID.eq(Under::ID)).columns((Employee::ID, Under::LEVEL + 1));
    let tree = cte_recursive(Under, first, step);
    let by_salary = window().order_by(Employee::SALARY.desc());
    listed! { dialect;
        Customer::select();
        Product::find(7);
        Line::find((1, 2));
        Product::select().columns((Product::NAME, Product::PRICE * Product::STOCK));
        Customer::select().distinct().columns(Customer::CITY);
        Product::select().filter(Product::PRICE.between(100, 200)).filter(Product::STOCK.gt(0));
        Product::select().filter(Product::NAME.eq("tea").or(Product::NAME.eq("cup")).and(not(Product::STOCK.eq(0))));
        Customer::select().filter(Customer::CITY.eq(None)).columns(Customer::ID);
        Customer::select().filter(Customer::CITY.is_distinct_from("Oslo")).columns(Customer::ID);
        Product::select().filter(Product::ID.is_in([1, 2, 3])).columns(Product::NAME);
        Customer::select().filter(Customer::CITY.is_in([Some("Oslo".to_owned()), None])).columns(Customer::ID);
        Customer::select().filter(Customer::CITY.is_not_in([Some("Oslo".to_owned()), None])).columns(Customer::ID);
        Product::select().filter(Product::ID.is_in([0_i64; 0])).columns(Product::NAME);
        Product::select().filter(any_of([Product::STOCK.eq(0), Product::STOCK.gt(9)])).columns(Product::ID);
        Product::select().filter(all_of(Vec::<aio_sql::Condition<Product>>::new())).columns(Product::ID);
        Customer::select().order_by((Customer::CITY.desc().nulls_last(), Customer::NAME)).limit(10).offset(20);
        Customer::select().order_by(Customer::NAME.collate(Collation::NoCase)).columns(Customer::ID);
        Order::select().distinct_on(Order::CUSTOMER_ID).order_by((Order::CUSTOMER_ID, Order::PLACED.desc()));
        generate_series(Number, 1, 10, 3).select().order_by(Number::NUMBER);
        generate_series(Number, 1, 0, 1).select();
        generate_series(Day, day(1), day(2), Duration::from_secs(86_400)).select();
        Product::select().filter(Product::STOCK.gt(0)).order_by(Product::ID).limit(1).for_update().skip_locked();
        Customer::select().left_join(Order).for_share_of(Customer).no_wait().columns(Customer::NAME);
        Order::select().filter(Order::ID.eq(1)).for_no_key_update();
        Order::select().filter(Order::ID.eq(1)).for_key_share().no_wait();
        Customer::select()
            .filter(Customer::NAME.to_tsvector("english").matches(websearch_to_tsquery("english", "ann -bob")))
            .columns((Customer::ID, Customer::NAME.ts_headline("simple", plainto_tsquery("simple", "ann"))));
        Customer::select()
            .order_by(Customer::NAME.to_tsvector("english").set_weight(TsWeight::B).ts_rank(to_tsquery("english", "a")))
            .columns(Customer::ID);
        Order::select().filter(Order::PLACED.plus(Interval::months(1)).lt(Order::PLACED)).columns(Order::ID);
        Order::select().columns(Order::PLACED.since(now::<SystemTime>()));
        Order::select().join(Customer);
        Customer::select().join(Order).columns((Customer::NAME, Order::PLACED));
        Customer::select().left_join(Order).filter(Order::ID.is_null()).columns(Customer::NAME);
        Line::select().right_join(Product).columns((Line::PIECES, Product::NAME));
        Line::select().full_join(Product).columns((Line::PIECES, Product::NAME));
        Store::select().cross_join(Product).columns((Store::CITY, Product::NAME));
        Transfer::select()
            .join_via(Transfer::FROM_ID)
            .join_via(Transfer::TO_ID.to::<Destination>())
            .columns((Store::CITY, Store::CITY.of::<Destination>()));
        Employee::select().left_join_via(Employee::MANAGER_ID.to::<Manager>()).columns((Employee::NAME, Employee::NAME.of::<Manager>()));
        Product::select().join_on(Line, Line::PRODUCT_ID.eq(Product::ID).and(Line::PIECES.gt(3))).columns(Product::NAME);
        Product::select().columns((count(), Product::PRICE.sum(), Product::PRICE.avg(), Product::STOCK.min(), Product::STOCK.max(), Product::PRICE.total()));
        Customer::select().columns((Customer::CITY.count().distinct(), count().filter(Customer::CITY.is_null())));
        Customer::select().columns(Customer::NAME.group_concat(", ").order_by(Customer::NAME));
        Customer::select().columns(Customer::CITY.group_concat(",").distinct());
        Customer::select().columns(Customer::ID.json_group_array::<i64>());
        Customer::select().columns(Customer::CITY.is_null().json_group_array::<bool>());
        Order::select()
            .join(Line)
            .group_by(Order::CUSTOMER_ID)
            .having(count().ge(2))
            .order_by(Line::PIECES.sum().desc())
            .columns((Order::CUSTOMER_ID, Line::PIECES.sum()));
        Customer::select().filter(exists(orders())).columns(Customer::NAME);
        Customer::select().filter(not_exists(orders())).columns(Customer::NAME);
        Customer::select().columns((Customer::NAME, orders().columns(count()).scalar_subquery()));
        Product::select().filter(Product::ID.is_in(Line::select().columns(Line::PRODUCT_ID))).columns(Product::NAME);
        Product::select().filter(Product::ID.is_not_in(Line::select().columns(Line::PRODUCT_ID))).columns(Product::NAME);
        Product::select().filter(Product::PRICE.gt(Product::select().columns(Product::PRICE.min()).scalar_subquery())).columns(Product::ID);
        spent.select().order_by(Spent::CENTS.desc());
        Customer::select().join_on(&spent, Spent::CUSTOMER_ID.eq(Customer::ID)).columns((Customer::NAME, Spent::CENTS));
        spent.select().join_on(spent.of(Before), Spent::CENTS.of::<Before>().lt(Spent::CENTS)).columns(Spent::CUSTOMER_ID);
        spent.clone().materialized().select().columns(Spent::CENTS);
        raw.select().filter(Spent::CENTS.gt(1));
        Customer::select().join_on(&raw, Spent::CUSTOMER_ID.eq(Customer::ID)).columns((Customer::NAME, Spent::CENTS));
        tree.select().filter(Under::LEVEL.gt(1));
        tree.clone().distinct().select();
        values([(1_i64, "a".to_owned()), (2, "b".to_owned())]);
        Customer::select().columns(Customer::NAME).union(Employee::select().columns(Employee::NAME)).order_by(Customer::NAME).limit(3);
        Customer::select().columns(Customer::NAME).union_all(by_price.clone().limit(1));
        Customer::select().columns(Customer::NAME).intersect(by_price.clone()).except(Employee::select().columns(Employee::NAME));
        Employee::select().columns((row_number().over(by_salary.clone()), dense_rank().over(by_salary.clone()), ntile(4).over(by_salary.clone())));
        Employee::select().columns((Employee::NAME.lag(1).over(by_salary.clone()), Employee::NAME.first_value().over(by_salary.clone()), Employee::NAME.nth_value(2).over(by_salary)));
        Employee::select().columns((Employee::SALARY.sum().filter(Employee::SALARY.gt(10)).over(window().partition_by(Employee::MANAGER_ID)), count().over(window())));
        Employee::select().columns(Employee::SALARY.avg().over(
            window().order_by(Employee::ID).rows(FrameBound::Preceding(2), FrameBound::Following(2)).exclude(FrameExclude::Current)
        ));
        Line::select().group_by(Line::PRODUCT_ID).columns((Line::PRODUCT_ID, Line::PIECES.sum().sum().over(window())));
        sql!("select * from {Product} where {Product::NAME} = {\"tea\"}");
        Product::select().filter(Product::ID.is_not_in(1..=17_i64)).columns(Product::NAME);
        Customer::select().order_by(Customer::CITY).offset(2).columns(Customer::ID);
        Customer::select().left_join(Order).order_by(Order::PLACED.desc()).columns(Customer::NAME);
    }
}

fn expressions(dialect: Dialect) -> Vec<Listed> {
    listed! { dialect;
        Product::select().columns((Product::PRICE + 1) * 2 - Product::STOCK);
        Product::select().columns((Product::PRICE / 3, Product::PRICE % 3, -Product::PRICE));
        Product::select().columns((Product::PRICE / Product::STOCK, Product::STOCK.shift_left(Product::ID)));
        Product::select().filter(Product::PRICE.gt(9).eq(Product::STOCK.gt(9))).columns(Product::ID);
        Product::select().columns(Product::PRICE.cast::<f64>().round(1));
        Product::select().columns((Product::PRICE.abs(), Product::PRICE.cast::<f64>().sqrt(), Product::PRICE.least(5), Product::PRICE.greatest(Product::STOCK)));
        Product::select().columns((Product::STOCK.bit_and(1), Product::STOCK.bit_or(2), Product::STOCK.bit_not(), Product::STOCK.shift_left(1)));
        Product::select().filter(Product::PRICE.in_range(1..5).or(Product::STOCK.in_range(..=2))).columns(Product::ID);
        Customer::select().columns(Customer::CITY.coalesce("?"));
        Customer::select().columns(Customer::CITY.null_if("Oslo"));
        Product::select().columns(case::<String>().when(Product::STOCK.eq(0), "none").when(Product::STOCK.lt(9), "few").otherwise("many"));
        Product::select().columns(case::<i64>().when(Product::STOCK.eq(0), Product::PRICE).end());
        Customer::select().columns((Customer::NAME.lower(), Customer::NAME.upper(), Customer::NAME.length(), Customer::NAME.trim()));
        Customer::select().columns((Customer::NAME.substring(1, 2), Customer::NAME.replace("a", "b"), Customer::NAME.position("n")));
        Customer::select().columns(Customer::NAME.concat(" <").concat(Customer::EMAIL).concat(">"));
        Customer::select().filter(Customer::NAME.starts_with("A")).columns(Customer::ID);
        Customer::select().filter(Customer::NAME.contains("50%")).columns(Customer::ID);
        Customer::select().filter(Customer::NAME.ends_with(Customer::EMAIL)).columns(Customer::ID);
        Customer::select().filter(Customer::NAME.like("A%")).columns(Customer::ID);
        Customer::select().filter(Customer::NAME.ilike("a%")).columns(Customer::ID);
        Customer::select().filter(Customer::NAME.glob("A*")).columns(Customer::ID);
        Note::select().filter(Note::TITLE.starts_with("a")).columns(Note::ID);
        Note::select().filter(Note::TITLE.contains(Note::TITLE.lower())).columns(Note::ID);
        Order::select().columns((Order::PLACED.weekday(), Order::PLACED.day_of_year(), Order::PLACED.unix_seconds()));
        Order::select().columns((Order::PLACED.year(), Order::PLACED.month(), Order::PLACED.date_text(), Order::PLACED.hour()));
        Order::update().set(Order::PLACED, now::<SystemTime>()).filter(Order::PLACED.gt(now::<SystemTime>()));
        Note::select().columns((Note::TAGS.json_extract::<String>("$[0]"), Note::TAGS.json_array_length()));
        Note::select().filter(Note::TAGS.json_contains("red".to_owned())).columns(Note::ID);
        Note::select().filter(Note::TAGS.json_contains(true)).columns(Note::ID);
        Note::select().columns((Note::TAGS.json_extract::<Json<String>>("$[0]"), Note::TAGS.json_extract::<f64>("$[0]")));
        Note::select().columns(Note::TAGS.json_set("$[0]", Json("a".to_owned())).json_set("$[1]", true));
        Note::select().join_lateral(Note::TAGS.json_each(Tag)).columns((Note::ID, Tag::VALUE));
        Note::select().left_join_lateral(Note::TAGS.json_tree(Tag).at("$[0]")).columns((Note::ID, Tag::KEY));
        Note::select().filter(exists(Note::TAGS.json_each(Tag).outer::<Note>().filter(Tag::VALUE.eq("red")))).columns(Note::ID);
        value(Json(vec![1, 2])).json_each(Tag).select();
        Customer::select().filter(soundex(Customer::NAME).eq(soundex("Ann"))).columns(Customer::ID);
        Customer::select().filter(sql!("{Customer::NAME} like {\"A%\"} or true").expr::<bool>().and(Customer::ID.gt(1))).columns(Customer::ID);
    }
}

fn writes(dialect: Dialect) -> Vec<Listed> {
    let product = || NewProduct { name: "tea".into(), price: 450, stock: None };
    let mailing = Customer::select().filter(Customer::CITY.eq("Oslo")).columns((Customer::EMAIL, Customer::NAME));
    let spent = spent();
    let patch = CustomerPatch { city: Some(None), ..CustomerPatch::default() };
    listed! { dialect;
        Product::insert(product());
        Product::insert(NewProduct { stock: Some(3), ..product() });
        Product::insert(product()).returning((Product::ID, Product::STOCK));
        Product::insert(product()).on_conflict_do_nothing();
        Product::insert(product()).on_conflict(Product::NAME).do_nothing();
        Product::insert(product())
            .on_conflict(Product::NAME)
            .do_update()
            .set_excluded(Product::PRICE)
            .set(Product::STOCK, Product::STOCK + Product::STOCK.excluded())
            .filter(Product::STOCK.lt(100));
        Product::insert(product()).on_constraint("uq_product_name").do_nothing();
        Product::insert(product()).or_get(Product::NAME);
        Mailing.insert_select((Mailing::EMAIL, Mailing::NAME), mailing.clone());
        Mailing.insert_select((Mailing::EMAIL, Mailing::NAME), mailing).on_conflict(Mailing::EMAIL).do_update().set_excluded(Mailing::NAME);
        Product::update().set(Product::STOCK, 0).all_rows();
        Product::update().set(Product::STOCK, Product::STOCK - 1).set(Product::PRICE, 5).filter(Product::ID.eq(1)).returning(Product);
        Customer::update().set(Customer::CITY, None).filter(Customer::ID.is_in(Order::select().columns(Order::CUSTOMER_ID)));
        Product::update()
            .set(Product::STOCK, 0)
            .filter(Product::ID.is_in(Product::select().limit(2).for_update().skip_locked().columns(Product::ID)));
        Customer::update().from(Store).set(Customer::CITY, Store::CITY).filter(Customer::CITY.is_null().and(Store::ID.eq(1)));
        Customer::update().from(&spent).set(Customer::CITY, "rich").filter(Customer::ID.eq(Spent::CUSTOMER_ID).and(Spent::CENTS.gt(9)));
        Customer::patch(1, patch);
        Customer::delete().filter(Customer::ID.eq(1));
        Customer::delete().all_rows().returning(Customer::NAME);
        Mailing::delete().using(Customer).filter(Mailing::EMAIL.eq(Customer::EMAIL).and(Customer::CITY.is_null()));
        Customer::delete().using(&spent).filter(Customer::ID.eq(Spent::CUSTOMER_ID).and(Spent::CENTS.lt(9)));
    }
}

fn relations(dialect: Dialect) -> Vec<Listed> {
    listed! { dialect;
        Customer::select().with(Order);
        Order::select().with(Customer);
        Customer::select().filter(Customer::NAME.eq("Ann")).limit(5).with(Order);
        Order::select().with(Line.count());
        Order::select().with(Product.through(Line));
        Customer::select().with(Order.with(Line.with(Product)));
        Customer::select().with(Order::select().filter(Order::ID.gt(1)).order_by(Order::PLACED.desc()).limit_per_parent(3));
        Store::select().with_via(Transfer::FROM_ID);
        Employee::select().with_via(Employee::MANAGER_ID.to::<Manager>());
    }
}

fn every_form(dialect: Dialect) -> Vec<Listed> {
    let lists = [selects, expressions, money, forms, writes, relations];
    lists.into_iter().flat_map(|list: fn(Dialect) -> Vec<Listed>| list(dialect)).collect()
}

#[test]
fn the_sql_of_each_form_looks_hand_written() {
    expect_test::expect_file!["texts/sqlite.sql"].assert_eq(&written_out(every_form(Dialect::Sqlite)));
}

#[test]
fn the_postgres_sql_of_each_form_looks_hand_written() {
    let tables = (Customer, Product, Order, Line, Employee, Store, Transfer, Note, Mailing);
    let tables = Dialect::Postgres.ddl(tables).unwrap();
    let tables: String = tables.iter().map(|statement| format!("{statement};\n\n")).collect();
    let tables = format!("-- The tables\n{tables}");
    expect_test::expect_file!["texts/postgres.sql"].assert_eq(&(tables + &written_out(every_form(Dialect::Postgres))));
}

#[cfg(feature = "postgres")]
#[path = "texts/on_postgres.rs"]
mod on_postgres;

//! Values captured in `sql!` next to columns that store decimals as integers.

use aio_sql::{Row, Scaled};
use rust_decimal::Decimal;

use super::*;

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "accounts")]
struct Account {
    #[column(primary_key)]
    id: i64,
    #[column(scale = 2)]
    price: Decimal,
    #[column(scale = 4)]
    rate: Decimal,
    exact: Decimal,
    count: i64,
}

fn dec(text: &str) -> Decimal {
    text.parse().unwrap()
}

async fn accounts(db: &Database) -> Result<()> {
    db.create(Account).await?;
    let account = |id, price| Account { id, price: dec(price), rate: dec("0.05"), exact: dec("5"), count: 3 };
    Account::insert_all([account(1, "6.50"), account(2, "0.06"), account(3, "5")]).execute(db).await?;
    Ok(())
}

#[on_every_database]
async fn a_number_next_to_a_scaled_column_is_bound_with_its_scale(db: Database) -> Result<()> {
    accounts(&db).await?;
    let (five, half, two) = (dec("5"), dec("0.5"), 2_i32);
    let first = Account::select().filter(Account::ID.eq(1));
    let sum = async |expr: aio_sql::Expr<(), Scaled<2>>| first.clone().columns(expr).one(&db).await;
    assert_eq!(sum(sql!("{Account::PRICE} + {five}").expr()).await?, dec("11.50"));
    assert_eq!(sum(sql!("{five} + {Account::PRICE}").expr()).await?, dec("11.50"));
    assert_eq!(sum(sql!("{Account::PRICE} - ({half} + {Account::PRICE})").expr()).await?, dec("-0.50"));
    assert_eq!(sum(sql!("{Account::PRICE} - {five} + {Account::PRICE}").expr()).await?, dec("8.00"));
    assert_eq!(sum(sql!("{Account::PRICE} - {two}").expr()).await?, dec("4.50"));
    assert_eq!(sum(sql!("{Account::PRICE} + {Scaled::<4>(half)}").expr()).await?, dec("7.00"));
    assert_eq!(sum(sql!("{Account::PRICE} * {two}").expr()).await?, dec("13.00"), "a factor is a number");
    let ids = async |sql: aio_sql::Sql| sql.all::<i64>(&db).await;
    let list = [dec("6.5"), dec("0.06")];
    for (sql, expected) in [
        (sql!("select id from {Account} where {Account::PRICE} >= {five} order by id"), vec![1, 3]),
        (sql!("select id from {Account} where {five} < {Account::PRICE}"), vec![1]),
        (sql!("select id from {Account} where {Account::PRICE} = {5}"), vec![3]),
        (sql!("select id from {Account} where {Account::PRICE} <> {Some(five)} order by id"), vec![1, 2]),
        (sql!("select id from {Account} where {Account::PRICE} is not distinct from {five}"), vec![3]),
        (sql!("select id from {Account} where {Account::PRICE} between {half} and {five}"), vec![3]),
        (sql!("select id from {Account} where {Account::PRICE} NOT BETWEEN {half} AND {five} order by id"), vec![1, 2]),
        (sql!("select id from {Account} where {Account::PRICE} in ({list}) order by id"), vec![1, 2]),
        (sql!("select id from {Account} where {Account::PRICE} not in ({list})"), vec![3]),
        (sql!("select id from {Account} where {Account::PRICE} in (1, {half}, {five})"), vec![3]),
        (sql!("select id from {Account} where {Account::PRICE} > /* so much */ {five}"), vec![1]),
        (sql!("select id from {Account} group by id having count({Account::PRICE}) > {0} order by id"), vec![1, 2, 3]),
        (sql!("select id from {Account} where {Account::PRICE} > {five} and id < {2}"), vec![1]),
        (
            sql!("select id from {Account} where {Account::RATE} = {dec(\"0.05\")} and {Account::PRICE} > {five}"),
            vec![1],
        ),
        (sql!("select id from {Account} where {Account::EXACT} = {five} and {Account::PRICE} > {five}"), vec![1]),
        (
            sql!("select id from {Account} where {Account::COUNT} = {3} and {Account::PRICE} > {five} limit {1}"),
            vec![1],
        ),
    ] {
        let text = sql.to_sql(db.dialect())?.text;
        assert_eq!(ids(sql).await?, expected, "{text}");
    }
    sql!("update {Account} set {Account::PRICE} = {dec(\"1.25\")} where id = {1}").execute(&db).await?;
    sql!("update {Account} set {Account::RATE} = {1} where id = {1}").execute(&db).await?;
    sql!("insert into {Account} (id, {Account::PRICE}, rate, exact, count) values ({4}, {two}, {half}, {half}, {two})")
        .execute(&db)
        .await?;
    let inserted = Account::select().filter(Account::ID.eq(4)).one(&db).await?;
    assert_eq!((inserted.price, inserted.rate, inserted.exact, inserted.count), (dec("2"), half, half, 2));
    let account = Account::select().filter(Account::ID.eq(1)).one(&db).await?;
    assert_eq!((account.price, account.rate), (dec("1.25"), dec("1")));
    db.close().await
}

#[on_every_database]
async fn a_number_that_a_scaled_column_cannot_hold_is_refused(db: Database) -> Result<()> {
    accounts(&db).await?;
    for sql in [
        sql!("select id from {Account} where {Account::PRICE} = {dec(\"0.005\")}"),
        sql!("select id from {Account} where {Account::PRICE} = {i64::MAX}"),
        sql!("select id from {Account} where {Account::PRICE} in ({[dec(\"0.005\")]})"),
        sql!("select id from {Account} where {Account::PRICE} = {Scaled::<4>(dec(\"0.0005\"))}"),
    ] {
        let error = sql.all::<i64>(&db).await.unwrap_err();
        let (table, column) = (Some("accounts".into()), Some("price".into()));
        assert_eq!(error.kind(), &ErrorKind::Unstorable { table, column }, "{error}");
        assert!(error.to_string().contains("price") && !error.to_string().contains("005"), "{error}");
    }
    db.close().await
}

#[on_every_database]
async fn an_ambiguous_decimal_is_refused(db: Database) -> Result<()> {
    accounts(&db).await?;
    let (five, qty) = (dec("5"), 3);
    for sql in [
        sql!("select {Account::PRICE} * {five} from {Account}"),
        sql!("select {five} * {Account::PRICE} from {Account}"),
        sql!("select {Account::PRICE} / {five} from {Account}"),
        sql!("select {Account::PRICE} + {five} * {qty} from {Account}"),
        sql!("select {Account::PRICE} + {qty} * {Account::COUNT} from {Account}"),
        sql!("select max({Account::PRICE}, {five}) from {Account}"),
        sql!("select coalesce({Account::PRICE}, {five}) from {Account}"),
        sql!("select case when 1 then {Account::PRICE} else {five} end from {Account}"),
        sql!("select id from {Account} where {Account::PRICE} = (select {five})"),
        sql!("select (select {five} + max(p.price) from {Account} p) - {Account::PRICE} from {Account}"),
        sql!("insert into {Account} ({Account::ID}, {Account::PRICE}) select 7, {five}"),
        sql!("select {Account::PRICE} + {0.5} from {Account}"),
        sql!("select id from {Account} where {Account::PRICE} > {0.5}"),
        sql!("select {Account::PRICE} + {Account::RATE} + {five} * {Account::RATE} from {Account}"),
        sql!("select {Account::PRICE} + {five} - {Account::RATE} from {Account}"),
    ] {
        let text = sql.to_sql(db.dialect());
        let error = sql.all::<Row>(&db).await.expect_err(&format!("{text:?}"));
        assert_eq!(error.kind(), &ErrorKind::Usage, "{error}");
        assert!(error.to_string().contains("Scaled::<"), "{error}");
    }
    let filter = Account::PRICE.gt(sql!("{five}").expr::<Scaled<2>>());
    let error = Account::select().filter(filter).all(&db).await.unwrap_err();
    assert!(error.to_string().contains("Scaled::<2>"), "{error}");
    let said = sql!("select {Account::PRICE} * {Scaled::<2>(five)} from {Account} where id = 1");
    assert_eq!(said.scalar::<i64>(&db).await?, 325_000, "whoever says the form is believed");
    db.close().await
}

#[on_every_database]
async fn a_number_next_to_the_plain_name_of_a_scaled_column_is_refused(db: Database) -> Result<()> {
    accounts(&db).await?;
    let five = dec("5");
    for sql in [
        sql!("select id from {Account} where price > {five}"),
        sql!("select id from {Account} a where a.\"price\" > {five}"),
        sql!("select id from {Account} where {five} < price"),
        sql!("select id from {Account} where {five} * price > 1"),
        sql!("select id from {Account} where price between {five} and {five}"),
        sql!("select id from {Account} where price in ({[five]})"),
        sql!("select id from {Account} where price * 2 > {five}"),
        sql!("select sum(price) from {Account} having sum(price) > {five}"),
        sql!("select coalesce(price, {five}) from {Account}"),
        sql!("update {Account} set price = {five}"),
        sql!("select id from {Account} where price > {5}"),
        sql!("select id from {Account} where price > {0.5}"),
        sql!("select id from {Account} where {Account::ID} = {1} and price > {5}"),
    ] {
        let text = sql.to_sql(db.dialect());
        let error = sql.all::<Row>(&db).await.expect_err(&format!("{text:?}"));
        assert_eq!(error.kind(), &ErrorKind::Usage, "{error}");
        assert!(error.to_string().contains("`{Account::PRICE}`"), "{error}");
    }
    for (sql, expected) in [
        (sql!("select id from {Account} where price > {Scaled::<2>(five)}"), vec![1]),
        (sql!("select id from {Account} where price > cast({500} as integer)"), vec![1]),
        (sql!("select id from {Account} where price > 10 and exact = {five} order by id"), vec![1, 3]),
        (sql!("select id from {Account} where price > 10 and count = {3} order by id limit {1}"), vec![1]),
        (sql!("select id from {Account} where price * {2} > 1000 order by id"), vec![1]),
        (sql!("select count(price) from {Account} having count(price) > {2}"), vec![3]),
    ] {
        let text = sql.to_sql(db.dialect())?.text;
        assert_eq!(sql.all::<i64>(&db).await?, expected, "{text}");
    }
    db.close().await
}

#[on_every_database]
async fn an_ambiguous_integer_is_refused(db: Database) -> Result<()> {
    accounts(&db).await?;
    for sql in [
        sql!("select row_number() over (order by {Account::PRICE}) <= {2} from {Account}"),
        sql!("select id from {Account} where length({Account::PRICE}) = {3}"),
        sql!("select id from {Account} where {Account::PRICE} / {2} < {5}"),
        sql!("select id from {Account} where {5} between {Account::PRICE} and {6}"),
        sql!("select id from {Account} where {Account::PRICE} between ({5}) and ({6})"),
        sql!("select {Account::PRICE} + {1} + {2} from {Account}"),
        sql!("select {Account::PRICE} + ({5} + {1}) from {Account}"),
        sql!("select id from {Account} where {Account::PRICE} > +{5}"),
        sql!("select id from {Account} where {Account::PRICE} > case when 1 then {5} end"),
        sql!("select id from {Account} where {Account::PRICE} * {2} > {5}"),
        sql!("select id from {Account} where {100} / {Account::PRICE} > {5}"),
        sql!("select max({Account::PRICE}, {5}) from {Account}"),
        sql!("select id from {Account} where ({Account::PRICE}, count) = ({5}, 3)"),
        sql!("select case {Account::PRICE} when {5} then 1 end from {Account}"),
    ] {
        let text = sql.to_sql(db.dialect());
        let error = sql.all::<Row>(&db).await.expect_err(&format!("{text:?}"));
        assert_eq!(error.kind(), &ErrorKind::Usage, "{error}");
        assert!(error.to_string().contains("Scaled::<") && error.to_string().contains("cast("), "{error}");
    }
    let set = Account::update().set(Account::PRICE, sql!("{5}").expr::<Scaled<2>>()).all_rows();
    assert_eq!(set.execute(&db).await.unwrap_err().kind(), &ErrorKind::Usage);
    let rows = async |sql: aio_sql::Sql| sql.all::<i64>(&db).await;
    let plain = sql!("select id from {Account} where abs({Account::PRICE}) = cast({650} as integer)");
    assert_eq!(rows(plain).await?, [1]);
    let named = sql!("select id from {Account} where count = {3} and {Account::PRICE} > {5} limit {1} offset {0}");
    assert_eq!(rows(named).await?, [1]);
    let listed =
        sql!("select id from {Account} where (id in ({vec![1, 2]}) or count in ({3})) and {Account::PRICE} > {5}");
    assert_eq!(rows(listed).await?, [1]);
    db.close().await
}

#[on_every_database]
async fn a_newtype_of_a_scaled_decimal_has_its_scale(db: Database) -> Result<()> {
    #[derive(aio_sql::SqlType, Clone, Copy, Debug, PartialEq)]
    struct Price(Scaled<2>);
    #[derive(Table, Clone, Debug, PartialEq)]
    #[table(name = "prices")]
    struct Priced {
        #[column(primary_key)]
        id: i64,
        price: Price,
    }
    db.create(Priced).await?;
    Priced::insert(Priced { id: 1, price: Price(Scaled(dec("6.50"))) }).execute(&db).await?;
    assert_eq!(Priced::select().columns(Priced::PRICE.cast::<f64>()).one(&db).await?, 6.5);
    let five = dec("5");
    assert_eq!(sql!("select id from {Priced} where {Priced::PRICE} > {five}").all::<i64>(&db).await?, [1]);
    db.close().await
}

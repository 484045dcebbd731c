//! Amounts of money captured in the text of a statement: wherever a captured number stands, the
//! statement does what it would do with the number of hundredths written in its place, or it is
//! refused.

use aio_sql::{Dialect, ErrorKind, Row, Scaled, Sql, query, sql};

use super::*;

/// The table to which the statements write.
#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "items")]
struct Item {
    #[column(primary_key)]
    id: i64,
    name: String,
    #[column(scale = 2)]
    price: Decimal,
    pieces: i64,
    exact: Decimal,
}

async fn items(db: &Database) -> Result<()> {
    db.create_if_missing(Item).await?;
    Item::delete().all_rows().execute(db).await?;
    let item = |id, price, exact| Item { id, name: format!("i{id}"), price: dec(price), pieces: 12, exact: dec(exact) };
    Item::insert_all([item(1, "0.12", "12"), item(2, "12", "5"), item(12, "99.50", "0.5")]).execute(db).await?;
    Ok(())
}

/// Runs a statement on new rows. Returns the rows that it returns, and the rows that are in the
/// table afterwards.
async fn outcome(db: &Database, statement: Sql) -> Result<(Vec<String>, Vec<String>)> {
    items(db).await?;
    let rows = statement.all::<Row>(db).await?;
    let left = query("select id, name, price, cast(price as text), pieces, exact from items order by id");
    let left: Vec<Row> = left.all(db).await?;
    let shown = |rows: Vec<Row>| rows.iter().map(|row| format!("{row:?}")).collect();
    Ok((shown(rows), shown(left)))
}

/// Lists texts with captured values, each with its statement.
macro_rules! captured {
    ($($text:literal)+) => { vec![$(($text, sql!($text)),)+] };
}

/// Runs each statement, whose captured number is 12, and its text with 1200 hundredths in place of
/// the number. Both must do the same, or the statement is refused. Returns how many were not
/// refused, without those whose form is SQLite's own.
async fn told_or_refused(db: &Database, statements: Vec<(&str, Sql)>) -> Result<usize> {
    let mut told = 0;
    for (text, statement) in statements {
        let plain = text.replace("{Item::PRICE}", "price").replace("{Item}", "items").replace("{x}", "1200");
        let expected = match outcome(db, query(plain)).await {
            Err(_) if db.dialect() == Dialect::Postgres => continue,
            expected => expected?,
        };
        match outcome(db, statement).await {
            Ok(found) => {
                assert_eq!(found, expected, "{text}");
                told += 1;
            }
            Err(error) => {
                assert_eq!(error.kind(), &ErrorKind::Usage, "{error}");
                let said = error.to_string();
                assert!(said.contains("Scaled::<2>(value)") && said.contains("cast("), "{said}");
            }
        }
    }
    Ok(told)
}

/// Statements that compare a captured number with a column of money, calculate with both, or write
/// the number to the column.
macro_rules! of_the_captured_table {
    ($number:expr) => {{
        let x = $number;
        captured! {
            "insert into {Item} (id, name, price, pieces, exact) values (9, 'x', {x}, 1, '1')"
            "insert into {Item} (id, name, {Item::PRICE}, pieces, exact) values (9, 'x', {x}, 1, '1')"
            "insert into {Item} (\"id\", name, \"price\", pieces, exact) values (9, 'x', {x}, 1, '1'), (10, 'y', {x}, 1, '1')"
            "insert into {Item} as i (id, name, price, pieces, exact) values (9, 'x', ({x}), 1, '1')"
            "insert into {Item} (id, name, price, pieces, exact) values (9, 'x', {x} + 0, 1, '1')"
            "insert into {Item} (id, name, price, pieces, exact) values (9, 'x', max({x}, 1), 1, '1')"
            "insert into {Item} (id, name, price, pieces, exact) values (9, 'x', (select {x}), 1, '1')"
            "insert into {Item} (id, name, price, pieces, exact) select 9, 'x', {x}, 1, '1'"
            "insert into {Item} (id, name, price, pieces, exact) select id + 20, name, {x}, 1, '1' from {Item}"
            "insert into {Item} values (9, 'x', {x}, 1, '1')"
            "insert into {Item} values (9, 'x', 1, 1, '1'), (10, 'x', {x}, 1, '1')"
            "insert into {Item} select 9, 'x', {x}, 1, '1'"
            "replace into {Item} (id, name, price, pieces, exact) values (1, 'x', {x}, 1, '1')"
            "replace into {Item} values (1, 'x', {x}, 1, '1')"
            "insert or replace into {Item} (id, price, name, pieces, exact) values (1, {x}, 'x', 1, '1')"
            "insert into {Item} (id, name, price, pieces, exact) values (1, 'x', 5, 1, '1')
             on conflict (id) do update set price = {x}"
            "insert into {Item} (id, name, price, pieces, exact) values (1, 'x', 5, 1, '1')
             on conflict (id) do update set price = excluded.price + {x}"
            "insert into {Item} (id, name, price, pieces, exact) values (1, 'x', {x}, 1, '1')
             on conflict (id) do update set price = excluded.price"
            "insert into {Item} (id, name, price, pieces, exact) values (1, 'x', 5, 1, '1')
             on conflict (id) do update set (name, price) = ('y', {x})"
            "update {Item} set price = {x}"
            "update {Item} set {Item::PRICE} = {x}"
            "update {Item} set name = 'x', \"price\" = {x} where id = 1"
            "update {Item} set price = price + {x}"
            "update {Item} set price = {x} + price"
            "update {Item} set {Item::PRICE} = {Item::PRICE} - {x}"
            "update {Item} set (name, price) = ('x', {x})"
            "update {Item} set price = (select {x})"
            "update {Item} set price = case id when 1 then {x} else price end"
            "update {Item} set price = coalesce(nullif({x}, 0), 1)"
            "update {Item} set price = max(price, {x})"
            "update {Item} set price = -{x}"
            "update {Item} set price = ({x})"
            "update {Item} set price = c.x from (select {x} as x) as c"
            "select id from {Item} where price = {x}"
            "select id from {Item} where {x} = price"
            "select id from {Item} where {Item::PRICE} = {x}"
            "select id from {Item} where {Item::PRICE} >= {x} order by id"
            "select id from {Item} where items.price = {x}"
            "select id from {Item} i where i.price = {x}"
            "select id from {Item} where price is {x}"
            "select id from {Item} where price is not distinct from {x}"
            "select id from {Item} where price between {x} and 2000"
            "select id from {Item} where price between 1 and {x} order by id"
            "select id from {Item} where {Item::PRICE} between 1 and {x} order by id"
            "select id from {Item} where {x} between price and price"
            "select id from {Item} where price in ({x})"
            "select id from {Item} where price in (1, {x})"
            "select id from {Item} where {Item::PRICE} in (1, {x})"
            "select id from {Item} where {x} in (select price from {Item})"
            "select id from {Item} where (id, price) = (2, {x})"
            "select id from {Item} where (id, price) in (values (2, {x}))"
            "select id from {Item} where (2, 'i2', {x}, 12, '5') in (select * from {Item})"
            "select id from {Item} where (2, 'i2', {x}, 12, '5') in {Item}"
            "select id from {Item} where price + 0 = {x}"
            "select id from {Item} where 2 * price = {x} + {x}"
            "select id from {Item} where price = 0 + {x}"
            "select id from {Item} where price = {x} * 1"
            "select id from {Item} where {x} * 1 = price"
            "select id from {Item} where price >= pieces + {x}"
            "select id from {Item} where price + pieces > {x}"
            "select id from {Item} where price between pieces + {x} and 2000"
            "select id from {Item} where price is pieces + {x}"
            "select id from {Item} where not price = pieces + {x}"
            "select id from {Item} where price in (1, pieces + {x})"
            "select id from {Item} where {Item::PRICE} = {x} = 1"
            "select id from {Item} where (price = {x}) = 1"
            "select id from {Item} where price = {x} || ''"
            "select id from {Item} where price = cast({x} + 0 as integer)"
            "select id from {Item} where pieces < price and price - pieces > {x}"
            "select id from {Item} where max(price, 1) = {x}"
            "select id from {Item} where abs(price) = {x}"
            "select id from {Item} where price = abs({x})"
            "select id from {Item} where price % {x} = 0"
            "select id from {Item} where {x} % price = 0"
            "select {x} / price from {Item} order by id"
            "select id from {Item} where price = /* dear */ {x}"
            "select id from {Item} where price = -- dear
             {x}"
            "select id from {Item} where 'it''s' <> name and price = {x}"
            "select id from {Item} where not price < {x} order by id"
            "select id from {Item} where case when price = {x} then 1 else 0 end"
            "select id from {Item} where case price when {x} then 1 else 0 end"
            "select id from {Item} where iif(price = {x}, 1, 0)"
            "select sum(price) from {Item} having sum(price) > {x}"
            "select sum(price) as total from {Item} group by id having total >= {x} order by id"
            "select price as id from {Item} where id = 2 group by price having id = {x}"
            "select t.p from (select price as p from {Item}) as t where t.p = {x}"
            "select pieces from (select price pieces from {Item}) where pieces = {x}"
            "select pieces from (select sum(price) pieces from {Item} group by id) where pieces = {x}"
            "select sum(price) pieces from {Item} group by id having pieces >= {x} order by id"
            "select pieces from (select -price pieces from {Item}) where pieces < {x}"
            "select pieces from (select case when 1 then price end pieces from {Item}) where pieces = {x}"
            "with t (pieces) as (select price from {Item}) select * from t where pieces = {x}"
            "with t (a, b, c, d, e) as (select * from {Item}) select a from t where c = {x}"
            "with t as (select {Item::PRICE} as p from {Item}) select p from t where p = {x}"
            "with t (x) as (select {x}) select id from {Item}, t where price = x"
            "with t (x) as (values ({x})) update {Item} set price = x from t"
            "select pieces from (select pieces from {Item} union select price from {Item}) where pieces = {x}"
            "select id, price from {Item} union select 9, {x} order by 1"
            "select * from {Item} union all select 9, 'x', {x}, 1, '1' order by 1"
            "select id from {Item} i where exists (select 1 from {Item} o where o.price = i.price and o.price = {x})"
            "select id from {Item} where price in (select price from {Item} where price >= {x}) order by id"
            "select lag(price, 1, {x}) over (order by id) from {Item}"
            "select id from {Item} order by price = {x}, id"
            "select i.id from {Item} i join {Item} o on o.id = i.id and o.price = {x}"
            "delete from {Item} where price = {x}"
            "delete from {Item} where {Item::PRICE} < {x} returning id"
        }
    }};
}

#[on_every_database]
async fn a_decimal_in_text_is_as_good_as_its_hundredths_or_refused(db: Database) -> Result<()> {
    let told = told_or_refused(&db, of_the_captured_table!(dec("12"))).await?;
    assert!(told == 14 || db.dialect() != Dialect::Sqlite && told > 5, "forms that are not refused: {told}");
    assert_eq!(
        told,
        told_or_refused(&db, of_the_captured_table!(Some(dec("12.0")))).await?,
        "an optional one is told where the other is"
    );
    Ok(())
}

#[on_every_database]
async fn an_integer_next_to_money_in_raw_sql_is_converted_or_refused(db: Database) -> Result<()> {
    let told = told_or_refused(&db, of_the_captured_table!(12_i64)).await?;
    assert!(told == 14 || db.dialect() != Dialect::Sqlite && told > 5, "forms that are not refused: {told}");
    assert_eq!(
        told,
        told_or_refused(&db, of_the_captured_table!(12_u8)).await?,
        "each integer is told where the others are"
    );
    Ok(())
}

#[on_every_database]
async fn a_float_or_text_next_to_money_in_raw_sql_is_refused(db: Database) -> Result<()> {
    items(&db).await?;
    for sql in [
        sql!("insert into {Item} (id, name, price, pieces, exact) values (9, 'x', {\"12\"}, 1, '1')"),
        sql!("insert into {Item} (id, name, price, pieces, exact) values (9, 'x', {12.0}, 1, '1')"),
        sql!("insert into {Item} values (9, 'x', {12.0}, 1, '1')"),
        sql!("update {Item} set price = {\"12\"}"),
        sql!("update {Item} set price = {12.0}"),
        sql!("update {Item} set {Item::PRICE} = {\"12\"}"),
        sql!("update {Item} set {Item::PRICE} = {Some(\"12\".to_owned())}"),
        sql!("update {Item} set {Item::PRICE} = {true}"),
        sql!("select id from {Item} where {Item::PRICE} = {\"12\"}"),
        sql!("select id from {Item} where {Item::PRICE} in ({[\"12\"]})"),
        sql!("select id from {Item} where {Item::PRICE} between {\"1\"} and {\"12\"}"),
        sql!("select id from {Item} where price > {\"12\"}"),
    ] {
        let text = sql.to_sql(db.dialect());
        let error = sql.all::<Row>(&db).await.expect_err(&format!("{text:?}"));
        assert_eq!(error.kind(), &ErrorKind::Usage, "{error}");
        assert!(error.to_string().contains("Scaled::<2>(value)"), "{error}");
    }
    assert_eq!(
        sql!("select count(*) from {Item} where price = 1200").scalar::<i64>(&db).await?,
        1,
        "nothing is written"
    );
    db.close().await
}

#[on_every_database]
async fn a_decimal_in_text_that_knows_no_table_is_refused(db: Database) -> Result<()> {
    items(&db).await?;
    let x = dec("12");
    let placed = |text: &str| if db.dialect() == Dialect::Sqlite { text.to_owned() } else { text.replace('?', "$") };
    let mut statements = vec![
        sql!("select id from items where price = {x}"),
        sql!("select id from items where price in ({[x]})"),
        sql!("insert into items (id, name, price, pieces, exact) values (9, 'x', {x}, 1, '1')"),
        sql!("update items set price = {x}"),
        sql!("update items set price = {Some(x)}"),
        sql!("select {x}"),
        sql!("select max({x}, 1)"),
        query(placed("select id from items where price = ?1")).bind(x),
        query(placed("update items set price = ?1 where id = ?2")).bind(x).bind(1),
        query(placed("update items set price = ?1")).bind(Some(x)),
    ];
    if db.dialect() == Dialect::Sqlite {
        statements.push(sql!("select id from {Item} where price = ?").bind(x));
        statements.push(sql!("update {Item} set price = ?").bind(12));
    }
    for sql in statements {
        let text = sql.to_sql(db.dialect());
        let error = sql.all::<Row>(&db).await.expect_err(&format!("{text:?}"));
        assert_eq!(error.kind(), &ErrorKind::Usage, "{error}");
        assert!(error.to_string().contains("Scaled::<2>(value)") && error.to_string().contains("cast("), "{error}");
    }
    assert_eq!(
        sql!("select count(*) from {Item} where price = 1200").scalar::<i64>(&db).await?,
        1,
        "nothing is written"
    );
    db.close().await
}

#[on_every_database]
async fn a_decimal_in_raw_sql_with_a_stated_meaning_is_accepted(db: Database) -> Result<()> {
    items(&db).await?;
    let x = dec("12");
    let placed = |text: &str| if db.dialect() == Dialect::Sqlite { text.to_owned() } else { text.replace('?', "$") };
    let mut statements = vec![
        sql!("select id from items where price = {Scaled::<2>(x)}"),
        query(placed("select id from items where price = ?1")).bind(Scaled::<2>(x)),
        sql!("select id from {Item} where price = {Scaled::<2>(x)}"),
        sql!("select id from {Item} where price in ({[Scaled::<2>(x)]})"),
        sql!("select id from {Item} where price = cast({1200} as integer)"),
    ];
    if db.dialect() == Dialect::Sqlite {
        statements.push(sql!("select id from {Item} where {Item::PRICE} = ?").bind(x));
        statements.push(sql!("select id from {Item} where {Item::PRICE} = ? and id > ?").bind(12).bind(1));
    }
    for sql in statements {
        let text = sql.to_sql(db.dialect())?.text;
        assert_eq!(sql.all::<i64>(&db).await?, [2], "{text}");
    }
    let mut statements = vec![
        sql!("select id from {Item} where {Item::EXACT} = {x}"),
        sql!("select id from {Item} where exact = {x}"),
        sql!("select id from {Item} i where i.exact in ({[x]}) and price < 100"),
    ];
    if db.dialect() == Dialect::Sqlite {
        // A decimal is a text there.
        statements.push(sql!("select id from items where exact = cast({x} as text)"));
        statements.push(sql!("select id from items where exact = {x.normalize().to_string()}"));
        statements.push(query("select id from items where exact = cast(? as text)").bind(x));
    }
    for sql in statements {
        let text = sql.to_sql(db.dialect())?.text;
        assert_eq!(sql.all::<i64>(&db).await?, [1], "{text}");
    }
    let (id, half) = (20, dec("0.50"));
    sql!("insert into {Item} (id, name, price, pieces, exact) values ({id}, {\"x\"}, {half}, {id * 2}, {half})")
        .execute(&db)
        .await?;
    let found: Item = Item::find(20).one(&db).await?;
    assert_eq!((found.price, found.pieces, found.exact), (half, 40, half));
    db.close().await
}

#[on_every_database]
async fn another_scale_than_the_columns_is_refused_next_to_its_plain_name(db: Database) -> Result<()> {
    items(&db).await?;
    for sql in [
        sql!("select id from {Item} where price = {Scaled::<4>(dec(\"12\"))}"),
        sql!("update {Item} set price = {Scaled::<4>(dec(\"12\"))}"),
    ] {
        let error = sql.all::<Row>(&db).await.unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::Usage, "{error}");
        assert!(error.to_string().contains("Scaled::<2>(value)"), "{error}");
    }
    let same = sql!("select id from {Item} where {Item::PRICE} = {Scaled::<4>(dec(\"12\"))}");
    assert_eq!(same.all::<i64>(&db).await?, [2]);
    db.close().await
}

#[on_every_database]
async fn a_number_in_raw_sql_that_cannot_be_a_price_is_bound_unchanged(db: Database) -> Result<()> {
    items(&db).await?;
    for (sql, expected) in [
        (sql!("select id from {Item} where id = {12}"), vec![12]),
        (sql!("select id from {Item} where id = {12} and price > 100"), vec![12]),
        (sql!("select i.id from {Item} i where i.id between {2} and {12} and i.price > 100 order by id"), vec![2, 12]),
        (sql!("select id from {Item} where id in ({1}, {12}) and price > 0 order by id"), vec![1, 12]),
        (sql!("select id from {Item} where {12} = id and price > 0"), vec![12]),
        (sql!("select id from {Item} where {Item::ID} = {12} and price > 0"), vec![12]),
        (sql!("select id from {Item} where price > 0 order by price limit {1} offset {2}"), vec![12]),
        (sql!("select id from {Item} where price * {2} = 2400"), vec![2]),
        (sql!("select id from {Item} where {2} * price = 2400"), vec![2]),
        (sql!("select id from {Item} where price / {2} = 600"), vec![2]),
        (sql!("select id from {Item} where (price + 100) * {2} = 2600"), vec![2]),
        (sql!("select max(id) from {Item} having count(*) > {2} and count(price) > {2}"), vec![12]),
        (sql!("select id from {Item} where length(name) > {2}"), vec![12]),
        (sql!("select * from {Item} where length(name) > {2}"), vec![12]),
        (sql!("select id from items where price = {1200}"), vec![2]),
    ] {
        let text = sql.to_sql(db.dialect())?.text;
        let rows = sql.all::<Row>(&db).await.unwrap_or_else(|error| panic!("{text}: {error}"));
        let ids: Vec<i64> = rows.iter().map(|row| row.get(0)).collect::<Result<_>>()?;
        assert_eq!(ids, expected, "{text}");
    }
    db.close().await
}

//! Defaults of decimals: a new row has the number that is written in the struct.

use aio_sql::sql;

use super::*;

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "rates")]
struct Rate {
    #[column(primary_key)]
    id: i64,
    #[column(scale = 2, default = 1)]
    whole: Decimal,
    #[column(default = "0.50")]
    text: Decimal,
}

#[on_every_database]
async fn a_whole_number_is_a_default_at_every_scale(db: Database) -> Result<()> {
    db.create(Rate).await?;
    Rate::insert(NewRate { id: 1, whole: None, text: None }).execute(&db).await?;
    db.execute_script("insert into rates (id) values (2)").await?;
    for rate in Rate::select().all(&db).await? {
        assert_eq!((rate.whole, rate.text), (dec("1"), dec("0.5")));
    }
    db.close().await
}

#[on_every_database]
async fn the_default_of_a_decimal_without_a_scale_is_equal_to_a_value_that_rust_stores(db: Database) -> Result<()> {
    db.create(Rate).await?;
    Rate::insert(NewRate { id: 1, whole: None, text: None }).execute(&db).await?;
    Rate::insert(NewRate { id: 2, whole: None, text: Some(dec("0.50")) }).execute(&db).await?;
    assert_eq!(Rate::select().filter(Rate::TEXT.eq(dec("0.5"))).count(&db).await?, 2);
    db.close().await
}

#[derive(Table, Clone, Debug, PartialEq)]
struct Tariff {
    #[column(primary_key)]
    id: i64,
    #[column(scale = 4, default = 0.19)]
    tax: Decimal,
    #[column(scale = 2, default = -1_000.5)]
    credit: Decimal,
    #[column(scale = 2, default = "19.90")]
    price: Option<Decimal>,
    #[column(scale = 2, default = 92_233_720_368_547_758.07)]
    most: Decimal,
    #[column(scale = 0, default = 7)]
    pieces: Decimal,
    #[column(default = 0.50)]
    exact: Decimal,
    #[column(default = 3)]
    whole: Decimal,
    #[column(decimal = "real", default = 0)]
    zero: Decimal,
    #[column(decimal = "real", default = 12.50)]
    real: Decimal,
    #[column(decimal = "text(2)", default = -1)]
    text: Decimal,
    #[column(decimal = "text(3)", default = "0.5")]
    places: Option<Decimal>,
    #[column(scale = 2, default = sql("100 * 5"))]
    computed: Decimal,
}

fn defaults(id: i64) -> NewTariff {
    NewTariff {
        id,
        tax: None,
        credit: None,
        price: None,
        most: None,
        pieces: None,
        exact: None,
        whole: None,
        zero: None,
        real: None,
        text: None,
        places: None,
        computed: None,
    }
}

fn tariff(id: i64) -> Tariff {
    Tariff {
        id,
        tax: dec("0.19"),
        credit: dec("-1000.5"),
        price: Some(dec("19.9")),
        most: dec("92233720368547758.07"),
        pieces: dec("7"),
        exact: dec("0.5"),
        whole: dec("3"),
        zero: dec("0"),
        real: dec("12.5"),
        text: dec("-1"),
        places: Some(dec("0.5")),
        computed: dec("5"),
    }
}

/// There are two kinds of defaults. One is in the table's definition. The other is written by an
/// insert of several rows of which some have a value and others have not.
#[on_every_database]
async fn a_default_is_the_value_that_the_same_number_is_in_every_form_of_a_decimal(db: Database) -> Result<()> {
    db.create(Tariff).await?;
    Tariff::insert(defaults(1)).execute(&db).await?;
    db.execute_script("insert into tariff (id) values (2)").await?;
    let given = NewTariff { tax: Some(dec("0.19")), text: Some(dec("-1")), ..defaults(4) };
    Tariff::insert_all([defaults(3), given]).execute(&db).await?;
    let stored = tariff(5);
    let given = NewTariff {
        tax: Some(stored.tax),
        credit: Some(stored.credit),
        price: Some(stored.price),
        most: Some(stored.most),
        pieces: Some(stored.pieces),
        exact: Some(stored.exact),
        whole: Some(stored.whole),
        zero: Some(stored.zero),
        real: Some(stored.real),
        text: Some(stored.text),
        places: Some(stored.places),
        computed: Some(stored.computed),
        ..defaults(5)
    };
    Tariff::insert(given).execute(&db).await?;
    let rows = Tariff::select().order_by(Tariff::ID).all(&db).await?;
    assert_eq!(rows, [1, 2, 3, 4, 5].map(tariff));
    let equal: i64 = sql!(
        "select count(*) from {Tariff} t join {Tariff} given on given.id = 5 and
             (t.tax, t.credit, t.price, t.most, t.pieces, t.exact, t.whole, t.zero, t.real, t.text, t.places, t.computed)
             = (given.tax, given.credit, given.price, given.most, given.pieces, given.exact, given.whole, given.zero,
                given.real, given.text, given.places, given.computed)"
    )
    .scalar(&db)
    .await?;
    assert_eq!(equal, 5);
    db.create_if_missing(Tariff).await?;
    db.close().await
}

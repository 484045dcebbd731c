//! Named CHECK constraints: in the DDL, in the error of a violation, and in the comparison of
//! tables.

use super::*;

#[derive(Table, Clone, Debug)]
#[table(
    name = "offers",
    check(expr = "sold <= stock", name = "sold_is_in_stock"),
    check = "sold >= 0",
    check(name = "odd \"name\"", expr = "length(title) < 100")
)]
struct Offer {
    #[column(primary_key, auto)]
    id: i64,
    title: String,
    #[column(check(expr = "stock < 1000", name = "stock_fits"))]
    stock: i64,
    sold: i64,
}

fn offer(stock: i64, sold: i64) -> NewOffer {
    NewOffer { title: "tea".into(), stock, sold }
}

#[test]
fn create_sql_has_the_statements_of_a_table_and_its_indexes() -> Result<()> {
    let [create] = &Offer.create_sql(Dialect::Sqlite)?[..] else { panic!("there are no indexes") };
    for name in ["sold_is_in_stock", "ck_offers_2", "odd \"\"name\"\"", "stock_fits"] {
        assert!(create.contains(&format!("CONSTRAINT \"{name}\" CHECK (")), "{name} in {create}");
    }
    let person = Person.create_sql(Dialect::Sqlite)?;
    assert_eq!(person, Dialect::Sqlite.ddl(Person)?);
    assert!(person[0].starts_with("CREATE TABLE \"person\"") && person[1].starts_with("CREATE "), "{person:?}");
    assert!(person.len() > 2);
    assert!(Offer.create_sql(Dialect::Postgres)?.join(";").contains("\"stock_fits\""));
    Ok(())
}

#[on_every_database]
async fn a_violated_check_is_reported_by_its_name(db: Database) -> Result<()> {
    db.create(Offer).await?;
    let told = |error: aio_sql::Error, name: &str, columns: &[&str], words: &str| {
        let ErrorKind::Check { table, columns: of, constraint } = error.kind() else { panic!("{error:?}") };
        assert_eq!((table.as_str(), constraint.as_str()), ("offers", name));
        assert_eq!(of, columns);
        assert!(error.to_string().contains(name) && error.to_string().contains(words), "{error}");
    };
    told(Offer::insert(offer(5, 6)).execute(&db).await.expect_err("sold"), "sold_is_in_stock", &[], "sold <= stock");
    told(
        Offer::insert(offer(5000, 6)).execute(&db).await.expect_err("stock"),
        "stock_fits",
        &["stock"],
        "stock < 1000",
    );
    told(Offer::insert(offer(5, -6)).execute(&db).await.expect_err("sold"), "ck_offers_2", &[], "sold >= 0");
    let long = NewOffer { title: "t".repeat(100), ..offer(1, 0) };
    told(Offer::insert(long).execute(&db).await.expect_err("title"), "odd \"name\"", &[], "length(title) < 100");
    let raw = sql!("insert into offers (title, stock, sold) values ('a', 1, 2)").execute(&db).await.expect_err("sold");
    assert!(matches!(raw.kind(), ErrorKind::Check { constraint, .. } if constraint == "sold_is_in_stock"), "{raw}");
    db.close().await
}

#[on_every_database]
async fn tables_are_compared_by_check_conditions_and_differences_named(db: Database) -> Result<()> {
    let create = Offer.create_sql(db.dialect())?.join(";");
    let differences = async |from: &str, to: &str| -> Result<Vec<String>> {
        assert!(create.contains(from), "{from}");
        db.execute_script(create.replacen(from, to, 1)).await?;
        let compared = db.create_if_missing(Offer).await;
        db.drop(Offer).await?;
        match compared.map_err(|error| error.kind().clone()) {
            Ok(()) => Ok(Vec::new()),
            Err(ErrorKind::Shape { differences, .. }) => Ok(differences),
            Err(other) => panic!("{other:?}"),
        }
    };
    assert_eq!(differences("CONSTRAINT \"stock_fits\"", "CONSTRAINT other").await?, [""; 0], "the name alone");
    assert_eq!(differences("CONSTRAINT \"stock_fits\" ", "").await?, [""; 0]);
    assert_eq!(
        differences("stock < 1000", "stock < 500").await?,
        ["the check `stock_fits` is (stock < 500): expected (stock < 1000)"]
    );
    assert_eq!(
        differences("CONSTRAINT \"stock_fits\" CHECK (stock < 1000)", "").await?,
        ["the check `stock_fits` is missing: expected (stock < 1000)"]
    );
    // SQLite knows brackets around a name, too.
    let odd = if db.dialect() == Dialect::Sqlite { "[odd \"name\"]" } else { "\"odd \"\"name\"\"\"" };
    assert_eq!(
        differences("\"odd \"\"name\"\"\" CHECK (length(title) < 100)", &format!("{odd} CHECK (length(title) < 10)"))
            .await?,
        ["the check `odd \"name\"` is (length(title) < 10): expected (length(title) < 100)"]
    );
    let expected = ["the check (sold >= 0) is missing", "the check (sold > 0) is unexpected"];
    // Only a table that is STRICT may have no other checks than the struct.
    let of_strict = if db.dialect() == Dialect::Sqlite { 2 } else { 1 };
    assert_eq!(differences("sold >= 0", "sold > 0").await?, expected[..of_strict]);
    db.close().await
}

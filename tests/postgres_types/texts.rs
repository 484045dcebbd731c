//! `varchar(n)`, `char(n)`, and types whose values the library reads and writes as text.

use super::*;

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "codes")]
struct Code {
    #[column(primary_key)]
    id: i64,
    short: String,
    padded: Option<String>,
}

fn code(id: i64, short: &str, padded: &str) -> Code {
    Code { id, short: short.into(), padded: Some(padded.into()) }
}

const CODES: &str = "create table codes (id bigint primary key, short varchar(3) not null, padded char(4))";

#[test]
fn text_of_a_limited_length_is_stored_and_found() {
    with_database(|db| async move {
        db.execute_script(CODES).await?;
        assert_eq!(Code::insert(code(1, "äöü", "ab")).one(&db).await?, code(1, "äöü", "ab  "));
        Code::insert_all([code(2, "", "abcd"), code(3, "b", "")]).execute(&db).await?;
        Code::insert_all((10..2_000).map(|id| code(id, "x", "y"))).execute(&db).await?;
        assert_eq!(Code::find(1_999).one(&db).await?, code(1_999, "x", "y   "));
        let ids =
            |condition: aio_sql::Condition<Code>| Code::select().filter(condition).order_by(Code::ID).columns(Code::ID);
        assert_eq!(ids(Code::SHORT.eq("äöü")).all(&db).await?, [1]);
        assert_eq!(ids(Code::SHORT.is_in(["", "b"])).all(&db).await?, [2, 3]);
        // The spaces that fill it up are not part of the value.
        assert_eq!(ids(Code::PADDED.eq("ab").into()).all(&db).await?, [1]);
        assert_eq!(ids(Code::PADDED.eq("ab  ").into()).all(&db).await?, [1]);
        assert_eq!(ids(Code::PADDED.is_in(["ab", "abcd", ""]).into()).all(&db).await?, [1, 2, 3]);
        db.close().await
    });
}

#[test]
fn text_that_is_too_long_is_an_error_and_not_cut() {
    with_database(|db| async move {
        db.execute_script(CODES).await?;
        Code::insert(code(1, "abc", "abcd")).execute(&db).await?;
        for error in [
            Code::insert(code(2, "abcd", "")).execute(&db).await.unwrap_err(),
            Code::insert(code(2, "abc", "abcde")).one(&db).await.unwrap_err(),
            Code::insert_all((10..2_000).map(|id| code(id, "abcd", ""))).execute(&db).await.unwrap_err(),
            Code::update().set(Code::SHORT, "abcd").all_rows().execute(&db).await.unwrap_err(),
        ] {
            assert_eq!(error.code(), Some("22001"), "{error:?}");
            assert!(error.to_string().contains("too long") && !error.to_string().contains("abcd"), "{error}");
        }
        assert_eq!(Code::select().filter(Code::SHORT.eq("abcd")).count(&db).await?, 0, "no text is so long");
        assert_eq!(Code::select().all(&db).await?, [code(1, "abc", "abcd")]);
        db.close().await
    });
}

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "others")]
struct Other {
    #[column(primary_key)]
    id: i64,
    address: String,
    wait: Option<String>,
    names: Option<String>,
    tag: Option<String>,
}

#[test]
fn values_of_unknown_types_are_their_text() {
    with_database(|db| async move {
        db.execute_script(
            "create table others (id bigint primary key, address inet not null, wait interval, names text[], tag name)",
        )
        .await?;
        let other = |id, address: &str| Other {
            id,
            address: address.into(),
            wait: Some("1 day 02:00:00".into()),
            names: Some("{a,\"b c\",NULL}".into()),
            tag: Some("t".into()),
        };
        assert_eq!(Other::insert(other(1, "10.0.0.1")).one(&db).await?, other(1, "10.0.0.1"));
        let many = (2..2_000).map(|id| other(id, &format!("10.1.{}.{}", id / 250, id % 250)));
        Other::insert_all(many).execute(&db).await?;
        assert_eq!(Other::find(501).one(&db).await?.address, "10.1.2.1");
        let found = Other::select().filter(Other::ADDRESS.is_in(["10.0.0.1", "10.1.2.1"])).order_by(Other::ID);
        assert_eq!(found.columns(Other::ID).all(&db).await?, [1, 501]);
        // Another text of the same values.
        let same = Other::select().filter(Other::ADDRESS.eq("10.0.0.1/32")).filter(Other::WAIT.eq("26:00:00"));
        assert_eq!(same.count(&db).await?, 1);
        let error = Other::insert(other(1, "nowhere")).execute(&db).await.unwrap_err();
        assert_eq!(error.code(), Some("22P02"), "{error:?}");
        assert!(!format!("{error}{error:?}").contains("nowhere"), "no value stands in it: {error:?}");
        db.close().await
    });
}

#[tokio::test]
async fn a_role_that_may_not_create_the_collation_for_texts_without_regard_to_case_is_told_what_to_run() -> Result<()> {
    let Some(server) = servers::postgres::shared() else { return Ok(()) };
    let schema = server.create_schema().await?;
    let role = format!("reader_of_codes_{}", std::process::id());
    let address = schema.address().replacen("postgres://postgres@", &format!("postgres://{role}@"), 1);
    if address == schema.address() {
        // The server of a variable has other users.
        return Ok(());
    }
    let db = Database::open(schema.address()).await?;
    db.execute_script(format!(
        "{CODES}; insert into codes values (1, 'Ab'), (2, 'b'); create role {role} login; grant select on codes to {role};
         do $$ begin execute format('grant usage on schema %I to {role}', current_schema()); end $$"
    ))
    .await?;
    let reader = Database::open(&*address).await?;
    let find = || Code::select().filter(Code::SHORT.collate(Collation::NoCase).eq("AB")).columns(Code::ID);
    let error = find().all(&reader).await.unwrap_err().to_string();
    assert!(error.contains("let a role that may create it run CREATE COLLATION"), "{error}");
    if server.has_icu().await? {
        let statement = error.find("CREATE COLLATION").zip(error.find("FALSE)"));
        let (begin, end) = statement.expect("the statement");
        db.execute_script(&error[begin..end + "FALSE)".len()]).await?;
        assert_eq!(find().all(&reader).await?, [1]);
    }
    reader.close().await?;
    db.execute_script(format!("drop owned by {role}; drop role {role}")).await?;
    db.close().await
}

#[test]
fn a_value_that_cannot_be_copied_after_thousands_that_were_leaves_none_of_them_twice() {
    #[derive(Table, Clone, Debug, PartialEq)]
    #[table(name = "guests")]
    struct Guest {
        #[column(primary_key)]
        id: i64,
        name: String,
        address: Option<String>,
    }
    const ROWS: i64 = 6_000;
    with_database(|db| async move {
        db.execute_script("create table guests (id bigint primary key, name text not null, address inet)").await?;
        let guest = |id| Guest { id, name: format!("guest {id}"), address: None };
        // NULL is copied, and an address, which is sent as text, has to be inserted.
        let with_address = |id| Guest { address: (id % ROWS == 5_500).then(|| "10.0.0.1".to_owned()), ..guest(id) };
        let with_nul = |id| Guest { name: if id % ROWS == 5_000 { "a\0b".into() } else { "a".into() }, ..guest(id) };
        let tx = db.begin().await?;
        let ids = Guest::select().columns(Guest::ID).order_by(Guest::ID);
        for (place, ex) in [&*db, &*tx].into_iter().enumerate() {
            let from = place as i64 * ROWS;
            let refused = Guest::insert_all((from..from + ROWS).map(with_nul)).execute(ex).await;
            assert_eq!(refused.as_ref().unwrap_err().row(), Some(5_000));
            assert_unstorable(refused, "guests", "name", "NUL");
            assert_eq!(Guest::select().count(&tx).await?, from as u64);
            let inserted = Guest::insert_all((from..from + ROWS).map(with_address)).execute(ex).await?;
            assert_eq!(inserted.rows_affected, ROWS as u64);
            assert_eq!(ids.clone().all(&tx).await?, Vec::from_iter(0..from + ROWS));
        }
        tx.commit().await?;
        assert_eq!(ids.filter(Guest::ADDRESS.is_not_null()).all(&db).await?, [5_500, 11_500]);
        db.close().await
    });
}

//! `citext`, which compares text without regard to case.

use super::*;

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "people")]
struct Person {
    #[column(primary_key)]
    id: i64,
    #[column(unique)]
    name: String,
    nick: Option<String>,
}

fn person(id: i64, name: &str) -> Person {
    Person { id, name: name.into(), nick: None }
}

// One test, because an extension can be in one schema of a database only.
#[test]
fn a_citext_column_is_compared_and_sorted_without_regard_to_case() {
    with_database(|db| async move {
        let offered: i64 =
            sql!("select count(*) from pg_available_extensions where name = 'citext'").scalar(&db).await?;
        if offered == 0 {
            eprintln!("left out: the server does not have the extension citext");
            return Ok(());
        }
        db.execute_script(
            "create extension citext;
             create table people (id bigint primary key, name citext not null unique, nick citext)",
        )
        .await?;
        let dana = person(1, "Dana");
        assert_eq!(Person::insert(dana.clone()).one(&db).await?, dana);
        Person::insert_all([person(2, "anna"), person(3, "BOB"), person(4, "carl")]).execute(&db).await?;
        // So many rows are sent by COPY.
        Person::insert_all((10..2_000).map(|id| person(id, &format!("Name {id}")))).execute(&db).await?;

        let found = Person::select().filter(Person::NAME.eq("DANA"));
        assert_eq!(found.all(&db).await?, std::slice::from_ref(&dana));
        let found = Person::select().filter(Person::NAME.is_in(["dANA", "bob", "nobody"])).order_by(Person::ID);
        assert_eq!(found.columns(Person::ID).all(&db).await?, [1, 3]);
        let many: Vec<String> = (0..2_000).map(|id| format!("NAME {id}")).collect();
        assert_eq!(Person::select().filter(Person::NAME.is_in(many)).count(&db).await?, 1_990);
        let others = Person::select().filter(Person::ID.lt(10)).filter(Person::NAME.ne("dana"));
        assert_eq!(others.count(&db).await?, 3);
        let sorted = Person::select().filter(Person::ID.lt(10)).order_by(Person::NAME).columns(Person::NAME);
        assert_eq!(sorted.all(&db).await?, ["anna", "BOB", "carl", "Dana"]);
        let less = Person::select().filter(Person::NAME.lt("CARL")).order_by(Person::ID).columns(Person::ID);
        assert_eq!(less.all(&db).await?, [2, 3]);
        assert_eq!(Person::select().filter(Person::NICK.eq(None)).filter(Person::NAME.eq("BoB")).count(&db).await?, 1);
        let name = "ANNA";
        assert_eq!(sql!("select id from {Person} where {Person::NAME} = {name}").scalar::<i64>(&db).await?, 2);
        assert_eq!(sql!("select name from people where name = {name}").scalar::<String>(&db).await?, "anna");

        let error = Person::insert(person(5, "bob")).execute(&db).await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Unique { columns, .. } if columns == &["name"]), "{error:?}");
        let there = Person::insert(person(5, "bob")).or_get(Person::NAME).one(&db).await?.into_row();
        assert_eq!(there, person(3, "BOB"));
        let upsert = Person::insert(person(5, "bob"))
            .on_conflict(Person::NAME)
            .do_update()
            .set(Person::NICK, Some("B".to_owned()));
        assert_eq!(upsert.one(&db).await?.into_row(), Some(Person { nick: Some("B".into()), ..person(3, "BOB") }));
        let set = Person::update().set(Person::NAME, "Bert").filter(Person::NICK.eq("b"));
        assert_eq!(set.execute(&db).await?.rows_affected, 1);
        let mut carl = Person::find(4).one(&db).await?;
        carl.nick = Some("C".into());
        carl.save(&db).await?;
        assert_eq!(Person::select().filter(Person::NICK.eq("c")).all(&db).await?, [carl]);
        db.close().await
    });
}

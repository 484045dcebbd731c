//! The elements of JSON documents as tables.

use aio_sql::{Json, exists};

use super::*;

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "posts")]
struct Post {
    #[column(primary_key)]
    id: i64,
    #[column(json)]
    tags: Vec<String>,
    #[column(json)]
    extra: Option<serde_json::Value>,
}

/// An element of an array.
#[derive(Record, Clone, Debug, PartialEq)]
struct Tag {
    key: i64,
    value: String,
}

/// A member of an object, or any other value in a document.
#[derive(Record, Clone, Debug, PartialEq)]
struct Member {
    key: Option<String>,
    #[record(name = "type")]
    kind: String,
    atom: Option<i64>,
    fullkey: String,
    path: String,
}

#[derive(Record, Clone, Debug, PartialEq)]
struct Wanted {
    value: i64,
}

async fn posts(db: &Database) {
    fill(db).await;
    db.create(Post).await.unwrap();
    let post = |id, tags: &[&str], extra| Post { id, tags: tags.iter().map(|tag| (*tag).into()).collect(), extra };
    let extra = serde_json::json!({"votes": {"up": 3, "down": 1}, "open": true});
    Post::insert_all([post(1, &["red", "blue"], Some(extra)), post(2, &["red"], None), post(3, &[], None)])
        .execute(db)
        .await
        .unwrap();
}

#[on_every_database]
async fn the_elements_of_an_array_are_joined_to_their_row(db: Database) -> Result<()> {
    posts(&db).await;
    let tagged = Post::select().join_lateral(Post::TAGS.json_each(Tag)).order_by((Post::ID, Tag::KEY));
    let rows: Vec<(Post, Tag)> = tagged.clone().all(&db).await?;
    assert_eq!(rows.iter().map(|(post, tag)| (post.id, tag.key)).collect::<Vec<_>>(), [(1, 0), (1, 1), (2, 0)]);
    let red: Vec<i64> = tagged.clone().filter(Tag::VALUE.eq("red")).columns(Post::ID).all(&db).await?;
    assert_eq!(red, [1, 2]);
    let by_tag: Vec<(String, i64)> = Post::select()
        .join_lateral(Post::TAGS.json_each(Tag))
        .group_by(Tag::VALUE)
        .order_by(Tag::VALUE)
        .columns((Tag::VALUE, count()))
        .all(&db)
        .await?;
    assert_eq!(by_tag, [("blue".into(), 1), ("red".into(), 2)]);
    assert_eq!(tagged.count(&db).await?, 3);
    Ok(())
}

#[on_every_database]
async fn a_row_without_elements_stays_in_a_left_join(db: Database) -> Result<()> {
    posts(&db).await;
    let rows: Vec<(i64, Option<String>)> = Post::select()
        .left_join_lateral(Post::TAGS.json_each(Tag))
        .filter(Post::ID.gt(1))
        .order_by(Post::ID)
        .columns((Post::ID, Tag::VALUE))
        .all(&db)
        .await?;
    assert_eq!(rows, [(2, Some("red".into())), (3, None)]);
    let whole: Vec<(Post, Option<Tag>)> =
        Post::select().left_join_lateral(Post::TAGS.json_each(Tag)).filter(Tag::KEY.is_null()).all(&db).await?;
    assert_eq!(whole.iter().map(|(post, tag)| (post.id, tag.is_none())).collect::<Vec<_>>(), [(3, true)]);
    Ok(())
}

#[on_every_database(except postgres = Unsupported("`json_tree`"))]
async fn a_tree_returns_all_values_of_a_document(db: Database) -> Result<()> {
    posts(&db).await;
    let numbers: Vec<Member> = Post::select()
        .join_lateral(Post::EXTRA.json_tree(Member))
        .filter(Member::KIND.eq("integer"))
        .order_by(Member::FULLKEY)
        .columns(Member)
        .all(&db)
        .await?;
    let member = |key: &str, atom| Member {
        key: Some(key.into()),
        kind: "integer".into(),
        atom: Some(atom),
        fullkey: format!("$.votes.{key}"),
        path: "$.votes".into(),
    };
    assert_eq!(numbers, [member("down", 1), member("up", 3)]);
    let votes: Vec<(i64, Option<String>)> = Post::select()
        .join_lateral(Post::EXTRA.json_each(Member).at("$.votes"))
        .order_by(Member::KEY)
        .columns((Post::ID, Member::KEY))
        .all(&db)
        .await?;
    assert_eq!(votes, [(1, Some("down".into())), (1, Some("up".into()))]);
    Ok(())
}

#[on_every_database]
async fn the_members_of_an_object_are_joined_to_their_row(db: Database) -> Result<()> {
    #[derive(Record, Clone, Debug, PartialEq)]
    struct Votes {
        key: String,
        value: i64,
    }
    posts(&db).await;
    let votes = Post::select().join_lateral(Post::EXTRA.json_each(Votes).at("$.votes")).order_by(Votes::KEY);
    let votes: Vec<(i64, String, i64)> = votes.columns((Post::ID, Votes::KEY, Votes::VALUE)).all(&db).await?;
    assert_eq!(votes, [(1, "down".into(), 1), (1, "up".into(), 3)]);
    Ok(())
}

#[on_every_database]
async fn an_element_that_is_an_array_is_a_table_again(db: Database) -> Result<()> {
    #[derive(Record, Clone, Debug, PartialEq)]
    struct Line {
        key: i64,
        #[record(json)]
        value: Vec<Option<i64>>,
    }
    #[derive(Record, Clone, Debug, PartialEq)]
    struct Cell {
        key: i64,
        value: Option<i64>,
    }
    posts(&db).await;
    let lines = vec![vec![Some(1), None], vec![], vec![Some(3)]];
    let cells = value(Json(lines)).json_each(Line).select().join_lateral(Line::VALUE.json_each(Cell));
    let rows: Vec<(Line, Cell)> = cells.order_by((Line::KEY, Cell::KEY)).all(&db).await?;
    let cells: Vec<_> = rows.iter().map(|(line, cell)| (line.key, cell.key, cell.value)).collect();
    assert_eq!(cells, [(0, 0, Some(1)), (0, 1, None), (2, 0, Some(3))]);
    assert_eq!(rows[2].0.value, [Some(3)]);
    Ok(())
}

#[on_every_database]
async fn a_list_of_values_is_a_table(db: Database) -> Result<()> {
    posts(&db).await;
    let list = || value(Json(vec!["x".to_owned(), "y".to_owned()])).json_each(Tag);
    let rows: Vec<Tag> = list().select().order_by(Tag::KEY.desc()).all(&db).await?;
    assert_eq!(rows[0], Tag { key: 1, value: "y".into() });
    assert_eq!(list().select().count(&db).await?, 2);
    let wanted = value(Json(vec![3_i64, 1])).json_each(Wanted);
    let query = Post::select().join_on(wanted, Wanted::VALUE.eq(Post::ID)).order_by(Post::ID).columns(Post::ID);
    assert_eq!(query.all(&db).await?, [1, 3]);
    let crossed = Route::select().cross_join(list()).count(&db).await?;
    assert_eq!(crossed, 8);
    Ok(())
}

#[on_every_database]
async fn a_subquery_reads_the_elements_of_a_row_around_it(db: Database) -> Result<()> {
    posts(&db).await;
    let with_b = exists(Post::TAGS.json_each(Tag).outer::<Post>().filter(Tag::VALUE.starts_with("b")));
    assert_eq!(Post::select().filter(with_b).columns(Post::ID).all(&db).await?, [1]);
    let longest = Post::TAGS.json_each(Tag).outer::<Post>().columns(Tag::VALUE.length().max()).scalar_subquery();
    let lengths: Vec<(i64, Option<i64>)> =
        Post::select().order_by(Post::ID).columns((Post::ID, longest)).all(&db).await?;
    assert_eq!(lengths, [(1, Some(4)), (2, Some(3)), (3, None)]);
    Ok(())
}

#[on_every_database]
async fn the_elements_of_an_array_are_read_twice_through_an_alias(db: Database) -> Result<()> {
    alias!(Other = Tag);
    posts(&db).await;
    let pairs = Post::select()
        .join_lateral(Post::TAGS.json_each(Tag))
        .join_lateral(Post::TAGS.json_each(Tag).of(Other))
        .filter(Tag::KEY.lt(Tag::KEY.of::<Other>()))
        .columns((Tag::VALUE, Tag::VALUE.of::<Other>()));
    assert_eq!(pairs.all(&db).await?, [("red".into(), "blue".into())]);
    Ok(())
}

#[on_every_database]
async fn a_json_table_rejects_unknown_columns(db: Database) -> Result<()> {
    #[derive(Record, Debug)]
    #[allow(dead_code)]
    struct Wrong {
        value: String,
        place: i64,
    }
    posts(&db).await;
    let wrong = Post::select().join_lateral(Post::TAGS.json_each(Wrong)).all(&db).await.unwrap_err().to_string();
    let expected = match db.dialect() {
        Dialect::Sqlite => {
            "`Wrong.place`: `json_each` has no such column; it has key, value, type, atom, id, parent, fullkey, path"
        }
        _ => "postgres has no column `place` of `json_each`, which only has `key` and `value`",
    };
    assert_eq!(wrong, expected);
    let twice = Post::select()
        .join_lateral(Post::TAGS.json_each(Tag))
        .join_lateral(Post::TAGS.json_each(Tag))
        .all(&db)
        .await
        .unwrap_err();
    assert!(twice.to_string().contains("reads `tag` twice"), "{twice}");
    Ok(())
}

#[test]
fn texts_of_json_tables() {
    let text = Post::select()
        .join_lateral(Post::TAGS.json_each(Tag))
        .columns(Tag::VALUE)
        .to_sql(Dialect::Sqlite)
        .unwrap()
        .text;
    let expected = r#"SELECT "tag"."value" FROM "posts" JOIN JSON_EACH("posts"."tags") AS "tag" ON TRUE"#;
    assert_eq!(text, expected);
}

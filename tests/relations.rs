//! Loading the rows of other tables together with those of a query.

#![allow(clippy::unwrap_used, clippy::type_complexity)]

use aio_sql::{Database, Dialect, ErrorKind, Page, Result, Table, alias, count, sql, sql_function};
use servers::on_every_database;

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "teams")]
struct Team {
    #[column(primary_key)]
    id: i64,
    name: String,
}

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "users")]
struct User {
    #[column(primary_key)]
    id: i64,
    name: String,
    #[column(references = Team::ID)]
    team_id: Option<i64>,
}

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "profiles")]
struct Profile {
    #[column(primary_key, references = User::ID)]
    user_id: i64,
    motto: String,
}

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "posts")]
struct Post {
    #[column(primary_key)]
    id: i64,
    #[column(references = User::ID)]
    user_id: i64,
    title: String,
}

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "comments")]
struct Comment {
    #[column(primary_key)]
    id: i64,
    #[column(references = Post::ID)]
    post_id: i64,
    text: String,
}

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "groups")]
struct Group {
    #[column(primary_key)]
    id: i64,
    name: String,
}

/// A user may be a member of a group several times.
#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "memberships")]
struct Membership {
    #[column(references = User::ID)]
    user_id: i64,
    #[column(references = Group::ID)]
    group_id: i64,
    since: i64,
}

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "employees")]
struct Employee {
    #[column(primary_key)]
    id: i64,
    name: String,
    #[column(references = Employee::ID)]
    manager_id: Option<i64>,
}

alias!(Manager = Employee);
alias!(Report = Employee);

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "friendships", primary_key(user_id, friend_id))]
struct Friendship {
    #[column(references = User::ID)]
    user_id: i64,
    #[column(references = User::ID)]
    friend_id: i64,
}

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "rooms", primary_key(house, number))]
struct Room {
    house: String,
    number: i64,
}

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "bookings", foreign_key(columns(house, number), references(Room::HOUSE, Room::NUMBER)))]
struct Booking {
    #[column(primary_key)]
    id: i64,
    house: String,
    number: Option<i64>,
}

async fn fill(db: &Database) {
    db.create_all((Team, User, Profile, Post, Comment, Group, Membership, Employee, Friendship, Room, Booking))
        .await
        .unwrap();
    Team::insert_all([(1, "red"), (2, "blue")].map(|(id, name)| Team { id, name: name.into() }))
        .execute(db)
        .await
        .unwrap();
    let users = [(1, "Ann", Some(1)), (2, "Bob", None), (3, "Cid", Some(1))];
    User::insert_all(users.map(|(id, name, team_id)| User { id, name: name.into(), team_id }))
        .execute(db)
        .await
        .unwrap();
    Profile::insert(Profile { user_id: 1, motto: "on".into() }).execute(db).await.unwrap();
    let posts = [(10, 1), (11, 3), (12, 1), (13, 1)];
    Post::insert_all(posts.map(|(id, user_id)| Post { id, user_id, title: format!("p{id}") }))
        .execute(db)
        .await
        .unwrap();
    let comments = [(100, 10), (101, 10), (102, 11)];
    Comment::insert_all(comments.map(|(id, post_id)| Comment { id, post_id, text: format!("c{id}") }))
        .execute(db)
        .await
        .unwrap();
    Group::insert_all([(1, "chess"), (2, "go"), (3, "none")].map(|(id, name)| Group { id, name: name.into() }))
        .execute(db)
        .await
        .unwrap();
    let memberships = [(1, 1, 2001), (1, 2, 2002), (1, 1, 2003), (3, 2, 2004)];
    Membership::insert_all(memberships.map(|(user_id, group_id, since)| Membership { user_id, group_id, since }))
        .execute(db)
        .await
        .unwrap();
    let employees = [(1, "Isaac", None), (2, "Dana", Some(1)), (3, "Casey", Some(2)), (4, "Jeremy", Some(2))];
    Employee::insert_all(employees.map(|(id, name, manager_id)| Employee { id, name: name.into(), manager_id }))
        .execute(db)
        .await
        .unwrap();
    Friendship::insert_all([(1, 2), (1, 3), (2, 3)].map(|(user_id, friend_id)| Friendship { user_id, friend_id }))
        .execute(db)
        .await
        .unwrap();
    Room::insert_all([("a", 1), ("a", 2), ("b", 1)].map(|(house, number)| Room { house: house.into(), number }))
        .execute(db)
        .await
        .unwrap();
    let bookings = [(1, "a", Some(1)), (2, "b", Some(1)), (3, "a", Some(1)), (4, "a", None)];
    Booking::insert_all(bookings.map(|(id, house, number)| Booking { id, house: house.into(), number }))
        .execute(db)
        .await
        .unwrap();
}

fn ids(posts: &[Post]) -> Vec<i64> {
    posts.iter().map(|post| post.id).collect()
}

#[on_every_database]
async fn each_row_is_loaded_with_the_rows_that_reference_it(db: Database) -> Result<()> {
    fill(&db).await;
    let users: Vec<(User, Vec<Post>)> = User::select().with(Post).order_by(User::ID).all(&db).await?;
    let users: Vec<_> = users.iter().map(|(user, posts)| (user.name.as_str(), ids(posts))).collect();
    assert_eq!(users, [("Ann", vec![10, 12, 13]), ("Bob", vec![]), ("Cid", vec![11])]);
    Ok(())
}

#[on_every_database]
async fn each_row_is_loaded_with_the_row_that_it_references(db: Database) -> Result<()> {
    fill(&db).await;
    // The user of several posts is returned with each of them.
    let posts: Vec<(Post, User)> = Post::select().order_by(Post::ID).with(User).all(&db).await?;
    assert_eq!(posts.iter().map(|(_, user)| user.name.as_str()).collect::<Vec<_>>(), ["Ann", "Cid", "Ann", "Ann"]);
    // The foreign key may be NULL.
    let users: Vec<(User, Option<Team>)> = User::select().order_by(User::ID).with(Team).all(&db).await?;
    let teams: Vec<_> = users.iter().map(|(_, team)| team.as_ref().map(|team| team.name.as_str())).collect();
    assert_eq!(teams, [Some("red"), None, Some("red")]);
    Ok(())
}

#[on_every_database]
async fn a_unique_foreign_key_loads_at_most_one_row(db: Database) -> Result<()> {
    fill(&db).await;
    let users: Vec<(User, Option<Profile>)> = User::select().order_by(User::ID).with(Profile).all(&db).await?;
    let mottos: Vec<_> = users.into_iter().map(|(_, profile)| profile.map(|profile| profile.motto)).collect();
    assert_eq!(mottos, [Some("on".to_owned()), None, None]);
    Ok(())
}

#[on_every_database]
async fn there_are_as_many_statements_as_relations_and_one_message(db: Database) -> Result<()> {
    fill(&db).await;
    let query = User::select().with(Post.with(Comment)).with(Team);
    let texts: Vec<String> = query.to_sql(Dialect::Sqlite)?.into_iter().map(|sql| sql.text).collect();
    assert_eq!(
        texts,
        [
            r#"SELECT "id", "name", "team_id" FROM "users""#,
            // All users are loaded, so all posts and all comments belong to the result.
            r#"SELECT "id", "user_id", "title" FROM "posts""#,
            r#"SELECT "id", "post_id", "text" FROM "comments""#,
            r#"SELECT "id", "name" FROM "teams" WHERE "id" IN (SELECT "team_id" FROM "users")"#,
        ]
    );
    let some = User::select().filter(User::ID.lt(3)).with(Post.with(Comment));
    let texts: Vec<String> = some.to_sql(Dialect::Sqlite)?.into_iter().map(|sql| sql.text).collect();
    assert_eq!(
        texts[1..],
        [
            r#"SELECT "id", "user_id", "title" FROM "posts" WHERE "user_id" IN (SELECT "id" FROM "users" WHERE "id" < ?)"#,
            r#"SELECT "id", "post_id", "text" FROM "comments" WHERE "post_id" IN (SELECT "id" FROM "posts" WHERE "user_id" IN (SELECT "id" FROM "users" WHERE "id" < ?))"#,
        ]
    );
    let nullable = Team::select().with(User.with(Post)).to_sql(Dialect::Sqlite)?;
    let texts: Vec<String> = nullable.into_iter().map(|sql| sql.text).collect();
    assert_eq!(
        texts[1..],
        [
            r#"SELECT "id", "name", "team_id" FROM "users" WHERE "team_id" IS NOT NULL"#,
            r#"SELECT "id", "user_id", "title" FROM "posts" WHERE "user_id" IN (SELECT "id" FROM "users" WHERE "team_id" IS NOT NULL)"#,
        ]
    );
    let answered = |db: &Database| {
        let metrics = db.metrics();
        metrics.connections.iter().map(|connection| connection.requests).sum::<u64>()
    };
    let before = answered(&db);
    assert_eq!(query.all(&db).await?.len(), 3);
    assert_eq!(answered(&db), before + 1);
    Ok(())
}

#[on_every_database]
async fn a_row_that_refers_to_no_row_belongs_to_no_row_of_the_result(db: Database) -> Result<()> {
    fill(&db).await;
    // The database does not enforce these foreign keys.
    db.execute_script(
        "drop table comments; create table comments (id integer not null, post_id integer not null, text text not null);
         insert into comments values (100, 10, 'a'), (101, 99, 'b'), (102, 98, 'c');
         drop table memberships;
         create table memberships (user_id integer not null, group_id integer not null, since integer not null);
         insert into memberships values (1, 1, 2001), (77, 1, 2002), (3, 66, 2003);
         drop table bookings; create table bookings (id integer not null, house text not null, number integer);
         insert into bookings values (1, 'a', 1), (2, 'z', 1), (3, 'a', null);",
    )
    .await?;
    let users: Vec<(User, Vec<(Post, Vec<Comment>)>)> =
        User::select().order_by(User::ID).with(Post.with(Comment)).all(&db).await?;
    let comments = users.iter().flat_map(|(_, posts)| posts).flat_map(|(_, comments)| comments);
    assert_eq!(comments.map(|comment| comment.id).collect::<Vec<_>>(), [100]);
    let counts: Vec<(Post, u64)> = Post::select().order_by(Post::ID).with(Comment.count()).all(&db).await?;
    assert_eq!(counts.iter().map(|(_, count)| *count).collect::<Vec<_>>(), [1, 0, 0, 0]);
    let users: Vec<(User, Vec<Group>)> =
        User::select().order_by(User::ID).with(Group.through(Membership)).all(&db).await?;
    assert_eq!(users.iter().map(|(_, groups)| groups.len()).collect::<Vec<_>>(), [1, 0, 0]);
    let rooms: Vec<(Room, Vec<Booking>)> =
        Room::select().order_by((Room::HOUSE, Room::NUMBER)).with(Booking).all(&db).await?;
    assert_eq!(rooms.iter().map(|(_, bookings)| bookings.len()).collect::<Vec<_>>(), [1, 0, 0]);
    Ok(())
}

#[on_every_database]
async fn relations_can_be_nested(db: Database) -> Result<()> {
    fill(&db).await;
    let users: Vec<(User, Vec<(Post, Vec<Comment>)>)> =
        User::select().order_by(User::ID).with(Post.with(Comment)).all(&db).await?;
    let comments: Vec<Vec<usize>> =
        users.iter().map(|(_, posts)| posts.iter().map(|(_, comments)| comments.len()).collect()).collect();
    assert_eq!(comments, [vec![2, 0, 0], vec![], vec![1]]);
    // Each row is loaded together with its parents, over several levels.
    let comments: Vec<(Comment, (Post, (User, Option<Team>)))> =
        Comment::select().order_by(Comment::ID).with(Post.with(User.with(Team))).all(&db).await?;
    let (comment, (post, (user, team))) = &comments[2];
    assert_eq!((comment.id, post.id, user.id, team.as_ref().map(|team| team.id)), (102, 11, 3, Some(1)));
    Ok(())
}

#[on_every_database]
async fn several_relations_can_be_loaded_together(db: Database) -> Result<()> {
    fill(&db).await;
    let users: Vec<(User, Vec<Post>, Option<Team>, Option<Profile>, u64)> = User::select()
        .order_by(User::ID)
        .with(Post)
        .with(Team)
        .with(Profile)
        .with(Post.count().filter(Post::ID.gt(10)))
        .all(&db)
        .await?;
    let (ann, posts, team, profile, later) = &users[0];
    assert_eq!((ann.id, posts.len(), team.is_some(), profile.is_some(), *later), (1, 3, true, true, 2));
    assert_eq!(users.iter().map(|user| user.4).collect::<Vec<_>>(), [2, 0, 1]);
    Ok(())
}

#[on_every_database]
async fn a_relation_is_filtered_sorted_and_limited_for_each_row(db: Database) -> Result<()> {
    fill(&db).await;
    let users: Vec<(User, Vec<Post>)> = User::select()
        .order_by(User::ID)
        .with(Post::select().filter(Post::ID.ne(12)).order_by(Post::ID.desc()))
        .all(&db)
        .await?;
    assert_eq!(users.iter().map(|(_, posts)| ids(posts)).collect::<Vec<_>>(), [vec![13, 10], vec![], vec![11]]);
    let newest = Post::select().order_by(Post::ID.desc()).limit_per_parent(2);
    let users = User::select().order_by(User::ID).with(newest).all(&db).await?;
    assert_eq!(users.iter().map(|(_, posts)| ids(posts)).collect::<Vec<_>>(), [vec![13, 12], vec![], vec![11]]);
    // The limit for each parent also works if the limited rows have a relation themselves, and in
    // a query for single columns.
    let first = Post::select().order_by(Post::ID).with(Comment.count()).limit_per_parent(1);
    let users: Vec<(String, Vec<(Post, u64)>)> =
        User::select().columns(User::NAME).order_by(User::ID).with(first).all(&db).await?;
    assert_eq!(users[0].0, "Ann");
    assert_eq!(
        users.iter().flat_map(|(_, posts)| posts).map(|(post, n)| (post.id, *n)).collect::<Vec<_>>(),
        [(10, 2), (11, 1)]
    );
    let titles: Vec<(User, Vec<String>)> = User::select()
        .with(Post::select().order_by(Post::ID).columns(Post::TITLE))
        .filter(User::ID.eq(1))
        .all(&db)
        .await?;
    assert_eq!(titles[0].1, ["p10", "p12", "p13"]);
    // A parent that the filter excludes is `None`.
    let posts: Vec<(Post, Option<User>)> =
        Post::select().order_by(Post::ID).with(User::select().filter(User::NAME.eq("Cid"))).all(&db).await?;
    assert_eq!(posts.iter().map(|(_, user)| user.is_some()).collect::<Vec<_>>(), [false, true, false, false]);
    Ok(())
}

#[on_every_database]
async fn a_limit_on_the_rows_limits_their_relations(db: Database) -> Result<()> {
    fill(&db).await;
    // With this index, a query for the keys alone could return them in another order than the
    // query for whole rows.
    sql!("create index by_team on users (team_id)").execute(&db).await?;
    for offset in 0..3 {
        let users: Vec<(User, Vec<Post>)> = User::select().limit(1).offset(offset).with(Post).all(&db).await?;
        let (user, posts) = &users[0];
        assert_eq!(posts.len(), [0, 3, 0, 1][usize::try_from(user.id).unwrap()], "of {user:?}");
        let users = User::select().order_by(User::TEAM_ID).limit(2).offset(offset).with(Post).all(&db).await?;
        assert!(users.iter().all(|(user, posts)| posts.len() == [0, 3, 0, 1][usize::try_from(user.id).unwrap()]));
    }
    let texts = User::select().order_by(User::NAME).limit(1).with(Post).to_sql(Dialect::Sqlite)?;
    assert_eq!(
        texts[1].text,
        r#"SELECT "id", "user_id", "title" FROM "posts" WHERE "user_id" IN (SELECT "id" FROM "users" ORDER BY "name", "id" LIMIT ?)"#
    );
    assert_eq!(User::select().limit(0).with(Post).all(&db).await?, []);
    Ok(())
}

#[on_every_database]
async fn a_page_of_rows_is_loaded_with_its_relations(db: Database) -> Result<()> {
    fill(&db).await;
    let by_team = || User::select().with(Post).with(Group.through(Membership)).order_by(User::TEAM_ID.desc());
    let all: Vec<(User, Vec<Post>, Vec<Group>)> = by_team().order_by(User::ID).all(&db).await?;
    let (mut seen, mut cursor) = (vec![], None);
    loop {
        let page: Page<(User, Vec<Post>, Vec<Group>)> = by_team().page(1).after(cursor).all(&db).await?;
        assert_eq!(page.rows.len(), 1);
        assert_eq!(page.previous.is_some(), !seen.is_empty());
        seen.extend(page.rows);
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen, all);

    let back = by_team().page(2).after(by_team().page(2).all(&db).await?.next).all(&db).await?.previous;
    assert_eq!(by_team().page(2).before(back).all(&db).await?.rows, all[..2]);

    // A query with relations has the same order as one without, so a cursor of the one can be used
    // in the other.
    let plain = User::select().order_by(User::TEAM_ID.desc()).page(1).all(&db).await?;
    assert_eq!(by_team().page(5).after(plain.next).all(&db).await?.rows, all[1..]);

    let error = by_team().page(0).all(&db).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::InvalidInput, "{error}");
    let elsewhere = User::select().page(1).all(&db).await?.next;
    let error = by_team().page(1).after(elsewhere).all(&db).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::InvalidInput, "{error}");
    let error = by_team().limit(1).page(1).all(&db).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Usage, "{error}");
    let random = User::select().order_by(sql!("random()").expr::<i64>()).with(Post).page(1);
    assert_eq!(*random.all(&db).await.unwrap_err().kind(), ErrorKind::Usage);

    let texts = User::select().with(Post).order_by(User::NAME).page(1).to_sql(Dialect::Sqlite)?;
    assert_eq!(
        texts.iter().map(|sql| sql.text.as_str()).collect::<Vec<_>>(),
        [
            r#"SELECT "id", "name", "team_id", "name", "id" FROM "users" ORDER BY "name", "id" LIMIT ?"#,
            r#"SELECT "id", "user_id", "title" FROM "posts" WHERE "user_id" IN (SELECT "id" FROM "users" ORDER BY "name", "id" LIMIT ?)"#,
        ]
    );
    Ok(())
}

sql_function!(fn chance(id: i64) -> i64);

#[on_every_database]
async fn limited_rows_have_relations_in_either_order(db: Database) -> Result<()> {
    fill(&db).await;
    let users = || User::select().order_by(User::ID);
    let newest = || Post::select().order_by(Post::ID.desc());
    let first: Vec<(User, Vec<(Post, Vec<Comment>, u64)>)> =
        users().with(newest().limit_per_parent(2).with(Comment).with(Comment.count())).all(&db).await?;
    let last = users().with(newest().with(Comment).with(Comment.count()).limit_per_parent(2)).all(&db).await?;
    assert_eq!(first, last);
    let posts = first.iter().map(|(_, posts)| posts.iter().map(|(post, ..)| post.id).collect::<Vec<_>>());
    assert_eq!(posts.collect::<Vec<_>>(), [vec![13, 12], vec![], vec![11]]);
    let via = |id: i64| users().filter(User::ID.eq(id));
    let authors: Vec<(User, Vec<(Post, User, Vec<Comment>)>)> =
        via(1).with(newest().limit_per_parent(1).with_via(Post::USER_ID).with_via(Comment::POST_ID)).all(&db).await?;
    assert_eq!((authors[0].1[0].0.id, authors[0].1[0].1.id), (13, 1));
    Ok(())
}

#[on_every_database]
async fn a_limit_with_an_unrepeatable_order_is_an_error(db: Database) -> Result<()> {
    fill(&db).await;
    let random = || sql!("random()").expr::<i64>();
    let refused = |error: aio_sql::Error| {
        assert_eq!(*error.kind(), ErrorKind::Usage, "{error}");
        assert!(error.to_string().contains("`.filter(KEY.is_in(keys)).with(..)`"), "{error}");
    };
    refused(User::select().order_by(random()).limit(1).with(Post).all(&db).await.unwrap_err());
    refused(User::select().order_by(User::NAME).order_by(random()).offset(1).with(Post).all(&db).await.unwrap_err());
    refused(User::select().order_by(User::ID + random()).with(Post).optional(&db).await.unwrap_err());
    refused(User::select().order_by(chance(User::ID).desc()).with(Post).limit(1).all(&db).await.unwrap_err());
    let drawn = Post::select().order_by(random()).with(Comment).limit_per_parent(1);
    refused(User::select().with(drawn).all(&db).await.unwrap_err());
    // A random order is allowed without a limit, and in a limited relation that has no relation
    // itself. Raw SQL is allowed in the order if it has the same value each time.
    assert_eq!(User::select().order_by(random()).with(Post).all(&db).await?.len(), 3);
    let drawn = Post::select().order_by(random()).limit_per_parent(1);
    assert_eq!(User::select().with(drawn).all(&db).await?.len(), 3);
    let reversed = sql!("name").expr::<String>().desc();
    let (user, posts) = &User::select().order_by(reversed).limit(1).with(Post).all(&db).await?[0];
    assert_eq!((user.id, posts.len()), (3, 1));
    let keys: Vec<i64> = User::select().order_by(random()).limit(2).columns(User::ID).all(&db).await?;
    let users = User::select().filter(User::ID.is_in(keys)).with(Post).all(&db).await?;
    assert!(users.iter().all(|(user, posts)| posts.len() == [0, 3, 0, 1][usize::try_from(user.id).unwrap()]));
    Ok(())
}

#[on_every_database]
async fn no_rows_have_no_relations(db: Database) -> Result<()> {
    fill(&db).await;
    assert_eq!(User::select().filter(User::ID.gt(9)).with(Post.with(Comment)).all(&db).await?, []);
    assert_eq!(User::select().filter(User::ID.gt(9)).with(Post).optional(&db).await?, None);
    let error = User::find(9).with(Post).one(&db).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::NotFound { table: Some("users".into()) });
    Ok(())
}

#[on_every_database]
async fn loading_the_first_row_loads_only_its_relations(db: Database) -> Result<()> {
    fill(&db).await;
    let (ann, posts): (User, Vec<Post>) = User::find(1).with(Post).one(&db).await?;
    assert_eq!((ann.id, posts.len()), (1, 3));
    let last = User::select().order_by(User::ID.desc()).with(Post).optional(&db).await?;
    assert_eq!(last.map(|(user, posts)| (user.id, ids(&posts))), Some((3, vec![11])));
    Ok(())
}

#[on_every_database]
async fn many_to_many_goes_through_a_link_table_and_returns_no_row_twice(db: Database) -> Result<()> {
    fill(&db).await;
    let names = |groups: &[Group]| groups.iter().map(|group| group.name.clone()).collect::<Vec<_>>();
    let users: Vec<(User, Vec<Group>)> =
        User::select().order_by(User::ID).with(Group.through(Membership)).all(&db).await?;
    let mut groups: Vec<_> = users.iter().map(|(_, groups)| names(groups)).collect();
    groups.iter_mut().for_each(|names| names.sort());
    assert_eq!(groups, [vec!["chess", "go"], vec![], vec!["go"]]);
    let last = Group::select().order_by(Group::NAME.desc()).limit_per_parent(1);
    let users: Vec<(User, Vec<Group>)> =
        User::select().order_by(User::ID).with(last.through(Membership)).all(&db).await?;
    assert_eq!(users.iter().map(|(_, groups)| names(groups)).collect::<Vec<_>>(), [vec!["go"], vec![], vec!["go"]]);
    let counts: Vec<(Group, u64)> =
        Group::select().order_by(Group::ID).with(User.count().through(Membership)).all(&db).await?;
    assert_eq!(counts.iter().map(|(_, count)| *count).collect::<Vec<_>>(), [1, 2, 0]);
    // A relation through a link table may have a relation itself, and any table may be the link
    // table.
    let deep: Vec<(Group, Vec<(User, Vec<Post>)>)> =
        Group::select().filter(Group::NAME.eq("go")).with(User.with(Post).through(Membership)).all(&db).await?;
    let mut deep: Vec<_> = deep[0].1.iter().map(|(user, posts)| (user.id, posts.len())).collect();
    deep.sort();
    assert_eq!(deep, [(1, 3), (3, 1)]);
    let users: Vec<(User, Vec<Comment>)> =
        User::select().order_by(User::ID).with(Comment.through(Post)).all(&db).await?;
    assert_eq!(users.iter().map(|(_, comments)| comments.len()).collect::<Vec<_>>(), [2, 0, 1]);
    let posts: Vec<(Post, Option<Team>)> = Post::select().order_by(Post::ID).with(Team.through(User)).all(&db).await?;
    assert!(posts.iter().all(|(_, team)| team.as_ref().is_some_and(|team| team.id == 1)));
    Ok(())
}

#[on_every_database]
async fn with_several_foreign_keys_one_has_to_be_named(db: Database) -> Result<()> {
    fill(&db).await;
    let users: Vec<(User, Vec<Friendship>)> =
        User::select().order_by(User::ID).with_via(Friendship::USER_ID).all(&db).await?;
    assert_eq!(users.iter().map(|(_, friends)| friends.len()).collect::<Vec<_>>(), [2, 1, 0]);
    let users: Vec<(User, u64)> =
        User::select().order_by(User::ID).with(Friendship.count().via(Friendship::FRIEND_ID)).all(&db).await?;
    assert_eq!(users.iter().map(|(_, friends)| *friends).collect::<Vec<_>>(), [0, 1, 2]);
    let users: Vec<(User, Vec<User>)> = User::select()
        .order_by(User::ID)
        .with(User::select().order_by(User::ID).through_via(Friendship::USER_ID, Friendship::FRIEND_ID))
        .all(&db)
        .await?;
    let friends: Vec<Vec<i64>> = users.iter().map(|(_, all)| all.iter().map(|user| user.id).collect()).collect();
    assert_eq!(friends, [vec![2, 3], vec![3], vec![]]);
    Ok(())
}

#[on_every_database]
async fn a_table_that_references_itself_is_related_through_aliases(db: Database) -> Result<()> {
    fill(&db).await;
    let employees: Vec<(Employee, Option<Employee>, Vec<Employee>)> = Employee::select()
        .order_by(Employee::ID)
        .with_via(Employee::MANAGER_ID.to::<Manager>())
        .with_via(Employee::MANAGER_ID.of::<Report>())
        .all(&db)
        .await?;
    let all: Vec<_> = employees
        .iter()
        .map(|(employee, manager, reports)| (employee.id, manager.as_ref().map(|manager| manager.id), reports.len()))
        .collect();
    assert_eq!(all, [(1, None, 1), (2, Some(1), 2), (3, Some(2), 0), (4, Some(2), 0)]);
    let last: Vec<(Employee, Vec<Employee>)> = Employee::select()
        .filter(Employee::ID.eq(2))
        .with(Report.select().order_by(Employee::ID.of::<Report>().desc()).via(Employee::MANAGER_ID.of::<Report>()))
        .all(&db)
        .await?;
    assert_eq!(last[0].1.iter().map(|report| report.id).collect::<Vec<_>>(), [4, 3]);
    Ok(())
}

#[on_every_database]
async fn keys_of_several_columns(db: Database) -> Result<()> {
    fill(&db).await;
    let rooms: Vec<(Room, Vec<Booking>)> = Room::select()
        .order_by((Room::HOUSE, Room::NUMBER))
        .with(Booking::select().order_by(Booking::ID))
        .all(&db)
        .await?;
    let bookings: Vec<Vec<i64>> = rooms.iter().map(|(_, all)| all.iter().map(|booking| booking.id).collect()).collect();
    assert_eq!(bookings, [vec![1, 3], vec![], vec![2]]);
    // One column of the foreign key may be NULL, so a booking may have no room.
    let bookings: Vec<(Booking, Option<Room>)> = Booking::select().order_by(Booking::ID).with(Room).all(&db).await?;
    assert_eq!(bookings.iter().map(|(_, room)| room.is_some()).collect::<Vec<_>>(), [true, true, true, false]);
    let counts: Vec<(Room, u64)> =
        Room::select().order_by((Room::HOUSE, Room::NUMBER)).with(Booking.count()).all(&db).await?;
    assert_eq!(counts.iter().map(|(_, count)| *count).collect::<Vec<_>>(), [2, 0, 1]);
    Ok(())
}

#[on_every_database]
async fn related_rows_of_a_loaded_row_are_an_ordinary_query(db: Database) -> Result<()> {
    fill(&db).await;
    let ann = User::find(1).one(&db).await?;
    let posts: Vec<Post> =
        ann.related(Post).filter(Post::ID.gt(10)).order_by(Post::ID.desc()).limit(1).all(&db).await?;
    assert_eq!(ids(&posts), [13]);
    let posts = ann.related(Post::select().order_by(Post::ID).limit(1)).all(&db).await?;
    assert_eq!(ids(&posts), [10]);
    let team: Option<Team> = ann.related(Team).optional(&db).await?;
    assert_eq!(team.map(|team| team.name), Some("red".into()));
    let bob = User::find(2).one(&db).await?;
    assert_eq!(bob.related(Team).optional(&db).await?, None);
    let groups: Vec<Group> = ann.related(Group.through(Membership)).order_by(Group::NAME).all(&db).await?;
    assert_eq!(groups.len(), 2);
    let friends: i64 = ann.related(Friendship.via(Friendship::USER_ID)).count(&db).await?.try_into().unwrap();
    assert_eq!(friends, 2);
    let with: Vec<(Post, Vec<Comment>)> = ann.related(Post).order_by(Post::ID).with(Comment).all(&db).await?;
    assert_eq!(with.iter().map(|(_, comments)| comments.len()).collect::<Vec<_>>(), [2, 0, 0]);
    Ok(())
}

#[on_every_database]
async fn related_rows_through_a_link_table_are_an_ordinary_query(db: Database) -> Result<()> {
    fill(&db).await;
    // Ann has two memberships in one of the groups, which is returned once.
    let ann = User::find(1).one(&db).await?;
    assert_eq!(
        ann.related(Group.through(Membership)).to_sql(Dialect::Sqlite)?.text,
        r#"SELECT "id", "name" FROM "groups" WHERE "id" IN (SELECT "group_id" FROM "memberships" WHERE "user_id" = ?)"#
    );
    let groups = || ann.related(Group.through(Membership));
    assert_eq!(groups().count(&db).await?, 2);
    assert_eq!(groups().columns(count()).one(&db).await?, 2);
    assert_eq!(groups().columns(Group::ID.sum()).one(&db).await?, Some(3));
    let by_name = groups().group_by(Group::NAME).order_by(Group::NAME).columns((Group::NAME, count()));
    assert_eq!(by_name.all(&db).await?, [("chess".to_owned(), 1), ("go".to_owned(), 1)]);
    assert_eq!(groups().order_by(Group::ID).limit(1).offset(1).all(&db).await?[0].name, "go");
    let joined: Vec<(Group, Membership)> = groups().join(Membership).order_by(Membership::SINCE).all(&db).await?;
    let joined: Vec<_> = joined.iter().map(|(group, member)| (group.name.as_str(), member.since)).collect();
    assert_eq!(joined, [("chess", 2001), ("go", 2002), ("chess", 2003), ("go", 2004)]);
    let members: Vec<(Group, Vec<User>, u64)> = groups()
        .order_by(Group::ID)
        .with(User::select().order_by(User::ID).through(Membership))
        .with(Membership.count())
        .all(&db)
        .await?;
    let members: Vec<_> = members.iter().map(|(group, users, n)| (group.id, users.len(), *n)).collect();
    assert_eq!(members, [(1, 1, 2), (2, 2, 2)]);
    // A relation through another table may have a filter, and be joined.
    let comments = ann.related(Comment::select().filter(Comment::ID.gt(100)).through(Post)).join(Post);
    assert_eq!(
        comments.all(&db).await?.iter().map(|(comment, post)| (comment.id, post.id)).collect::<Vec<_>>(),
        [(101, 10)]
    );
    let friends = ann.related(User.through_via(Friendship::USER_ID, Friendship::FRIEND_ID)).left_join(Team);
    assert_eq!(
        friends
            .order_by(User::ID)
            .all(&db)
            .await?
            .iter()
            .map(|(user, team)| (user.id, team.is_some()))
            .collect::<Vec<_>>(),
        [(2, false), (3, true)]
    );
    Ok(())
}

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "keepers")]
struct Keeper {
    #[column(primary_key)]
    id: i64,
}

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "shifts", foreign_key(columns(house, number), references(Room::HOUSE, Room::NUMBER)))]
struct Shift {
    #[column(references = Keeper::ID)]
    keeper_id: i64,
    house: String,
    number: i64,
}

#[on_every_database]
async fn a_link_table_may_have_a_composite_foreign_key(db: Database) -> Result<()> {
    fill(&db).await;
    db.create_all((Keeper, Shift)).await?;
    Keeper::insert_all([1, 2].map(|id| Keeper { id })).execute(&db).await?;
    let shifts = [(1, "a", 2), (1, "b", 1), (1, "a", 2), (2, "a", 1)];
    Shift::insert_all(shifts.map(|(keeper_id, house, number)| Shift { keeper_id, house: house.into(), number }))
        .execute(&db)
        .await?;
    let keeper = Keeper::find(1).one(&db).await?;
    let rooms = || keeper.related(Room.through(Shift));
    let found = rooms().order_by(Room::HOUSE).all(&db).await?;
    assert_eq!(found.iter().map(|room| (room.house.as_str(), room.number)).collect::<Vec<_>>(), [("a", 2), ("b", 1)]);
    assert_eq!(rooms().columns(Room::NUMBER.sum()).one(&db).await?, Some(3));
    let house = Room::find(("a", 2)).one(&db).await?;
    assert_eq!(house.related(Keeper.through(Shift)).count(&db).await?, 1);
    Ok(())
}

#[on_every_database]
async fn relations_read_what_their_transaction_has_written(db: Database) -> Result<()> {
    fill(&db).await;
    db.transaction(|tx| async move {
        Post::insert(Post { id: 20, user_id: 2, title: "new".into() }).execute(&tx).await?;
        let (_, posts) = User::find(2).with(Post).one(&tx).await?;
        assert_eq!(ids(&posts), [20]);
        Ok(())
    })
    .await
}

#[on_every_database]
async fn rows_of_many_batches_get_their_own_relations(db: Database) -> Result<()> {
    db.create_all((Team, User, Post)).await?;
    User::insert_all((0..500).map(|id| User { id, name: "u".repeat(50), team_id: None })).execute(&db).await?;
    Post::insert_all((0..5_000).map(|id| Post { id, user_id: id * 7 % 500, title: "t".repeat(100) }))
        .execute(&db)
        .await?;
    let users: Vec<(User, Vec<Post>)> = User::select().with(Post).all(&db).await?;
    assert_eq!(users.len(), 500);
    assert!(users.iter().all(|(user, posts)| posts.len() == 10 && posts.iter().all(|post| post.user_id == user.id)));
    Ok(())
}

#[on_every_database]
async fn an_ambiguous_relation_is_an_error(db: Database) -> Result<()> {
    fill(&db).await;
    let message = |error: aio_sql::Error| error.to_string();
    let error = User::select().with(Post::select().limit(3)).all(&db).await.unwrap_err();
    assert!(message(error).contains("use `limit_per_parent`"));
    let error = User::select().distinct().with(Post).all(&db).await.unwrap_err();
    assert!(message(error).contains("remove `distinct`"));
    let error = User::select().group_by(User::ID).with(Post).all(&db).await.unwrap_err();
    assert!(message(error).contains("remove `group_by`"));
    let conn = db.connect().await?;
    let keys_off = match db.dialect() {
        Dialect::Sqlite => "pragma foreign_keys = off",
        _ => "alter table posts drop constraint fk_posts_user_id; delete from memberships; delete from friendships",
    };
    conn.execute_script(keys_off).await?;
    User::delete().filter(User::ID.eq(3)).execute(&conn).await?;
    let error = Post::select().with(User).all(&conn).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::NotFound { table: Some("users".into()) });
    conn.close().await?;
    Ok(())
}

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "countries")]
struct Country {
    #[column(primary_key, collate = nocase)]
    code: String,
}

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "cities")]
struct City {
    #[column(primary_key)]
    name: String,
    #[column(references = Country::CODE)]
    country: String,
}

#[on_every_database(nocase)]
async fn keys_are_compared_like_the_foreign_key_does(db: Database) -> Result<()> {
    db.create_all((Country, City)).await?;
    Country::insert(Country { code: "NO".into() }).execute(&db).await?;
    let cities = [("Oslo", "no"), ("Bergen", "NO")];
    City::insert_all(cities.map(|(name, country)| City { name: name.into(), country: country.into() }))
        .execute(&db)
        .await?;
    let countries: Vec<(Country, Vec<City>)> = Country::select().with(City).all(&db).await?;
    assert_eq!(countries[0].1.len(), 2);
    let cities: Vec<(City, Country)> = City::select().with(Country).all(&db).await?;
    assert_eq!(cities.len(), 2);
    let one = City::select().limit_per_parent(1);
    let counts: Vec<(Country, u64, Vec<City>)> = Country::select().with(City.count()).with(one).all(&db).await?;
    assert_eq!((counts[0].1, counts[0].2.len()), (2, 1));
    assert_eq!(countries[0].0.related(City).count(&db).await?, 2);
    assert_eq!(cities[0].0.related(Country).count(&db).await?, 1);
    Ok(())
}

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "visits", primary_key(country, user_id))]
struct Visit {
    #[column(references = Country::CODE)]
    country: String,
    #[column(references = User::ID)]
    user_id: i64,
}

#[on_every_database(nocase)]
async fn a_link_table_with_several_spellings_of_a_key_returns_no_row_twice(db: Database) -> Result<()> {
    fill(&db).await;
    db.create_all((Country, Visit)).await?;
    Country::insert_all(["NO", "se"].map(|code| Country { code: code.into() })).execute(&db).await?;
    let visits = [("no", 1), ("NO", 1), ("No", 2), ("SE", 1)];
    Visit::insert_all(visits.map(|(country, user_id)| Visit { country: country.into(), user_id })).execute(&db).await?;
    let last = User::select().order_by(User::ID.desc()).with(Post.count()).limit_per_parent(1);
    let countries: Vec<(Country, Vec<User>, u64, Vec<(User, u64)>)> = Country::select()
        .order_by(Country::CODE)
        .with(User::select().order_by(User::ID).through(Visit))
        .with(User.count().through(Visit))
        .with(last.through(Visit))
        .all(&db)
        .await?;
    let ids = |users: &[User]| users.iter().map(|user| user.id).collect::<Vec<_>>();
    let found: Vec<_> =
        countries.iter().map(|(country, users, n, _)| (country.code.as_str(), ids(users), *n)).collect();
    assert_eq!(found, [("NO", vec![1, 2], 2), ("se", vec![1], 1)]);
    let last: Vec<_> = countries.iter().flat_map(|(.., last)| last).map(|(user, posts)| (user.id, *posts)).collect();
    assert_eq!(last, [(2, 0), (1, 3)]);
    let users: Vec<(User, Vec<Country>, u64)> = User::select()
        .order_by(User::ID)
        .with(Country::select().order_by(Country::CODE).through(Visit))
        .with(Country.count().through(Visit))
        .all(&db)
        .await?;
    let codes = |countries: &[Country]| countries.iter().map(|country| country.code.clone()).collect::<Vec<_>>();
    let found: Vec<_> = users.iter().map(|(user, countries, n)| (user.id, codes(countries), *n)).collect();
    assert_eq!(found, [(1, vec!["NO".to_owned(), "se".into()], 2), (2, vec!["NO".into()], 1), (3, vec![], 0)]);
    assert_eq!(countries[0].0.related(User.through(Visit)).count(&db).await?, 2);
    assert_eq!(users[0].0.related(Country.through(Visit)).count(&db).await?, 2);
    Ok(())
}

#[derive(Table, Clone, Debug, PartialEq)]
#[table(name = "capitals")]
struct Capital {
    #[column(primary_key)]
    name: String,
    #[column(unique, references = Country::CODE)]
    country: String,
}

#[on_every_database(nocase)]
async fn several_rows_for_a_to_one_relation_are_an_error(db: Database) -> Result<()> {
    fill(&db).await;
    db.create_all((Country, Capital)).await?;
    Country::insert(Country { code: "NO".into() }).execute(&db).await?;
    let oslo = Capital { name: "Oslo".into(), country: "no".into() };
    Capital::insert(oslo.clone()).execute(&db).await?;
    let countries: Vec<(Country, Option<Capital>)> = Country::select().with(Capital).all(&db).await?;
    assert_eq!(countries[0].1, Some(oslo.clone()));
    // The column of the foreign key is unique with the binary collation, but the referenced column
    // is case-insensitive. So several rows may refer to one country.
    Capital::insert(Capital { name: "Trondheim".into(), country: "NO".into() }).execute(&db).await?;
    let error = Country::select().with(Capital).all(&db).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Usage);
    assert!(error.to_string().contains("several rows of capitals belong to one row of countries"), "{error}");
    let first = Capital::select().order_by(Capital::NAME).limit_per_parent(1);
    let countries: Vec<(Country, Option<Capital>)> = Country::select().with(first).all(&db).await?;
    assert_eq!(countries[0].1, Some(oslo));
    Ok(())
}

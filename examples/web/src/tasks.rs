//! Tasks: their table, and the routes that create, read, change and delete them.

use aio_sql::{Cursor, Database, Page, Table, order_by_names};
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::errors::Result;
use crate::extract::{Json, Path, Query};
use crate::search;
use crate::tags::{self, Tag, TaskTag};

/// A task.
///
/// The derive writes two more structs: [`NewTask`], which a client sends to create a task, and
/// [`TaskPatch`], of which a client sends the fields to change.
#[derive(Table, Serialize, Clone, Debug)]
#[table(
    new(derive(Deserialize, Debug), serde(deny_unknown_fields)),
    patch(derive(Deserialize, Debug), serde(deny_unknown_fields)),
    index(done, priority)
)]
pub struct Task {
    /// The primary key, which the database generates.
    #[column(primary_key, auto)]
    pub id: i64,
    /// The work that is to be done.
    #[column(check = "length(title) between 1 and 200")]
    pub title: String,
    /// Further details about the work.
    pub note: Option<String>,
    /// Whether the task is done.
    #[column(default = false)]
    pub done: bool,
    /// The priority, from 1 (the most urgent) to 5.
    #[column(default = 3, check = "priority between 1 and 5")]
    pub priority: i64,
    /// The day by which the task has to be done.
    #[column(index)]
    pub due: Option<Date>,
    /// When the task was created.
    #[column(created_at, index)]
    pub created: Timestamp,
    /// The version, which starts at 1 and grows with each change of the task. Lost updates are
    /// detected by it.
    #[column(version)]
    pub version: i64,
}

/// A task with its tags, as a client sees it.
#[derive(Serialize, Debug)]
pub struct TaggedTask {
    #[serde(flatten)]
    task: Task,
    tags: Vec<String>,
}

impl From<(Task, Vec<Tag>)> for TaggedTask {
    fn from((task, tags): (Task, Vec<Tag>)) -> TaggedTask {
        TaggedTask { task, tags: tags.into_iter().map(|tag| tag.name).collect() }
    }
}

/// `POST /tasks`: creates a task, and returns it.
///
/// # Errors
/// 422 for a value that a column does not accept.
pub async fn create(State(db): State<Database>, Json(new): Json<NewTask>) -> Result<impl IntoResponse> {
    let task = Task::insert(new).one(&db).await?;
    Ok((StatusCode::CREATED, [(header::LOCATION, format!("/tasks/{}", task.id))], Json(task)))
}

/// `GET /tasks/{id}`: returns a task with its tags.
///
/// # Errors
/// 404 if there is no such task.
pub async fn read(State(db): State<Database>, Path(id): Path<i64>) -> Result<Json<TaggedTask>> {
    let task = Task::find(id).with(Tag::select().order_by(Tag::NAME).through(TaskTag)).one(&db).await?;
    Ok(Json(task.into()))
}

/// The parameters of `GET /tasks`, all of which may be left out.
#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub struct List {
    done: Option<bool>,
    priority: Option<i64>,
    due_before: Option<Date>,
    tag: Option<String>,
    /// Words, each of which the title or the note must contain.
    search: Option<String>,
    /// The names of the columns to sort by. A `-` means descending order: `-priority,due`.
    sort: Option<String>,
    limit: Option<u32>,
    /// The `next` of a page in the same order: the page that follows it is returned.
    after: Option<Cursor>,
    /// The `previous` of a page in the same order: the page before it is returned.
    before: Option<Cursor>,
}

/// `GET /tasks`: returns a page of tasks, with the cursors of the next and the previous page.
///
/// # Errors
/// 400 for an unknown order, or for a cursor of another order.
pub async fn list(State(db): State<Database>, Query(list): Query<List>) -> Result<Json<Page<TaggedTask>>> {
    let order = order_by_names(
        list.sort.as_deref().unwrap_or("-created"),
        [
            ("created", Task::CREATED.asc()),
            ("due", Task::DUE.asc().nulls_last()),
            ("priority", Task::PRIORITY.asc()),
            ("title", Task::TITLE.asc()),
        ],
    )?;
    let page = Task::select()
        .filter(list.done.map(|done| Task::DONE.eq(done))) // `None` is no condition
        .filter(list.priority.map(|priority| Task::PRIORITY.eq(priority)))
        .filter(list.due_before.map(|day| Task::DUE.lt(day)))
        .filter(list.tag.map(tags::tagged))
        .filter(list.search.map(|words| search::found(&words, db.dialect())))
        .order_by(order)
        .with(Tag::select().order_by(Tag::NAME).through(TaskTag))
        .page(list.limit.unwrap_or(20).min(100))
        .after(list.after)
        .before(list.before)
        .all(&db)
        .await?;
    Ok(Json(page.map(TaggedTask::from)))
}

/// The parameters of `PATCH /tasks/{id}`.
#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// The version that the client has seen.
    version: Option<i64>,
}

/// `PATCH /tasks/{id}`: changes the fields that the client sends. `null` sets a column to NULL.
///
/// # Errors
/// 404 if there is no such task; 409 if its version is not the one that the client has seen; 400
/// if the client sends neither a field nor a version; 422 for a value that a column does not
/// accept.
pub async fn patch(
    State(db): State<Database>,
    Path(id): Path<i64>,
    Query(expected): Query<Expected>,
    Json(patch): Json<TaskPatch>,
) -> Result<Json<Task>> {
    let Some(version) = expected.version else {
        return Ok(Json(Task::patch(id, patch).returning(Task).one(&db).await?));
    };
    let task = db.transaction(|tx| async move {
        let mut task = Task::find(id).one(&tx).await?;
        task.version = version; // `save` fails with `ErrorKind::Stale` if the row has another one
        task.apply(patch);
        task.save(&tx).await?;
        Ok(task)
    });
    Ok(Json(task.await?))
}

/// `DELETE /tasks/{id}`: deletes a task.
///
/// # Errors
/// 404 if there is no such task.
pub async fn delete(State(db): State<Database>, Path(id): Path<i64>) -> Result<StatusCode> {
    Task::delete().filter(Task::ID.eq(id)).returning(Task::ID).one(&db).await?;
    Ok(StatusCode::NO_CONTENT)
}

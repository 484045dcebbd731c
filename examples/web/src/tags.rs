//! Tags: a task has any number of them, and a tag any number of tasks.

use aio_sql::{Condition, Database, Table};
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;

use crate::errors::Result;
use crate::extract::{Json, Path};
use crate::tasks::Task;

/// A tag.
#[derive(Table, Serialize, Clone, Debug)]
pub struct Tag {
    /// The primary key, which the database generates.
    #[column(primary_key, auto)]
    pub id: i64,
    /// The name of the tag, in which the case of ASCII letters is ignored.
    #[column(unique, collate = nocase, check = "length(name) between 1 and 40")]
    pub name: String,
}

/// Connects a task with a tag.
#[derive(Table, Clone, Debug)]
#[table(primary_key(task_id, tag_id), without_rowid)]
pub struct TaskTag {
    /// The task. Deleting the task deletes this row.
    #[column(references = Task::ID, on_delete = cascade)]
    pub task_id: i64,
    /// The tag, which cannot be deleted while a task has it.
    #[column(references = Tag::ID, index)]
    pub tag_id: i64,
}

/// Returns the condition that a task has the tag with this name.
pub fn tagged(name: String) -> Condition<Task> {
    let tasks = TaskTag::select().join(Tag).filter(Tag::NAME.eq(name)).columns(TaskTag::TASK_ID);
    Task::ID.is_in(tasks).into()
}

/// A tag, and how many tasks have it.
#[derive(Serialize, Debug)]
pub struct Usage {
    name: String,
    tasks: u64,
}

/// `GET /tags`: returns all tags, each with the number of its tasks.
///
/// # Errors
/// 503 if the database cannot answer now.
pub async fn list(State(db): State<Database>) -> Result<Json<Vec<Usage>>> {
    let tags = Tag::select().order_by(Tag::NAME).with(TaskTag.count()).all(&db).await?;
    Ok(Json(tags.into_iter().map(|(tag, tasks)| Usage { name: tag.name, tasks }).collect()))
}

/// `PUT /tasks/{id}/tags/{name}`: gives a task a tag, which is created if it does not exist.
///
/// # Errors
/// 404 if there is no such task; 422 for a name that is empty or too long.
pub async fn add(State(db): State<Database>, Path((id, name)): Path<(i64, String)>) -> Result<StatusCode> {
    db.transaction(|tx| async move {
        let task = Task::find(id).one(&tx).await?;
        let tag = Tag::insert(NewTag { name }).or_get(Tag::NAME).one(&tx).await?.into_row();
        let has = TaskTag { task_id: task.id, tag_id: tag.id };
        TaskTag::insert(has).on_conflict((TaskTag::TASK_ID, TaskTag::TAG_ID)).do_nothing().execute(&tx).await?;
        Ok(())
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /tasks/{id}/tags/{name}`: takes a tag away from a task.
///
/// # Errors
/// 404 if the task has no such tag.
pub async fn remove(State(db): State<Database>, Path((id, name)): Path<(i64, String)>) -> Result<StatusCode> {
    let has = TaskTag::TAG_ID.eq(Tag::ID).and(TaskTag::TASK_ID.eq(id)).and(Tag::NAME.eq(name));
    TaskTag::delete().using(Tag).filter(has).returning(TaskTag::TAG_ID).one(&db).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /tags/{name}`: deletes a tag.
///
/// # Errors
/// 404 if there is no such tag; 409 if a task has it.
pub async fn delete(State(db): State<Database>, Path(name): Path<String>) -> Result<StatusCode> {
    Tag::delete().filter(Tag::NAME.eq(name)).returning(Tag::ID).one(&db).await?;
    Ok(StatusCode::NO_CONTENT)
}

//! Bearer tokens. The database stores only their hashes.

use aio_sql::{Database, Table};
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::errors::{ApiError, Result};
use crate::extract::{Json, Path};

/// A token.
#[derive(Table, Serialize, Clone, Debug)]
pub struct Token {
    /// The primary key, which the database generates.
    #[column(primary_key, auto)]
    pub id: i64,
    /// The name of the owner.
    #[column(unique, check = "length(name) between 1 and 80")]
    pub name: String,
    /// The SHA-256 of the text of the token. The text has 32 random bytes and cannot be guessed,
    /// so no slow hash is needed.
    #[serde(skip)]
    #[column(unique)]
    pub hash: [u8; 32],
    /// When the token was created.
    #[column(created_at)]
    pub created: Timestamp,
}

fn hash(text: &str) -> [u8; 32] {
    Sha256::digest(text).into()
}

/// Creates a token and returns its text.
async fn insert(name: String, db: &Database) -> Result<String> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(std::io::Error::from)?;
    let text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    Token::insert(NewToken { name, hash: hash(&text) }).execute(db).await?;
    Ok(text)
}

/// Creates the first token of a new database and returns its text. Returns `None` if the database
/// has a token already.
///
/// # Errors
/// Those of the database.
pub async fn first(db: &Database) -> Result<Option<String>> {
    match Token::select().exists(db).await? {
        true => Ok(None),
        false => insert("first".to_owned(), db).await.map(Some),
    }
}

/// Passes on requests with a valid token: `Authorization: Bearer …`.
///
/// # Errors
/// 401 for all other requests.
pub async fn require(State(db): State<Database>, request: Request, next: Next) -> Result<Response> {
    let header = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let is_known = match header.and_then(|value| value.strip_prefix("Bearer ")) {
        Some(text) => Token::select().filter(Token::HASH.eq(hash(text))).exists(&db).await?,
        None => false,
    };
    match is_known {
        true => Ok(next.run(request).await),
        false => Err(ApiError::new(StatusCode::UNAUTHORIZED, "a token is missing: send `Authorization: Bearer …`")),
    }
}

/// The body of `POST /tokens`.
#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub struct Create {
    name: String,
}

/// A token that was created.
#[derive(Serialize, Debug)]
pub struct Created {
    /// The text of the token, which is never shown again.
    token: String,
}

/// `POST /tokens`: creates a token, and returns its text.
///
/// # Errors
/// 409 if a token with this name exists.
pub async fn create(State(db): State<Database>, Json(new): Json<Create>) -> Result<impl IntoResponse> {
    Ok((StatusCode::CREATED, Json(Created { token: insert(new.name, &db).await? })))
}

/// `GET /tokens`: returns all tokens without their texts.
///
/// # Errors
/// 503 if the database cannot answer now.
pub async fn list(State(db): State<Database>) -> Result<Json<Vec<Token>>> {
    Ok(Json(Token::select().order_by(Token::NAME).all(&db).await?))
}

/// `DELETE /tokens/{id}`: deletes a token, which is then no longer valid.
///
/// # Errors
/// 404 if there is no such token.
pub async fn revoke(State(db): State<Database>, Path(id): Path<i64>) -> Result<StatusCode> {
    Token::delete().filter(Token::ID.eq(id)).returning(Token::ID).one(&db).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Debug, toasty::Model)]
struct User {
    #[key]
    #[auto]
    id: u64,
    name: String,
}

#[tokio::main]
async fn main() -> toasty::Result<()> {
    let mut db = toasty::Db::builder().models(toasty::models!(User)).connect("sqlite::memory:").await?;
    db.push_schema().await?;
    toasty::create!(User { name: "Dan Rydell" }).exec(&mut db).await?;
    let user = User::get_by_id(&mut db, 1_u64).await?;
    println!("Hello, {}", user.name);
    Ok(())
}

//! A NUL character in an address or a setting.

use aio_sql::rusqlite::functions::FunctionFlags;

use super::*;

#[tokio::test]
async fn a_nul_in_an_address_or_setting_fails_open() -> Result<()> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a.db");
    let builder = || Database::builder(&path);
    refused(builder().pragma("user_version\0", 1).open().await, "the name of a pragma");
    refused(builder().pragma("user_version", "1\0").open().await, "the value of a pragma");
    refused(builder().function("cut\0", |x: i64| x).open().await, "the name of a function");
    refused(
        builder().aggregate("cut\0", || 0, |sum: &mut i64, x: i64| *sum += x, |sum| sum).open().await,
        "the name of an aggregate",
    );
    refused(
        builder()
            .on_connect(|raw| raw.create_scalar_function("cut\0", 0, FunctionFlags::default(), |_| Ok(1)))
            .open()
            .await,
        "a function of rusqlite's",
    );
    refused(Database::open(directory.path().join("a\0b.db")).await, "a path");
    refused(Database::open(format!("sqlite:{}%00b.db", path.display())).await, "a path in a URL");
    refused(Database::open(format!("sqlite:{}?vfs=unix%00x", path.display())).await, "a parameter");
    let db = Database::open(&path).await?;
    refused(db.backup(directory.path().join("c\0d.db"), |_| {}).await, "a copy");
    db.close().await?;
    let files: Vec<_> = std::fs::read_dir(directory.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert_eq!(files, ["a.db"], "no other file was made");
    Ok(())
}

//! The stories of the guide's chapters "Changing the schema" and "Working with an existing
//! database", run as the chapters tell them: the code is the program of a user, the commands are
//! run one after the other, and what the chapter shows is what they write.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic)]

#[path = "cli/package.rs"]
#[allow(dead_code)]
mod package;

use std::fs;
use std::process::Command;

use aio_sql::rusqlite::Connection;
use package::{Answer, Folder, answer, dependency, repository};

/// A block of code in the chapter.
struct Block {
    language: String,
    text: String,
}

/// Returns the blocks of code in a chapter of the guide.
fn blocks(chapter: &str) -> Vec<Block> {
    let path = repository().join("docs/guide").join(chapter);
    let text = fs::read_to_string(path).expect("the chapter");
    let mut blocks: Vec<Block> = Vec::new();
    let mut is_inside = false;
    for line in text.lines() {
        match line.strip_prefix("```") {
            Some(_) if is_inside => is_inside = false,
            Some(language) => {
                blocks.push(Block { language: language.to_owned(), text: String::new() });
                is_inside = true;
            }
            None if is_inside => {
                let block = blocks.last_mut().expect("a block has begun");
                block.text += line;
                block.text += "\n";
            }
            None => {}
        }
    }
    blocks
}

/// The package of the story.
struct Shop {
    folder: Folder,
}

const MAIN: &str = "src/main.rs";

impl Shop {
    fn new() -> Shop {
        let manifest = format!(
            "[package]\nname = \"shop\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\n{}\n\
             tokio = {{ version = \"1\", features = [\"macros\", \"rt-multi-thread\"] }}\n",
            dependency()
        );
        let shop = Shop { folder: Folder::workspace(&manifest) };
        shop.git("init --quiet --initial-branch main");
        shop.folder.write(".gitignore", "*.db*\nCargo.lock\n.cargo\n");
        shop
    }

    fn git(&self, arguments: &str) -> Answer {
        let mut git = self.folder.program("git");
        git.args(["-c", "user.name=Dev", "-c", "user.email=dev@example.com"]).args(arguments.split(' '));
        answer(&mut git)
    }

    fn commit(&self, subject: &str) {
        self.git("add --all").ok();
        self.git(&format!("commit --quiet --message {subject}")).ok();
    }

    /// Replaces a part of the program.
    #[track_caller]
    fn edit(&self, from: &str, to: &str) {
        let main = self.folder.read(MAIN);
        assert!(main.contains(from), "`{from}` is not in {main}");
        self.folder.write(MAIN, &main.replace(from, to));
    }

    /// Puts a block of code into the program, where a user would put it.
    fn write(&self, code: &str) {
        let main = self.folder.path(MAIN);
        if code.contains("async fn main") {
            return self.folder.write(MAIN, code);
        }
        let source = fs::read_to_string(main).expect("the first block is the program");
        if code.starts_with("#[derive(Table") {
            let start = source.find("#[derive(Table").expect("the struct");
            let end = start + source[start..].find("\n}\n").expect("its end") + 3;
            self.folder.write(MAIN, &format!("{}{code}{}", &source[..start], &source[end..]));
            self.edit("name: \"Tea\".into(),", "name: \"Tea\".into(), slug: \"tea\".into(),");
            // The name is unique now, so that the row of the first run is enough.
            self.edit("    Product::insert", "    // Product::insert");
        } else if code.contains("was = \"price\"") {
            self.edit("    price: i64,\n", code);
            self.edit("product.price", "product.cents");
        } else if code.starts_with("#[tokio::test]") {
            self.folder.write(MAIN, &format!("{source}\n{code}"));
            let tested = answer(self.folder.program("cargo").args(["test", "--quiet"])).ok();
            assert!(tested.out.contains("1 passed"), "{tested:?}");
        } else {
            let indented: String = code.lines().map(|line| format!("    {line}\n")).collect();
            self.edit("    db.migrate(&STEPS).await?;\n", &indented);
        }
    }

    /// Two developers add a step each.
    fn add_steps_on_two_branches(&self) {
        self.commit("three-steps");
        self.git("checkout --quiet -b theirs").ok();
        let table = "#[derive(aio_sql::Table, Clone, Debug)]\npub struct Supplier {\n    #[column(primary_key, auto)]\n    \
                     pub id: i64,\n    pub name: String,\n}\n";
        self.folder.write("src/supplier.rs", table);
        self.edit("\nstatic STEPS", "\nmod supplier;\n\nstatic STEPS");
        self.folder.run("migrate diff --name suppliers").ok();
        self.commit("suppliers");
        self.git("checkout --quiet main").ok();
        self.edit("    name: String,\n", "    name: String,\n    note: Option<String>,\n");
        self.folder.run("migrate diff --name note").ok();
        self.commit("note");
        let merged = self.git("merge theirs");
        assert_ne!(merged.code, 0, "{merged:?}");
        assert!(merged.out.contains("migrations/schema.sql"), "{merged:?}");
    }
}

/// What a user does beside the commands that a chapter shows.
trait Story {
    /// The folder of the user's package.
    fn folder(&self) -> &Folder;
    /// Does what the chapter tells before a command.
    fn prepare(&self, command: &str);
    /// Does what the text below a command says.
    fn complete(&self, command: &str);
}

impl Story for Shop {
    fn folder(&self) -> &Folder {
        &self.folder
    }

    fn prepare(&self, command: &str) {
        if command.contains("rebase") {
            self.add_steps_on_two_branches();
        }
    }

    fn complete(&self, command: &str) {
        if command.contains("migrate new") {
            let step = "migrations/0006_hashes.sql";
            let text = self.folder.read(step);
            self.folder.write(step, &format!("-- aio-sql: rust\n{text}"));
        }
    }
}

fn run(folder: &Folder, command: &str) -> Answer {
    let mut words = command.split_whitespace();
    match words.next() {
        Some("aio-sql") => answer(folder.tool().args(words)),
        Some(program) => answer(folder.program(program).args(words)),
        None => panic!("a command is missing"),
    }
}

/// Runs the commands of a block, and compares what they write with the lines below them, of which
/// `…` stands for any text.
fn run_commands(story: &impl Story, block: &str) -> Option<Answer> {
    let mut last: Option<Answer> = None;
    for line in block.lines() {
        let Some(command) = line.strip_prefix("$ ") else {
            let written = last.as_ref().expect("a command stands above what it writes");
            let text = format!("{}{}", written.out, written.err);
            let is_there = |shown: &str| text.lines().any(|line| line.trim_end() == shown || fits(line, shown));
            assert!(is_there(line.trim_end()), "`{line}` is not in what was written:\n{text}");
            continue;
        };
        if command.starts_with("cargo install") {
            continue;
        }
        story.prepare(command);
        let written = run(story.folder(), command);
        println!("$ {command}\n{}{}", written.out, written.err);
        // Exit code 3 says that there is something to do.
        let is_done = written.code == 0 || command.contains("status") && written.code == 3;
        assert!(is_done, "{command}: {written:?}");
        story.complete(command);
        last = Some(written);
    }
    last
}

/// Returns whether a line is the shown one, in which `…` stands for any text.
fn fits(line: &str, shown: &str) -> bool {
    let Some((before, behind)) = shown.split_once('…') else { return false };
    line.starts_with(before) && line.ends_with(behind)
}

#[test]
fn the_story_of_changing_a_schema_is_true() {
    if Command::new("git").arg("--version").output().is_err() {
        eprintln!("git is not installed: the story of the guide was left out");
        return;
    }
    let shop = Shop::new();
    let mut shown = None;
    for Block { language, text } in blocks("migrations.md") {
        match language.as_str() {
            "console" => shown = run_commands(&shop, &text),
            "rust" => shop.write(&text),
            // A file that the command before it has shown.
            "sql" => {
                let file = shown.take().expect("a command shows the file");
                assert_eq!(file.out.trim_end(), text.trim_end());
            }
            other => panic!("a block of `{other}`"),
        }
    }
    let ran = run(&shop.folder, "cargo run --quiet").ok();
    assert!(ran.out.contains("Tea costs 450"), "{ran:?}");
    shop.folder.run("migrate status --db shop.db").ok();
    shop.folder.run("migrate check --db shop.db").ok();
}

/// The package of a user who has a database.
struct Existing {
    folder: Folder,
}

impl Existing {
    fn new() -> Existing {
        // The features are those of the test of generated structs, so that both use one build.
        let folder = Folder::workspace(&format!(
            "[package]\nname = \"existing\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n\
             aio-sql = {{ path = {:?}, features = [\"jiff\", \"json\", \"regexp\", \"rust_decimal\", \"unicode\", \"uuid\"] }}\n\
             jiff = \"0.2\"\nrust_decimal = \"1\"\n",
            repository()
        ));
        folder.write(MAIN, "mod shop;\n\nfn main() {}\n");
        let script =
            "create table orders (id integer primary key, state varchar(10) not null default 'new' check (state in
                 ('new', 'sent')), placed datetime not null, paid boolean not null, total decimal(10,2));
             create view sales as select date(placed) as day, sum(total) as total from orders group by 1;
             create trigger orders_are_logged after insert on orders begin select 1; end;
             insert into orders values (1, 'new', '2026-01-05 10:00:00.000000', 1, 12.5)";
        Connection::open(folder.path("shop.sqlite3")).unwrap().execute_batch(script).unwrap();
        Existing { folder }
    }
}

impl Story for Existing {
    fn folder(&self) -> &Folder {
        &self.folder
    }

    fn prepare(&self, command: &str) {
        if command == "aio-sql migrate diff" {
            let structs = self.folder.read("src/shop.rs");
            let (before, after) = structs.split_once("\n}\n").expect("the end of the first struct");
            self.folder.write("src/shop.rs", &format!("{before}\n    pub note: Option<String>,\n}}\n{after}"));
        }
    }

    fn complete(&self, _: &str) {}
}

#[test]
fn the_story_of_a_database_that_exists_is_true() {
    let story = Existing::new();
    let shown = blocks("existing.md");
    let blocks: Vec<_> = shown.iter().filter(|block| block.language == "console").collect();
    assert_eq!(blocks.len(), 3);
    for Block { text, .. } in blocks {
        run_commands(&story, text);
    }
    assert!(story.folder.path("migrations/0002_add_orders_note.sql").exists());
}

//! Steps that run on a PostgreSQL server.

use aio_sql::{Connection, Database, Executor, Inspect, Schema, Transaction, TransactionMode, query};
use serde_json::json;

use super::Script;
use super::scratch::ScratchDatabase;
use crate::database::Address;
use crate::error::{Error, Result};
use crate::plan::{statements_of, without_concurrently};
use crate::steps::Step;

/// A database of a server in which steps were run.
///
/// It is a new one. Where the user may not create databases, it is a new schema in the database of
/// the address, in a transaction that is never committed.
#[derive(Debug)]
pub(super) struct ServerReplay {
    /// The transaction in which a new schema is, if that takes the place of a new database.
    transaction: Option<Transaction>,
    connection: Connection,
    database: Database,
    scratch: Option<ScratchDatabase>,
    /// The schemas that the database had before, if it is no new one.
    others: Vec<String>,
}

/// The schemas of a database that are not the system's.
const SCHEMAS: &str = "select nspname::text from pg_catalog.pg_namespace
    where nspname !~ '^pg_' and nspname <> 'information_schema' order by 1";

/// The error of a server for what the user may not do.
const INSUFFICIENT_PRIVILEGE: &str = "42501";

/// The settings of the search path whose schemas do not exist, when nothing can be created.
const SEARCH_PATH: &str = "select case when current_schema() is null then current_setting('search_path') else '' end";

/// Drops what schemas have from earlier statements, except for types, functions and extensions.
const DROPS: &str = "select format('DROP %s IF EXISTS %I.%I CASCADE', case c.relkind when 'v' then 'VIEW'
        when 'm' then 'MATERIALIZED VIEW' when 'f' then 'FOREIGN TABLE' else 'TABLE' end, n.nspname, c.relname)
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'm', 'f')
        and (n.nspname = any(current_schemas(false)) or n.nspname in (select jsonb_array_elements_text($1::text::jsonb)))
        and not exists (select 1 from pg_catalog.pg_depend d where d.classid = 'pg_catalog.pg_class'::regclass
            and d.objid = c.oid and d.deptype = 'e')
    order by c.oid";

/// The extensions, collations and functions of the schemas `$1`, as statements that create them.
/// The names of the search path are left out.
const BESIDE_TABLES: [&str; 3] = [
    "select format('CREATE EXTENSION IF NOT EXISTS %I', extname)
        || case when n.nspname <> all(current_schemas(false)) and n.nspname in (select jsonb_array_elements_text($1::text::jsonb))
            then format(' SCHEMA %I', n.nspname) else '' end
        from pg_catalog.pg_extension e join pg_catalog.pg_namespace n on n.oid = e.extnamespace
        where extname <> 'plpgsql' order by extname",
    "select format('CREATE COLLATION IF NOT EXISTS %s%I (PROVIDER = icu, LOCALE = %L, DETERMINISTIC = %s)',
            case when n.nspname <> all(current_schemas(false)) then quote_ident(n.nspname) || '.' end, c.collname,
            coalesce(to_jsonb(c) ->> 'colllocale', to_jsonb(c) ->> 'colliculocale'), c.collisdeterministic)
        from pg_catalog.pg_collation c join pg_catalog.pg_namespace n on n.oid = c.collnamespace
        where c.collprovider = 'i' and n.nspname in (select jsonb_array_elements_text($1::text::jsonb)) order by c.collname, 1",
    // The schema is left out before the name, which ends with the first parenthesis.
    "select case when n.nspname = any(current_schemas(false))
            then replace(split_part(f.text, '(', 1), quote_ident(n.nspname) || '.', '') || substr(f.text, strpos(f.text, '('))
            else f.text end
        from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
        cross join lateral (select pg_catalog.pg_get_functiondef(p.oid)) f (text)
        where p.prokind in ('f', 'p') and n.nspname in (select jsonb_array_elements_text($1::text::jsonb))
            and not exists (select 1 from pg_catalog.pg_depend d where d.classid = 'pg_catalog.pg_proc'::regclass
                and d.objid = p.oid and d.deptype = 'e')
        order by p.proname, p.oid",
];

/// Returns the names of the schemas of a database, without those of the system.
pub(super) async fn schemas(executor: &Executor) -> Result<Vec<String>> {
    Ok(query(SCHEMAS).all(executor).await?)
}

/// Returns names as one parameter, which a query reads by `jsonb_array_elements_text`.
fn array<T: AsRef<str>>(names: &[T]) -> String {
    json!(names.iter().map(AsRef::as_ref).collect::<Vec<&str>>()).to_string()
}

impl ServerReplay {
    /// Creates the database, and runs steps in it.
    ///
    /// # Errors
    /// If there is no server, if it refuses both a new database and a new schema, and if a step is
    /// wrong.
    pub(super) async fn of(address: &Address, steps: &[Step]) -> Result<ServerReplay> {
        let replay = ServerReplay::begin(address).await?;
        for step in steps {
            replay.run(&Script::of(step), step.directives.no_transaction).await?;
        }
        Ok(replay)
    }

    async fn begin(address: &Address) -> Result<ServerReplay> {
        let server = address.builder().open().await.map_err(|error| unreachable(error, address))?;
        match ScratchDatabase::create(address, &server).await {
            Ok(scratch) => {
                server.close().await?;
                let database = scratch.address().builder().open().await?;
                let connection = database.connect().await?;
                create_schema(&connection).await?;
                let (transaction, others) = (None, Vec::new());
                Ok(ServerReplay { transaction, connection, database, scratch: Some(scratch), others })
            }
            Err(error) if error.code() == Some(INSUFFICIENT_PRIVILEGE) => {
                let connection = server.connect().await?;
                // Otherwise a schema that another session creates meanwhile would seem to be one
                // of the steps.
                let transaction = connection.begin_with(TransactionMode::RepeatableRead).await?;
                let others = schemas(&transaction).await?;
                let name = ScratchDatabase::new_name();
                let create = format!("CREATE SCHEMA {name}; SET LOCAL search_path = {name}");
                transaction.execute_script(create).await.map_err(|error| {
                    Error::from(error)
                        .at(format_args!("`{address}` accepts neither a new database nor a new schema"))
                        .help("let the user create databases: `ALTER ROLE … CREATEDB`")
                        .help("or name another server by `--scratch`")
                })?;
                let (transaction, database) = (Some(transaction), server);
                Ok(ServerReplay { transaction, connection, database, scratch: None, others })
            }
            Err(error) => {
                server.close().await?;
                Err(Error::from(error).at(format_args!("no database for the steps can be created at `{address}`")))
            }
        }
    }

    pub(super) fn executor(&self) -> &Executor {
        match &self.transaction {
            Some(transaction) => transaction,
            None => &self.connection,
        }
    }

    pub(super) fn others(&self) -> &[String] {
        &self.others
    }

    /// Reads the default schema, and those that the steps have made.
    pub(super) async fn inspect(&self) -> Result<Schema> {
        let own = self.own_schemas().await?;
        Ok(self.executor().inspect_with(own.into_iter().fold(Inspect::new(), Inspect::schema)).await?)
    }

    /// Returns the names of the schemas that the steps have made, and of the default one.
    async fn own_schemas(&self) -> Result<Vec<String>> {
        let all = schemas(self.executor()).await?;
        Ok(all.into_iter().filter(|name| !self.others.contains(name)).collect())
    }

    pub(super) async fn close(self) -> Result<()> {
        if let Some(transaction) = self.transaction {
            transaction.rollback().await?;
        }
        self.connection.close().await?;
        self.database.close().await?;
        match self.scratch {
            Some(scratch) => Ok(scratch.remove().await?),
            None => Ok(()),
        }
    }

    /// Runs a script. Nobody else uses the database, so that an index need not be created
    /// CONCURRENTLY.
    async fn run(&self, script: &Script, no_transaction: bool) -> Result<()> {
        let executor = self.executor();
        let failed = |error: aio_sql::Error| Error::from(error).at(format_args!("{} ({})", script.name, script.origin));
        if no_transaction && self.transaction.is_none() {
            return executor.execute_script(without_concurrently(&script.text)).await.map_err(failed);
        }
        let text = if no_transaction { without_concurrently(&script.text) } else { script.text.clone() };
        let transaction = executor.begin().await?;
        match transaction.execute_script(text).await {
            Ok(()) => transaction.commit().await.map_err(failed),
            Err(error) => {
                transaction.rollback().await?;
                Err(failed(error))
            }
        }
    }

    /// Returns the statements that make what the steps have made, from what the catalogues say.
    ///
    /// They are the tool's own and not those of `pg_dump`, which need not be installed, whose
    /// version has to be that of the server, and whose text changes with it: `schema.sql` would
    /// change without a step.
    pub(super) async fn ddl(&self) -> Result<Vec<String>> {
        let schema = self.inspect().await?;
        let all = statements_of(&schema).into_iter().map(|(_, statement)| statement);
        // Extensions and functions belong to schemas, too.
        let (mut statements, rest): (Vec<String>, Vec<String>) =
            all.partition(|statement| statement.starts_with("CREATE SCHEMA "));
        for text in BESIDE_TABLES {
            let beside: Vec<String> = query(text).bind(array(schema.names())).all(self.executor()).await?;
            statements.extend(beside.into_iter().map(|statement| statement.trim_end().to_owned()));
        }
        statements.extend(rest);
        Ok(statements)
    }

    /// Returns the schema that declarations make in the place of the tables and views that are
    /// there. All of it is taken back.
    pub(super) async fn declared(&self, tables: &[Script], keys: &[Script], schemas: &[&str]) -> Result<Schema> {
        if let Some(schema) = schemas.iter().find(|name| self.others.iter().any(|other| other == *name)) {
            let message = format!("the schema `{schema}` exists already in the database in which the steps are tried");
            return Err(Error::new(message)
                .help("let the user create databases, so that they are tried in one of their own: `ALTER ROLE … CREATEDB`")
                .help("or name another server by `--scratch`"));
        }
        let transaction = self.executor().begin().await?;
        let schema = async {
            let drops: Vec<String> = query(DROPS).bind(array(schemas)).all(&transaction).await?;
            transaction.execute_script(drops.join(";\n")).await?;
            for Script { name, origin, text } in tables.iter().chain(keys) {
                let run = transaction.execute_script(text.as_str()).await;
                run.map_err(|error| Error::from(error).at(format_args!("{name} ({origin})")))?;
            }
            super::of_schemas(&transaction, schemas).await
        };
        let schema = schema.await;
        transaction.rollback().await?;
        schema
    }
}

fn unreachable(error: aio_sql::Error, address: &Address) -> Error {
    Error::from(error)
        .at(format_args!("the steps for PostgreSQL need a server on which they are run, and `{address}` is none"))
        .help("name a server by `--db`, DATABASE_URL or `--scratch`: a database is created on it, and removed again")
}

/// Creates the schema of the search path in which tables are created, if it does not exist.
async fn create_schema(connection: &Connection) -> Result<()> {
    let path: String = query(SEARCH_PATH).scalar(connection).await?;
    let mut names = path.split(',').map(|name| name.trim().trim_matches('"'));
    if let Some(name) = names.find(|name| !name.is_empty() && *name != "$user") {
        connection.execute_script(format!("CREATE SCHEMA {}", crate::plan::quoted(name))).await?;
    }
    Ok(())
}

-- aio-sql: rust
alter table note add column slug text;

create table t (id integer primary key, gone text);
create view broken as select missing from t;
create view without_table as select a from missing;
create view fine as select id from t;

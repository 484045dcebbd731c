create table t (id integer primary key, n integer);
create table log (id integer primary key, text text);
create trigger after_insert after insert on t for each row when new.n > 0 begin
  insert into log (text) values ('a; b');
  update t set n = n + 1 where id = new.id;
end;
create trigger before_update before update of n on t begin select raise(abort, 'no') where new.n < 0; end;
create temp trigger of_connection after delete on t begin select 1; end;

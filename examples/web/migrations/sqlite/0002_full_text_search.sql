-- The index stores no text, but refers to the tasks (https://sqlite.org/fts5.html#external_content_tables).
-- Triggers update it with every change of a task; the last statement adds the existing tasks.
create virtual table task_search using fts5 (title, note, content = 'task', content_rowid = 'id');

create trigger task_search_insert after insert on task begin
    insert into task_search (rowid, title, note) values (new.id, new.title, new.note);
end;
create trigger task_search_delete after delete on task begin
    insert into task_search (task_search, rowid, title, note) values ('delete', old.id, old.title, old.note);
end;
create trigger task_search_update after update of title, note on task begin
    insert into task_search (task_search, rowid, title, note) values ('delete', old.id, old.title, old.note);
    insert into task_search (rowid, title, note) values (new.id, new.title, new.note);
end;

insert into task_search (task_search) values ('rebuild');

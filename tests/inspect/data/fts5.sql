create table note (id integer primary key, title text not null, body text);
create virtual table search using fts5(title, body unindexed, content = 'note', content_rowid = 'id', tokenize = 'porter');
create virtual table own using fts5(text, prefix = '2 3');

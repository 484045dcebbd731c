create virtual table place using rtree(id, min_x, max_x, min_y, max_y, +name text);
create table visit (place integer not null, day text not null, primary key (place, day)) without rowid;

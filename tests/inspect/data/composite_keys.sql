create table country (code text, region text, name text, primary key (region, code), unique (name, code), unique (code, name));
create table city (id integer primary key, code text, region text, name text,
  foreign key (region, code) references country on delete cascade,
  foreign key (code, name) references country (code, name));
create table visit (city integer references city, day text, primary key (city, day)) without rowid;

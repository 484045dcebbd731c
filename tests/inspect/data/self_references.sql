create table employee (id integer primary key, boss integer references employee on delete set null, mentor integer references employee (id));
create table tree (root text, path text, parent text, primary key (root, path), foreign key (root, parent) references tree (root, path));

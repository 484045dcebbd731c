create table /* before ( the name */ t -- and after )
( /* the first, column */ a integer primary key, -- a comment, with ' and "
  b text /* check (a > 1) */ not null, -- unique,
  /*/ an odd one */ c integer default 3 /* of three */,
  check (b <> '--' /* no comment */ and b <> '/*'),
  -- constraint un unique (c)
  constraint un unique (b, /* and */ c)
) /* the end */;
create index /* on */ i on t (c /* c */) where b <> '--' -- the end
;

-- Customer::select()
SELECT "id", "name", "email", "city" FROM "customer";

-- Product::find(7)
SELECT "id", "name", "price", "stock" FROM "product" WHERE "id" = ?;
-- 7

-- Line::find((1, 2))
SELECT "order_id", "product_id", "pieces" FROM "line" WHERE "order_id" = ? AND "product_id" = ?;
-- 1, 2

-- Product::select().columns((Product::NAME, Product::PRICE * Product::STOCK))
SELECT "name", "price" * "stock" FROM "product";

-- Customer::select().distinct().columns(Customer::CITY)
SELECT DISTINCT "city" FROM "customer";

-- Product::select().filter(Product::PRICE.between(100, 200)).filter(Product::STOCK.gt(0))
SELECT "id", "name", "price", "stock" FROM "product" WHERE "price" BETWEEN ? AND ? AND "stock" > ?;
-- 100, 200, 0

-- Product::select().filter(Product::NAME.eq("tea").or(Product::NAME.eq("cup")).and(not(Product::STOCK.eq(0))))
SELECT "id", "name", "price", "stock" FROM "product" WHERE ("name" = ? OR "name" = ?) AND NOT "stock" = ?;
-- 'tea', 'cup', 0

-- Customer::select().filter(Customer::CITY.eq(None)).columns(Customer::ID)
SELECT "id" FROM "customer" WHERE "city" IS ?;
-- NULL

-- Customer::select().filter(Customer::CITY.is_distinct_from("Oslo")).columns(Customer::ID)
SELECT "id" FROM "customer" WHERE "city" IS NOT ?;
-- 'Oslo'

-- Product::select().filter(Product::ID.is_in([1, 2, 3])).columns(Product::NAME)
SELECT "name" FROM "product" WHERE "id" IN (?, ?, ?);
-- 1, 2, 3

-- Customer::select().filter(Customer::CITY.is_in([Some("Oslo".to_owned()), None])).columns(Customer::ID)
SELECT "id" FROM "customer" WHERE "city" IN (?) OR "city" IS NULL;
-- 'Oslo'

-- Customer::select().filter(Customer::CITY.is_not_in([Some("Oslo".to_owned()), None])).columns(Customer::ID)
SELECT "id" FROM "customer" WHERE "city" NOT IN (?) AND "city" IS NOT NULL;
-- 'Oslo'

-- Product::select().filter(Product::ID.is_in([0_i64; 0])).columns(Product::NAME)
SELECT "name" FROM "product" WHERE "id" IN ();

-- Product::select().filter(any_of([Product::STOCK.eq(0), Product::STOCK.gt(9)])).columns(Product::ID)
SELECT "id" FROM "product" WHERE "stock" = ? OR "stock" > ?;
-- 0, 9

-- Product::select().filter(all_of(Vec::<aio_sql::Condition<Product>>::new())).columns(Product::ID)
SELECT "id" FROM "product";

-- Customer::select().order_by((Customer::CITY.desc().nulls_last(), Customer::NAME)).limit(10).offset(20)
SELECT "id", "name", "email", "city" FROM "customer" ORDER BY "city" DESC NULLS LAST, "name" LIMIT ? OFFSET ?;
-- 10, 20

-- Customer::select().order_by(Customer::NAME.collate(Collation::NoCase)).columns(Customer::ID)
SELECT "id" FROM "customer" ORDER BY "name" COLLATE NOCASE;

-- Order::select().distinct_on(Order::CUSTOMER_ID).order_by((Order::CUSTOMER_ID, Order::PLACED.desc()))
-- sqlite has no `DISTINCT ON`

-- generate_series(Number, 1, 10, 3).select().order_by(Number::NUMBER)
SELECT "number" FROM (WITH RECURSIVE "series"("number") AS (VALUES (?) UNION ALL SELECT "number" + ? FROM "series" WHERE "number" <> ?) SELECT * FROM "series") AS "number" ORDER BY "number";
-- 1, 3, 10

-- generate_series(Number, 1, 0, 1).select()
SELECT "number" FROM (SELECT * FROM (SELECT NULL AS "number") WHERE 1 = 0) AS "number";

-- generate_series(Day, day(1), day(2), Duration::from_secs(86_400)).select()
SELECT "day" FROM (SELECT value AS "day" FROM rarray(?)) AS "day";
-- [Timestamp(..), Timestamp(..)]

-- Product::select().filter(Product::STOCK.gt(0)).order_by(Product::ID).limit(1).for_update().skip_locked()
-- sqlite has no row locks

-- Customer::select().left_join(Order).for_share_of(Customer).no_wait().columns(Customer::NAME)
-- sqlite has no row locks

-- Order::select().filter(Order::ID.eq(1)).for_no_key_update()
-- sqlite has no row locks

-- Order::select().filter(Order::ID.eq(1)).for_key_share().no_wait()
-- sqlite has no row locks

-- Customer::select().filter(Customer::NAME.to_tsvector("english").matches(websearch_to_tsquery("english", "ann -bob"))).columns((Customer::ID, Customer::NAME.ts_headline("simple", plainto_tsquery("simple", "ann"))))
-- sqlite has no `tsvector`

-- Customer::select().order_by(Customer::NAME.to_tsvector("english").set_weight(TsWeight::B).ts_rank(to_tsquery("english", "a"))).columns(Customer::ID)
-- sqlite has no `tsvector`

-- Order::select().filter(Order::PLACED.plus(Interval::months(1)).lt(Order::PLACED)).columns(Order::ID)
-- sqlite has no intervals

-- Order::select().columns(Order::PLACED.since(now::<SystemTime>()))
-- sqlite has no intervals

-- Order::select().join(Customer)
SELECT "orders"."id", "orders"."customer_id", "orders"."placed", "customer"."id", "customer"."name", "customer"."email", "customer"."city" FROM "orders" JOIN "customer" ON "orders"."customer_id" = "customer"."id";

-- Customer::select().join(Order).columns((Customer::NAME, Order::PLACED))
SELECT "customer"."name", "orders"."placed" FROM "customer" JOIN "orders" ON "orders"."customer_id" = "customer"."id";

-- Customer::select().left_join(Order).filter(Order::ID.is_null()).columns(Customer::NAME)
SELECT "customer"."name" FROM "customer" LEFT JOIN "orders" ON "orders"."customer_id" = "customer"."id" WHERE "orders"."id" IS NULL;

-- Line::select().right_join(Product).columns((Line::PIECES, Product::NAME))
SELECT "line"."pieces", "product"."name" FROM "line" RIGHT JOIN "product" ON "line"."product_id" = "product"."id";

-- Line::select().full_join(Product).columns((Line::PIECES, Product::NAME))
SELECT "line"."pieces", "product"."name" FROM "line" FULL JOIN "product" ON "line"."product_id" = "product"."id";

-- Store::select().cross_join(Product).columns((Store::CITY, Product::NAME))
SELECT "store"."city", "product"."name" FROM "store" CROSS JOIN "product";

-- Transfer::select().join_via(Transfer::FROM_ID).join_via(Transfer::TO_ID.to::<Destination>()).columns((Store::CITY, Store::CITY.of::<Destination>()))
SELECT "store"."city", "Destination"."city" FROM "transfer" JOIN "store" ON "transfer"."from_id" = "store"."id" JOIN "store" AS "Destination" ON "transfer"."to_id" = "Destination"."id";

-- Employee::select().left_join_via(Employee::MANAGER_ID.to::<Manager>()).columns((Employee::NAME, Employee::NAME.of::<Manager>()))
SELECT "employee"."name", "Manager"."name" FROM "employee" LEFT JOIN "employee" AS "Manager" ON "employee"."manager_id" = "Manager"."id";

-- Product::select().join_on(Line, Line::PRODUCT_ID.eq(Product::ID).and(Line::PIECES.gt(3))).columns(Product::NAME)
SELECT "product"."name" FROM "product" JOIN "line" ON "line"."product_id" = "product"."id" AND "line"."pieces" > ?;
-- 3

-- Product::select().columns((count(), Product::PRICE.sum(), Product::PRICE.avg(), Product::STOCK.min(), Product::STOCK.max(), Product::PRICE.total()))
SELECT COUNT(*), SUM("price"), AVG("price"), MIN("stock"), MAX("stock"), TOTAL("price") FROM "product";

-- Customer::select().columns((Customer::CITY.count().distinct(), count().filter(Customer::CITY.is_null())))
SELECT COUNT(DISTINCT "city"), COUNT(*) FILTER (WHERE "city" IS NULL) FROM "customer";

-- Customer::select().columns(Customer::NAME.group_concat(", ").order_by(Customer::NAME))
SELECT GROUP_CONCAT("name", ? ORDER BY "name") FROM "customer";
-- ', '

-- Customer::select().columns(Customer::CITY.group_concat(",").distinct())
SELECT GROUP_CONCAT(DISTINCT "city") FROM "customer";

-- Customer::select().columns(Customer::ID.json_group_array::<i64>())
SELECT JSON_GROUP_ARRAY("id") FROM "customer";

-- Customer::select().columns(Customer::CITY.is_null().json_group_array::<bool>())
SELECT JSON_GROUP_ARRAY(JSON(CASE "city" IS NULL WHEN 0 THEN 'false' WHEN 1 THEN 'true' END)) FROM "customer";

-- Order::select().join(Line).group_by(Order::CUSTOMER_ID).having(count().ge(2)).order_by(Line::PIECES.sum().desc()).columns((Order::CUSTOMER_ID, Line::PIECES.sum()))
SELECT "orders"."customer_id", SUM("line"."pieces") FROM "orders" JOIN "line" ON "line"."order_id" = "orders"."id" GROUP BY "orders"."customer_id" HAVING COUNT(*) >= ? ORDER BY 2 DESC;
-- 2

-- Customer::select().filter(exists(orders())).columns(Customer::NAME)
SELECT "name" FROM "customer" WHERE EXISTS (SELECT 1 FROM "orders" WHERE "orders"."customer_id" = "customer"."id");

-- Customer::select().filter(not_exists(orders())).columns(Customer::NAME)
SELECT "name" FROM "customer" WHERE NOT EXISTS (SELECT 1 FROM "orders" WHERE "orders"."customer_id" = "customer"."id");

-- Customer::select().columns((Customer::NAME, orders().columns(count()).scalar_subquery()))
SELECT "name", (SELECT COUNT(*) FROM "orders" WHERE "orders"."customer_id" = "customer"."id") FROM "customer";

-- Product::select().filter(Product::ID.is_in(Line::select().columns(Line::PRODUCT_ID))).columns(Product::NAME)
SELECT "name" FROM "product" WHERE "id" IN (SELECT "product_id" FROM "line");

-- Product::select().filter(Product::ID.is_not_in(Line::select().columns(Line::PRODUCT_ID))).columns(Product::NAME)
SELECT "name" FROM "product" WHERE "id" NOT IN (SELECT "product_id" FROM "line");

-- Product::select().filter(Product::PRICE.gt(Product::select().columns(Product::PRICE.min()).scalar_subquery())).columns(Product::ID)
SELECT "id" FROM "product" WHERE "price" > (SELECT MIN("price") FROM "product");

-- spent.select().order_by(Spent::CENTS.desc())
WITH "spent"("customer_id", "cents") AS (SELECT "orders"."customer_id", SUM("line"."pieces" * "product"."price") FROM "orders" JOIN "line" ON "line"."order_id" = "orders"."id" JOIN "product" ON "line"."product_id" = "product"."id" GROUP BY "orders"."customer_id") SELECT "customer_id", "cents" FROM "spent" ORDER BY "cents" DESC;

-- Customer::select().join_on(&spent, Spent::CUSTOMER_ID.eq(Customer::ID)).columns((Customer::NAME, Spent::CENTS))
WITH "spent"("customer_id", "cents") AS (SELECT "orders"."customer_id", SUM("line"."pieces" * "product"."price") FROM "orders" JOIN "line" ON "line"."order_id" = "orders"."id" JOIN "product" ON "line"."product_id" = "product"."id" GROUP BY "orders"."customer_id") SELECT "customer"."name", "spent"."cents" FROM "customer" JOIN "spent" ON "spent"."customer_id" = "customer"."id";

-- spent.select().join_on(spent.of(Before), Spent::CENTS.of::<Before>().lt(Spent::CENTS)).columns(Spent::CUSTOMER_ID)
WITH "spent"("customer_id", "cents") AS (SELECT "orders"."customer_id", SUM("line"."pieces" * "product"."price") FROM "orders" JOIN "line" ON "line"."order_id" = "orders"."id" JOIN "product" ON "line"."product_id" = "product"."id" GROUP BY "orders"."customer_id") SELECT "spent"."customer_id" FROM "spent" JOIN "spent" AS "Before" ON "Before"."cents" < "spent"."cents";

-- spent.clone().materialized().select().columns(Spent::CENTS)
WITH "spent"("customer_id", "cents") AS MATERIALIZED (SELECT "orders"."customer_id", SUM("line"."pieces" * "product"."price") FROM "orders" JOIN "line" ON "line"."order_id" = "orders"."id" JOIN "product" ON "line"."product_id" = "product"."id" GROUP BY "orders"."customer_id") SELECT "cents" FROM "spent";

-- raw.select().filter(Spent::CENTS.gt(1))
SELECT "customer_id", "cents" FROM (select customer_id, count(*) as cents from "orders" where id > ? group by 1) AS "spent" WHERE "cents" > ?;
-- 7, 1

-- Customer::select().join_on(&raw, Spent::CUSTOMER_ID.eq(Customer::ID)).columns((Customer::NAME, Spent::CENTS))
SELECT "customer"."name", "spent"."cents" FROM "customer" JOIN (select customer_id, count(*) as cents from "orders" where id > ? group by 1) AS "spent" ON "spent"."customer_id" = "customer"."id";
-- 7

-- tree.select().filter(Under::LEVEL.gt(1))
WITH RECURSIVE "under"("id", "level") AS (SELECT "id", ? FROM "employee" WHERE "manager_id" IS NULL UNION ALL SELECT "employee"."id", "under"."level" + ? FROM "under" JOIN "employee" ON "employee"."manager_id" = "under"."id") SELECT "id", "level" FROM "under" WHERE "level" > ?;
-- 0, 1, 1

-- tree.clone().distinct().select()
WITH RECURSIVE "under"("id", "level") AS (SELECT "id", ? FROM "employee" WHERE "manager_id" IS NULL UNION SELECT "employee"."id", "under"."level" + ? FROM "under" JOIN "employee" ON "employee"."manager_id" = "under"."id") SELECT "id", "level" FROM "under";
-- 0, 1

-- values([(1_i64, "a".to_owned()), (2, "b".to_owned())])
VALUES (?, ?), (?, ?);
-- 1, 'a', 2, 'b'

-- Customer::select().columns(Customer::NAME).union(Employee::select().columns(Employee::NAME)).order_by(Customer::NAME).limit(3)
SELECT "name" FROM "customer" UNION SELECT "name" FROM "employee" ORDER BY "name" LIMIT ?;
-- 3

-- Customer::select().columns(Customer::NAME).union_all(by_price.clone().limit(1))
SELECT "name" FROM "customer" UNION ALL SELECT * FROM (SELECT "name" FROM "product" ORDER BY "price" DESC LIMIT ?);
-- 1

-- Customer::select().columns(Customer::NAME).intersect(by_price.clone()).except(Employee::select().columns(Employee::NAME))
SELECT "name" FROM "customer" INTERSECT SELECT * FROM (SELECT "name" FROM "product" ORDER BY "price" DESC) EXCEPT SELECT "name" FROM "employee";

-- Employee::select().columns((row_number().over(by_salary.clone()), dense_rank().over(by_salary.clone()), ntile(4).over(by_salary.clone())))
SELECT ROW_NUMBER() OVER (ORDER BY "salary" DESC), DENSE_RANK() OVER (ORDER BY "salary" DESC), NTILE(?) OVER (ORDER BY "salary" DESC) FROM "employee";
-- 4

-- Employee::select().columns((Employee::NAME.lag(1).over(by_salary.clone()), Employee::NAME.first_value().over(by_salary.clone()), Employee::NAME.nth_value(2).over(by_salary)))
SELECT LAG("name", ?) OVER (ORDER BY "salary" DESC), FIRST_VALUE("name") OVER (ORDER BY "salary" DESC), NTH_VALUE("name", ?) OVER (ORDER BY "salary" DESC) FROM "employee";
-- 1, 2

-- Employee::select().columns((Employee::SALARY.sum().filter(Employee::SALARY.gt(10)).over(window().partition_by(Employee::MANAGER_ID)), count().over(window())))
SELECT SUM("salary") FILTER (WHERE "salary" > ?) OVER (PARTITION BY "manager_id"), COUNT(*) OVER () FROM "employee";
-- 10

-- Employee::select().columns(Employee::SALARY.avg().over(window().order_by(Employee::ID).rows(FrameBound::Preceding(2), FrameBound::Following(2)).exclude(FrameExclude::Current)))
SELECT AVG("salary") OVER (ORDER BY "id" ROWS BETWEEN 2 PRECEDING AND 2 FOLLOWING EXCLUDE CURRENT ROW) FROM "employee";

-- Line::select().group_by(Line::PRODUCT_ID).columns((Line::PRODUCT_ID, Line::PIECES.sum().sum().over(window())))
SELECT "product_id", SUM(SUM("pieces")) OVER () FROM "line" GROUP BY "product_id";

-- sql!("select * from {Product} where {Product::NAME} = {\"tea\"}")
select * from "product" where "name" = ?;
-- 'tea'

-- Product::select().filter(Product::ID.is_not_in(1..=17_i64)).columns(Product::NAME)
SELECT "name" FROM "product" WHERE "id" NOT IN rarray(?);
-- [Integer(..), Integer(..), Integer(..), Integer(..), Integer(..), Integer(..), Integer(..), Integer(..), Integer(..), Integer(..), Integer(..), Integer(..), Integer(..), Integer(..), Integer(..), Integer(..), Integer(..)]

-- Customer::select().order_by(Customer::CITY).offset(2).columns(Customer::ID)
SELECT "id" FROM "customer" ORDER BY "city" LIMIT -1 OFFSET ?;
-- 2

-- Customer::select().left_join(Order).order_by(Order::PLACED.desc()).columns(Customer::NAME)
SELECT "customer"."name" FROM "customer" LEFT JOIN "orders" ON "orders"."customer_id" = "customer"."id" ORDER BY "orders"."placed" DESC;

-- Product::select().columns((Product::PRICE + 1) * 2 - Product::STOCK)
SELECT ("price" + ?) * ? - "stock" FROM "product";
-- 1, 2

-- Product::select().columns((Product::PRICE / 3, Product::PRICE % 3, -Product::PRICE))
SELECT "price" / ?, "price" % ?, -"price" FROM "product";
-- 3, 3

-- Product::select().columns((Product::PRICE / Product::STOCK, Product::STOCK.shift_left(Product::ID)))
SELECT "price" / "stock", "stock" << "id" FROM "product";

-- Product::select().filter(Product::PRICE.gt(9).eq(Product::STOCK.gt(9))).columns(Product::ID)
SELECT "id" FROM "product" WHERE "price" > ? = "stock" > ?;
-- 9, 9

-- Product::select().columns(Product::PRICE.cast::<f64>().round(1))
SELECT ROUND(CAST("price" AS REAL), ?) FROM "product";
-- 1

-- Product::select().columns((Product::PRICE.abs(), Product::PRICE.cast::<f64>().sqrt(), Product::PRICE.least(5), Product::PRICE.greatest(Product::STOCK)))
SELECT ABS("price"), SQRT(CAST("price" AS REAL)), MIN("price", ?), MAX("price", "stock") FROM "product";
-- 5

-- Product::select().columns((Product::STOCK.bit_and(1), Product::STOCK.bit_or(2), Product::STOCK.bit_not(), Product::STOCK.shift_left(1)))
SELECT "stock" & ?, "stock" | ?, ~"stock", "stock" << ? FROM "product";
-- 1, 2, 1

-- Product::select().filter(Product::PRICE.in_range(1..5).or(Product::STOCK.in_range(..=2))).columns(Product::ID)
SELECT "id" FROM "product" WHERE "price" >= ? AND "price" < ? OR "stock" <= ?;
-- 1, 5, 2

-- Customer::select().columns(Customer::CITY.coalesce("?"))
SELECT COALESCE("city", ?) FROM "customer";
-- '?'

-- Customer::select().columns(Customer::CITY.null_if("Oslo"))
SELECT NULLIF("city", ?) FROM "customer";
-- 'Oslo'

-- Product::select().columns(case::<String>().when(Product::STOCK.eq(0), "none").when(Product::STOCK.lt(9), "few").otherwise("many"))
SELECT CASE WHEN "stock" = ? THEN ? WHEN "stock" < ? THEN ? ELSE ? END FROM "product";
-- 0, 'none', 9, 'few', 'many'

-- Product::select().columns(case::<i64>().when(Product::STOCK.eq(0), Product::PRICE).end())
SELECT CASE WHEN "stock" = ? THEN "price" END FROM "product";
-- 0

-- Customer::select().columns((Customer::NAME.lower(), Customer::NAME.upper(), Customer::NAME.length(), Customer::NAME.trim()))
SELECT LOWER("name"), UPPER("name"), LENGTH("name"), TRIM("name") FROM "customer";

-- Customer::select().columns((Customer::NAME.substring(1, 2), Customer::NAME.replace("a", "b"), Customer::NAME.position("n")))
SELECT SUBSTR("name", ?, ?), REPLACE("name", ?, ?), INSTR("name", ?) FROM "customer";
-- 1, 2, 'a', 'b', 'n'

-- Customer::select().columns(Customer::NAME.concat(" <").concat(Customer::EMAIL).concat(">"))
SELECT "name" || ? || "email" || ? FROM "customer";
-- ' <', '>'

-- Customer::select().filter(Customer::NAME.starts_with("A")).columns(Customer::ID)
SELECT "id" FROM "customer" WHERE "name" >= ? AND "name" < ?;
-- 'A', 'B'

-- Customer::select().filter(Customer::NAME.contains("50%")).columns(Customer::ID)
SELECT "id" FROM "customer" WHERE unlikely(instr("name", ?) > 0);
-- '50%'

-- Customer::select().filter(Customer::NAME.ends_with(Customer::EMAIL)).columns(Customer::ID)
SELECT "id" FROM "customer" WHERE unlikely((length(CAST("email" AS BLOB)) = 0 AND "name" IS NOT NULL OR length(CAST("name" AS BLOB)) >= length(CAST("email" AS BLOB)) AND substr(CAST("name" AS BLOB), -length(CAST("email" AS BLOB))) = CAST("email" AS BLOB)));

-- Customer::select().filter(Customer::NAME.like("A%")).columns(Customer::ID)
SELECT "id" FROM "customer" WHERE unlikely("name" GLOB ?);
-- 'A*'

-- Customer::select().filter(Customer::NAME.ilike("a%")).columns(Customer::ID)
SELECT "id" FROM "customer" WHERE unlikely("name" LIKE ? ESCAPE '\');
-- 'a%'

-- Customer::select().filter(Customer::NAME.glob("A*")).columns(Customer::ID)
SELECT "id" FROM "customer" WHERE unlikely("name" GLOB ?);
-- 'A*'

-- Note::select().filter(Note::TITLE.starts_with("a")).columns(Note::ID)
SELECT "id" FROM "note" WHERE unlikely("title" LIKE ? ESCAPE '\') AND "title" >= ? AND "title" < ?;
-- 'a%', 'a', 'b'

-- Note::select().filter(Note::TITLE.contains(Note::TITLE.lower())).columns(Note::ID)
SELECT "id" FROM "note" WHERE unlikely(instr(LOWER("title"), LOWER(LOWER("title"))) > 0);

-- Order::select().columns((Order::PLACED.weekday(), Order::PLACED.day_of_year(), Order::PLACED.unix_seconds()))
SELECT CAST(STRFTIME('%u', SUBSTR("placed", 1, 10)) AS INTEGER), CAST(STRFTIME('%j', SUBSTR("placed", 1, 10)) AS INTEGER), UNIXEPOCH(SUBSTR("placed", 1, 19)) FROM "orders";

-- Order::select().columns((Order::PLACED.year(), Order::PLACED.month(), Order::PLACED.date_text(), Order::PLACED.hour()))
SELECT CAST(SUBSTR("placed", 1, 4) AS INTEGER), CAST(SUBSTR("placed", 6, 2) AS INTEGER), SUBSTR("placed", 1, 10), CAST(SUBSTR("placed", 12, 2) AS INTEGER) FROM "orders";

-- Order::update().set(Order::PLACED, now::<SystemTime>()).filter(Order::PLACED.gt(now::<SystemTime>()))
UPDATE "orders" SET "placed" = (strftime('%Y-%m-%dT%H:%M:%f000000Z', 'now')) WHERE "placed" > (strftime('%Y-%m-%dT%H:%M:%f000000Z', 'now'));

-- Note::select().columns((Note::TAGS.json_extract::<String>("$[0]"), Note::TAGS.json_array_length()))
SELECT JSON_EXTRACT("tags", ?), JSON_ARRAY_LENGTH("tags") FROM "note";
-- '$[0]'

-- Note::select().filter(Note::TAGS.json_contains("red".to_owned())).columns(Note::ID)
SELECT "id" FROM "note" WHERE EXISTS (SELECT 1 FROM JSON_EACH("note"."tags") WHERE json_each."value" = ?);
-- 'red'

-- Note::select().filter(Note::TAGS.json_contains(true)).columns(Note::ID)
SELECT "id" FROM "note" WHERE EXISTS (SELECT 1 FROM JSON_EACH("note"."tags") WHERE json_each."value" = ? AND json_each."type" IN ('true', 'false'));
-- 1

-- Note::select().columns((Note::TAGS.json_extract::<Json<String>>("$[0]"), Note::TAGS.json_extract::<f64>("$[0]")))
SELECT NULLIF("tags" -> ?, ?), CAST(JSON_EXTRACT("tags", ?) AS REAL) FROM "note";
-- '$[0]', 'null', '$[0]'

-- Note::select().columns(Note::TAGS.json_set("$[0]", Json("a".to_owned())).json_set("$[1]", true))
SELECT JSON_SET(JSON_SET("tags", ?, JSON(?)), ?, JSON(CASE ? WHEN 0 THEN 'false' WHEN 1 THEN 'true' END)) FROM "note";
-- '$[0]', '"a"', '$[1]', 1

-- Note::select().join_lateral(Note::TAGS.json_each(Tag)).columns((Note::ID, Tag::VALUE))
SELECT "note"."id", "tag"."value" FROM "note" JOIN JSON_EACH("note"."tags") AS "tag" ON TRUE;

-- Note::select().left_join_lateral(Note::TAGS.json_tree(Tag).at("$[0]")).columns((Note::ID, Tag::KEY))
SELECT "note"."id", "tag"."key" FROM "note" LEFT JOIN JSON_TREE("note"."tags", ?) AS "tag" ON TRUE;
-- '$[0]'

-- Note::select().filter(exists(Note::TAGS.json_each(Tag).outer::<Note>().filter(Tag::VALUE.eq("red")))).columns(Note::ID)
SELECT "id" FROM "note" WHERE EXISTS (SELECT 1 FROM JSON_EACH("note"."tags") AS "tag" WHERE "tag"."value" = ?);
-- 'red'

-- value(Json(vec![1, 2])).json_each(Tag).select()
SELECT "key", "value" FROM JSON_EACH(?) AS "tag";
-- '[1,2]'

-- Customer::select().filter(soundex(Customer::NAME).eq(soundex("Ann"))).columns(Customer::ID)
SELECT "id" FROM "customer" WHERE soundex("name") = soundex(?);
-- 'Ann'

-- Customer::select().filter(sql!("{Customer::NAME} like {\"A%\"} or true").expr::<bool>().and(Customer::ID.gt(1))).columns(Customer::ID)
SELECT "id" FROM "customer" WHERE ("name" like ? or true) AND "id" > ?;
-- 'A%', 1

-- Fee::select().columns((Fee::PRICE + dec(5), Fee::PRICE - Fee::RATE, charge.clone(), -Fee::PRICE))
SELECT "price" + ?, "price" * 100 - "rate", "price" * (? - "rate"), -"price" FROM "fees";
-- 500, 10000

-- Fee::select().filter(Fee::PRICE.gt(5).and(Fee::PRICE.lt(Fee::RATE)).and(charge.clone().lt(dec(3))))
SELECT "id", "price", "rate", "pieces" FROM "fees" WHERE "price" > ? AND aio_sql_checked("price" * 100) < "rate" AND aio_sql_checked("price" * (? - "rate")) < ?;
-- 500, 10000, 3000000

-- Fee::select().filter(Fee::PRICE.between(Fee::RATE, 6)).columns(Fee::PRICE % dec(5))
SELECT "price" % ? FROM "fees" WHERE aio_sql_checked("price" * 100) BETWEEN "rate" AND aio_sql_checked(? * 100);
-- 500, 600

-- Fee::select().order_by(charge.clone().sum().desc()).columns((charge.clone().sum(), Fee::PRICE.avg_to::<2>()))
SELECT aio_sql_checked(SUM("price" * (? - "rate"))), aio_sql_divide_to(SUM("price"), COUNT("price"), 0) FROM "fees" ORDER BY 1 DESC;
-- 10000

-- Fee::select().columns((charge.clone().round_to::<2>(), Fee::PRICE.div_to::<4, _>(Fee::PIECES)))
SELECT aio_sql_divide_to("price" * (? - "rate"), 1, -4), aio_sql_divide_to("price", "pieces", 2) FROM "fees";
-- 10000

-- Fee::select().columns(Fee::PRICE.avg_to::<2>().over(window().order_by(Fee::ID)))
SELECT aio_sql_divide_to(SUM("price") OVER (ORDER BY "id"), COUNT("price") OVER (ORDER BY "id"), 0) FROM "fees";

-- Fee::select().columns((Fee::PRICE.cast::<String>(), Fee::PRICE.cast::<f64>(), Fee::PRICE.cast::<i64>()))
SELECT aio_sql_decimal_text("price", 2), aio_sql_decimal_real("price", 2), CAST("price" / 100 AS INTEGER) FROM "fees";

-- Fee::select().columns((Fee::PRICE.stored(), value(1.5_f64).cast::<Scaled<2>>(), Fee::PIECES.cast::<Scaled<2>>()))
SELECT "price", aio_sql_to_scale(?, 2), "pieces" * 100 FROM "fees";
-- 1.5

-- Fee::update().set(Fee::PRICE, Fee::PRICE - dec(1)).filter(Fee::ID.eq(1))
UPDATE "fees" SET "price" = aio_sql_checked("price" - ?) WHERE "id" = ?;
-- 100, 1

-- Shipment::find(keys[0])
SELECT "key", "order_key", "sent", "arrived", "checked", "weighed", "at", "took", "total", "fee", "billed" FROM "shipments" WHERE "key" = ?;
-- '00000000000000000000000000000001'

-- Shipment::insert(row)
INSERT INTO "shipments" ("key", "order_key", "sent", "arrived", "checked", "weighed", "at", "took", "total", "fee", "billed") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);
-- '00000000000000000000000000000001', '00000000-0000-0000-0000-000000000002', 1767398401, NULL, '2026-01-03T00:00:01.500+00:00', 2461042.5, '10:00:01.500000', 1, 12.5, '1.00', '2026-01-03T00:00:01.500000000Z'

-- Shipment::update().set(Shipment::ARRIVED, last).set(Shipment::TOTAL, dec(2)).filter(Shipment::ORDER_KEY.is_in(keys))
UPDATE "shipments" SET "arrived" = ?, "total" = ? WHERE "order_key" IN (?, ?);
-- '2026-01-03 00:00:01.500000', 2.0, '00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000002'

-- Shipment::update().set(Shipment::SENT, now::<SystemTime>()).set(Shipment::WEIGHED, Shipment::BILLED).all_rows()
UPDATE "shipments" SET "sent" = (unixepoch()), "weighed" = JULIANDAY(SUBSTR("billed", 1, 23));

-- Shipment::select().filter(Shipment::SENT.between(first, last)).order_by(Shipment::SENT.desc()).columns(Shipment::KEY)
SELECT "key" FROM "shipments" WHERE "sent" BETWEEN ? AND ? ORDER BY "sent" DESC;
-- 1767312000, 1767398401

-- Shipment::select().filter(Shipment::ARRIVED.eq(None).or(Shipment::ARRIVED.gt(last))).columns(Shipment::KEY)
SELECT "key" FROM "shipments" WHERE "arrived" IS ? OR "arrived" > ?;
-- NULL, '2026-01-03 00:00:01.500000'

-- Shipment::select().filter(Shipment::CHECKED.lt(last).and(Shipment::WEIGHED.lt(first))).columns(Shipment::KEY)
SELECT "key" FROM "shipments" WHERE "checked" < ? AND "weighed" < ?;
-- '2026-01-03T00:00:01.500+00:00', 2461042.5

-- Shipment::select().filter(Shipment::SENT.lt(Shipment::BILLED)).columns(Shipment::KEY)
SELECT "key" FROM "shipments" WHERE "sent" < (UNIXEPOCH(SUBSTR("billed", 1, 19)));

-- Shipment::select().filter(Shipment::AT.ge(at).and(Shipment::TOOK.gt(Duration::from_secs(90)))).columns(Shipment::KEY)
SELECT "key" FROM "shipments" WHERE "at" >= ? AND "took" > ?;
-- '10:00:01.500000', 90000

-- Shipment::select().filter(Shipment::TOTAL.ge(dec(12)).and(Shipment::FEE.eq(dec(1)))).columns(Shipment::KEY)
SELECT "key" FROM "shipments" WHERE "total" >= ? AND "fee" = ?;
-- 12.0, '1.00'

-- Shipment::select().columns((Shipment::SENT.year(), Shipment::ARRIVED.hour(), Shipment::WEIGHED.date_text(), Shipment::AT.second()))
SELECT CAST(STRFTIME('%Y', "sent", 'unixepoch') AS INTEGER), CAST(SUBSTR("arrived", 12, 2) AS INTEGER), STRFTIME('%Y-%m-%d', "weighed", 'julianday'), CAST(SUBSTR("at", 7, 2) AS INTEGER) FROM "shipments";

-- Shipment::select().columns((Shipment::SENT.unix_seconds(), Shipment::CHECKED.unix_seconds()))
SELECT "sent", UNIXEPOCH(SUBSTR("checked", 1, 19)) FROM "shipments";

-- Shipment::select().columns((Shipment::SENT.min(), Shipment::ARRIVED.max()))
SELECT MIN("sent"), MAX("arrived") FROM "shipments";

-- Shipment::select().columns((Shipment::TOTAL.cast::<f64>().sum(), Shipment::TOTAL.max(), Shipment::TOOK.max()))
SELECT SUM(CAST("total" AS REAL)), MAX("total"), MAX("took") FROM "shipments";

-- sql!("select count(*) from {Shipment} where {Shipment::SENT} >= {last} and {Shipment::KEY} in ({keys})")
select count(*) from "shipments" where "sent" >= ? and "key" in (?, ?);
-- 1767398401, '00000000000000000000000000000001', '00000000000000000000000000000002'

-- Product::insert(product())
INSERT INTO "product" ("name", "price") VALUES (?, ?);
-- 'tea', 450

-- Product::insert(NewProduct { stock: Some(3), ..product() })
INSERT INTO "product" ("name", "price", "stock") VALUES (?, ?, ?);
-- 'tea', 450, 3

-- Product::insert(product()).returning((Product::ID, Product::STOCK))
INSERT INTO "product" ("name", "price") VALUES (?, ?) RETURNING "id", "stock";
-- 'tea', 450

-- Product::insert(product()).on_conflict_do_nothing()
INSERT INTO "product" ("name", "price") VALUES (?, ?) ON CONFLICT DO NOTHING;
-- 'tea', 450

-- Product::insert(product()).on_conflict(Product::NAME).do_nothing()
INSERT INTO "product" ("name", "price") VALUES (?, ?) ON CONFLICT ("name") DO NOTHING;
-- 'tea', 450

-- Product::insert(product()).on_conflict(Product::NAME).do_update().set_excluded(Product::PRICE).set(Product::STOCK, Product::STOCK + Product::STOCK.excluded()).filter(Product::STOCK.lt(100))
INSERT INTO "product" ("name", "price") VALUES (?, ?) ON CONFLICT ("name") DO UPDATE SET "price" = "excluded"."price", "stock" = "product"."stock" + "excluded"."stock" WHERE "product"."stock" < ?;
-- 'tea', 450, 100

-- Product::insert(product()).on_constraint("uq_product_name").do_nothing()
-- sqlite has no `ON CONFLICT ON CONSTRAINT`

-- Product::insert(product()).or_get(Product::NAME)
INSERT INTO "product" ("name", "price") VALUES (?, ?) ON CONFLICT ("name") DO NOTHING;
-- 'tea', 450
SELECT "id", "name", "price", "stock" FROM "product" WHERE "name" = ?;
-- 'tea'

-- Mailing.insert_select((Mailing::EMAIL, Mailing::NAME), mailing.clone())
INSERT INTO "mailing" ("email", "name") SELECT "email", "name" FROM "customer" WHERE "city" = ?;
-- 'Oslo'

-- Mailing.insert_select((Mailing::EMAIL, Mailing::NAME), mailing).on_conflict(Mailing::EMAIL).do_update().set_excluded(Mailing::NAME)
INSERT INTO "mailing" ("email", "name") SELECT "email", "name" FROM "customer" WHERE "city" = ? ON CONFLICT ("email") DO UPDATE SET "name" = "excluded"."name";
-- 'Oslo'

-- Product::update().set(Product::STOCK, 0).all_rows()
UPDATE "product" SET "stock" = ?;
-- 0

-- Product::update().set(Product::STOCK, Product::STOCK - 1).set(Product::PRICE, 5).filter(Product::ID.eq(1)).returning(Product)
UPDATE "product" SET "stock" = "stock" - ?, "price" = ? WHERE "id" = ? RETURNING "id", "name", "price", "stock";
-- 1, 5, 1

-- Customer::update().set(Customer::CITY, None).filter(Customer::ID.is_in(Order::select().columns(Order::CUSTOMER_ID)))
UPDATE "customer" SET "city" = ? WHERE "id" IN (SELECT "customer_id" FROM "orders");
-- NULL

-- Product::update().set(Product::STOCK, 0).filter(Product::ID.is_in(Product::select().limit(2).for_update().skip_locked().columns(Product::ID)))
-- sqlite has no row locks

-- Customer::update().from(Store).set(Customer::CITY, Store::CITY).filter(Customer::CITY.is_null().and(Store::ID.eq(1)))
UPDATE "customer" SET "city" = "store"."city" FROM "store" WHERE "customer"."city" IS NULL AND "store"."id" = ?;
-- 1

-- Customer::update().from(&spent).set(Customer::CITY, "rich").filter(Customer::ID.eq(Spent::CUSTOMER_ID).and(Spent::CENTS.gt(9)))
WITH "spent"("customer_id", "cents") AS (SELECT "orders"."customer_id", SUM("line"."pieces" * "product"."price") FROM "orders" JOIN "line" ON "line"."order_id" = "orders"."id" JOIN "product" ON "line"."product_id" = "product"."id" GROUP BY "orders"."customer_id") UPDATE "customer" SET "city" = ? FROM "spent" WHERE "customer"."id" = "spent"."customer_id" AND "spent"."cents" > ?;
-- 'rich', 9

-- Customer::patch(1, patch)
UPDATE "customer" SET "city" = ? WHERE "id" = ?;
-- NULL, 1

-- Customer::delete().filter(Customer::ID.eq(1))
DELETE FROM "customer" WHERE "id" = ?;
-- 1

-- Customer::delete().all_rows().returning(Customer::NAME)
DELETE FROM "customer" RETURNING "name";

-- Mailing::delete().using(Customer).filter(Mailing::EMAIL.eq(Customer::EMAIL).and(Customer::CITY.is_null()))
DELETE FROM "mailing" WHERE EXISTS (SELECT 1 FROM "customer" WHERE "mailing"."email" = "customer"."email" AND "customer"."city" IS NULL);

-- Customer::delete().using(&spent).filter(Customer::ID.eq(Spent::CUSTOMER_ID).and(Spent::CENTS.lt(9)))
WITH "spent"("customer_id", "cents") AS (SELECT "orders"."customer_id", SUM("line"."pieces" * "product"."price") FROM "orders" JOIN "line" ON "line"."order_id" = "orders"."id" JOIN "product" ON "line"."product_id" = "product"."id" GROUP BY "orders"."customer_id") DELETE FROM "customer" WHERE EXISTS (SELECT 1 FROM "spent" WHERE "customer"."id" = "spent"."customer_id" AND "spent"."cents" < ?);
-- 9

-- Customer::select().with(Order)
SELECT "id", "name", "email", "city" FROM "customer";
SELECT "id", "customer_id", "placed" FROM "orders";

-- Order::select().with(Customer)
SELECT "id", "customer_id", "placed" FROM "orders";
SELECT "id", "name", "email", "city" FROM "customer" WHERE "id" IN (SELECT "customer_id" FROM "orders");

-- Customer::select().filter(Customer::NAME.eq("Ann")).limit(5).with(Order)
SELECT "id", "name", "email", "city" FROM "customer" WHERE "name" = ? ORDER BY "id" LIMIT ?;
-- 'Ann', 5
SELECT "id", "customer_id", "placed" FROM "orders" WHERE "customer_id" IN (SELECT "id" FROM "customer" WHERE "name" = ? ORDER BY "id" LIMIT ?);
-- 'Ann', 5

-- Order::select().with(Line.count())
SELECT "id", "customer_id", "placed" FROM "orders";
SELECT "order_id", COUNT(*) FROM "line" GROUP BY "order_id";

-- Order::select().with(Product.through(Line))
SELECT "id", "customer_id", "placed" FROM "orders";
SELECT "product"."id", "product"."name", "product"."price", "product"."stock", "line"."order_id" FROM "product" JOIN "line" ON "line"."product_id" = "product"."id";

-- Customer::select().with(Order.with(Line.with(Product)))
SELECT "id", "name", "email", "city" FROM "customer";
SELECT "id", "customer_id", "placed" FROM "orders";
SELECT "order_id", "product_id", "pieces" FROM "line";
SELECT "id", "name", "price", "stock" FROM "product" WHERE "id" IN (SELECT "product_id" FROM "line");

-- Customer::select().with(Order::select().filter(Order::ID.gt(1)).order_by(Order::PLACED.desc()).limit_per_parent(3))
SELECT "id", "name", "email", "city" FROM "customer";
SELECT "c0", "c1", "c2" FROM (SELECT "id" AS "c0", "customer_id" AS "c1", "placed" AS "c2", ROW_NUMBER() OVER (PARTITION BY "customer_id" ORDER BY "placed" DESC) AS "n" FROM "orders" WHERE "id" > ?) WHERE "n" <= ? ORDER BY "n";
-- 1, 3

-- Store::select().with_via(Transfer::FROM_ID)
SELECT "id", "city" FROM "store";
SELECT "id", "from_id", "to_id", "pieces" FROM "transfer";

-- Employee::select().with_via(Employee::MANAGER_ID.to::<Manager>())
SELECT "id", "name", "salary", "manager_id" FROM "employee";
SELECT "Manager"."id", "Manager"."name", "Manager"."salary", "Manager"."manager_id" FROM "employee" AS "Manager" WHERE "Manager"."id" IN (SELECT "manager_id" FROM "employee");


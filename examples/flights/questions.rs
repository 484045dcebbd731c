//! Questions that need more than a filter: joins, groups, window functions, subqueries, and common
//! table expressions, which may be recursive.
//!
//! Each question is answered twice: by a query that the compiler checks, and by handwritten SQL.
//! `--check` compares the two answers.

#![allow(dead_code, reason = "the fields of a record are columns, whether or not a row is read into it")]

use std::fmt::Debug;

use aio_sql::{
    Database, FromRow, Record, Sql, alias, case, count, cte, cte_recursive, not_exists, ntile, percent_rank,
    row_number, sql, value, window,
};

use crate::Result;
use crate::model::{Airline, Airport, Flight, Plane, Weather};
use crate::report::{thousands, title};

/// Answers all questions. Returns the number of answers.
pub(crate) async fn ask(db: &Database, check: bool) -> Result<usize> {
    let asked = Asked { db, check };
    // The extract of the data in the repository covers only one week, so that smaller numbers of
    // flights are asked for.
    let flights = Flight::select().count(db).await?;
    let (many, often) = if flights > 100_000 { (1_000, 100) } else { (20, 10) };
    asked.worst_airlines(many).await?;
    asked.busiest_routes().await?;
    asked.longest_flights().await?;
    asked.delays_by_hour().await?;
    asked.delays_by_wind().await?;
    asked.hard_working_planes(often).await?;
    asked.two_hops().await?;
    asked.worst_days().await?;
    asked.unknown_destinations().await?;
    asked.flights_so_far().await?;
    asked.shares_of_routes().await?;
    asked.change_by_day().await?;
    asked.at_all_airports().await?;
    asked.idle_airlines().await?;
    asked.high_airports().await?;
    asked.quick_returns().await?;
    asked.quarters().await?;
    asked.favourites().await?;
    asked.places().await?;
    Ok(19)
}

struct Asked<'a> {
    db: &'a Database,
    check: bool,
}

// These records name the columns of common table expressions. No row is read into them.

#[derive(Record)]
struct Longest {
    carrier: String,
    flight: u16,
    dest: String,
    distance: u16,
    place: i64,
}

#[derive(Record)]
struct Link {
    start: String,
    end: String,
}

#[derive(Record)]
struct Reach {
    airport: String,
    hops: i64,
}

#[derive(Record)]
struct Day {
    month: u8,
    day: u8,
    flights: i64,
    delay: Option<f64>,
}

#[derive(Record)]
struct RankedDay {
    month: u8,
    day: u8,
    delay: Option<f64>,
    rank: f64,
}

#[derive(Record)]
struct Route {
    origin: String,
    dest: String,
    flights: i64,
}

#[derive(Record)]
struct Quarter {
    quarter: i64,
    delay: Option<i32>,
}

#[derive(Record)]
struct Favourite {
    origin: String,
    dest: String,
    flights: i64,
    place: i64,
}

alias!(Later = Flight);

impl Asked<'_> {
    /// Returns the answer of the query. With `--check`, fails if the handwritten SQL has another
    /// answer.
    async fn answer<O>(
        &self,
        question: &str,
        answer: impl Future<Output = aio_sql::Result<Vec<O>>>,
        by_hand: Sql,
    ) -> Result<Vec<O>>
    where
        O: FromRow + PartialEq + Debug,
    {
        title(question);
        let rows = answer.await?;
        if self.check {
            let expected: Vec<O> = by_hand.all(self.db).await?;
            if rows != expected {
                return Err(format!("{question}: the query returns {rows:?}, but the SQL returns {expected:?}").into());
            }
        }
        Ok(rows)
    }

    async fn worst_airlines(&self, many: i64) -> Result {
        let query = Flight::select()
            .join(Airline)
            .group_by((Airline::CARRIER, Airline::NAME))
            .having(count().ge(many))
            .order_by((Flight::ARR_DELAY.avg().desc(), Airline::NAME))
            .limit(5)
            .columns((Airline::NAME, count(), Flight::ARR_DELAY.avg()));
        let by_hand = sql!(
            "select a.name, count(*), avg(f.arr_delay) from flights f join airlines a on a.carrier = f.carrier
             group by a.carrier, a.name having count(*) >= {many} order by avg(f.arr_delay) desc, a.name limit 5"
        );
        for (name, flights, delay) in self.answer("Airlines that come late", query.all(self.db), by_hand).await? {
            println!("{name:<28} {:>8} flights  {:>6.1} min", thousands(flights as u64), delay.unwrap_or_default());
        }
        Ok(())
    }

    async fn busiest_routes(&self) -> Result {
        let query = Flight::select()
            .group_by((Flight::ORIGIN, Flight::DEST))
            .order_by((count().desc(), Flight::ORIGIN, Flight::DEST))
            .limit(5)
            .columns((Flight::ORIGIN, Flight::DEST, count()));
        let by_hand = sql!(
            "select origin, dest, count(*) from flights group by origin, dest order by count(*) desc, origin, dest limit 5"
        );
        for (origin, dest, flights) in self.answer("Busiest routes", query.all(self.db), by_hand).await? {
            println!("{origin} to {dest} {:>8}", thousands(flights as u64));
        }
        Ok(())
    }

    /// A window function numbers the flights of each airline. An outer query filters by the
    /// number.
    async fn longest_flights(&self) -> Result {
        let order = (Flight::DISTANCE.desc(), Flight::TIME_HOUR, Flight::FLIGHT);
        let place = row_number().over(window().partition_by(Flight::CARRIER).order_by(order));
        let columns = (Flight::CARRIER, Flight::FLIGHT, Flight::DEST, Flight::DISTANCE, place);
        let longest = cte(Longest, Flight::select().columns(columns));
        let query = longest
            .select()
            .filter(Longest::PLACE.eq(1))
            .order_by((Longest::DISTANCE.desc(), Longest::CARRIER))
            .columns((Longest::CARRIER, Longest::FLIGHT, Longest::DEST, Longest::DISTANCE));
        let by_hand = sql!(
            "select carrier, flight, dest, distance from
               (select carrier, flight, dest, distance,
                  row_number() over (partition by carrier order by distance desc, time_hour, flight) as place from flights)
             where place = 1 order by distance desc, carrier"
        );
        for (carrier, flight, dest, miles) in
            self.answer("Longest flight of each airline", query.all(self.db), by_hand).await?
        {
            println!("{carrier} {flight:<4} to {dest} {:>6} miles", thousands(miles.into()));
        }
        Ok(())
    }

    async fn delays_by_hour(&self) -> Result {
        let late = case::<f64>().when(Flight::DEP_DELAY.gt(15), 100.0).otherwise(0.0);
        let query = Flight::select()
            .filter(Flight::DEP_DELAY.is_not_null())
            .group_by(Flight::HOUR)
            .order_by(Flight::HOUR)
            .columns((Flight::HOUR, count(), late.avg()));
        let by_hand = sql!(
            "select hour, count(*), avg(case when dep_delay > 15 then 100.0 else 0.0 end) from flights
             where dep_delay is not null group by hour order by hour"
        );
        for (hour, flights, share) in
            self.answer("Flights that leave late, by hour", query.all(self.db), by_hand).await?
        {
            println!("{hour:>2} h {:>8} flights  {:>5.1} %", thousands(flights as u64), share.unwrap_or_default());
        }
        Ok(())
    }

    /// A join by an explicit condition: the two columns that are compared are not a foreign key,
    /// because the weather of some hours is missing.
    async fn delays_by_wind(&self) -> Result {
        let wind = || (Weather::WIND_SPEED / 10.0).floor() * 10.0;
        let query = Flight::select()
            .join_on(Weather, Weather::ORIGIN.eq(Flight::ORIGIN).and(Weather::TIME_HOUR.eq(Flight::TIME_HOUR)))
            .filter(Weather::WIND_SPEED.lt(200.0))
            .group_by(wind())
            .order_by(wind())
            .columns((wind(), count(), Flight::DEP_DELAY.avg()));
        let by_hand = sql!(
            "select floor(w.wind_speed / 10.0) * 10.0 as wind, count(*), avg(f.dep_delay) from flights f
             join weather w on w.origin = f.origin and w.time_hour = f.time_hour
             where w.wind_speed < 200 group by wind order by wind"
        );
        for (wind, flights, delay) in
            self.answer("Delay by the wind at the origin, mph", query.all(self.db), by_hand).await?
        {
            let (wind, flights) = (wind.unwrap_or_default(), thousands(flights as u64));
            println!("from {wind:>2} {flights:>8} flights  {:>5.1} min", delay.unwrap_or_default());
        }
        Ok(())
    }

    async fn hard_working_planes(&self, often: i64) -> Result {
        let query = Flight::select()
            .join_on(Plane, Plane::TAILNUM.eq(Flight::TAILNUM))
            .group_by(Plane::TAILNUM)
            .having(count().gt(often))
            .order_by((count().desc(), Plane::TAILNUM))
            .limit(5)
            .columns((Plane::TAILNUM, Plane::MODEL, count(), value(2013) - Plane::YEAR));
        let by_hand = sql!(
            "select p.tailnum, p.model, count(*), 2013 - p.year from flights f join planes p on p.tailnum = f.tailnum
             group by p.tailnum having count(*) > {often} order by count(*) desc, p.tailnum limit 5"
        );
        for (tailnum, model, flights, age) in self.answer("Planes that fly most", query.all(self.db), by_hand).await? {
            let age = age.map_or("of unknown age".to_owned(), |years| format!("{years} years old"));
            println!("{tailnum}  {model:<16} {:>6} flights, {age}", thousands(flights as u64));
        }
        Ok(())
    }

    /// A recursive query. Planes also fly back, so that each route is a link in both directions:
    /// from Albany to New York, and from there to every other airport.
    async fn two_hops(&self) -> Result {
        let there = Flight::select().distinct().columns((Flight::ORIGIN, Flight::DEST));
        let back = Flight::select().distinct().columns((Flight::DEST, Flight::ORIGIN));
        let links = cte(Link, there.union(back));
        let first = links.select().filter(Link::START.eq("ALB")).columns((Link::END, value(1_i64)));
        let step = Reach
            .select()
            .join_on(&links, Link::START.eq(Reach::AIRPORT))
            .filter(Reach::HOPS.lt(2))
            .columns((Link::END, Reach::HOPS + 1));
        let reach = cte_recursive(Reach, first, step).distinct();
        let query = reach
            .select()
            .group_by(Reach::HOPS)
            .order_by(Reach::HOPS)
            .columns((Reach::HOPS, Reach::AIRPORT.count().distinct()));
        let by_hand = sql!(
            "with recursive link (a, b) as (select origin, dest from flights union select dest, origin from flights),
               reach (airport, hops) as (select b, 1 from link where a = 'ALB'
                 union select b, hops + 1 from reach join link on a = airport where hops < 2)
             select hops, count(distinct airport) from reach group by hops order by hops"
        );
        for (hops, airports) in self.answer("Airports reached from Albany", query.all(self.db), by_hand).await? {
            println!("by {hops} flights {airports:>4}");
        }
        Ok(())
    }

    /// A window function over the groups of a query.
    async fn worst_days(&self) -> Result {
        let delay = Flight::DEP_DELAY.avg();
        let rank = percent_rank().over(window().order_by(delay.clone().asc()));
        let days =
            Flight::select().group_by((Flight::MONTH, Flight::DAY)).columns((Flight::MONTH, Flight::DAY, delay, rank));
        let query = cte(RankedDay, days)
            .select()
            .filter(RankedDay::RANK.ge(0.99))
            .order_by(RankedDay::DELAY.desc())
            .columns((RankedDay::MONTH, RankedDay::DAY, RankedDay::DELAY));
        let by_hand = sql!(
            "select month, day, delay from (select month, day, avg(dep_delay) as delay,
               percent_rank() over (order by avg(dep_delay)) as rank from flights group by month, day)
             where rank >= 0.99 order by delay desc"
        );
        for (month, day, delay) in self.answer("The worst hundredth of all days", query.all(self.db), by_hand).await? {
            println!("2013-{month:02}-{day:02} {:>6.1} min", delay.unwrap_or_default());
        }
        Ok(())
    }

    async fn unknown_destinations(&self) -> Result {
        let query = Flight::select()
            .left_join_on(Airport, Airport::FAA.eq(Flight::DEST))
            .filter(Airport::FAA.is_null())
            .group_by(Flight::DEST)
            .order_by((count().desc(), Flight::DEST))
            .columns((Flight::DEST, count()));
        let by_hand = sql!(
            "select f.dest, count(*) from flights f left join airports a on a.faa = f.dest
             where a.faa is null group by f.dest order by count(*) desc, f.dest"
        );
        for (dest, flights) in self.answer("Flights to airports of no row", query.all(self.db), by_hand).await? {
            println!("{dest} {:>8}", thousands(flights as u64));
        }
        Ok(())
    }

    async fn flights_so_far(&self) -> Result {
        let days = Flight::select().group_by((Flight::MONTH, Flight::DAY)).columns((
            Flight::MONTH,
            Flight::DAY,
            count(),
            Flight::DEP_DELAY.avg(),
        ));
        let so_far = Day::FLIGHTS.sum().over(window().order_by((Day::MONTH, Day::DAY)));
        let query = cte(Day, days).select().order_by((Day::MONTH, Day::DAY)).columns((Day::MONTH, Day::DAY, so_far));
        let by_hand = sql!(
            "select month, day, sum(count(*)) over (order by month, day) from flights group by month, day order by month, day"
        );
        let days = self.answer("Flights so far", query.all(self.db), by_hand).await?;
        for (month, day, flights) in days.iter().step_by((days.len() / 7).max(1)) {
            println!("2013-{month:02}-{day:02} {:>8}", thousands(flights.unwrap_or_default() as u64));
        }
        Ok(())
    }

    async fn shares_of_routes(&self) -> Result {
        let routes =
            Flight::select().group_by((Flight::ORIGIN, Flight::DEST)).columns((Flight::ORIGIN, Flight::DEST, count()));
        let of_origin = Route::FLIGHTS.sum().over(window().partition_by(Route::ORIGIN));
        let share = Route::FLIGHTS.cast::<f64>() * 100.0 / of_origin.cast::<f64>();
        let query = cte(Route, routes)
            .select()
            .order_by((Route::FLIGHTS.desc(), Route::ORIGIN, Route::DEST))
            .limit(5)
            .columns((Route::ORIGIN, Route::DEST, share));
        let by_hand = sql!(
            "select origin, dest, count(*) * 100.0 / sum(count(*)) over (partition by origin) from flights
             group by origin, dest order by count(*) desc, origin, dest limit 5"
        );
        for (origin, dest, share) in
            self.answer("Routes as a share of their origin", query.all(self.db), by_hand).await?
        {
            println!("{origin} to {dest} {:>5.1} %", share.unwrap_or_default());
        }
        Ok(())
    }

    async fn change_by_day(&self) -> Result {
        let days = Flight::select().group_by((Flight::MONTH, Flight::DAY)).columns((
            Flight::MONTH,
            Flight::DAY,
            count(),
            Flight::DEP_DELAY.avg(),
        ));
        let before = Day::FLIGHTS.lag(1).over(window().order_by((Day::MONTH, Day::DAY)));
        let query = cte(Day, days).select().order_by((Day::MONTH, Day::DAY)).limit(7).columns((
            Day::MONTH,
            Day::DAY,
            Day::FLIGHTS,
            Day::FLIGHTS - before,
        ));
        let by_hand = sql!(
            "select month, day, count(*), count(*) - lag(count(*), 1) over (order by month, day) from flights
             group by month, day order by month, day limit 7"
        );
        for (month, day, flights, change) in
            self.answer("Flights against the day before", query.all(self.db), by_hand).await?
        {
            let change = change.map_or(String::new(), |change| format!("{change:+}"));
            println!("2013-{month:02}-{day:02} {:>6} {change:>6}", thousands(flights as u64));
        }
        Ok(())
    }

    async fn at_all_airports(&self) -> Result {
        let query = Airline::select()
            .join(Flight)
            .group_by((Airline::CARRIER, Airline::NAME))
            .having(Flight::ORIGIN.count().distinct().eq(3))
            .order_by(Airline::NAME)
            .columns(Airline::NAME);
        let by_hand = sql!(
            "select a.name from airlines a join flights f on f.carrier = a.carrier
             group by a.carrier, a.name having count(distinct f.origin) = 3 order by a.name"
        );
        for name in self.answer("Airlines at all three airports", query.all(self.db), by_hand).await? {
            println!("{name}");
        }
        Ok(())
    }

    async fn idle_airlines(&self) -> Result {
        let theirs = Flight::select().outer::<Airline>().filter(Flight::CARRIER.eq(Airline::CARRIER));
        let query = Airline::select().filter(not_exists(theirs)).order_by(Airline::NAME).columns(Airline::NAME);
        let by_hand = sql!(
            "select name from airlines a where not exists (select 1 from flights f where f.carrier = a.carrier) order by name"
        );
        for name in self.answer("Airlines without a flight", query.all(self.db), by_hand).await? {
            println!("{name}");
        }
        Ok(())
    }

    async fn high_airports(&self) -> Result {
        let mean = Airport::select().columns(Airport::ALT.avg()).scalar_subquery();
        let query = Airport::select()
            .filter(
                Airport::ALT
                    .gt(mean.clone().cast::<i32>())
                    .and(Airport::FAA.is_in(Flight::select().columns(Flight::DEST))),
            )
            .order_by((Airport::ALT.desc(), Airport::FAA))
            .limit(5)
            .columns((Airport::FAA, Airport::ALT));
        let by_hand = sql!(
            "select faa, alt from airports where alt > cast((select avg(alt) from airports) as integer)
             and faa in (select dest from flights) order by alt desc, faa limit 5"
        );
        for (faa, alt) in
            self.answer("Destinations above the mean of all airports", query.all(self.db), by_hand).await?
        {
            println!("{faa} {:>6} ft", thousands(alt.unsigned_abs().into()));
        }
        Ok(())
    }

    /// A self-join by an alias.
    async fn quick_returns(&self) -> Result {
        let same_plane = Flight::TAILNUM.of::<Later>().eq(Flight::TAILNUM);
        let same_day = Flight::MONTH.of::<Later>().eq(Flight::MONTH).and(Flight::DAY.of::<Later>().eq(Flight::DAY));
        let later = Flight::TIME_HOUR.of::<Later>().gt(Flight::TIME_HOUR);
        let query = Flight::select()
            .join_on(Later, same_plane.and(same_day).and(later))
            .filter(Flight::MONTH.eq(1).and(Flight::DAY.le(7)))
            .group_by(Flight::CARRIER)
            .order_by((count().desc(), Flight::CARRIER))
            .limit(5)
            .columns((Flight::CARRIER, count()));
        let by_hand = sql!(
            "select f.carrier, count(*) from flights f join flights l on l.tailnum = f.tailnum and l.month = f.month
             and l.day = f.day and l.time_hour > f.time_hour where f.month = 1 and f.day <= 7
             group by f.carrier order by count(*) desc, f.carrier limit 5"
        );
        for (carrier, pairs) in
            self.answer("Planes that leave twice a day, first week", query.all(self.db), by_hand).await?
        {
            println!("{carrier} {:>6}", thousands(pairs as u64));
        }
        Ok(())
    }

    async fn quarters(&self) -> Result {
        let quarter =
            ntile(4).over(window().order_by((Flight::ARR_DELAY, Flight::TIME_HOUR, Flight::CARRIER, Flight::FLIGHT)));
        let flights = Flight::select().filter(Flight::ARR_DELAY.is_not_null()).columns((quarter, Flight::ARR_DELAY));
        let query = cte(Quarter, flights)
            .select()
            .group_by(Quarter::QUARTER)
            .order_by(Quarter::QUARTER)
            .columns((Quarter::QUARTER, Quarter::DELAY.max()));
        let by_hand = sql!(
            "select quarter, max(arr_delay) from (select arr_delay,
               ntile(4) over (order by arr_delay, time_hour, carrier, flight) as quarter from flights
               where arr_delay is not null) group by quarter order by quarter"
        );
        for (quarter, delay) in self.answer("Delay on arrival, by quarters", query.all(self.db), by_hand).await? {
            println!("quarter {quarter}: up to {} min", delay.unwrap_or_default());
        }
        Ok(())
    }

    async fn favourites(&self) -> Result {
        let place = row_number().over(window().partition_by(Flight::ORIGIN).order_by((count().desc(), Flight::DEST)));
        let routes = Flight::select().group_by((Flight::ORIGIN, Flight::DEST)).columns((
            Flight::ORIGIN,
            Flight::DEST,
            count(),
            place,
        ));
        let query = cte(Favourite, routes)
            .select()
            .filter(Favourite::PLACE.le(2))
            .order_by((Favourite::ORIGIN, Favourite::PLACE))
            .columns((Favourite::ORIGIN, Favourite::DEST, Favourite::FLIGHTS));
        let by_hand = sql!(
            "select origin, dest, flights from (select origin, dest, count(*) as flights,
               row_number() over (partition by origin order by count(*) desc, dest) as place from flights
               group by origin, dest) where place <= 2 order by origin, place"
        );
        for (origin, dest, flights) in
            self.answer("The two destinations of each airport", query.all(self.db), by_hand).await?
        {
            println!("{origin} to {dest} {:>8}", thousands(flights as u64));
        }
        Ok(())
    }

    async fn places(&self) -> Result {
        let query = Flight::select()
            .columns(Flight::ORIGIN)
            .union(Flight::select().columns(Flight::DEST))
            .order_by(Flight::ORIGIN)
            .limit(10);
        let by_hand = sql!("select origin from flights union select dest from flights order by 1 limit 10");
        println!(
            "{}",
            self.answer("Places flown from or to, the first ten", query.all(self.db), by_hand).await?.join(" ")
        );
        Ok(())
    }
}

//! A table without a key, records, enums and newtypes.

use aio_sql::{Database, Record, Result, SqlType, Table, count, sql};

#[derive(SqlType, Clone, Copy, Debug, PartialEq)]
enum Colour {
    Red,
    #[sql_type(name = "grass")]
    Green,
}

#[derive(SqlType, Clone, Copy, Debug, PartialEq, PartialOrd)]
#[sql_type(integer)]
enum Level {
    Low = -1,
    Middle,
    High = 10,
}

#[derive(SqlType, Clone, Copy, Debug, PartialEq)]
struct CarId(i64);

#[derive(SqlType, Clone, Debug, PartialEq)]
struct Plate(String);

#[derive(Table, Clone, Debug, PartialEq)]
#[table(new(derive(Clone)))]
struct Car {
    #[column(primary_key, auto)]
    id: CarId,
    plate: Option<Plate>,
    colour: Colour,
    level: Level,
}

#[derive(Table, Debug)]
struct LogLine {
    text: String,
    car_id: Option<CarId>,
}

#[derive(Record, Debug, PartialEq)]
struct Paint {
    colour: Colour,
    #[record(name = "cars")]
    how_many: i64,
    #[record(skip)]
    seen: bool,
}

#[tokio::main]
async fn main() -> Result<()> {
    let db = Database::memory().await?;
    db.create_all((Car, LogLine)).await?;
    let new = NewCar { plate: Some(Plate("OS 1".into())), colour: Colour::Green, level: Level::High };
    let car = Car::insert(new.clone()).one(&db).await?;
    assert_eq!(car.id, CarId(1));
    Car::insert_all(vec![new; 2]).execute(&db).await?;
    assert_eq!(Car::find(CarId(1)).one(&db).await?, car);
    assert_eq!(Car::select().filter(Car::COLOUR.eq(Colour::Red)).count(&db).await?, 0);
    let high = Car::select().filter(Car::LEVEL.gt(Level::Middle).and(Car::COLOUR.is_in([Colour::Green])));
    assert_eq!(high.order_by((Car::LEVEL.desc(), Car::ID)).count(&db).await?, 3);
    Car::update().set(Car::PLATE, None).set(Car::LEVEL, Level::Low).all_rows().execute(&db).await?;

    LogLine::insert(LogLine { text: "sold".into(), car_id: Some(car.id) }).execute(&db).await?;
    let lines = LogLine::select().filter(LogLine::CAR_ID.eq(CarId(1))).all(&db).await?;
    assert_eq!((lines[0].text.as_str(), lines[0].car_id), ("sold", Some(CarId(1))));

    let green = Colour::Green;
    let paint: Paint =
        sql!("select {Car::COLOUR}, count(*) as cars from {Car} where colour = {green} group by colour").one(&db).await?;
    assert_eq!(paint, Paint { colour: green, how_many: 3, seen: false });
    let all: Paint = Car::select().group_by(Car::COLOUR).columns((Car::COLOUR, count())).record().one(&db).await?;
    assert_eq!(all, paint);
    db.close().await
}

//! Every line of the type mapping, with values made by Postgres.

use crate::support::{Fixture, PATIENCE, query, table};

const TABLE: &str = r#"
    create type mood as enum ('sad', 'ok', '非常好');
    create domain price as numeric(12,2);
    create table every_type (
        id bigint primary key,
        flag boolean, small smallint, whole integer, big bigint, number oid,
        single real, twice double precision,
        money numeric(18,2), wide numeric(38,10), free numeric, rounded numeric(5,-2), tiny numeric(3,5),
        words text, limited varchar(40), padded char(8), tag name, mood mood, price price,
        plain json, binary_json jsonb, ident uuid, bytes bytea,
        day date, moment timestamp, instant timestamptz, clock time, span interval,
        numbers integer[], texts text[], amounts numeric(10,2)[], instants timestamptz[], moods mood[], prices price[]
    );
"#;

/// Random values of each type, with nulls.
const RANDOM: &str = r#"
    insert into every_type
    select i, random() > 0.5, (random() * 65535 - 32768)::int::smallint, (random() * 4e9 - 2e9)::bigint::int,
           ((random() - 0.5) * 1.8e19)::numeric::bigint, (random() * 4294967295)::bigint::oid,
           ((random() - 0.5) * pow(10, random() * 60 - 30))::real, (random() - 0.5) * pow(10, random() * 600 - 300),
           round(((random() - 0.5) * 1e15)::numeric, 2), round((random() - 0.5)::numeric * 1e20, 10),
           (random() - 0.5)::numeric * power(10::numeric, (random() * 40 - 20)::int),
           round((random() * 9e5)::numeric, -2), round((random() * 0.009)::numeric, 5),
           repeat(md5(random()::text), (random() * 4)::int), left(md5(random()::text), (random() * 40)::int),
           left(md5(random()::text), (random() * 8)::int), 'n' || i,
           (array['sad', 'ok', '非常好'])[1 + (random() * 2)::int]::mood, round((random() * 1e6)::numeric, 2),
           json_build_object('a', random()), jsonb_build_object('b', array[random(), null, i]),
           gen_random_uuid(), decode(repeat(md5(random()::text), (random() * 3)::int), 'hex'),
           date '1900-01-01' + (random() * 100000)::int, timestamp '0100-01-01' + random() * interval '3000 years',
           timestamptz '1970-01-01Z' + (random() - 0.5) * interval '200 years',
           (random() * interval '24 hours')::time,
           make_interval((random() * 9 - 4)::int, (random() * 30 - 15)::int, 0, (random() * 99 - 50)::int,
                         (random() * 99 - 50)::int, (random() * 99 - 50)::int, random() * 99 - 50),
           array[(random() * 100)::int, null, i], array['x', null, '', repeat('长', (random() * 9)::int)],
           array[round(random()::numeric * 100, 2)], array[now() - random() * interval '1 year'],
           array['ok', null]::mood[], array[1.5, null]::price[]
      from generate_series(FROM, TO) as i
"#;

const EDGES: &str = r#"
    insert into every_type (id) values (-1);
    insert into every_type (id, flag, small, whole, big, number, single, twice, money, wide, free) values
      (-2, true, -32768, -2147483648, -9223372036854775808, 0, '-0', '-0', 0, 0, 0),
      (-3, false, 32767, 2147483647, 9223372036854775807, 4294967295, 'infinity', '-infinity',
        9999999999999999.99, 9999999999999999999999999999.9999999999, 0.00000000005),
      (-4, null, null, null, null, null, 'nan', 'nan', -9999999999999999.99, -0.0000000001, -0.00000000004),
      (-5, null, null, null, null, null, 1e-45, 5e-324, 0.01, 1e-10, 123456789.5);
    insert into every_type (id, words, limited, padded, plain, binary_json, bytes, texts, numbers) values
      (-6, '', '', '', '{ "kept" :  1 }', '{"b": 1, "a": null}', '', '{}', '{}'),
      (-7, E'tab\t"quote" \\ 长 🙂', 'exactly twelve', 'eight8!!', 'null', 'null', '\x00ff', array['a,b', '"', '\'], array[null]::int[]);
    insert into every_type (id, day, moment, instant, clock, span) values
      (-8, '0001-01-01', '0001-01-01', '0001-01-01Z', '00:00', '0'),
      (-9, '9999-12-31', '9999-12-31 23:59:59.999999', '9999-12-31 23:59:59.999999Z', '24:00', '-1 year 2 mons -3 days 04:05:06.789'),
      (-10, '4713-01-01 BC', '4713-01-01 BC', '4713-01-01 BC', '23:59:59.999999', '-00:00:00.000001');
"#;

/// What Delta has no value for: 11 values in 3 rows.
const UNREPRESENTABLE: &str = r#"
    insert into every_type (id, money, free, day, moment, instant, numbers) values
      (-11, 'nan', 'nan', 'infinity', 'infinity', 'infinity', array[[1,2],[3,4]]),
      (-12, null, 'infinity', '-infinity', '-infinity', '-infinity', null),
      (-13, null, 1e28, null, null, null, array[]::int[])
"#;

fn random(from: i32, to: i32) -> String {
    RANDOM
        .replace("FROM", &from.to_string())
        .replace("TO", &to.to_string())
}

#[tokio::test]
async fn every_type_survives_copy_and_stream() {
    let fixture = Fixture::new(TABLE, &["every_type"]).await;
    fixture.execute(&random(1, 500)).await;
    fixture.execute(EDGES).await;
    fixture.execute(UNREPRESENTABLE).await;

    let (lake, capture) = fixture.caught_up().await;
    fixture.assert_equal(&lake).await;
    assert_eq!(
        capture.status().tables[0].unrepresentable,
        11,
        "counted by the copy"
    );

    fixture
        .execute("update every_type set id = id + 10000")
        .await;
    fixture.execute(&random(1, 500)).await;
    fixture.execute(EDGES).await;
    fixture.execute("update every_type set flag = not flag, words = words || '.', small = null where id % 3 = 0").await;
    capture.caught_up(PATIENCE).await.unwrap();
    fixture.assert_equal(&lake).await;
    assert_eq!(
        capture.status().tables[0].unrepresentable,
        23,
        "counted by the stream"
    );
    let rows = query(&lake, "select count(*), count(day) from every_type").await;
    assert_eq!(
        rows[0][0],
        fixture.text("select count(*)::text from every_type").await
    );

    capture.stop().await.unwrap();
    let lake = fixture.lake().await;
    let capture = fixture.start(&lake).await;
    capture.caught_up(PATIENCE).await.unwrap();
    fixture.assert_equal(&lake).await;
}

#[tokio::test]
async fn values_read_as_people_expect() {
    let fixture = Fixture::new(TABLE, &["every_type"]).await;
    fixture
        .execute(
            "insert into every_type (id, money, free, padded, binary_json, ident, day, instant, clock, span, texts)
             values (1, 12.3, 2.5, 'ab', '{\"a\":1}', '00000000-0000-0000-0000-00000000000A', '2024-02-29',
                     '2024-02-29 12:00:00+08', '08:30:00.250', '1 year 2 mons 3 days 04:05:06.7', array['x', null])",
        )
        .await;
    let (lake, _capture) = fixture.caught_up().await;
    let rows = query(
        &lake,
        "select money, free, padded, binary_json, ident, day, instant, clock, span, texts from every_type",
    )
    .await;
    assert_eq!(
        rows[0],
        [
            "12.30",
            "2.5000000000",
            "ab      ",
            "{\"a\": 1}",
            "00000000-0000-0000-0000-00000000000a",
            "2024-02-29",
            "2024-02-29T04:00:00Z",
            "08:30:00.25",
            "P1Y2M3DT4H5M6.7S",
            "[x, null]",
        ]
    );
}

#[tokio::test]
async fn a_type_without_a_place_is_a_clear_error() {
    let fixture = Fixture::new(
        "create table good (id int primary key); create table odd (id int primary key, shape polygon)",
        &["good", "odd"],
    )
    .await;
    let (_lake, capture) = fixture.caught_up().await;
    let status = capture.status();
    assert!(status.table(&table("good")).unwrap().done);
    let error = status.table(&table("odd")).unwrap().error.clone().unwrap();
    assert!(
        error.contains("shape") && error.contains("polygon"),
        "{error}"
    );
}

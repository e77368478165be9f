select
    d as date,
    cast(date_part('year', d) as int) as year,
    cast(date_part('quarter', d) as int) as quarter,
    cast(date_part('month', d) as int) as month,
    cast(date_part('week', d) as int) as iso_week,
    cast(date_part('day', d) as int) as day,
    cast(date_part('isodow', d) as int) as weekday,
    cast(date_trunc('month', d) as date) as month_start,
    cast(date_trunc('quarter', d) as date) as quarter_start,
    cast(date_trunc('year', d) as date) as year_start,
    date_part('isodow', d) >= 6 as is_weekend
from (
    select cast(value as date) as d
    from generate_series(timestamp '1990-01-01', timestamp '2040-12-31', interval '1 day')
)

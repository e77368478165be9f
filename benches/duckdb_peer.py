"""Times queries in DuckDB: a task as JSON on standard input, the answers as JSON on standard output."""

import json
import statistics
import sys
import time

import duckdb

task = json.load(sys.stdin)
connection = duckdb.connect()
connection.execute(f"SET threads = {task['threads']}")
for name, files in task["tables"]:
    listing = ", ".join("'" + file.replace("'", "''") + "'" for file in files)
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {name.partition('.')[0]}")
    connection.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet([{listing}])")
answers = []
for query in task["queries"]:
    connection.execute(query).fetchall()
    seconds = []
    for _ in range(task["runs"]):
        begin = time.perf_counter()
        connection.execute(query).fetchall()
        seconds.append(time.perf_counter() - begin)
    answers.append({"seconds": statistics.median(seconds)})
json.dump(answers, sys.stdout)

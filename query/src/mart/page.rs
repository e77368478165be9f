//! The page that lists the star schema for people.

use std::fmt::Write;

use super::{COLUMNS, VIEWS};

/// All views and columns as Markdown (`docs/data-dictionary.md`).
pub fn page() -> String {
    let mut page = String::from(
        "# Data dictionary of `mart.*`\n\n\
         Made by `basalt data-dictionary`; a test fails when it is not what the program has.\n\n\
         Views without a table of their own, such as `mart.date`, are there for everybody; of the others you see \
         the rows that you may read, and NULL in columns that are hidden from you.\n",
    );
    for view in VIEWS {
        let rows = view.main.map_or_else(
            || "made by the program".to_owned(),
            |main| format!("rows of `crm.{main}`"),
        );
        let _ = write!(
            page,
            "\n## mart.{}\n\n{rows}\n\n| column | meaning |\n|---|---|\n",
            view.name
        );
        for column in COLUMNS.iter().filter(|column| column.view == view.name) {
            let _ = writeln!(page, "| `{}` | {} |", column.name, column.doc);
        }
    }
    page
}

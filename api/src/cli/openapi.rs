//! `basalt openapi`: the document of the standard dictionary, without any server.

use basalt_model::Dictionary;

pub fn run() -> anyhow::Result<()> {
    let document = crate::openapi::document(&Dictionary::standard());
    println!("{}", serde_json::to_string_pretty(&document)?);
    Ok(())
}

//! Segments that are made of other segments: each reference replaced by that segment's definition, so
//! that the lake answers all of it at one position and under the rights of whoever asks.

use basalt_model::Principal;
use futures::future::BoxFuture;
use serde_json::Value;
use sqlx::Row as _;

use crate::Outreach;
use crate::audience::Definition;
use crate::error::{Error, Result};

/// Segments within segments, at most.
const DEEPEST: usize = 16;

/// Parts that are asked of the lake for one segment, at most: references to references multiply.
const MOST_PARTS: usize = 200;

impl Outreach {
    /// The definition without references to other segments. `of` is the segment that it belongs to,
    /// if it is saved: no reference may lead back to it.
    ///
    /// # Errors
    ///
    /// [`Error::Definition`] for a segment that is missing or that the principal may not read, for a
    /// cycle, and for more than 16 levels or 200 parts.
    pub(crate) async fn resolve(
        &self,
        principal: &Principal,
        definition: &Definition,
        of: Option<i64>,
    ) -> Result<Definition> {
        let mut path: Vec<i64> = of.into_iter().collect();
        let mut parts = 0;
        self.resolve_within(principal, definition, &mut path, &mut parts)
            .await
    }

    fn resolve_within<'a>(
        &'a self,
        principal: &'a Principal,
        definition: &'a Definition,
        path: &'a mut Vec<i64>,
        parts: &'a mut usize,
    ) -> BoxFuture<'a, Result<Definition>> {
        Box::pin(async move {
            match definition {
                Definition::Set(operation, inner) => {
                    let mut resolved = Vec::with_capacity(inner.len());
                    for part in inner {
                        resolved.push(self.resolve_within(principal, part, path, parts).await?);
                    }
                    Ok(Definition::Set(*operation, resolved))
                }
                Definition::Segment(id) => {
                    enter(path, *id)?;
                    let inner = self.definition_of(principal, *id).await?;
                    let resolved = self.resolve_within(principal, &inner, path, parts).await?;
                    path.pop();
                    Ok(resolved)
                }
                leaf => {
                    *parts += 1;
                    if *parts > MOST_PARTS {
                        return Err(Error::Definition(format!(
                            "the set comes to more than {MOST_PARTS} parts; make it of fewer segments"
                        )));
                    }
                    Ok(leaf.clone())
                }
            }
        })
    }

    /// What a segment is made of, if the principal may read it. One that is missing and one that is
    /// hidden get the same answer.
    async fn definition_of(&self, principal: &Principal, id: i64) -> Result<Definition> {
        let missing = || Error::Definition(format!("there is no segment {id} that you may read"));
        match self.readable(principal, "segment", id).await {
            Err(Error::NotFound { .. }) => return Err(missing()),
            answer => answer?,
        }
        let row = sqlx::query(
            "select kind, definition from crm.segment where id = $1 and deleted_at is null",
        )
        .bind(id)
        .fetch_optional(self.pool())
        .await?
        .ok_or_else(missing)?;
        let kind: String = row.try_get("kind")?;
        let definition: Option<Value> = row.try_get("definition")?;
        Definition::parse(&kind, &definition.unwrap_or(Value::Null))
    }
}

/// Goes one segment deeper, unless that leads back to where one came from.
fn enter(path: &mut Vec<i64>, id: i64) -> Result<()> {
    if path.contains(&id) {
        let way: Vec<String> = path.iter().chain([&id]).map(i64::to_string).collect();
        return Err(Error::Definition(format!(
            "segment {id} is made of itself ({}); take one of them out of the set",
            way.join(" → ")
        )));
    }
    if path.len() >= DEEPEST {
        return Err(Error::Definition(format!(
            "segments are made of segments at most {DEEPEST} deep"
        )));
    }
    path.push(id);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_way_back_is_refused_and_shown() {
        let mut path = vec![7];
        enter(&mut path, 8).expect("another segment");
        let error = enter(&mut path, 7).expect_err("a cycle");
        assert!(error.to_string().contains("7 → 8 → 7"), "{error}");
    }

    #[test]
    fn segments_nest_so_deep_and_no_deeper() {
        let mut path = Vec::new();
        for id in 0..16 {
            enter(&mut path, id).expect("within the limit");
        }
        let error = enter(&mut path, 16).expect_err("too deep");
        assert!(error.to_string().contains("at most 16"), "{error}");
    }
}

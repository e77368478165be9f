//! What the lake keeps in the metadata of a Delta table, beside its schema.

use std::collections::HashMap;

use arrow::datatypes::Schema;
use deltalake_core::DeltaTableError;
use deltalake_core::kernel::{Action, Metadata, MetadataExt, Protocol};
use deltalake_core::protocol::DeltaOperation;
use serde_json::Value;

use super::commit::{Commit, Since};
use super::log::{Log, delta_schema};
use crate::{Profile, Result};

/// Where a table's own facts (key, column numbers) are kept in the Delta metadata.
pub(super) const DEFINITION: &str = "basalt.table";
/// Where a table's [`Since`] is kept.
const SINCE: &str = "basalt.since";
/// Where a [`Profile`] that was chosen by hand is kept.
const PROFILE: &str = "basalt.profile";
/// Stands there when a choice was taken back.
const AUTO: &str = "auto";
/// Where the columns a table is clustered by are kept.
const CLUSTER: &str = "basalt.cluster";
/// Whether deletion vectors may be written.
const VECTORS: &str = "delta.enableDeletionVectors";

impl Log {
    /// What [`Log::create`] or [`Log::evolve`] was told last.
    pub(crate) fn definition(&self) -> Option<&str> {
        self.property(DEFINITION)
    }

    /// Where the knowledge of the table begins.
    pub(crate) fn since(&self) -> Option<Since> {
        serde_json::from_str(self.property(SINCE)?).ok()
    }

    /// How the table takes dead rows, and whether somebody chose that.
    pub(crate) fn profile(&self) -> (Profile, bool) {
        let vectors = self.property(VECTORS) == Some("true");
        let profile = if vectors { Profile::Mor } else { Profile::Cow };
        let chosen = self.property(PROFILE).is_some_and(|word| word != AUTO);
        (profile, chosen)
    }

    /// The columns that most filters ask for, chosen by somebody; none means the key.
    pub(crate) fn cluster(&self) -> Vec<String> {
        self.property(CLUSTER)
            .and_then(|json| serde_json::from_str(json).ok())
            .unwrap_or_default()
    }

    fn property(&self, key: &str) -> Option<&str> {
        self.state
            .metadata()
            .configuration()
            .get(key)
            .map(String::as_str)
    }

    /// Lets the table take dead rows in another way from now on.
    pub(crate) async fn set_profile(&mut self, profile: Profile, chosen: bool) -> Result<()> {
        self.refresh().await?;
        let vectors = profile == Profile::Mor;
        let mut metadata = self
            .state
            .metadata()
            .clone()
            .add_config_key(VECTORS.to_owned(), vectors.to_string())?;
        if chosen {
            metadata = metadata.add_config_key(PROFILE.to_owned(), profile.word().to_owned())?;
        }
        let mut actions = vec![Action::Metadata(metadata)];
        if vectors {
            actions.push(Action::Protocol(with_vectors(self.state.protocol())?));
        }
        let properties = HashMap::from([(VECTORS.to_owned(), vectors.to_string())]);
        let operation = DeltaOperation::SetTableProperties { properties };
        self.write(actions, operation, None).await
    }

    /// Takes the choice of a profile back.
    pub(crate) async fn release_profile(&mut self) -> Result<()> {
        self.refresh().await?;
        let metadata = self.state.metadata().clone();
        let metadata = metadata.add_config_key(PROFILE.to_owned(), AUTO.to_owned())?;
        let properties = HashMap::from([(PROFILE.to_owned(), AUTO.to_owned())]);
        let operation = DeltaOperation::SetTableProperties { properties };
        self.write(vec![Action::Metadata(metadata)], operation, None)
            .await
    }

    /// Clusters the table by these columns from now on.
    pub(crate) async fn set_cluster(&mut self, columns: &[String]) -> Result<()> {
        self.refresh().await?;
        let json = serde_json::to_string(columns).expect("names are plain text");
        let metadata = self
            .state
            .metadata()
            .clone()
            .add_config_key(CLUSTER.to_owned(), json.clone())?;
        let operation = DeltaOperation::SetTableProperties {
            properties: HashMap::from([(CLUSTER.to_owned(), json)]),
        };
        self.write(vec![Action::Metadata(metadata)], operation, None)
            .await
    }

    pub(super) fn metadata(&self, schema: &Schema, definition: &str) -> Result<Metadata> {
        let metadata = self
            .state
            .metadata()
            .clone()
            .with_schema(&delta_schema(schema)?)?;
        Ok(metadata.add_config_key(DEFINITION.to_owned(), definition.to_owned())?)
    }

    pub(super) fn changed_metadata(&self, commit: &Commit) -> Result<Option<Metadata>> {
        let mut metadata = None;
        if let Some((schema, definition)) = &commit.metadata {
            metadata = Some(self.metadata(schema, definition)?);
        }
        if let Some(since) = &commit.since {
            let known = metadata.unwrap_or_else(|| self.state.metadata().clone());
            let since = serde_json::to_string(since).expect("a position and an instant are plain");
            metadata = Some(known.add_config_key(SINCE.to_owned(), since)?);
        }
        Ok(metadata)
    }
}

/// The protocol with deletion vectors among what readers and writers must know.
fn with_vectors(protocol: &Protocol) -> Result<Protocol> {
    let mut json = serde_json::to_value(protocol).map_err(DeltaTableError::from)?;
    let feature = |list: &mut Value, wanted: &[&str]| {
        let mut features = list.as_array().cloned().unwrap_or_default();
        for &name in wanted {
            if !features.iter().any(|known| known == name) {
                features.push(name.into());
            }
        }
        *list = Value::Array(features);
    };
    feature(&mut json["readerFeatures"], &["deletionVectors"]);
    // Invariants, the other thing every table of writer version 2 could have, no table here has.
    feature(
        &mut json["writerFeatures"],
        &["deletionVectors", "appendOnly"],
    );
    json["minReaderVersion"] = 3.into();
    json["minWriterVersion"] = 7.into();
    Ok(serde_json::from_value(json).map_err(DeltaTableError::from)?)
}

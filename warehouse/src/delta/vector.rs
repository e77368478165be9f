//! Deletion vectors: the dead rows of a file, kept in a file of their own beside it.
//!
//! The format is that of the Delta protocol: a version byte, then for each vector its size, a magic
//! number, a 64-bit roaring bitmap in the portable format, and a checksum. One such file holds the
//! vectors of one commit. Vectors are never put into the log itself: some engines can't read those.

use std::sync::Arc;

use deltalake_core::kernel::{DeletionVectorDescriptor, StorageType};
use object_store::ObjectStoreExt;
use object_store::path::Path;
use roaring::RoaringBitmap;
use uuid::Uuid;

use super::store::LakeStore;
use crate::Result;

/// Version of the file format.
const FORMAT: u8 = 1;
/// Begins each serialised vector.
const MAGIC: u32 = 1_681_511_377;
const DIGITS: &[u8; 85] =
    b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";

/// The dead rows of a file, as a commit names them.
#[derive(Debug)]
pub(crate) struct Vector {
    pub(crate) descriptor: DeletionVectorDescriptor,
    pub(crate) dead: Arc<RoaringBitmap>,
}

impl Vector {
    /// Tells this vector from every other one of the table.
    pub(crate) fn id(&self) -> String {
        id(&self.descriptor)
    }

    /// Reads the vector that a file of `rows` rows has.
    ///
    /// # Errors
    /// The inner result is the reason why what was read can't be that vector.
    pub(crate) async fn read(
        store: &LakeStore,
        folder: &str,
        descriptor: DeletionVectorDescriptor,
        rows: u32,
    ) -> Result<std::result::Result<Self, String>> {
        let (Some(name), Some(offset), Ok(size)) = (
            file_name(&descriptor),
            descriptor
                .offset
                .and_then(|offset| u64::try_from(offset).ok()),
            u64::try_from(descriptor.size_in_bytes),
        ) else {
            return Ok(Err(
                "it is not kept in a file of the table's folder".to_owned()
            ));
        };
        let location = store.location(folder, &name);
        let range = offset..offset + 4 + size + 4;
        let bytes = match store.object_store().get_range(&location, range).await {
            Ok(bytes) => bytes,
            Err(object_store::Error::NotFound { .. }) => {
                return Ok(Err(format!("file {name} is gone")));
            }
            Err(error) => return Err(error.into()),
        };
        Ok(decode(&bytes)
            .and_then(|dead| {
                let counted = i64::try_from(dead.len()).ok() == Some(descriptor.cardinality);
                let within = dead.max().is_none_or(|last| last < rows);
                (counted && within)
                    .then_some(dead)
                    .ok_or("it does not fit the file's rows")
            })
            .map(|dead| Self {
                descriptor,
                dead: Arc::new(dead),
            })
            .map_err(str::to_owned))
    }
}

/// Tells a vector from every other one of the table.
pub(crate) fn id(descriptor: &DeletionVectorDescriptor) -> String {
    format!(
        "{}@{}",
        descriptor.path_or_inline_dv,
        descriptor.offset.unwrap_or(0)
    )
}

/// The file in the table's folder that holds the vector; none when it is not kept there.
pub(crate) fn file_name(descriptor: &DeletionVectorDescriptor) -> Option<String> {
    if descriptor.storage_type != StorageType::UuidRelativePath {
        return None;
    }
    let text = &descriptor.path_or_inline_dv;
    let prefix = text.len().checked_sub(20)?;
    let uuid = Uuid::from_bytes(unpack(text.get(prefix..)?)?);
    let folder = text.get(..prefix)?;
    let slash = if folder.is_empty() { "" } else { "/" };
    Some(format!("{folder}{slash}deletion_vector_{uuid}.bin"))
}

/// Writes vectors into one new file, which nobody sees before a commit names it.
pub(crate) async fn write(
    store: &LakeStore,
    folder: &str,
    dead: &[Arc<RoaringBitmap>],
) -> Result<(Vec<Vector>, Path)> {
    let uuid = Uuid::now_v7();
    let packed = pack(uuid.as_bytes());
    let mut bytes = vec![FORMAT];
    let mut vectors = Vec::with_capacity(dead.len());
    for dead in dead {
        let offset = bytes.len();
        let size = encode(dead, &mut bytes);
        vectors.push(Vector {
            descriptor: DeletionVectorDescriptor {
                storage_type: StorageType::UuidRelativePath,
                path_or_inline_dv: packed.clone(),
                offset: Some(signed(offset)),
                size_in_bytes: signed(size),
                cardinality: i64::try_from(dead.len()).expect("a file has fewer than 2^32 rows"),
            },
            dead: dead.clone(),
        });
    }
    let location = store.location(folder, &format!("deletion_vector_{uuid}.bin"));
    store.begin_writing(&location);
    store.object_store().put(&location, bytes.into()).await?;
    Ok((vectors, location))
}

fn signed(size: usize) -> i32 {
    i32::try_from(size).expect("the vectors of a commit take less than 2 GiB")
}

/// Appends one vector and returns the size the log states.
fn encode(dead: &RoaringBitmap, bytes: &mut Vec<u8>) -> usize {
    let mut data = MAGIC.to_le_bytes().to_vec();
    data.extend(1_u64.to_le_bytes());
    data.extend(0_u32.to_le_bytes());
    dead.serialize_into(&mut data)
        .expect("a vector of bytes takes all bytes");
    let size = u32::try_from(data.len()).expect("a vector takes less than 4 GiB");
    bytes.extend(size.to_be_bytes());
    bytes.extend(&data);
    bytes.extend(crc32fast::hash(&data).to_be_bytes());
    data.len()
}

fn decode(bytes: &[u8]) -> std::result::Result<RoaringBitmap, &'static str> {
    const SHORT: &str = "it is cut short";
    let (size, rest) = bytes.split_first_chunk::<4>().ok_or(SHORT)?;
    let (data, sum) = rest.split_last_chunk::<4>().ok_or(SHORT)?;
    if u32::from_be_bytes(*size) as usize != data.len() {
        return Err("its size is not the one in the log");
    }
    if u32::from_be_bytes(*sum) != crc32fast::hash(data) {
        return Err("its checksum is wrong");
    }
    let (magic, data) = data.split_first_chunk::<4>().ok_or(SHORT)?;
    if u32::from_le_bytes(*magic) != MAGIC {
        return Err("it is in another format");
    }
    let (count, mut data) = data.split_first_chunk::<8>().ok_or(SHORT)?;
    let mut all = RoaringBitmap::new();
    for _ in 0..u64::from_le_bytes(*count) {
        let (high, rest) = data.split_first_chunk::<4>().ok_or(SHORT)?;
        data = rest;
        let part = RoaringBitmap::deserialize_from(&mut data).map_err(|_| SHORT)?;
        if u32::from_le_bytes(*high) == 0 {
            all |= part;
        } else if !part.is_empty() {
            return Err("it names rows beyond the 2^32nd");
        }
    }
    Ok(all)
}

/// Base 85 in the alphabet of ZeroMQ.
fn pack(bytes: &[u8; 16]) -> String {
    let mut text = String::with_capacity(20);
    for four in bytes.chunks_exact(4) {
        let mut value = four
            .iter()
            .fold(0_u32, |value, &byte| value << 8 | u32::from(byte));
        let mut digits = [0; 5];
        for digit in digits.iter_mut().rev() {
            *digit = DIGITS[(value % 85) as usize];
            value /= 85;
        }
        text.extend(digits.iter().map(|&digit| char::from(digit)));
    }
    text
}

fn unpack(text: &str) -> Option<[u8; 16]> {
    let mut bytes = [0; 16];
    for (five, four) in text.as_bytes().chunks(5).zip(bytes.chunks_exact_mut(4)) {
        let mut value: u32 = 0;
        for digit in five {
            let digit = DIGITS.iter().position(|known| known == digit)?;
            value = value
                .checked_mul(85)?
                .checked_add(u32::try_from(digit).ok()?)?;
        }
        four.copy_from_slice(&value.to_be_bytes());
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packs_as_zeromq_does() {
        // The test vector of the Z85 specification, twice.
        let bytes = [0x86, 0x4F, 0xD2, 0x6F, 0xB5, 0x59, 0xF7, 0x5B];
        let mut twice = [0; 16];
        twice[..8].copy_from_slice(&bytes);
        twice[8..].copy_from_slice(&bytes);
        assert_eq!(pack(&twice), "HelloWorldHelloWorld");
        assert_eq!(unpack("HelloWorldHelloWorld"), Some(twice));
        assert_eq!(unpack("~elloWorldHelloWorld"), None);
    }

    #[test]
    fn a_damaged_vector_is_noticed() {
        let dead: RoaringBitmap = (0..5000).filter(|row| row % 3 == 0).collect();
        let mut bytes = Vec::new();
        let size = encode(&dead, &mut bytes);
        assert_eq!(bytes.len(), size + 8);
        assert_eq!(decode(&bytes), Ok(dead));
        for damaged in [0, 4, 20, 400, bytes.len() - 1] {
            let mut bytes = bytes.clone();
            bytes[damaged] ^= 1;
            assert!(decode(&bytes).is_err(), "byte {damaged}");
        }
        assert!(decode(&bytes[..bytes.len() - 1]).is_err());
    }
}

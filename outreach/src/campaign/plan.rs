//! Who of the audience gets a message, and why the others don't. Pure: one decision a contact.

use std::collections::HashSet;

use lettre::Address;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Why a message in the ledger is not sent. Written in snake case in `crm.message.reason`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SkipReason {
    /// Kept apart on purpose, to measure the effect of the campaign.
    HoldOut,
    NoAddress,
    InvalidAddress,
    /// Another contact of the audience has the same address and gets the message.
    DuplicateAddress,
    NoConsent,
    /// Unsubscribed, bounced or blocked.
    Suppressed,
    /// The address has had as many mails as the frequency cap allows.
    FrequencyCap,
    /// The contact was removed, or has another address now.
    ContactChanged,
    /// The run was stopped.
    Stopped,
}

impl SkipReason {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::HoldOut => "hold_out",
            Self::NoAddress => "no_address",
            Self::InvalidAddress => "invalid_address",
            Self::DuplicateAddress => "duplicate_address",
            Self::NoConsent => "no_consent",
            Self::Suppressed => "suppressed",
            Self::FrequencyCap => "frequency_cap",
            Self::ContactChanged => "contact_changed",
            Self::Stopped => "stopped",
        }
    }
}

/// A contact of a customer in the segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    pub contact_id: i64,
    pub customer_id: i64,
    pub email: Option<String>,
    pub consent: bool,
    pub suppressed: bool,
}

/// What the ledger gets for a contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// The address in the form it is compared in: trimmed, lower case. `None` where there is none,
    /// and for duplicates, because an address occurs once in a run.
    pub address: Option<String>,
    pub skip: Option<SkipReason>,
}

/// The form in which addresses are kept and compared.
pub fn normalise(email: &str) -> String {
    email.trim().to_lowercase()
}

/// Decides about one contact. `taken` holds the addresses that already have a row in this run.
pub fn decide(
    recipient: &Recipient,
    campaign_id: i64,
    holdout_percent: u32,
    taken: &mut HashSet<String>,
) -> Planned {
    let address = recipient
        .email
        .as_deref()
        .map(normalise)
        .filter(|email| !email.is_empty());
    let Some(address) = address else {
        return Planned {
            address: None,
            skip: Some(SkipReason::NoAddress),
        };
    };
    if !taken.insert(address.clone()) {
        return Planned {
            address: None,
            skip: Some(SkipReason::DuplicateAddress),
        };
    }
    let skip = if address.parse::<Address>().is_err() {
        Some(SkipReason::InvalidAddress)
    } else if recipient.suppressed {
        Some(SkipReason::Suppressed)
    } else if !recipient.consent {
        Some(SkipReason::NoConsent)
    } else if is_held_out(campaign_id, recipient.customer_id, holdout_percent) {
        Some(SkipReason::HoldOut)
    } else {
        None
    };
    Planned {
        address: Some(address),
        skip,
    }
}

/// Whether a customer belongs to the hold-out group of a campaign. Depends on nothing but the
/// campaign and the customer, so that every run of the campaign keeps the same people apart, and
/// all contacts of a customer share its fate.
pub fn is_held_out(campaign_id: i64, customer_id: i64, percent: u32) -> bool {
    let digest = Sha256::digest(format!("hold-out/{campaign_id}/{customer_id}").as_bytes());
    let mut first = [0; 8];
    first.copy_from_slice(&digest[..8]);
    u64::from_be_bytes(first) % 100 < u64::from(percent)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn contact(id: i64, email: &str) -> Recipient {
        Recipient {
            contact_id: id,
            customer_id: id,
            email: Some(email.to_owned()),
            consent: true,
            suppressed: false,
        }
    }

    #[test]
    fn each_reason_is_found() {
        let mut taken = HashSet::new();
        let mut plan = |recipient: Recipient, percent| decide(&recipient, 1, percent, &mut taken);
        assert_eq!(
            plan(contact(1, " Li@Example.test "), 0),
            Planned {
                address: Some("li@example.test".into()),
                skip: None
            }
        );
        assert_eq!(
            plan(contact(2, "li@example.TEST"), 0),
            Planned {
                address: None,
                skip: Some(SkipReason::DuplicateAddress)
            }
        );
        assert_eq!(plan(contact(3, "  "), 0).skip, Some(SkipReason::NoAddress));
        assert_eq!(
            plan(
                Recipient {
                    email: None,
                    ..contact(4, "")
                },
                0
            )
            .skip,
            Some(SkipReason::NoAddress)
        );
        assert_eq!(
            plan(contact(5, "not an address"), 0).skip,
            Some(SkipReason::InvalidAddress)
        );
        assert_eq!(
            plan(
                Recipient {
                    suppressed: true,
                    ..contact(6, "b@x.test")
                },
                0
            )
            .skip,
            Some(SkipReason::Suppressed)
        );
        assert_eq!(
            plan(
                Recipient {
                    consent: false,
                    ..contact(7, "c@x.test")
                },
                0
            )
            .skip,
            Some(SkipReason::NoConsent)
        );
        assert_eq!(
            plan(contact(8, "d@x.test"), 100).skip,
            Some(SkipReason::HoldOut)
        );
    }

    #[test]
    fn the_hold_out_is_about_as_large_as_asked_and_always_the_same() {
        let held: Vec<i64> = (0..10_000)
            .filter(|customer| is_held_out(7, *customer, 10))
            .collect();
        assert!((850..1_150).contains(&held.len()), "{}", held.len());
        assert!(held.iter().all(|customer| is_held_out(7, *customer, 10)));
        assert!(
            held.iter().all(|customer| is_held_out(7, *customer, 20)),
            "a larger share contains the smaller"
        );
        let other: usize = held
            .iter()
            .filter(|customer| is_held_out(8, **customer, 10))
            .count();
        assert!(other < held.len() / 2, "another campaign holds out others");
    }

    proptest! {
        /// Whatever the contacts: an address gets at most one row, and a row that will be sent has
        /// consent, no suppression and a valid address.
        #[test]
        fn an_address_is_planned_at_most_once(
            contacts in prop::collection::vec(
                (1..50_i64, prop::option::of("[A-Ca-c ]{0,3}(@x\\.test)?"), any::<bool>(), any::<bool>()), 0..80)
        ) {
            let mut taken = HashSet::new();
            let mut seen = HashSet::new();
            for (index, (customer_id, email, consent, suppressed)) in contacts.into_iter().enumerate() {
                let recipient = Recipient {
                    contact_id: i64::try_from(index).unwrap_or(0),
                    customer_id, email, consent, suppressed,
                };
                let planned = decide(&recipient, 3, 10, &mut taken);
                if let Some(address) = &planned.address {
                    prop_assert!(seen.insert(address.clone()), "{address} stands twice");
                }
                if planned.skip.is_none() {
                    prop_assert!(consent && !suppressed);
                    prop_assert!(planned.address.is_some_and(|address| address.parse::<Address>().is_ok()));
                }
            }
        }
    }
}

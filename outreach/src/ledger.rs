//! The life of one message in the ledger: its states, what can happen to it, and the table that
//! joins the two. Every statement that moves a message takes its allowed origins from here.

use serde::{Deserialize, Serialize};

/// Where a message stands. Written in lower case in `crm.message.state`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageState {
    /// Waits for a sender.
    Planned,
    /// A living sender holds it; nobody else may touch it.
    Claimed,
    /// The mail server took responsibility for it.
    Accepted,
    /// The mail server asked us to come back later.
    Deferred,
    /// Accepted first, and returned as undeliverable afterwards.
    Bounced,
    /// Refused for good, or never deliverable.
    Failed,
    /// Its sender died, or the line broke, after the message may have been handed over.
    Unknown,
    /// Deliberately not sent; `reason` says why.
    Skipped,
}

impl MessageState {
    pub const ALL: [Self; 8] = [
        Self::Planned,
        Self::Claimed,
        Self::Accepted,
        Self::Deferred,
        Self::Bounced,
        Self::Failed,
        Self::Unknown,
        Self::Skipped,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Claimed => "claimed",
            Self::Accepted => "accepted",
            Self::Deferred => "deferred",
            Self::Bounced => "bounced",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::Skipped => "skipped",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }

    /// Nothing that the sender does by itself leads out of this state.
    pub fn is_settled(self) -> bool {
        !matches!(self, Self::Planned | Self::Claimed | Self::Deferred)
    }
}

/// What can happen to a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MessageEvent {
    /// A sender reserves it.
    Claim,
    /// The server answered 250 to the message.
    Accept,
    /// The server answered 4xx.
    Defer,
    /// The server answered 5xx, the content could not be rendered, or the retries are used up.
    Fail,
    /// The sender gives it back untouched (server unreachable, orderly stop).
    Release,
    /// It may or may not have been handed over.
    Lose,
    /// It must not be sent (suppression, consent, cap, stop).
    Skip,
    /// An administrator decided to send it although it may have arrived.
    Resend,
    /// A delivery report said that it did not arrive.
    Bounce,
}

use MessageEvent as E;
use MessageState as S;

const TRANSITIONS: &[(S, E, S)] = &[
    (S::Planned, E::Claim, S::Claimed),
    (S::Deferred, E::Claim, S::Claimed),
    (S::Claimed, E::Accept, S::Accepted),
    (S::Claimed, E::Defer, S::Deferred),
    (S::Claimed, E::Fail, S::Failed),
    (S::Claimed, E::Release, S::Planned),
    (S::Claimed, E::Lose, S::Unknown),
    // A result that reaches the ledger after the sender was given up is still the truth.
    (S::Unknown, E::Accept, S::Accepted),
    (S::Unknown, E::Defer, S::Deferred),
    (S::Unknown, E::Fail, S::Failed),
    (S::Unknown, E::Release, S::Planned),
    (S::Unknown, E::Lose, S::Unknown),
    (S::Unknown, E::Resend, S::Planned),
    (S::Unknown, E::Skip, S::Skipped),
    (S::Unknown, E::Bounce, S::Bounced),
    (S::Planned, E::Skip, S::Skipped),
    (S::Deferred, E::Skip, S::Skipped),
    (S::Accepted, E::Bounce, S::Bounced),
];

impl MessageEvent {
    pub const ALL: [Self; 9] = [
        Self::Claim,
        Self::Accept,
        Self::Defer,
        Self::Fail,
        Self::Release,
        Self::Lose,
        Self::Skip,
        Self::Resend,
        Self::Bounce,
    ];

    /// The states in which this can happen, as the texts bound to `state = any($n)`.
    pub fn origins(self) -> Vec<&'static str> {
        TRANSITIONS
            .iter()
            .filter(|(_, event, _)| *event == self)
            .map(|(from, _, _)| from.as_str())
            .collect()
    }
}

/// The state after `event`, or `None` when it can't happen in `from`.
pub fn transition(from: MessageState, event: MessageEvent) -> Option<MessageState> {
    TRANSITIONS
        .iter()
        .find(|(state, happened, _)| *state == from && *happened == event)
        .map(|(_, _, to)| *to)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn events() -> impl Strategy<Value = Vec<MessageEvent>> {
        prop::collection::vec(prop::sample::select(MessageEvent::ALL.to_vec()), 0..60)
    }

    proptest! {
        /// Whatever happens in whatever order: between two handings-over to the mail server there
        /// is always a server's "come back later", a release of an untouched message, or an
        /// explicit decision to send again.
        #[test]
        fn nothing_is_sent_twice_by_itself(events in events()) {
            let mut state = MessageState::Planned;
            let mut maybe_delivered = false;
            for event in events {
                let Some(next) = transition(state, event) else { continue };
                match event {
                    MessageEvent::Claim => prop_assert!(!maybe_delivered, "claimed though it may have arrived"),
                    MessageEvent::Accept | MessageEvent::Lose => maybe_delivered = true,
                    MessageEvent::Resend | MessageEvent::Release | MessageEvent::Defer => maybe_delivered = false,
                    _ => {}
                }
                state = next;
            }
        }

        #[test]
        fn skipped_failed_and_bounced_are_final(events in events()) {
            let mut state = MessageState::Planned;
            for event in events {
                let next = transition(state, event);
                if matches!(state, MessageState::Skipped | MessageState::Failed | MessageState::Bounced) {
                    prop_assert_eq!(next, None);
                }
                state = next.unwrap_or(state);
            }
        }
    }

    #[test]
    fn the_table_has_one_answer_for_each_pair() {
        for (index, (from, event, _)) in TRANSITIONS.iter().enumerate() {
            assert!(
                !TRANSITIONS[..index]
                    .iter()
                    .any(|(f, e, _)| f == from && e == event),
                "{from:?} × {event:?} stands twice"
            );
        }
    }

    #[test]
    fn every_state_can_be_reached_and_named() {
        for state in MessageState::ALL {
            assert_eq!(MessageState::parse(state.as_str()), Some(state));
            let reached =
                state == MessageState::Planned || TRANSITIONS.iter().any(|(_, _, to)| *to == state);
            assert!(reached, "{state:?} can't be reached");
        }
    }
}

//! Ranking: what several tokens say about one secret becomes one verdict. Pure.

use crate::tokens::{Accepted, Prompt, Rejected};

/// What one token says.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Finding {
    /// PIN and value are right.
    Right(Accepted),
    /// The answer to its challenge is right.
    RightAnswer(Accepted),
    /// The PIN alone is right and asks for a challenge.
    Asks(Prompt),
    /// The PIN is right, the value is wrong.
    WrongValue(Rejected),
    /// The answer to its challenge is wrong.
    WrongAnswer(Rejected),
    /// The PIN is wrong.
    WrongPin,
}

/// The rank that decides; in order of strength.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    /// A value was right.
    Right,
    /// An answer was right.
    RightAnswer,
    /// A question is to be put.
    Asks,
    /// An answer was wrong.
    WrongAnswer,
    /// A value was wrong.
    WrongValue,
    /// Everything was wrong.
    WrongPin,
}

impl Finding {
    pub(super) fn rank(&self) -> Rank {
        match self {
            Self::Right(_) => Rank::Right,
            Self::RightAnswer(_) => Rank::RightAnswer,
            Self::Asks(_) => Rank::Asks,
            Self::WrongAnswer(_) => Rank::WrongAnswer,
            Self::WrongValue(_) => Rank::WrongValue,
            Self::WrongPin => Rank::WrongPin,
        }
    }
}

/// The strongest rank and what belongs to it, in the order given; `None` when there are no findings.
pub(super) fn strongest<T>(findings: Vec<(T, Finding)>) -> Option<(Rank, Vec<(T, Finding)>)> {
    let best = findings.iter().map(|(_, finding)| finding.rank()).min()?;
    Some((best, findings.into_iter().filter(|(_, finding)| finding.rank() == best).collect()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::tokens::Spend;

    fn finding(rank: u8) -> Finding {
        let accepted = Accepted { spend: Spend::Advance { to: 1 }, memory: None };
        match rank {
            0 => Finding::Right(accepted),
            1 => Finding::RightAnswer(accepted),
            2 => Finding::Asks(Prompt { message: "", attributes: None }),
            3 => Finding::WrongAnswer(Rejected::default()),
            4 => Finding::WrongValue(Rejected::default()),
            _ => Finding::WrongPin,
        }
    }

    proptest! {
        #[test]
        fn the_strongest_wins_whatever_the_order(ranks in prop::collection::vec(0_u8..6, 0..12)) {
            let findings: Vec<_> = ranks.iter().enumerate().map(|(at, rank)| (at, finding(*rank))).collect();
            match strongest(findings) {
                None => prop_assert!(ranks.is_empty()),
                Some((best, members)) => {
                    let min = *ranks.iter().min().unwrap();
                    prop_assert_eq!(best, finding(min).rank());
                    let expected: Vec<_> = ranks.iter().enumerate().filter(|(_, r)| **r == min).map(|(at, _)| at).collect();
                    prop_assert_eq!(members.iter().map(|(at, _)| *at).collect::<Vec<_>>(), expected);
                }
            }
        }
    }
}

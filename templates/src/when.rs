//! Points in time as people read them.

use serde::{Deserialize, Serialize};

/// Microseconds since 1970-01-01 UTC.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct When(pub i64);

/// A civil date with the time of day.
#[derive(PartialEq, Eq, Debug)]
pub(crate) struct Civil {
    pub(crate) day_number: i64,
    pub(crate) year: i64,
    pub(crate) month: i64,
    pub(crate) day: i64,
    pub(crate) hour: i64,
    pub(crate) minute: i64,
}

impl When {
    /// The civil date and time at an offset from UTC.
    pub(crate) fn civil(self, offset_minutes: i32) -> Civil {
        let minutes = self.0.div_euclid(60_000_000) + i64::from(offset_minutes);
        let (day_number, of_day) = (minutes.div_euclid(1440), minutes.rem_euclid(1440));
        // Days are counted from 0000-03-01 in eras of 400 years, so that the leap day is the last of its year.
        let shifted = day_number + 719_468;
        let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
        let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * of_year + 2) / 153;
        let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
        Civil {
            day_number,
            year: year_of_era + era * 400 + i64::from(month <= 2),
            month,
            day: of_year - (153 * shifted_month + 2) / 5 + 1,
            hour: of_day / 60,
            minute: of_day % 60,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn civil_dates() {
        let at = |micros, offset| {
            let c = When(micros).civil(offset);
            (c.year, c.month, c.day, c.hour, c.minute)
        };
        assert_eq!(at(0, 0), (1970, 1, 1, 0, 0));
        assert_eq!(at(0, -60), (1969, 12, 31, 23, 0));
        assert_eq!(at(951_782_400_000_000, 0), (2000, 2, 29, 0, 0));
        assert_eq!(at(1_763_761_020_000_000, 60), (2025, 11, 21, 22, 37));
    }
}

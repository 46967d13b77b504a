//! Seconds since 1970 to a date and back: C's `gmtime`, `localtime` and `mktime` for `os.date` and `os.time`.
//!
//! The calendar is the Gregorian one in both directions, without leap seconds, as POSIX has it. Rules of local time
//! come from the system's time zone database through the `tz-rs` crate; where there is none, local time is UTC.
//!
//! The conversion between days and dates is Howard Hinnant's ("chrono-Compatible Low-Level Date Algorithms").

use tz::LocalTimeType;

const SECONDS_PER_DAY: i64 = 86_400;

/// A moment, taken apart: what `os.date("*t")` returns, and what [`super::strftime`] prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BrokenDown {
    /// Seconds since 1970 in UTC.
    pub unix: i64,
    pub year: i64,
    /// 1 to 12.
    pub month: u32,
    /// 1 to 31.
    pub day: u32,
    pub hour: u32,
    pub minute: u32,
    pub second: u32,
    /// 0 is Sunday. (Lua's `wday` is one more.)
    pub weekday: u32,
    /// 0 is the first of January. (Lua's `yday` is one more.)
    pub day_of_year: u32,
    pub is_dst: bool,
    /// What local time is ahead of UTC, in seconds.
    pub utc_offset: i32,
    /// `CET` and the like.
    pub zone: ZoneName,
}

/// The abbreviated name of a time zone, of at most 15 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ZoneName {
    bytes: [u8; 15],
    len: u8,
}

impl ZoneName {
    fn new(name: &str) -> ZoneName {
        let len = name.len().min(15);
        let mut bytes = [0; 15];
        bytes[..len].copy_from_slice(&name.as_bytes()[..len]);
        ZoneName { bytes, len: len as u8 }
    }

    /// The name.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }
}

/// A date and time as `os.time` takes it. Fields out of range are carried over: month 14 is February of the next
/// year, day 0 the last day of the month before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fields {
    pub year: i32,
    pub month: i32,
    pub day: i32,
    pub hour: i32,
    pub minute: i32,
    pub second: i32,
    /// Whether the time is meant as daylight saving time; `None`: whichever is in force.
    pub is_dst: Option<bool>,
}

/// The rules of a time zone.
#[derive(Clone, Debug)]
pub struct TimeZone {
    /// `None` is UTC under the name of `gmtime`.
    rules: Option<tz::TimeZone>,
}

/// The local time in force at some moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Local {
    offset: i32,
    is_dst: bool,
    name: ZoneName,
}

impl TimeZone {
    /// Universal time, which `os.date("!...")` asks for. As in C, its name is `GMT`.
    pub const UTC: TimeZone = TimeZone { rules: None };

    /// The zone that the environment variable `TZ` names, or else the system's; UTC if that cannot be had.
    pub fn local() -> TimeZone {
        let rules = match std::env::var("TZ") {
            Ok(name) => TimeZone::rules_of(&name),
            Err(_) => tz::TimeZone::local().ok(),
        };
        TimeZone { rules: Some(rules.unwrap_or_else(tz::TimeZone::utc)) }
    }

    /// The zone that `name` describes in the manner of `TZ`: `Europe/Berlin`, `CET-1CEST,M3.5.0,M10.5.0/3`.
    pub fn named(name: &str) -> Option<TimeZone> {
        Some(TimeZone { rules: Some(TimeZone::rules_of(name)?) })
    }

    fn rules_of(name: &str) -> Option<tz::TimeZone> {
        if name.is_empty() { Some(tz::TimeZone::utc()) } else { tz::TimeZone::from_posix_tz(name).ok() }
    }

    /// Takes `unix`, in seconds since 1970, apart. `None` if the year does not fit C's `int tm_year`: then
    /// `os.date` returns nil.
    pub fn break_down(&self, unix: i64) -> Option<BrokenDown> {
        let local = self.at(unix);
        let seconds = unix.checked_add(i64::from(local.offset))?;
        let days = seconds.div_euclid(SECONDS_PER_DAY);
        let second_of_day = seconds.rem_euclid(SECONDS_PER_DAY) as u32;
        let (year, month, day) = date_of_day(days);
        i32::try_from(year - 1900).ok()?;
        Some(BrokenDown {
            unix,
            year,
            month,
            day,
            hour: second_of_day / 3600,
            minute: second_of_day / 60 % 60,
            second: second_of_day % 60,
            // The first of January 1970 was a Thursday.
            weekday: (days + 4).rem_euclid(7) as u32,
            day_of_year: (days - day_of_date(year, 1, 1)) as u32,
            is_dst: local.is_dst,
            utc_offset: local.offset,
            zone: local.name,
        })
    }

    /// The moment that local clocks show `fields`, in seconds since 1970; `None` if C's `mktime` cannot
    /// represent it. (PUC's `os.time` also returns nil for -1, which in C is the sign of that.)
    ///
    /// Of a time that occurs twice the second is meant, unless `is_dst` tells; one that is skipped is counted
    /// from before the gap. If `is_dst` is not what is in force then, the fields are taken for a time of
    /// the other kind, an hour off as a rule.
    pub fn unix_time(&self, fields: &Fields) -> Option<i64> {
        let months = i64::from(fields.month) - 1;
        let year = i64::from(fields.year) + months.div_euclid(12);
        let days = day_of_date(year, months.rem_euclid(12) as u32 + 1, 1) + i64::from(fields.day) - 1;
        let seconds = days * SECONDS_PER_DAY
            + i64::from(fields.hour) * 3600
            + i64::from(fields.minute) * 60
            + i64::from(fields.second);
        let unix = seconds - i64::from(self.local_for_clock(seconds, fields.is_dst).offset);
        self.break_down(unix).map(|_| unix)
    }

    /// The local time to use for clocks that show `seconds`, counted as if in UTC.
    fn local_for_clock(&self, seconds: i64, is_dst: Option<bool>) -> Local {
        let shown = |local: &Local| self.at(seconds - i64::from(local.offset)).offset == local.offset;
        let before = self.at(seconds - SECONDS_PER_DAY);
        let after = self.at(seconds + SECONDS_PER_DAY);
        let asked = |local: &Local| is_dst.is_none_or(|is_dst| local.is_dst == is_dst);
        // Where an hour occurs twice, glibc takes either, depending on what it was asked before; we take the
        // second, which as a rule is standard time.
        let candidates = [after, before];
        if let Some(local) = candidates.iter().find(|local| shown(local) && asked(local)) {
            return *local;
        }
        if is_dst.is_some() {
            // As glibc does: the nearest time of the kind asked for, in steps of about a week.
            const STEP: i64 = 601_200;
            let nearby = (0..450).flat_map(|n| [-n * STEP, n * STEP]);
            if let Some(local) = nearby.map(|d| self.at(seconds + d)).find(asked) {
                return local;
            }
        }
        let in_force = candidates.into_iter().find(|local| shown(local)).unwrap_or(before);
        match is_dst {
            // The zone knows no time of the kind asked for: glibc supposes one that is an hour off.
            Some(true) => Local { offset: in_force.offset + 3600, is_dst: true, ..in_force },
            Some(false) => Local { offset: in_force.offset - 3600, is_dst: false, ..in_force },
            None => in_force,
        }
    }

    fn at(&self, unix: i64) -> Local {
        let utc = |name| Local { offset: 0, is_dst: false, name: ZoneName::new(name) };
        let Some(rules) = &self.rules else { return utc("GMT") };
        let of = |local: &LocalTimeType| Local {
            offset: local.ut_offset(),
            is_dst: local.is_dst(),
            name: ZoneName::new(match local.time_zone_designation() {
                "" => "UTC",
                name => name,
            }),
        };
        rules.find_local_time_type(unix).map_or_else(|_| utc("UTC"), of)
    }
}

/// The days from the first of January 1970 to this date; `month` is 1 to 12 and `day` 1 to 31.
fn day_of_date(year: i64, month: u32, day: u32) -> i64 {
    // Years here begin in March, so that the leap day comes last.
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month_from_march = i64::from((month + 9) % 12);
    let day_of_year = (153 * month_from_march + 2) / 5 + i64::from(day) - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The inverse of [`day_of_date`].
fn date_of_day(days: i64) -> (i64, u32, u32) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = (day_of_year - (153 * month_from_march + 2) / 5 + 1) as u32;
    let month = (month_from_march as u32 + 2) % 12 + 1;
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(year: i32, month: i32, day: i32, hour: i32, minute: i32, second: i32) -> Fields {
        Fields { year, month, day, hour, minute, second, is_dst: None }
    }

    #[test]
    fn days_and_dates_are_inverse() {
        for day in (-800_000..800_000).step_by(97) {
            let (year, month, date) = date_of_day(day);
            assert_eq!(day_of_date(year, month, date), day);
        }
        assert_eq!(date_of_day(0), (1970, 1, 1));
        assert_eq!(date_of_day(11_016), (2000, 2, 29));
    }

    #[test]
    fn breaking_down() {
        let moment = TimeZone::UTC.break_down(1_674_080_000).unwrap();
        let BrokenDown { year, month, day, hour, minute, second, .. } = moment;
        assert_eq!((year, month, day, hour, minute, second), (2023, 1, 18, 22, 13, 20));
        assert_eq!((moment.weekday, moment.day_of_year), (3, 17));
        assert_eq!(TimeZone::UTC.break_down(1_000_000_000_000_000_000), None);
        assert_eq!(TimeZone::UTC.break_down(i64::MIN), None);
        assert_eq!(TimeZone::UTC.break_down(-10_000_000_000).unwrap().year, 1653);
    }

    #[test]
    fn fields_out_of_range_are_carried() {
        // Checked against lua5.1's os.time.
        let unix = |fields| TimeZone::UTC.unix_time(&fields);
        assert_eq!(unix(fields(2023, 14, -5, 30, -100, 5000)), Some(1_706_334_200));
        assert_eq!(unix(fields(1_000_000_000, 1, 1, 12, 0, 0)), Some(31_556_889_832_824_000));
        assert_eq!(unix(fields(-5000, 1, 1, 12, 0, 0)), Some(-219_951_892_800));
        assert_eq!(unix(fields(i32::MAX, i32::MAX, i32::MAX, 0, 0, 0)), None);
        assert_eq!(unix(fields(i32::MIN, 1, i32::MIN, 0, 0, 0)), None);
    }

    #[test]
    fn daylight_saving() {
        let zone = TimeZone::named("EST5EDT,M3.2.0,M11.1.0").unwrap();
        let unix = |fields: Fields, is_dst| zone.unix_time(&Fields { is_dst, ..fields });
        let winter = fields(2024, 1, 15, 12, 0, 0);
        assert_eq!(unix(winter, None), Some(1_705_338_000));
        assert_eq!(unix(winter, Some(false)), Some(1_705_338_000));
        assert_eq!(unix(winter, Some(true)), Some(1_705_334_400));
        let summer = fields(2024, 7, 15, 12, 0, 0);
        assert_eq!(unix(summer, None), Some(1_721_059_200));
        assert_eq!(unix(summer, Some(false)), Some(1_721_062_800));
        let twice = fields(2024, 11, 3, 1, 30, 0);
        assert_eq!(unix(twice, Some(true)), Some(1_730_611_800));
        assert_eq!(unix(twice, Some(false)), Some(1_730_615_400));
        let skipped = fields(2024, 3, 10, 2, 30, 0);
        assert_eq!(unix(skipped, None), Some(1_710_055_800));
        let moment = zone.break_down(1_721_059_200).unwrap();
        assert_eq!((moment.hour, moment.is_dst, moment.utc_offset), (12, true, -14_400));
        assert_eq!(moment.zone.as_bytes(), b"EDT");
    }

    #[test]
    fn names_of_utc() {
        assert_eq!(TimeZone::UTC.break_down(0).unwrap().zone.as_bytes(), b"GMT");
        assert_eq!(TimeZone::named("").unwrap().break_down(0).unwrap().zone.as_bytes(), b"UTC");
        assert!(TimeZone::named("Not/A_Zone").is_none());
    }
}

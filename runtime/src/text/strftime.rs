//! `os.date`'s formats: C's `strftime` in the C locale, one conversion at a time as PUC 5.1 calls it.
//!
//! Because PUC hands every `%` and the one character behind it to `strftime` by itself, glibc's flags and the
//! modifiers `E` and `O` never meet their letter: `%EY` is the text `%E` and a `Y`. Conversions that glibc
//! does not know are printed as they stand; a digit from 1 to 9 is a width without a conversion, which glibc pads.

use super::calendar::BrokenDown;

const WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// Appends `moment` as `format` has it. A NUL ends the format, as it does in PUC.
///
/// Source: `os_date` in PUC 5.1's `loslib.c`; glibc's `time/strftime_l.c`.
pub fn append_date(out: &mut Vec<u8>, format: &[u8], moment: &BrokenDown) {
    let mut rest = format.split(|&b| b == 0).next().unwrap_or_default();
    while let Some(percent) = memchr::memchr(b'%', rest) {
        out.extend_from_slice(&rest[..percent]);
        match rest.get(percent + 1) {
            Some(&conversion) => append_conversion(out, conversion, moment),
            None => out.push(b'%'),
        }
        rest = rest.get(percent + 2..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
}

fn append_conversion(out: &mut Vec<u8>, conversion: u8, t: &BrokenDown) {
    let hour12 = (t.hour + 11) % 12 + 1;
    match conversion {
        b'a' => out.extend_from_slice(&WEEKDAYS[t.weekday as usize].as_bytes()[..3]),
        b'A' => out.extend_from_slice(WEEKDAYS[t.weekday as usize].as_bytes()),
        b'b' | b'h' => out.extend_from_slice(&MONTHS[t.month as usize - 1].as_bytes()[..3]),
        b'B' => out.extend_from_slice(MONTHS[t.month as usize - 1].as_bytes()),
        b'c' => append_date(out, b"%a %b %e %H:%M:%S %Y", t),
        b'C' => number(out, t.year.div_euclid(100), 1, b'0'),
        b'd' => number(out, t.day.into(), 2, b'0'),
        b'D' | b'x' => append_date(out, b"%m/%d/%y", t),
        b'e' => number(out, t.day.into(), 2, b' '),
        b'F' => append_date(out, b"%Y-%m-%d", t),
        b'g' => number(out, iso_week(t).0.rem_euclid(100), 2, b'0'),
        b'G' => number(out, iso_week(t).0, 1, b'0'),
        b'H' => number(out, t.hour.into(), 2, b'0'),
        b'I' => number(out, hour12.into(), 2, b'0'),
        b'j' => number(out, i64::from(t.day_of_year) + 1, 3, b'0'),
        b'k' => number(out, t.hour.into(), 2, b' '),
        b'l' => number(out, hour12.into(), 2, b' '),
        b'm' => number(out, t.month.into(), 2, b'0'),
        b'M' => number(out, t.minute.into(), 2, b'0'),
        b'n' => out.push(b'\n'),
        b'p' => out.extend_from_slice(if t.hour < 12 { b"AM" } else { b"PM" }),
        b'P' => out.extend_from_slice(if t.hour < 12 { b"am" } else { b"pm" }),
        b'r' => append_date(out, b"%I:%M:%S %p", t),
        b'R' => append_date(out, b"%H:%M", t),
        b's' => number(out, t.unix, 1, b'0'),
        b'S' => number(out, t.second.into(), 2, b'0'),
        b't' => out.push(b'\t'),
        b'T' | b'X' => append_date(out, b"%H:%M:%S", t),
        b'u' => number(out, i64::from((t.weekday + 6) % 7) + 1, 1, b'0'),
        // Weeks begin on Sunday, and week 1 with the first of them.
        b'U' => number(out, ((t.day_of_year + 7 - t.weekday) / 7).into(), 2, b'0'),
        b'V' => number(out, iso_week(t).1, 2, b'0'),
        b'w' => number(out, t.weekday.into(), 1, b'0'),
        // Weeks begin on Monday.
        b'W' => number(out, ((t.day_of_year + 7 - (t.weekday + 6) % 7) / 7).into(), 2, b'0'),
        b'y' => number(out, t.year.rem_euclid(100), 2, b'0'),
        b'Y' => number(out, t.year, 1, b'0'),
        b'z' => {
            out.push(if t.utc_offset < 0 { b'-' } else { b'+' });
            let minutes = t.utc_offset.unsigned_abs() / 60;
            number(out, (minutes / 60 * 100 + minutes % 60).into(), 4, b'0');
        }
        b'Z' => out.extend_from_slice(t.zone.as_bytes()),
        b'%' => out.push(b'%'),
        width @ b'1'..=b'9' => {
            out.resize(out.len() + usize::from(width - b'0').saturating_sub(2), b' ');
            out.extend_from_slice(&[b'%', width]);
        }
        _ => out.extend_from_slice(&[b'%', conversion]),
    }
}

/// Appends `n`, padded to `width` characters with `pad`, which come behind a minus sign if they are zeros.
fn number(out: &mut Vec<u8>, n: i64, width: usize, pad: u8) {
    let digits = n.unsigned_abs().to_string();
    let negative = usize::from(n < 0);
    out.resize(out.len() + negative, b'-');
    out.resize(out.len() + width.saturating_sub(digits.len() + negative), pad);
    out.extend_from_slice(digits.as_bytes());
}

/// The year and week of ISO 8601: weeks begin on Monday, and week 1 is the one with the first Thursday.
fn iso_week(t: &BrokenDown) -> (i64, i64) {
    // The Thursday of this week, as a day of this year, decides.
    let weekday_from_monday = i64::from((t.weekday + 6) % 7);
    let thursday = i64::from(t.day_of_year) - weekday_from_monday + 3;
    let length = |year: i64| {
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        365 + i64::from(leap)
    };
    let (year, thursday) = if thursday < 0 {
        (t.year - 1, thursday + length(t.year - 1))
    } else if thursday >= length(t.year) {
        (t.year + 1, thursday - length(t.year))
    } else {
        (t.year, thursday)
    };
    (year, thursday / 7 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::calendar::TimeZone;

    #[track_caller]
    fn check(format: &str, unix: i64, expected: &str) {
        let mut out = Vec::new();
        append_date(&mut out, format.as_bytes(), &TimeZone::UTC.break_down(unix).unwrap());
        assert_eq!(String::from_utf8(out).unwrap(), expected, "{format} of {unix}");
    }

    #[test]
    fn every_conversion_as_lua51() {
        let t = 1_674_080_000;
        check("%a %A %b %B %h", t, "Wed Wednesday Jan January Jan");
        check("%c|%x|%X|%D|%F|%r|%R|%T", t, {
            "Wed Jan 18 22:13:20 2023|01/18/23|22:13:20|01/18/23|2023-01-18|10:13:20 PM|22:13|22:13:20"
        });
        check("%C %d %e %g %G %H %I %j %k %l %m %M", t, "20 18 18 23 2023 22 10 018 22 10 01 13");
        check("%p %P %s %S %u %U %V %w %W %y %Y %z %Z", t, {
            "PM pm 1674080000 20 3 03 03 3 03 23 2023 +0000 GMT"
        });
        check("%n%t%%", t, "\n\t%");
        check("%EY|%Od|%-d|%5d|%+|%q|%0|%3|%9|%", t, "%EY|%Od|%-d|   %5d|%+|%q|%0| %3|       %9|%");
        check("a\0b", t, "a");
    }

    #[test]
    fn years_of_few_and_many_digits() {
        check("%c", -10_000_000_000, "Mon Feb 10 06:13:20 1653");
        check(
            "%Y|%C|%y|%D|%F|%G|%c",
            -63_000_000_000,
            "-27|-1|73|08/11/73|-27-08-11|-27|Sat Aug 11 08:00:00 -27",
        );
        check("%Y|%F|%C|%y|%g|%G|%V %U %W", -100_000_000_000, "-1199|-1199-02-15|-12|01|01|-1199|07 06 07");
        check("%Y|%C|%D", 300_000_000_000, "11476|114|08/15/76");
    }

    #[test]
    fn weeks_at_the_turn_of_the_year() {
        // 2021-01-01 was a Friday, 2024-12-30 a Monday.
        check("%G-%V %U %W", 1_609_459_200, "2020-53 00 00");
        check("%G-%V %U %W", 1_735_516_800, "2025-01 52 53");
    }
}

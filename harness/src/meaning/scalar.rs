//! Lexical forms of single values (DSP0263 5.5, XML Schema part 2).

use jiff::civil::Date;

use crate::spec::Scalar;

/// Whether a text is a form of the type.
pub fn is_lexical(scalar: Scalar, text: &str) -> bool {
    match scalar {
        Scalar::Boolean => matches!(text, "true" | "false"),
        Scalar::Integer => is_integer(text),
        Scalar::DateTime => instant(text).is_some(),
        Scalar::Duration => seconds(text).is_some(),
        Scalar::Uri => is_uri_reference(text),
        Scalar::Bytes => text.len().is_multiple_of(2) && text.bytes().all(|b| b.is_ascii_hexdigit()),
        Scalar::String => true,
    }
}

/// xs:integer: digits with an optional sign.
fn is_integer(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
}

/// Characters that RFC 3986 allows, percent signs followed by two digits.
fn is_uri_reference(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.iter().enumerate().all(|(i, b)| match b {
        b'%' => bytes.get(i + 1..i + 3).is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit)),
        b'<' | b'>' | b'"' | b' ' | b'{' | b'}' | b'|' | b'\\' | b'^' | b'`' => false,
        0x21..=0x7E => true,
        _ => false,
    })
}

/// The instant of an xs:dateTime in nanoseconds, counted as UTC where it has no zone; and whether it has one.
pub fn instant(text: &str) -> Option<(i128, bool)> {
    let (date, time) = text.split_once('T')?;
    let (year, month_day) = date.rsplit_once('-').and_then(|(rest, day)| {
        let (year, month) = rest.rsplit_once('-')?;
        Some((year, (two(month)?, two(day)?)))
    })?;
    let digits = year.strip_prefix('-').unwrap_or(year);
    if digits.len() < 4 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let at = time.find(['Z', '+', '-']);
    let (clock, zone) = at.map_or((time, None), |at| (&time[..at], Some(&time[at..])));
    let mut parts = clock.split(':');
    let (hour, minute, second) = (two(parts.next()?)?, two(parts.next()?)?, parts.next()?);
    let (second, fraction) = second.split_once('.').map_or((second, None), |(s, f)| (s, Some(f)));
    let second = two(second)?;
    let midnight = hour == 24 && minute == 0 && second == 0;
    if parts.next().is_some() || minute > 59 || second > 59 || (hour > 23 && !midnight) {
        return None;
    }
    let offset = zone.map_or(Some(0), offset_minutes)?;
    let date =
        Date::new(year.parse().ok()?, i8::try_from(month_day.0).ok()?, i8::try_from(month_day.1).ok()?)
            .ok()?;
    let days = i128::from(date.since(Date::constant(1970, 1, 1)).ok()?.get_days());
    let whole = ((days * 24 + i128::from(hour)) * 60 + i128::from(minute) - i128::from(offset)) * 60
        + i128::from(second);
    Some((whole * 1_000_000_000 + nanoseconds(fraction)?, zone.is_some()))
}

fn two(text: &str) -> Option<u32> {
    (text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?
}

fn nanoseconds(fraction: Option<&str>) -> Option<i128> {
    let Some(fraction) = fraction else { return Some(0) };
    if fraction.is_empty() || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let nine: String = fraction.chars().chain("000000000".chars()).take(9).collect();
    nine.parse().ok()
}

fn offset_minutes(zone: &str) -> Option<i64> {
    if zone == "Z" {
        return Some(0);
    }
    let sign = if zone.starts_with('-') { -1 } else { 1 };
    let (hour, minute) = zone[1..].split_once(':')?;
    let (hour, minute) = (i64::from(two(hour)?), i64::from(two(minute)?));
    (minute <= 59 && hour * 60 + minute <= 14 * 60).then_some(sign * (hour * 60 + minute))
}

/// The length of an xs:duration in seconds, a month taken as 30 days and a year as 365 (for ordering only).
pub fn seconds(text: &str) -> Option<f64> {
    let (sign, rest) = text.strip_prefix('-').map_or((1.0, text), |rest| (-1.0, rest));
    let rest = rest.strip_prefix('P')?;
    let (days, time) = rest.split_once('T').map_or((rest, None), |(days, time)| (days, Some(time)));
    if time == Some("") || (days.is_empty() && time.is_none()) {
        return None;
    }
    let days = fields(days, &[('Y', 31_536_000.0), ('M', 2_592_000.0), ('D', 86_400.0)], false)?;
    let time = fields(time.unwrap_or(""), &[('H', 3_600.0), ('M', 60.0), ('S', 1.0)], true)?;
    Some(sign * (days + time))
}

/// Sums `number designator` fields, each designator at most once and in order.
fn fields(mut text: &str, designators: &[(char, f64)], fraction_allowed: bool) -> Option<f64> {
    let mut sum = 0.0;
    for (designator, factor) in designators {
        let Some((number, rest)) = text.split_once(*designator) else { continue };
        let plain = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
        let fraction = fraction_allowed
            && *designator == 'S'
            && number.split_once('.').is_some_and(|(a, b)| {
                !a.is_empty() && !b.is_empty() && a.bytes().chain(b.bytes()).all(|c| c.is_ascii_digit())
            });
        if !plain && !fraction {
            return None;
        }
        sum += number.parse::<f64>().ok()? * factor;
        text = rest;
    }
    text.is_empty().then_some(sum)
}

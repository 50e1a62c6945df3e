//! Amounts of data with their units: the programmatic units of DSP0004 (`byte * 2^20`) and the names that older tools write.
//!
//! Owns the reading of units. Everything is bytes here.

/// How many bytes a unit is; absent or empty, one. None for what is no unit of data.
pub(super) fn bytes(unit: Option<&str>) -> Option<u128> {
    let unit = unit.unwrap_or_default().trim();
    if unit.is_empty() {
        return Some(1);
    }
    named(unit).or_else(|| programmatic(unit))
}

/// Names that are not programmatic units. Tools that write them mean powers of two.
fn named(unit: &str) -> Option<u128> {
    let power = match unit.to_ascii_lowercase().as_str() {
        "byte" | "bytes" | "b" => 0,
        "kilobyte" | "kilobytes" | "kb" | "kib" => 10,
        "megabyte" | "megabytes" | "mb" | "mib" => 20,
        "gigabyte" | "gigabytes" | "gb" | "gib" => 30,
        "terabyte" | "terabytes" | "tb" | "tib" => 40,
        _ => return None,
    };
    Some(1 << power)
}

/// `byte`, multiplied with numbers and powers in any number: `byte * 2^10 * 4`.
fn programmatic(unit: &str) -> Option<u128> {
    let mut factors = unit.split('*').map(str::trim);
    let mut bytes = named(factors.next()?)?;
    for factor in factors {
        let value = match factor.split_once('^') {
            Some((base, exponent)) => {
                base.trim().parse::<u128>().ok()?.checked_pow(exponent.trim().parse().ok()?)?
            }
            None => factor.parse().ok()?,
        };
        bytes = bytes.checked_mul(value)?;
    }
    Some(bytes)
}

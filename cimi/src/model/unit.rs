//! Units of amounts of data (DSP0263 table 4), with how many bytes each is.

/// A unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unit {
    /// Its name as attributes declare it: `kibibyte`.
    pub name: &'static str,
    /// How many bytes it is.
    pub bytes: u128,
}

impl Unit {
    /// The unit of this name. The name that table 4 misspells is read as well.
    pub fn find(name: &str) -> Option<&'static Self> {
        let name = if name == "yottabye" { "yottabyte" } else { name };
        ALL.iter().find(|unit| unit.name == name)
    }

    /// An amount of this unit in another one, rounded towards zero; none if it is too large to tell.
    pub fn convert(&self, amount: u64, to: &Self) -> Option<u64> {
        let bytes = u128::from(amount).checked_mul(self.bytes)?;
        u64::try_from(bytes / to.bytes).ok()
    }
}

const fn unit(name: &'static str, base: u128, exponent: u32) -> Unit {
    Unit { name, bytes: base.pow(exponent) }
}

/// `byte`, and table 4: the powers of ten, then those of two.
pub static ALL: &[Unit] = &[
    unit("byte", 1, 1),
    unit("kilobyte", 10, 3),
    unit("megabyte", 10, 6),
    unit("gigabyte", 10, 9),
    unit("terabyte", 10, 12),
    unit("petabyte", 10, 15),
    unit("exabyte", 10, 18),
    unit("zettabyte", 10, 21),
    unit("yottabyte", 10, 24),
    unit("kibibyte", 2, 10),
    unit("mebibyte", 2, 20),
    unit("gibibyte", 2, 30),
    unit("tebibyte", 2, 40),
    unit("pebibyte", 2, 50),
    unit("exbibyte", 2, 60),
    unit("zebibyte", 2, 70),
    unit("yobibyte", 2, 80),
];

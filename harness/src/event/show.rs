//! How the words of the stream read where a person sees them.

use std::fmt;

use super::{At, Edition, ExchangeId, Format, Formats, Level, Micros, Outcome, Party, Place};

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl fmt::Display for Edition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::V1 => "v1",
            Self::V2 => "v2",
        })
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&Formats::from(*self), f)
    }
}

impl fmt::Display for Formats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Json => "json",
            Self::Xml => "xml",
            Self::Both => "both",
        })
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Shall => "shall",
            Self::Should => "should",
            Self::May => "may",
        })
    }
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Provider => "provider",
            Self::Consumer => "consumer",
        })
    }
}

impl fmt::Display for ExchangeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status => f.write_str("status"),
            Self::Header(name) => write!(f, "header {name}"),
            Self::Body(at) if at.path.is_empty() => write!(f, "body, {}:{}", at.line, at.column),
            Self::Body(at) => write!(f, "body {}, {}:{}", at.path, at.line, at.column),
            Self::Exchange => f.write_str("the whole"),
        }
    }
}

impl fmt::Display for Micros {
    /// Three digits at most: `740 µs`, `12.3 ms`, `4.56 s`; minutes from 100 s on.
    #[expect(clippy::cast_precision_loss, reason = "shown with three digits")]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let us = self.0 as f64;
        match self.0 {
            0..1_000 => write!(f, "{} µs", self.0),
            1_000..100_000 => write!(f, "{:.1} ms", us / 1e3),
            100_000..1_000_000 => write!(f, "{:.0} ms", us / 1e3),
            1_000_000..100_000_000 => write!(f, "{:.2} s", us / 1e6),
            _ => write!(f, "{} min {} s", self.0 / 60_000_000, self.0 / 1_000_000 % 60),
        }
    }
}

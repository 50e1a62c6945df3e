//! Any text as a `$filter`: parsing ends, and what was parsed is printed as text that parses to the same.
#![no_main]

use cimi::Limits;
use cimi::query::Filter;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(filter) = Filter::parse(text, &Limits::SERVER) {
        let printed = filter.expr().to_string();
        let again = Filter::parse(&printed, &Limits::CLIENT).expect("what is printed parses");
        assert_eq!(again.expr(), filter.expr(), "{printed}");
    }
});

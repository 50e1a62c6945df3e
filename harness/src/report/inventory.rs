//! What an endpoint holds after a run, against what it held before, in a line.

use crate::event::Inventory;

/// Says that before and after are the same, or what differs.
pub(crate) fn statement(inventory: &Inventory) -> String {
    let names = inventory.counted().count();
    if names == 0 {
        return "inventory: nothing was counted".to_owned();
    }
    let show = |count: Option<u64>| count.map_or_else(|| "?".to_owned(), |n| n.to_string());
    let differences: Vec<String> = inventory
        .differences()
        .map(|(name, before, after)| format!("{name} {} → {}", show(before), show(after)))
        .collect();
    if differences.is_empty() {
        let all: u64 = inventory.counted().filter_map(|name| inventory.after.get(name)).sum();
        format!("inventory: before = after ({all} resources in {names} collections)")
    } else {
        format!("inventory: before → after differ: {}", differences.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(before: &[(&str, u64)], after: &[(&str, u64)], expected: &str) {
        let counts = |of: &[(&str, u64)]| of.iter().map(|(name, n)| ((*name).to_owned(), *n)).collect();
        let inventory = Inventory {
            endpoint: "e".to_owned(),
            before: counts(before),
            after: counts(after),
            left: Vec::new(),
        };
        assert_eq!(statement(&inventory), expected);
    }

    #[test]
    fn statements() {
        let before = [("jobs", 1), ("machines", 2), ("volumes", 0)];
        let same = "inventory: before = after (2 resources in 2 collections)";
        check(&before, &[("jobs", 9), ("machines", 2), ("volumes", 0)], same);
        let differ = "inventory: before → after differ: machines 2 → 3, volumes 0 → ?";
        check(&before, &[("machines", 3)], differ);
        check(&[], &[], "inventory: nothing was counted");
    }
}

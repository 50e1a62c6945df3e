//! Policies over offers.

use super::*;

fn offer(account: &str, price: i64, location: &str) -> Offer {
    let attributes =
        Attributes::new().with("account", account).with("price", price).with("location", location);
    Offer { account: account.to_owned(), attributes, template: Reference::default() }
}

fn check(filter: Option<&str>, order_by: Option<&str>, expected: &[&str]) {
    let offers = vec![offer("paris", 30, "FR"), offer("oslo", 20, "NO"), offer("lyon", 20, "FR")];
    let decision = Policy::new(filter, order_by).unwrap().decide(offers, Vec::new());
    let ranked: Vec<&str> = decision.ranked.iter().map(|offer| offer.account.as_str()).collect();
    assert_eq!(ranked, expected);
    assert_eq!(decision.explain().len(), 3, "every offer is accounted for");
}

#[test]
fn a_policy_filters_and_orders() {
    check(None, None, &["paris", "oslo", "lyon"]);
    check(Some("location='FR'"), None, &["paris", "lyon"]);
    check(None, Some("price"), &["oslo", "lyon", "paris"]);
    check(Some("price<30 and location!='NO'"), Some("price:desc,account"), &["lyon"]);
    check(Some("price>99"), None, &[]);
}

fn refused(filter: Option<&str>, order_by: Option<&str>, column: usize, message: &str) {
    let error = Policy::new(filter, order_by).unwrap_err();
    assert_eq!((error.column(), error.to_string().as_str()), (column, message));
}

#[test]
fn a_policy_that_cannot_be_meant_is_refused() {
    refused(
        Some("price='low'"),
        None,
        7,
        "price is an integer: expected a number without quotes, found `'low'`",
    );
    refused(Some("account='prize' and prize>1"), None, 21, "offers have no attribute `prize`");
    refused(Some("property['a']='b'"), None, 1, "offers have no attribute `property`");
    refused(None, Some("price,place:desc"), 7, "offers have no attribute `place`");
    refused(None, Some("force"), 1, "offers have no attribute `force`");
}

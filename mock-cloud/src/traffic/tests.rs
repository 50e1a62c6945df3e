//! What is secret is not shown, whatever it is wrapped in; what is not, is.

use super::secret::{REDACTED, body};

const JSON: &str = "application/json";
const XML: &str = "application/xml";

#[test]
fn passwords_are_taken_out() {
    let cases = [
        (JSON, r#"{"userName":"me","password":"hush"}"#),
        (JSON, r#"{"credentialTemplate":{"password":"hush"},"list":[{"Password":{"a":"hush"}}]}"#),
        (JSON, r#"{"properties":{"password":"hush"}}"#),
        (XML, "<Credential><userName>me</userName><password>hush</password></Credential>"),
        (XML, "<c:Credential xmlns:c='x'><c:password >hush<!-- hush --></c:password></c:Credential>"),
        (XML, "<Credential><password><![CDATA[hush]]></password></Credential>"),
        (XML, "<M><property key=\"password\">hush</property></M>"),
        (XML, "<M><user password = 'hush'/></M>"),
        (XML, "<M><!-- password hush --></M>"),
        (XML, "<M><password>hush"),
        (JSON, r#"{"password":"hus"#),
        ("text/plain", "password=hush"),
        ("", r#" {"password":"hush"}"#),
    ];
    for (media_type, text) in cases {
        let shown = body(text, media_type);
        assert!(!shown.contains("hus"), "{text}: {shown}");
        assert!(shown.contains(REDACTED), "{text}: {shown}");
    }
}

#[test]
fn the_rest_is_shown_as_it_was() {
    let cases = [
        (JSON, r#"{"name": "the password of the day" }"#),
        (JSON, r#"{"password":null}"#),
        (JSON, "not json at all"),
        (XML, "<M><name>password</name><password/></M>"),
        (XML, "<M a='1'>"),
    ];
    for (media_type, text) in cases {
        assert_eq!(body(text, media_type), text);
    }
    assert!(body(r#"{"userName":"me","password":"hush"}"#, JSON).contains(r#""userName":"me""#));
    assert!(
        body("<C><userName>me</userName><password>x</password></C>", XML).contains("<userName>me</userName>")
    );
}

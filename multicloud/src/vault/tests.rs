use super::*;

fn key(byte: u8) -> MasterKey {
    MasterKey::new([byte; 32])
}

fn vault(present: u8, previous: &[u8]) -> Vault {
    Vault::new(Some(key(present)), previous.iter().copied().map(key).collect(), Chance::system())
}

fn secrets() -> Secrets {
    let mut secrets = Secrets::default();
    secrets.set("password", Secret::new("hunter2 ü"));
    secrets.set("token", Secret::new(""));
    secrets
}

#[test]
fn what_is_sealed_is_read_back_by_its_owner_alone() {
    let vault = vault(1, &[]);
    let sealed = vault.seal("account/paris", &secrets()).unwrap();
    assert_eq!(vault.open("account/paris", &sealed), Ok(secrets()));
    let tampered = VaultError::Tampered { owner: "account/oslo".into() };
    assert_eq!(vault.open("account/oslo", &sealed), Err(tampered));
    assert_ne!(sealed, vault.seal("account/paris", &secrets()).unwrap(), "no two are alike");
}

fn key_of(sealed: &mut Sealed) -> &mut String {
    &mut sealed.key
}

fn secrets_of(sealed: &mut Sealed) -> &mut String {
    &mut sealed.secrets
}

#[test]
fn every_byte_that_was_changed_is_noticed() {
    use base64::Engine as _;
    let engine = &base64::engine::general_purpose::STANDARD;
    let vault = vault(1, &[]);
    let sealed = vault.seal("o", &secrets()).unwrap();
    for field in [key_of, secrets_of] {
        let length = engine.decode(field(&mut sealed.clone())).unwrap().len();
        for at in 0..length {
            let mut changed = sealed.clone();
            let mut bytes = engine.decode(&*field(&mut changed)).unwrap();
            bytes[at] ^= 1;
            *field(&mut changed) = engine.encode(bytes);
            assert_eq!(vault.open("o", &changed), Err(VaultError::Tampered { owner: "o".into() }), "{at}");
        }
        let mut cut = sealed.clone();
        field(&mut cut).truncate(8);
        assert!(matches!(vault.open("o", &cut), Err(VaultError::Tampered { .. })));
    }
}

#[test]
fn a_master_key_is_rotated_without_touching_secrets() {
    let old = vault(1, &[]).seal("o", &secrets()).unwrap();
    let new = vault(2, &[1]).rotate("o", &old).unwrap().expect("it was sealed with the old one");
    assert_eq!(new.secrets, old.secrets);
    assert_eq!(vault(2, &[]).open("o", &new), Ok(secrets()));
    assert_eq!(vault(2, &[1]).rotate("o", &new), Ok(None));
    let wrong = VaultError::WrongKey { owner: "o".into(), sealed: key(2).id() };
    assert_eq!(vault(1, &[]).open("o", &new), Err(wrong));
    let none = Vault::new(None, Vec::new(), Chance::system());
    assert_eq!(none.open("o", &new), Err(VaultError::NoKey));
    assert_eq!(none.seal("o", &secrets()), Err(VaultError::NoKey));
}

#[test]
fn without_chance_nothing_is_sealed() {
    let vault = Vault::new(Some(key(1)), Vec::new(), Chance::from_fn(|_| Err(NoChance)));
    assert_eq!(vault.seal("o", &secrets()), Err(VaultError::Chance(NoChance)));
    assert_eq!(vault.hash(&Secret::new("x")), Err(VaultError::Chance(NoChance)));
}

#[test]
fn passwords_are_known_again() {
    let hash = vault(1, &[]).hash(&Secret::new("right")).unwrap();
    assert!(hash.is_of("right"));
    assert!(!hash.is_of("wrong") && !hash.is_of("") && !hash.is_of("right "));
    let stored = serde_json::to_string(&hash).unwrap();
    assert!(stored.contains("$argon2id$") && !stored.contains("right"));
}

#[test]
fn keys_are_read_as_operators_write_them() {
    let text = hex::encode([7; 32]);
    assert_eq!(MasterKey::parse(&format!(" {text}\n")).unwrap().id(), key(7).id());
    assert_eq!(MasterKey::parse(&base64(&[7; 32])).unwrap().id(), key(7).id());
    for wrong in ["", "hunter2", &text[2..], &format!("{text}00")] {
        assert_eq!(MasterKey::parse(wrong).err(), Some(KeyError));
    }
    assert_ne!(key(1).id(), key(2).id());
}

#[test]
fn nothing_is_shown() {
    let sealed = vault(1, &[]).seal("o", &secrets()).unwrap();
    let hash = vault(1, &[]).hash(&Secret::new("hunter2")).unwrap();
    let shown = format!("{:?} {:?} {sealed:?} {hash:?} {:?}", secrets(), Secret::new("hunter2"), key(9));
    assert!(!shown.contains("hunter2") && !shown.contains("argon2"), "{shown}");
    assert!(!shown.contains(&sealed.secrets) && !shown.contains("9, 9"), "{shown}");
    assert!(shown.contains("password"), "what is kept can be named: {shown}");
}

//! What a start says about where it is, and what is said when something stands in its way.

use crate::site::Site;

#[test]
fn a_start_says_where_its_data_are_and_what_is_missing() {
    let mut site = Site::new(&[]);
    site.write("data/holiday.jpg", "");
    site.up(&[]);
    let log = site.log();
    for part in ["holds other files", "No definitions yet: daybreak apply TREE", "data in "] {
        assert!(log.contains(part), "`{part}` is missing: {log}");
    }
    assert_eq!(site.stop(), Some(0));
    site.up(&[]);
    assert!(!site.log().contains("holds other files"), "the second start finds its own: {}", site.log());
    assert_eq!(site.stop(), Some(0));
}

#[test]
fn what_is_in_the_way_is_named() {
    let mut site = Site::new(&[]);
    site.up(&[]);
    let api = serde_json::from_str::<serde_json::Value>(
        &std::fs::read_to_string(site.path("data/api.json")).expect("the server wrote it"),
    );
    let api = api.expect("JSON");
    let address = api["url"].as_str().and_then(|url| url.strip_prefix("http://")).expect("an address");
    let second = site.run(&["up"]);
    let pid = format!("Process {} has it", api["pid"]);
    assert!(second.code == 6 && second.err.contains(&pid), "{second:?}");
    let taken = site.run(&["up", "--data", "other", "--listen", address]);
    assert!(taken.code == 6 && taken.err.contains("name another port with --listen"), "{taken:?}");
    let nowhere = site.run(&["status", "--data", "nowhere"]);
    assert!(nowhere.code == 5 && nowhere.err.contains("there is no such directory"), "{nowhere:?}");
    assert!(!site.exists("nowhere"));
    let nonsense = site.run(&["status", "--url", "nonsense"]);
    assert!(nonsense.code == 2 && nonsense.err.contains("no address of a server"), "{nonsense:?}");
    let made = site.run(&["token", "add", "wang", "--data", "fresh"]);
    assert!(made.code == 0 && made.err.contains("is a new data directory"), "{made:?}");
    assert_eq!(site.stop(), Some(0));
}

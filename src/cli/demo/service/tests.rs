//! The service with clients of every sort, in this process.
use super::*;
use crate::cli::demo::scratch::Scratch;
use std::io::Read;
use std::sync::atomic::AtomicBool;

/// Runs `test` against a service on a fresh folder, and ends the service.
fn with_service(test: impl FnOnce(&Scratch, u16)) {
    let scratch = Scratch::create(&std::env::temp_dir()).unwrap();
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let service = scope.spawn(|| serve(scratch.root(), &|| done.load(Ordering::Relaxed)));
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            test(
                &scratch,
                scratch.wait_for_port(Duration::from_secs(5)).unwrap(),
            );
        }));
        done.store(true, Ordering::Relaxed);
        let served = service.join().unwrap();
        if let Err(panic) = outcome {
            std::panic::resume_unwind(panic);
        }
        served.unwrap();
    });
    scratch.remove().unwrap();
}

fn connect(port: u16) -> TcpStream {
    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(5)))
        .unwrap();
    stream
}

fn say(port: u16, text: &[u8]) -> String {
    let mut stream = connect(port);
    stream.write_all(text).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8(answer).unwrap()
}

fn status(port: u16, path: &str) -> u16 {
    let answer = say(
        port,
        format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes(),
    );
    answer.split(' ').nth(1).unwrap().parse().unwrap()
}

fn last_line(scratch: &Scratch) -> String {
    let log = std::fs::read_to_string(scratch.root().join(access_log::PATH)).unwrap();
    log.lines().last().unwrap().to_owned()
}

/// Points `current` at the other release, the way the runbook does.
fn swap(scratch: &Scratch, ending: &str) {
    let mut names = std::fs::read_dir(scratch.root().join("releases"))
        .unwrap()
        .map(|e| e.unwrap().file_name());
    let name = names
        .find(|name| name.to_string_lossy().ends_with(ending))
        .unwrap();
    let beside = scratch.root().join("current.new");
    std::os::unix::fs::symlink(Path::new("releases").join(name), &beside).unwrap();
    std::fs::rename(beside, scratch.root().join("current")).unwrap();
}

#[test]
fn the_bad_release_fails_every_third_request_and_the_good_one_none() {
    with_service(|scratch, port| {
        assert_eq!(status(port, "/health"), 200, "nothing has failed yet");
        let bad: Vec<u16> = (0..9).map(|_| status(port, "/")).collect();
        assert_eq!(bad, [200, 200, 500, 200, 200, 500, 200, 200, 500]);
        assert_eq!(status(port, "/health"), 503);
        assert!(last_line(scratch).contains(" 503 GET /health release="));
        swap(scratch, "-good");
        assert!((0..9).all(|_| status(port, "/") == 200));
        assert_eq!(status(port, "/health"), 200);
        let line = last_line(scratch);
        assert!(
            line.contains("-good ms=") && !line.ends_with("seeded"),
            "{line}"
        );
    });
}

#[test]
fn without_a_release_it_says_so_and_recovers() {
    with_service(|scratch, port| {
        let (link, aside) = (scratch.root().join("current"), scratch.root().join("aside"));
        std::fs::rename(&link, &aside).unwrap();
        assert_eq!(status(port, "/"), 503);
        assert!(last_line(scratch).contains(" 503 GET / release=- "));
        std::fs::rename(&aside, &link).unwrap();
        assert_eq!(status(port, "/"), 200);
    });
}

#[test]
fn hostile_clients_are_answered_logged_and_bounded() {
    with_service(|scratch, port| {
        assert!(say(port, b"\x16\x03\x01 garbage\r\n\r\n").starts_with("HTTP/1.1 400 "));
        assert!(last_line(scratch).contains(" 400 - - release=- "));
        assert!(say(port, b"POST / HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 405 "));
        assert!(say(port, b"GET /../etc/passwd HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 404 "));
        let huge = format!("GET / HTTP/1.1\r\nCookie: {}\r\n\r\n", "x".repeat(100_000));
        assert!(say(port, huge.as_bytes()).starts_with("HTTP/1.1 431 "));
        assert!(
            say(port, b"HEAD / HTTP/1.1\r\n\r\n").ends_with("\r\n\r\n"),
            "no body after a HEAD"
        );

        let start = Instant::now();
        let mut slow = connect(port);
        slow.write_all(b"GET / HT").unwrap();
        assert_eq!(status(port, "/health"), 200, "others are served meanwhile");
        let mut answer = String::new();
        slow.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
        assert!(start.elapsed() < PATIENCE * 2, "{:?}", start.elapsed());
    });
}

#[test]
fn a_crowd_that_says_nothing_does_not_block_the_rest_for_long() {
    with_service(|_, port| {
        let crowd: Vec<TcpStream> = (0..CLIENTS * 2).map(|_| connect(port)).collect();
        let start = Instant::now();
        while status(port, "/health") != 200 {
            assert!(start.elapsed() < PATIENCE * 3);
            thread::sleep(Duration::from_millis(50));
        }
        drop(crowd);
    });
}

#[test]
fn a_request_that_cannot_be_logged_ends_the_service_with_the_reason() {
    let scratch = Scratch::create(&std::env::temp_dir()).unwrap();
    thread::scope(|scope| {
        let service = scope.spawn(|| serve(scratch.root(), &|| false));
        let port = scratch.wait_for_port(Duration::from_secs(5)).unwrap();
        std::fs::remove_file(scratch.root().join(access_log::PATH)).unwrap();
        status(port, "/");
        let error = service.join().unwrap().unwrap_err();
        assert!(error.to_string().contains("access.log"), "{error}");
    });
    scratch.remove().unwrap();
}

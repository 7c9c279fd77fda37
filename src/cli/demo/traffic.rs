//! The demo's client: people who use the service.
use super::file::read_small;
use super::life::{CHECK_EVERY, Life};
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

/// The time from one request to the next: 20 a second.
pub const EVERY: Duration = Duration::from_millis(50);

/// How long one request may take to connect, and to be answered.
const PATIENCE: Duration = Duration::from_secs(1);

/// Asks the service for its page about 20 times a second, until `scratch/stop` appears, the folder is gone, `finished`
/// says so (asked twice a second) or two hours have passed.
///
/// A service that is not there is no error: the client looks for it again, as people do.
pub fn generate(scratch: &Path, finished: &dyn Fn() -> bool) -> io::Result<()> {
    let life = Life::on(scratch);
    let (mut next_request, mut next_check) = (Instant::now(), Instant::now());
    loop {
        if Instant::now() >= next_check {
            next_check = Instant::now() + CHECK_EVERY;
            if life.is_over(finished) {
                return Ok(());
            }
        }
        if let Some(port) = port(scratch) {
            // What came of it stands in the service's log; one that never got there is simply asked again.
            let _ = ask(port);
        }
        // After a pause (a suspended machine, a slow answer) the lost requests are not made up for in one burst.
        next_request = (next_request + EVERY).max(Instant::now());
        thread::sleep(
            next_request
                .saturating_duration_since(Instant::now())
                .max(EVERY / 10),
        );
    }
}

/// The port that the service wrote down, once it has.
pub fn port(scratch: &Path) -> Option<u16> {
    read_small(&scratch.join("port")).ok()?.trim().parse().ok()
}

fn ask(port: u16) -> io::Result<()> {
    let mut stream =
        TcpStream::connect_timeout(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)), PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream
        .write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nUser-Agent: rbconsole-demo\r\nConnection: close\r\n\r\n")?;
    let mut answer = Vec::new();
    stream.take(64 * 1024).read_to_end(&mut answer)?;
    Ok(())
}

//! Reading one HTTP request from a client that may be slow, hostile or gone.
use std::io::{self, Read};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// The longest head that is read, in bytes.
const LONGEST_HEAD: usize = 8 * 1024;

/// What a client sent.
#[derive(Debug, PartialEq, Eq)]
pub enum Received {
    /// A request that can be answered; the path is without its query.
    Request {
        /// `GET`, as sent.
        method: String,
        /// Begins with `/`.
        path: String,
    },
    /// Not one: the status that says why.
    Refused(u16),
    /// It left without a word.
    Nothing,
}

/// Reads a head, up to 8 KiB and not beyond the deadline. A body is not read: no request to the demo needs one.
pub fn read(stream: &mut TcpStream, deadline: Instant) -> Received {
    let mut head = Vec::new();
    let mut piece = [0; 1024];
    while !ends(&head) {
        if head.len() > LONGEST_HEAD {
            return Received::Refused(431);
        }
        match read_before(stream, &mut piece, deadline) {
            Ok(0) if head.is_empty() => return Received::Nothing,
            Ok(0) => return Received::Refused(400),
            Ok(count) => head.extend_from_slice(&piece[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if is_late(&error) => return Received::Refused(408),
            Err(_) => return Received::Nothing,
        }
    }
    parse(&head)
}

/// Reads and drops what a refused client still sends, for it to see the answer rather than a reset.
pub fn drain(stream: &mut TcpStream, deadline: Instant) {
    let mut piece = [0; 4096];
    for _ in 0..64 {
        if !matches!(read_before(stream, &mut piece, deadline), Ok(1..)) {
            return;
        }
    }
}

fn read_before(stream: &mut TcpStream, piece: &mut [u8], deadline: Instant) -> io::Result<usize> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left < Duration::from_millis(1) {
        return Err(io::ErrorKind::TimedOut.into());
    }
    stream.set_read_timeout(Some(left))?;
    stream.read(piece)
}

fn is_late(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
    )
}

fn ends(head: &[u8]) -> bool {
    head.windows(4).any(|four| four == b"\r\n\r\n") || head.windows(2).any(|two| two == b"\n\n")
}

fn parse(head: &[u8]) -> Received {
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let Ok(line) = std::str::from_utf8(line) else {
        return Received::Refused(400);
    };
    match line.trim_end().split(' ').collect::<Vec<_>>()[..] {
        [method, target, protocol]
            if target.starts_with('/') && protocol.starts_with("HTTP/1.") =>
        {
            let path = target.split(['?', '#']).next().unwrap_or(target);
            Received::Request {
                method: method.to_owned(),
                path: path.to_owned(),
            }
        }
        _ => Received::Refused(400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_lines() {
        let request = |method: &str, path: &str| Received::Request {
            method: method.into(),
            path: path.into(),
        };
        assert_eq!(
            parse(b"GET /health?a=1 HTTP/1.1\r\nHost: x\r\n\r\n"),
            request("GET", "/health")
        );
        assert_eq!(parse(b"HEAD / HTTP/1.0\n\n"), request("HEAD", "/"));
        for garbage in [
            &b"GET /\r\n\r\n"[..],
            b"\xff\xfe\r\n\r\n",
            b"GET http://x/ HTTP/1.1\r\n\r\n",
            b"\r\n\r\n",
        ] {
            assert_eq!(parse(garbage), Received::Refused(400));
        }
    }
}

//! Input that waits: it is dealt with before anything is drawn.

use std::{future::poll_fn, io, pin::Pin};

use crossterm::event::{Event, MouseEventKind};
use futures_util::{Stream, stream::Peekable};

/// Whether an event waits.
pub async fn waits<S>(events: &mut Peekable<S>) -> bool
where
    S: Stream<Item = io::Result<Event>> + Unpin,
{
    // With the waker of the task: whoever asked last is woken.
    poll_fn(|context| std::task::Poll::Ready(Pin::new(&mut *events).poll_peek(context).is_ready()))
        .await
}

/// Whether an event can change what is on a screen: the mouse moves over it all the time.
pub fn is_felt(event: &Event) -> bool {
    match event {
        Event::FocusGained | Event::FocusLost => false,
        Event::Mouse(mouse) => !matches!(mouse.kind, MouseEventKind::Moved),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use crossterm::event::{KeyModifiers, MouseEvent};
    use futures_util::{StreamExt, stream};

    use super::*;

    #[tokio::test]
    async fn what_waits_is_not_lost() {
        let key = |width| io::Result::Ok(Event::Resize(width, 1));
        let events = stream::iter([key(1), key(2)]).chain(stream::pending());
        let mut events = Box::pin(events).peekable();
        for width in [1, 2] {
            assert!(waits(&mut events).await && waits(&mut events).await);
            let next = events.next().await.unwrap().unwrap();
            assert_eq!(next, Event::Resize(width, 1));
        }
        assert!(!waits(&mut events).await);
    }

    #[test]
    fn a_mouse_that_moves_changes_nothing() {
        let mouse = |kind| {
            Event::Mouse(MouseEvent {
                kind,
                column: 1,
                row: 1,
                modifiers: KeyModifiers::NONE,
            })
        };
        assert!(!is_felt(&mouse(MouseEventKind::Moved)));
        assert!(!is_felt(&Event::FocusGained));
        assert!(is_felt(&mouse(MouseEventKind::ScrollUp)));
        assert!(is_felt(&Event::Paste(String::new())));
    }
}

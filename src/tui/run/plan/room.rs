//! Which titles take more than one row, where not all can.

use std::{cmp::Reverse, ops::Range};

/// How many rows each title is given: one, and of those that are to spare what it wants; the
/// titles of the current phase first, then those nearest to it, what comes before what was.
pub fn granted(wanted: &[usize], height: usize, current: Range<usize>) -> Vec<usize> {
    let mut granted = vec![1; wanted.len()];
    let mut spare = height.saturating_sub(wanted.len());
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by_key(|at| {
        let ahead = at.saturating_sub(current.end.saturating_sub(1));
        let behind = current.start.saturating_sub(*at);
        (ahead.max(behind), Reverse(ahead))
    });
    for at in order {
        let more = wanted[at].saturating_sub(1).min(spare);
        granted[at] += more;
        spare -= more;
    }
    granted
}

#[cfg(test)]
mod tests {
    use super::granted;

    #[test]
    fn rows_to_spare_go_to_the_current_phase_then_to_what_is_nearest() {
        let wanted = [2, 2, 2, 2, 2, 2];
        assert_eq!(granted(&wanted, 12, 2..4), [2; 6]);
        assert_eq!(granted(&wanted, 9, 2..4), [1, 1, 2, 2, 2, 1]);
        assert_eq!(granted(&wanted, 10, 2..4), [1, 2, 2, 2, 2, 1]);
        assert_eq!(granted(&wanted, 11, 2..4), [1, 2, 2, 2, 2, 2]);
        assert_eq!(granted(&wanted, 7, 2..4), [1, 1, 2, 1, 1, 1]);
        assert_eq!(granted(&wanted, 6, 2..4), [1; 6]);
        assert_eq!(granted(&wanted, 3, 2..4), [1; 6]);
    }

    #[test]
    fn a_title_takes_no_more_than_it_wants_and_than_there_is() {
        assert_eq!(granted(&[1, 3, 1], 5, 0..3), [1, 3, 1]);
        assert_eq!(granted(&[1, 3, 4], 7, 1..2), [1, 3, 3]);
        assert_eq!(granted(&[], 5, 0..0), [0; 0]);
    }
}

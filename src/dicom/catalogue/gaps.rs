//! Images that a series' numbering says should be there.
//!
//! Instance Number (0020,0013) counts the images of most series, from 0, 1 or higher, by one or by a regular step. Where it does
//! and some numbers of the row are absent, images are probably missing. It is only a hint: numbers may be given in other
//! ways, and then nothing is said.

use std::collections::BTreeMap;

use super::Series;

/// Different numbers that a series must have for its numbering to be trusted.
const FEW: usize = 4;
/// Numbers that are named.
const NAMED: usize = 5;

/// What seems to be missing of a series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// How many images.
    pub count: u32,
    /// The first of their numbers.
    pub numbers: Vec<i32>,
}

/// What seems to be missing; `None` where nothing does, or where the numbers do not count the images.
pub fn missing(series: &Series) -> Option<Gap> {
    // By number: the most frames of an image that has it. Several acquisitions may have the same numbers.
    let mut numbers: BTreeMap<i64, i64> = BTreeMap::new();
    for image in &series.images {
        let number = i64::from(image.instance_number?);
        let frames = numbers.entry(number).or_default();
        *frames = (*frames).max(image.frames.into());
    }
    if numbers.len() < FEW {
        return None;
    }
    let step = step(&numbers)?;
    let (mut count, mut named) = (0_i64, Vec::new());
    let pairs = numbers.iter().zip(numbers.keys().skip(1));
    for ((number, frames), next) in pairs {
        let far = next - number;
        // A number for each frame of a multi-frame image.
        if far <= *frames || far == step {
            continue;
        }
        if far % step != 0 {
            return None;
        }
        count += far / step - 1;
        let between = (1..far / step).map(|one| number + one * step);
        let room = NAMED.saturating_sub(named.len());
        named.extend(between.take(room));
    }
    // More holes than images: the numbers count something else.
    let present = i64::try_from(numbers.len()).ok()?;
    if count == 0 || count * 2 > present {
        return None;
    }
    Some(Gap {
        count: u32::try_from(count).ok()?,
        numbers: named
            .into_iter()
            .filter_map(|n| i32::try_from(n).ok())
            .collect(),
    })
}

/// How far most numbers are from the next one: at least two of three are. `None` where they are given otherwise.
fn step(numbers: &BTreeMap<i64, i64>) -> Option<i64> {
    let mut tally: BTreeMap<i64, usize> = BTreeMap::new();
    for (number, next) in numbers.keys().zip(numbers.keys().skip(1)) {
        *tally.entry(next - number).or_default() += 1;
    }
    let (step, times) = tally.into_iter().max_by_key(|(_, times)| *times)?;
    (times * 3 >= (numbers.len() - 1) * 2).then_some(step)
}

#[cfg(test)]
mod tests {
    use super::super::Image;
    use super::*;

    fn series(numbers: impl IntoIterator<Item = i32>) -> Series {
        let image = |number| Image {
            path: "a".into(),
            size: 1,
            modified: None,
            sop_instance_uid: "1".into(),
            sop_class_uid: String::new(),
            transfer_syntax_uid: String::new(),
            instance_number: Some(number),
            frames: 1,
        };
        Series {
            images: numbers.into_iter().map(image).collect(),
            ..Series::default()
        }
    }

    fn without(numbers: impl Iterator<Item = i32>, holes: &[i32]) -> Option<Gap> {
        missing(&series(numbers.filter(|number| !holes.contains(number))))
    }

    #[test]
    fn holes_in_the_row_are_counted_and_the_first_are_named() {
        let gap = |count, numbers: &[i32]| {
            Some(Gap {
                count,
                numbers: numbers.to_vec(),
            })
        };
        assert_eq!(without(1..=40, &[15, 16]), gap(2, &[15, 16]));
        assert_eq!(without(0..40, &[7]), gap(1, &[7]));
        assert_eq!(without((10..200).step_by(10), &[50]), gap(1, &[50]));
        let many: Vec<i32> = (50..80).collect();
        assert_eq!(without(1..=200, &many), gap(30, &[50, 51, 52, 53, 54]));
    }

    #[test]
    fn a_row_without_holes_wherever_it_begins_is_whole() {
        for numbers in [1..=40, 0..=40, 317..=350, -5..=20] {
            assert_eq!(missing(&series(numbers)), None);
        }
        assert_eq!(missing(&series((5..500).step_by(5))), None);
        assert_eq!(missing(&series([7; 30])), None, "all the same");
        assert_eq!(missing(&series([])), None);
        assert_eq!(missing(&series([1, 3])), None, "too few to tell");
    }

    #[test]
    fn several_acquisitions_may_have_the_same_numbers_or_rows_of_their_own() {
        let twice = (1..=20).chain(1..=20).filter(|number| *number != 50);
        assert_eq!(missing(&series(twice)), None);
        let first = (1..=20).filter(|number| *number != 7);
        assert_eq!(
            missing(&series(first.chain(1..=20))),
            None,
            "the other one has it"
        );
        let rows = (1001..=1020).chain(2001..=2020).chain(3001..=3020);
        assert_eq!(missing(&series(rows)), None, "the holes are no images");
    }

    #[test]
    fn numbers_that_do_not_count_say_nothing() {
        let squares = (1..30).map(|n| n * n);
        assert_eq!(missing(&series(squares)), None);
        let mut some = series(1..=40);
        some.images.remove(10);
        some.images[3].instance_number = None;
        assert_eq!(missing(&some), None, "some have no number");
        assert_eq!(missing(&series([i32::MIN, -1, 0, 1, 2, i32::MAX])), None);
    }

    #[test]
    fn a_number_may_be_kept_for_every_frame() {
        let mut loops = series((1..100).step_by(10));
        for image in &mut loops.images {
            image.frames = 10;
        }
        loops.images.remove(4);
        assert_eq!(missing(&loops).map(|gap| gap.numbers), Some(vec![41]));
        let mut mixed = series([1, 2, 3, 4, 16, 17, 18, 19]);
        mixed.images[3].frames = 12;
        assert_eq!(missing(&mixed), None);
    }
}

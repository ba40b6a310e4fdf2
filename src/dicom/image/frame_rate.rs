//! How quickly the frames of a file follow each other.

use std::path::Path;

use crate::dicom::dataset::element::Tag;
use crate::dicom::dataset::walk::Visitor;
use crate::dicom::scan::header;

/// Milliseconds a frame (PS3.3, C.7.6.5).
const FRAME_TIME: Tag = Tag(0x0018, 0x1063);
/// Milliseconds between each two frames, the first being 0.
const FRAME_TIME_VECTOR: Tag = Tag(0x0018, 0x1065);
/// Frames a second (IS).
const CINE_RATE: Tag = Tag(0x0018, 0x0040);
/// Frames a second (IS): what the device recommends.
const RECOMMENDED: Tag = Tag(0x0008, 0x2144);

/// The least and the most frames a second that are believed.
const BELIEVED: (f32, f32) = (0.1, 200.0);

#[derive(Default)]
struct Rates {
    recommended: Option<f32>,
    cine: Option<f32>,
    time: Option<f32>,
    vector: Option<f32>,
}

fn numbers(value: &[u8]) -> Vec<f32> {
    let text = String::from_utf8_lossy(value);
    let number = |part: &str| part.trim_matches(['\0', ' ']).parse::<f32>().ok();
    text.split('\\').filter_map(number).collect()
}

impl Visitor for Rates {
    fn wants(&self, tag: Tag) -> bool {
        [FRAME_TIME, FRAME_TIME_VECTOR, CINE_RATE, RECOMMENDED].contains(&tag)
    }

    fn take(&mut self, tag: Tag, value: Vec<u8>) {
        let believed = |rate: &f32| (BELIEVED.0..=BELIEVED.1).contains(rate);
        let numbers = numbers(&value);
        let first = numbers.first().copied();
        let of_time = |milliseconds: f32| 1000.0 / milliseconds;
        match tag {
            RECOMMENDED => self.recommended = first.filter(believed),
            CINE_RATE => self.cine = first.filter(believed),
            FRAME_TIME => self.time = first.map(of_time).filter(believed),
            FRAME_TIME_VECTOR => {
                let times: Vec<f32> = numbers.into_iter().filter(|time| *time > 0.0).collect();
                let average = times.iter().sum::<f32>() / times.len() as f32;
                self.vector = Some(of_time(average)).filter(believed);
            }
            _ => {}
        }
    }
}

/// Frames a second, as the file says: what its device recommends for showing it, else how quickly it was recorded. `None`
/// where it says nothing that could be true, or cannot be read.
pub fn rate(path: &Path) -> Option<f32> {
    let mut rates = Rates::default();
    header::visit(path, &mut rates).ok()?;
    let Rates {
        recommended,
        cine,
        time,
        vector,
    } = rates;
    recommended.or(cine).or(time).or(vector)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(values: &[(Tag, &str)]) -> Rates {
        let mut rates = Rates::default();
        for (tag, value) in values {
            rates.take(*tag, value.as_bytes().to_vec());
        }
        rates
    }

    #[test]
    fn a_frames_time_in_milliseconds_is_a_rate() {
        assert_eq!(told(&[(FRAME_TIME, "40.0 ")]).time, Some(25.0));
        assert_eq!(
            told(&[(FRAME_TIME_VECTOR, "0\\50\\50\\50")]).vector,
            Some(20.0)
        );
    }

    #[test]
    fn a_rate_that_cannot_be_is_not_believed() {
        for value in ["0", "-5", "NaN", "inf", "", "quick", "100000"] {
            assert_eq!(told(&[(CINE_RATE, value)]).cine, None, "{value}");
            assert_eq!(
                told(&[(FRAME_TIME_VECTOR, value)])
                    .vector
                    .filter(|rate| *rate > 1.0),
                None
            );
        }
    }
}

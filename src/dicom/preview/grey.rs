//! Which values become which grey (PS3.3, C.11.1 and C.11.2).

use super::values::Values;
use super::{Look, PreviewError};
use crate::dicom::frame::{Attributes, Frame};

/// Which values are spread over all greys, in the unit that they have after rescaling.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Window {
    /// The value in the middle.
    pub center: f64,
    /// How many values there are from black to white.
    pub width: f64,
}

/// How values between black and white are spread (PS3.3, C.11.2.1.3).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Function {
    /// Straight, between the values' middles.
    #[default]
    Linear,
    /// Straight, to the window's very edges.
    LinearExact,
    /// Softly at both ends.
    Sigmoid,
}

/// A window with its function: a shade for each value.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shader {
    center: f64,
    width: f64,
    function: Function,
}

impl Shader {
    fn new(window: Window, function: Function) -> Shader {
        Shader {
            center: window.center,
            width: window.width,
            function,
        }
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to 0..=255; what is no number becomes 0"
    )]
    fn shade(self, value: f64) -> u8 {
        let from_center = value - self.center;
        let share = match self.function {
            Function::Linear => (from_center + 0.5) / (self.width - 1.0).max(f64::EPSILON) + 0.5,
            Function::LinearExact => from_center / self.width.max(f64::MIN_POSITIVE) + 0.5,
            Function::Sigmoid => {
                1.0 / (1.0 + (-4.0 * from_center / self.width.max(f64::MIN_POSITIVE)).exp())
            }
        };
        (share.clamp(0.0, 1.0) * 255.0).round() as u8
    }
}

/// Grey values: what is stored, and how it is rescaled.
#[derive(Debug, Clone)]
pub(super) struct Grey {
    values: Values,
    slope: f64,
    intercept: f64,
    /// Of the values that are stored, without padding.
    low: f64,
    high: f64,
    own: Option<Window>,
    function: Function,
    /// The lowest value is white.
    is_negative: bool,
}

impl Grey {
    pub(super) fn of(frame: &Frame) -> Result<Grey, PreviewError> {
        let attributes = &frame.attributes;
        let values = Values::of(&frame.samples, &frame.data);
        let (low, high) = range(&values);
        Ok(Grey {
            values,
            slope: attributes.decimal(0x1053).unwrap_or(1.0),
            intercept: attributes.decimal(0x1052).unwrap_or(0.0),
            low,
            high,
            own: own(attributes),
            function: function(attributes),
            is_negative: frame.samples.interpretation == "MONOCHROME1",
        })
    }

    pub(super) fn bytes(&self) -> usize {
        self.values.bytes()
    }

    /// The lowest and the highest value, rescaled.
    pub(super) fn range(&self) -> (f64, f64) {
        let (one, other) = (self.rescaled(self.low), self.rescaled(self.high));
        (one.min(other), one.max(other))
    }

    fn rescaled(&self, value: f64) -> f64 {
        value * self.slope + self.intercept
    }

    /// What is shown where nothing is asked for.
    pub(super) fn own_window(&self) -> Window {
        self.own.unwrap_or_else(|| {
            let (low, high) = self.range();
            Window {
                center: f64::midpoint(low, high),
                width: high - low,
            }
        })
    }

    fn shader(&self, look: &Look) -> Shader {
        let usable = |window: &Window| window.center.is_finite() && window.width > 0.0;
        match look.window.filter(usable).or(self.own) {
            Some(window) => Shader::new(window, self.function),
            None => Shader::new(self.own_window(), Function::LinearExact),
        }
    }

    /// A byte a pixel.
    pub(super) fn shades(&self, look: &Look) -> Vec<u8> {
        let shader = self.shader(look);
        let turned = self.is_negative != look.inverted;
        let shade = |value: f64| match shader.shade(self.rescaled(value)) {
            shade if turned => !shade,
            shade => shade,
        };
        match &self.values {
            Values::U8(values) => {
                let table: Vec<u8> = (0..=u8::MAX).map(|value| shade(value.into())).collect();
                mapped(values, |value| table.get(usize::from(*value)).copied())
            }
            Values::U16(values) => {
                let table: Vec<u8> = (0..=u16::MAX).map(|value| shade(value.into())).collect();
                mapped(values, |value| table.get(usize::from(*value)).copied())
            }
            Values::I16(values) => {
                let all = (0..=u16::MAX).map(|value| shade(value.cast_signed().into()));
                let table: Vec<u8> = all.collect();
                let at = |value: i16| usize::from(value.cast_unsigned());
                mapped(values, |value| table.get(at(*value)).copied())
            }
            Values::F32(values) => values.iter().map(|value| shade((*value).into())).collect(),
        }
    }
}

fn mapped<T>(values: &[T], shade: impl Fn(&T) -> Option<u8>) -> Vec<u8> {
    values
        .iter()
        .map(|value| shade(value).unwrap_or_default())
        .collect()
}

fn range(values: &Values) -> (f64, f64) {
    fn ends<T: Copy + PartialOrd + Into<f64>>(values: &[T]) -> (f64, f64) {
        let mut values = values.iter().copied();
        let Some(first) = values.next() else {
            return (0.0, 0.0);
        };
        let (low, high) = values.fold((first, first), |(low, high), value| {
            (
                if value < low { value } else { low },
                if value > high { value } else { high },
            )
        });
        (low.into(), high.into())
    }
    match values {
        Values::U8(values) => ends(values),
        Values::U16(values) => ends(values),
        Values::I16(values) => ends(values),
        Values::F32(values) => ends(values),
    }
}

fn function(attributes: &Attributes) -> Function {
    match attributes.text(0x1056).as_str() {
        "SIGMOID" => Function::Sigmoid,
        "LINEAR_EXACT" => Function::LinearExact,
        _ => Function::Linear,
    }
}

/// The file's first window.
fn own(attributes: &Attributes) -> Option<Window> {
    let (center, width) = (attributes.decimal(0x1050)?, attributes.decimal(0x1051)?);
    let narrowest = match function(attributes) {
        Function::Linear => 1.0,
        _ => f64::MIN_POSITIVE,
    };
    (width >= narrowest).then_some(Window { center, width })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_spreads_its_values_over_all_greys() {
        let shader = |function| {
            let window = Window {
                center: 40.0,
                width: 400.0,
            };
            Shader::new(window, function)
        };
        let linear = shader(Function::Linear);
        assert_eq!(linear.shade(-160.0), 0);
        assert_eq!(linear.shade(239.0), 255);
        assert_eq!(linear.shade(39.5), 128);
        assert_eq!(shader(Function::Sigmoid).shade(40.0), 128);
        assert_eq!(shader(Function::LinearExact).shade(f64::NAN), 0);
    }
}

//! What JPEG-LS reckons with: its parameters, and what is learnt from sample to sample (T.87, A.2 to A.7).

use crate::dicom::image::codecs::Damage;

/// What LSE says (T.87, C.2.4.1.1); zeros: the values by default.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Preset {
    pub(super) most: i32,
    pub(super) thresholds: [i32; 3],
    pub(super) reset: i32,
}

impl Preset {
    pub(super) fn take(&mut self, content: &[u8]) -> Result<(), Damage> {
        let word = |at: usize| {
            let bytes = content.get(at..at + 2).ok_or(Damage::Cut)?;
            Ok(bytes
                .iter()
                .fold(0, |sum, byte| sum << 8 | i32::from(*byte)))
        };
        match content.first() {
            Some(1) => {
                self.most = word(1)?;
                self.thresholds = [word(3)?, word(5)?, word(7)?];
                self.reset = word(9)?;
                Ok(())
            }
            Some(2 | 3) => Err(Damage::Unknown("JPEG-LS with a palette of its own")),
            _ => Err(Damage::Unknown("JPEG-LS of an unknown size")),
        }
    }
}

/// The numbers of T.87, A.2.1 and C.2.4.1.1.1.
#[derive(Debug, Clone, Copy)]
pub(super) struct Numbers {
    pub(super) most: i32,
    pub(super) near: i32,
    /// What an error is multiplied with.
    pub(super) step: i32,
    pub(super) range: i32,
    pub(super) range_bits: u32,
    pub(super) limit: u32,
    pub(super) thresholds: [i32; 3],
    pub(super) reset: i32,
}

impl Numbers {
    pub(super) fn of(bits: u8, near: i32, preset: &Preset) -> Result<Numbers, Damage> {
        let whole = (1 << bits) - 1;
        let most = match preset.most {
            0 => whole,
            most if most <= whole => most,
            _ => return Err(Damage::Broken),
        };
        if near > (most / 2).min(255) {
            return Err(Damage::Broken);
        }
        let step = 2 * near + 1;
        let range = (most + 2 * near) / step + 1;
        let sample_bits = ceil_log2(most + 1).max(2);
        let given = preset.thresholds;
        let default = thresholds(most, near);
        let mut thresholds = [0; 3];
        for ((own, given), default) in thresholds.iter_mut().zip(given).zip(default) {
            *own = if given == 0 { default } else { given };
        }
        Ok(Numbers {
            most,
            near,
            step,
            range,
            range_bits: ceil_log2(range),
            limit: 2 * (sample_bits + sample_bits.max(8)),
            thresholds,
            reset: if preset.reset < 3 { 64 } else { preset.reset },
        })
    }

    /// T.87, A.3.3.
    pub(super) fn quantized(&self, gradient: i32) -> i32 {
        let [t1, t2, t3] = self.thresholds;
        let size = gradient.abs();
        let number = match size {
            size if size <= self.near => 0,
            size if size < t1 => 1,
            size if size < t2 => 2,
            size if size < t3 => 3,
            _ => 4,
        };
        number * gradient.signum()
    }

    /// The value of a sample from what was foreseen and the error (T.87, A.4.4 and A.4.5).
    pub(super) fn sample(&self, foreseen: i32, error: i32) -> i32 {
        let value = foreseen.wrapping_add(error.wrapping_mul(self.step));
        let whole = self.range * self.step;
        let value = match value {
            low if low < -self.near => low.wrapping_add(whole),
            high if high > self.most + self.near => high.wrapping_sub(whole),
            value => value,
        };
        value.clamp(0, self.most)
    }
}

pub(super) fn ceil_log2(value: i32) -> u32 {
    let below = value.saturating_sub(1).max(0).cast_unsigned();
    u32::BITS - below.leading_zeros()
}

/// T.87, C.2.4.1.1.1.
pub(super) fn thresholds(most: i32, near: i32) -> [i32; 3] {
    let clamped = |value: i32, low: i32| {
        if value > most || value < low {
            low
        } else {
            value
        }
    };
    let (wider1, wider2, wider3) = (3 * near, 5 * near, 7 * near);
    let (t1, t2, t3) = if most >= 128 {
        let factor = (most.min(4095) + 128) / 256;
        (
            factor + 2 + wider1,
            4 * factor + 3 + wider2,
            17 * factor + 4 + wider3,
        )
    } else {
        // The least values hold for the sums, not for what the error is added to.
        let factor = 256 / (most + 1);
        (
            2.max(3 / factor + wider1),
            3.max(7 / factor + wider2),
            4.max(21 / factor + wider3),
        )
    };
    let t1 = clamped(t1, near + 1);
    let t2 = clamped(t2, t1);
    [t1, t2, clamped(t3, t2)]
}

/// What was learnt in one surrounding (T.87, A.2.1).
#[derive(Debug, Clone, Copy)]
pub(super) struct Context {
    pub(super) sizes: i32,
    pub(super) bias: i32,
    pub(super) correction: i32,
    pub(super) count: i32,
}

/// What was learnt where runs end.
#[derive(Debug, Clone, Copy)]
pub(super) struct RunContext {
    pub(super) sizes: i32,
    pub(super) count: i32,
    pub(super) negative: i32,
}

/// T.87, A.5.1.
pub(super) fn golomb_width(count: i32, sizes: i32) -> Result<u32, Damage> {
    let count = i64::from(count);
    (0..=24)
        .find(|width| count << width >= i64::from(sizes))
        .ok_or(Damage::Broken)
}

impl Context {
    /// T.87, A.6.
    pub(super) fn learn(&mut self, error: i32, numbers: &Numbers) {
        self.bias = self.bias.saturating_add(error.saturating_mul(numbers.step));
        self.sizes = self.sizes.saturating_add(error.abs());
        if self.count == numbers.reset {
            self.sizes >>= 1;
            self.bias >>= 1;
            self.count >>= 1;
        }
        self.count += 1;
        if self.bias <= -self.count {
            self.bias = (self.bias + self.count).max(1 - self.count);
            self.correction = (self.correction - 1).max(-128);
        } else if self.bias > 0 {
            self.bias = (self.bias - self.count).min(0);
            self.correction = (self.correction + 1).min(127);
        }
    }
}

impl RunContext {
    /// T.87, A.7.2.2.
    pub(super) fn learn(&mut self, error: i32, size: i32, reset: i32) {
        self.negative += i32::from(error < 0);
        self.sizes = self.sizes.saturating_add(size);
        if self.count == reset {
            self.sizes >>= 1;
            self.count >>= 1;
            self.negative >>= 1;
        }
        self.count += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_thresholds_of_few_bits_grow_with_the_allowed_error_before_they_are_bounded() {
        assert_eq!(thresholds(15, 0), [2, 3, 4]);
        assert_eq!(thresholds(15, 1), [3, 5, 8]);
        assert_eq!(thresholds(127, 0), [2, 3, 10]);
        assert_eq!(thresholds(127, 2), [7, 13, 24]);
        assert_eq!(thresholds(255, 3), [12, 22, 42]);
    }
}

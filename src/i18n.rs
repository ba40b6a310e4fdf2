//! How things are written for a person: names, numbers, sizes, dates, durations. The only place that knows.

//! Distributions hold what they promise.

use std::time::Duration;

use super::{Latency, Normal, Span, Uniform};

fn drawn(latency: &Latency) -> Vec<f64> {
    let mut chance = fastrand::Rng::with_seed(7);
    (0..20_000).map(|_| latency.draw(&mut chance).as_secs_f64() * 1000.0).collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / 20_000.0
}

fn ms(milliseconds: u64) -> Span {
    Duration::from_millis(milliseconds).into()
}

#[test]
fn latencies_are_distributed_as_declared() {
    let fixed = drawn(&Latency::Fixed(ms(50)));
    assert!(fixed.iter().all(|value| (value - 50.0).abs() < 1e-9));

    let uniform = drawn(&Latency::Uniform(Uniform { from: ms(10), to: ms(90) }));
    assert!(uniform.iter().all(|value| (10.0..=90.0).contains(value)));
    assert!((mean(&uniform) - 50.0).abs() < 1.0);

    let normal = drawn(&Latency::Normal(Normal { mean: ms(50), deviation: ms(10) }));
    assert!((mean(&normal) - 50.0).abs() < 1.0);
    let spread = (normal.iter().map(|value| (value - 50.0).powi(2)).sum::<f64>() / 20_000.0).sqrt();
    assert!((spread - 10.0).abs() < 0.5, "{spread}");

    let exponential = drawn(&Latency::Exponential(ms(50)));
    assert!((mean(&exponential) - 50.0).abs() < 2.0);
    let short = exponential.iter().filter(|value| **value < 50.0).count();
    assert!((12_300..13_000).contains(&short), "1 - 1/e of all: {short}");
}

#[test]
fn a_latency_is_never_negative_nor_endless() {
    let wild = drawn(&Latency::Normal(Normal { mean: ms(0), deviation: ms(1000) }));
    assert!(wild.iter().all(|value| *value >= 0.0));
    let longest = Span::new(Duration::MAX);
    assert!(drawn(&Latency::Exponential(longest)).iter().all(|value| *value <= 2400.0 * 3_600_000.0));
}
